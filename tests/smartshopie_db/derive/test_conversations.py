import pytest

from smartshopie_db.derive.conversations import Conversation, read_conversation, read_facts
from smartshopie_db.derive.products import Categories

from .making import DAY, event


def read(*parts: tuple[str, int, dict[str, object]]) -> Conversation:
    events = sorted(event(name, at, conversation_id="c", **told) for name, at, told in parts)
    found = read_conversation(events)
    assert found is not None
    return found


START = ("Conversation Started", DAY, {})


def test_the_feature_is_chat_when_missing_and_other_when_unknown() -> None:
    assert read(START).feature == "chat"
    assert read(("Conversation Started", 0, {"feature": "routine"})).feature == "routine"
    assert read(("Conversation Started", 0, {"feature": "voice"})).feature == "other"


def test_the_earliest_start_gives_time_and_feature() -> None:
    found = read(START, ("Conversation Started", 5, {"feature": "image"}))
    assert (found.event.occurred_ms, found.feature) == (5, "image")


def test_facts_count_on_the_day_of_their_conversation_whenever_they_came() -> None:
    told = (("Message Received", 9 * DAY, {"response_time_ms": 800.4}), ("Feedback Submitted", 0, {"rating": 5}))
    found = read(START, *told)
    assert [(row.day, row.response_ms, row.confidence_milli) for row in found.facts.answers] == [(1, 800, None)]
    assert [(row.day, row.aspect, row.rating_milli) for row in found.facts.ratings] == [(1, "overall", 5000)]


def test_facts_outside_a_known_conversation_count_on_their_own_day_as_other() -> None:
    facts = read_facts([event("Feedback Submitted", 3 * DAY, conversation_id="c", rating="4.5", aspect="helpfulness")])
    assert [row[1:] for row in facts.ratings] == [(None, 3, "other", "helpfulness", 4500)]


def test_a_rating_without_a_number_is_none() -> None:
    assert read_facts([event("Feedback Submitted", rating="great"), event("Feedback Submitted")]).ratings == []


@pytest.mark.parametrize(
    ("rating", "milli"), [(1, 1000), ("5", 5000), (0.99, None), (5.01, None), (100, None), (-3, None), ("1e9999", None)]
)
def test_a_rating_counts_from_1_to_5_and_is_missing_otherwise(rating: object, milli: int | None) -> None:
    found = read_facts([event("Feedback Submitted", rating=rating)]).ratings
    assert [row.rating_milli for row in found] == ([] if milli is None else [milli])


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ({"response_time_ms": -500, "confidence": 0.9}, (None, 900)),
        ({"response_time_ms": 800, "confidence": 87}, (800, None)),
        ({"response_time_ms": 0, "confidence": 0}, (0, 0)),
        ({"response_time_ms": 10**9, "confidence": 1}, (10**9, 1000)),
        ({"response_time_ms": 10**9 + 1, "confidence": -0.001}, (None, None)),
    ],
)
def test_an_answer_stays_one_without_a_measured_value_that_cannot_be_true(
    told: dict[str, object], kept: tuple[int | None, int | None]
) -> None:
    (row,) = read_facts([event("Message Received", model="m", **told)]).answers
    assert (row.model, row.response_ms, row.confidence_milli) == ("m", *kept)


def test_a_concern_counts_once_per_conversation_with_its_earliest_category() -> None:
    told = [
        ("Concern Detected", 2 * DAY, {"concern": "acne", "concern_category": "haircare"}),
        ("Concern Detected", DAY, {"concern": "acne", "concern_category": "skincare"}),
        ("Conversation Resolved", 3 * DAY, {}),
    ]
    found = read(START, *told)  # type: ignore[arg-type]
    assert [tuple(row) for row in found.facts.concerns.values()] == [("c:c", "acne", "skincare", "c", 1, 1)]
    assert (found.resolved, found.closed) == (True, True)


def test_a_conversation_is_closed_by_an_end_or_a_handover_and_resolved_by_neither() -> None:
    for name in ("Conversation Ended", "Conversation Handed Off"):
        found = read(START, (name, 2 * DAY, {}))
        assert (found.resolved, found.closed) == (False, True)


def test_messages_are_counted_unless_the_end_tells_of_more() -> None:
    said = (("Message Sent", DAY, {}), ("Message Received", DAY, {}))
    assert read(START, *said, ("Conversation Ended", 2 * DAY, {"message_count": 1})).messages == 2
    assert read(START, *said, ("Conversation Ended", 2 * DAY, {"message_count": "7"})).messages == 7
    assert read(START, *said, ("Conversation Ended", 2 * DAY, {"message_count": 10**10})).messages == 2


def test_a_category_is_the_last_told_before_else_the_first_after_else_none() -> None:
    categories = Categories()
    categories.learn(["p", "q"], [("p", 20, "b", "Hair"), ("p", 10, "z", "Skin"), ("p", 10, "a", "Body")])
    assert [categories.at("p", at) for at in (5, 10, 19, 20, 99)] == ["Body", "Skin", "Skin", "Hair", "Hair"]
    assert categories.at("q", 5) == categories.at(None, 5) == "Uncategorised"
