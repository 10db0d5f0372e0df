from hypothesis import given
from hypothesis import strategies as st

from smartshopie_db.derive.identity import Alias, Link, name_merged, owner_of

ids = st.sampled_from("abcdefg")
alias_lists = st.lists(st.tuples(st.integers(0, 5), ids, ids), max_size=8).map(
    lambda parts: [Alias(at, f"m{number}", previous, user) for number, (at, previous, user) in enumerate(parts)]
)


def test_an_anonymous_event_belongs_to_the_next_link_else_to_the_last() -> None:
    owner = owner_of([Link(20, "b", "bob"), Link(10, "a", "ann")])
    assert [owner(at) for at in (5, 9, 10, 11, 20, 21, 99)] == ["ann", "ann", "ann", "bob", "bob", "bob", "bob"]


def test_of_links_in_one_millisecond_the_first_counts() -> None:
    assert owner_of([Link(20, "b", "bob"), Link(20, "a", "ann")])(20) == "ann"


def test_merged_ids_are_named_by_the_latest_alias_of_all() -> None:
    aliases = [Alias(1, "m1", "a", "b"), Alias(3, "m2", "c", "d"), Alias(2, "m3", "b", "c")]
    assert name_merged(aliases) == dict.fromkeys("abcd", "d")
    assert name_merged([*aliases, Alias(3, "m3", "x", "a")])["d"] == "a"


@given(alias_lists, st.randoms(use_true_random=False))
def test_the_order_in_which_aliases_come_does_not_matter(aliases: list[Alias], random: st.DataObject) -> None:
    shuffled = list(aliases)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert name_merged(shuffled) == name_merged(aliases)


@given(alias_lists)
def test_whoever_an_alias_joins_has_one_name(aliases: list[Alias]) -> None:
    names = name_merged(aliases)
    assert all(names[alias.previous_id] == names[alias.user_id] for alias in aliases)
    assert all(names[name] == name for name in names.values())
