from hypothesis import given
from hypothesis import strategies as st

from smartshopie_db.derive.rows import Event
from smartshopie_db.derive.sessions import GAP_MS, SPLIT_MS, VisitorSessions, split

from .making import DAY, HOUR, MINUTE, event

moments = st.sampled_from([0, 1, 29, 30, 31, 45, 60, 24 * 60 - 1, 24 * 60, 24 * 60 + 30, 3 * 24 * 60]).map(
    lambda minutes: minutes * MINUTE
)
visits = st.lists(st.tuples(moments, st.sampled_from([None, None, "s1", "s2"])), max_size=12)


def made(parts: list[tuple[int, str | None]]) -> list[Event]:
    return sorted(
        event(None, at, message_id=f"m{number}", client_session_id=name) for number, (at, name) in enumerate(parts)
    )


def naive(events: list[Event]) -> set[frozenset[str]]:
    """The rules word by word, without any cleverness."""
    sessions: list[list[Event]] = []
    for name in {one.client_session_id for one in events} - {None}:
        last: list[Event] = []
        for one in [seen for seen in events if seen.client_session_id == name]:
            if not last or one.occurred_ms - last[-1].occurred_ms >= SPLIT_MS:
                last = []
                sessions.append(last)
            last.append(one)
    for one in [seen for seen in events if seen.client_session_id is None]:
        near = [s for s in sessions if any(abs(other.occurred_ms - one.occurred_ms) < GAP_MS for other in s)]
        home = min(near, key=min, default=None)
        if home is None:
            sessions.append([one])
        else:
            home.append(one)
    return {frozenset(one.message_id for one in session) for session in sessions}


@given(visits)
def test_sessions_follow_the_rules_word_by_word(parts: list[tuple[int, str | None]]) -> None:
    events = made(parts)
    assert {frozenset(one.message_id for one in session.events) for session in split(events)} == naive(events)


@given(visits)
def test_every_event_is_in_exactly_one_session_and_in_order(parts: list[tuple[int, str | None]]) -> None:
    events = made(parts)
    sessions = split(events)
    assert sorted(one for session in sessions for one in session.events) == events
    assert all(session.events == sorted(session.events) for session in sessions)
    assert sessions == sorted(sessions, key=lambda session: session.first)


@given(visits, moments, st.sampled_from([None, "s1", "s2"]))
def test_a_passive_event_belongs_to_the_first_session_around_it(
    parts: list[tuple[int, str | None]], at: int, name: str | None
) -> None:
    sessions = VisitorSessions(made(parts))
    passive = event("Recommendation Shown", at, client_session_id=name)
    limit = GAP_MS if name is None else SPLIT_MS
    around = [
        session
        for session in sessions.sessions
        if (name is None or session.client_session_id == name)
        and any(abs(other.occurred_ms - at) < limit for other in session.events)
    ]
    assert sessions.of_passive(passive) is min(around, key=lambda session: session.first, default=None)


def test_without_ids_a_pause_of_half_an_hour_ends_a_session() -> None:
    assert len(split(made([(0, None), (30 * MINUTE - 1, None)]))) == 1
    assert len(split(made([(0, None), (30 * MINUTE, None)]))) == 2


def test_with_an_id_a_pause_of_a_day_ends_a_session() -> None:
    assert len(split(made([(0, "s"), (DAY - 1, "s")]))) == 1
    assert len(split(made([(0, "s"), (DAY, "s")]))) == 2


def test_an_event_that_joins_a_session_can_be_its_first_and_name_it() -> None:
    late = event(None, MINUTE, message_id="late", client_session_id="s")
    (session,) = split([event(None, 0, message_id="early"), late])
    assert (session.session_id, session.client_session_id, session.last_ms) == ("early", "s", MINUTE)


def test_an_event_between_two_sessions_joins_the_one_that_began_first() -> None:
    parts = [(0, "s1"), (HOUR, "s1"), (HOUR + 20 * MINUTE, "s2"), (HOUR + 10 * MINUTE, None)]
    first, second = split(made(parts))
    assert (len(first.events), len(second.events)) == (3, 1)


def test_joined_events_carry_a_session_further() -> None:
    parts = [(0, "s"), (20 * MINUTE, None), (40 * MINUTE, None), (60 * MINUTE, None)]
    assert len(split(made(parts))) == 1


def test_ten_thousand_events_without_pause_are_one_session() -> None:
    events = [event(None, number * 1000, client_session_id="s" if number % 3 else None) for number in range(10_000)]
    assert len(split(events)) == 1
