"""Conversations and the facts told in them (docs/definitions.md, Conversations)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from smartshopie_db.derive.bodies import measured, properties, text
from smartshopie_db.derive.products import UNCATEGORISED
from smartshopie_db.derive.rows import AnswerRow, ConcernRow, Event, PredictionRow, ProductRequestRow, RatingRow

FEATURES = frozenset({"chat", "questionnaire", "image", "routine"})
OTHER = "other"
CLOSING = frozenset({"Conversation Ended", "Conversation Resolved", "Conversation Handed Off"})
OVERALL = "overall"


class Shown(NamedTuple):
    """One Recommendation Shown of a product; `day` is the conversation's where that is known."""

    occurred_ms: int
    message_id: str
    event: Event
    conversation_id: str | None
    day: int
    product_id: str
    model: str | None


@dataclass(slots=True)
class Facts:
    """What the events of one conversation, or events outside a known one, say."""

    answers: list[AnswerRow] = field(default_factory=list)
    ratings: list[RatingRow] = field(default_factory=list)
    concerns: dict[tuple[str, str], ConcernRow] = field(default_factory=dict)
    predictions: list[PredictionRow] = field(default_factory=list)
    product_requests: list[ProductRequestRow] = field(default_factory=list)
    shown: list[Shown] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Conversation:
    """A known conversation: its earliest Conversation Started and everything told under its id."""

    conversation_id: str
    event: Event
    feature: str
    messages: int
    resolved: bool
    closed: bool
    facts: Facts
    concerned: tuple[str, ...]  # messageIds of its Concern Detected


class _Place(NamedTuple):
    """The known conversation that facts count in."""

    conversation_id: str
    day: int
    feature: str
    resolved: bool


def winner(events: Iterable[Event]) -> Event | None:
    """The earliest Conversation Started: it makes a conversation known."""
    return min((event for event in events if event.event == "Conversation Started"), default=None)


def read_conversation(events: Sequence[Event]) -> Conversation | None:
    """The conversation that all ordered events with its id tell of; None while it is not known."""
    start = winner(events)
    if start is None or start.conversation_id is None:
        return None
    names = [event.event for event in events]
    given = text(properties(start), "feature") or "chat"
    feature = given if given in FEATURES else OTHER
    resolved = "Conversation Resolved" in names
    said = sum(name in ("Message Sent", "Message Received") for name in names)
    counted = [measured(properties(e), "message_count") or 0 for e in events if e.event == "Conversation Ended"]
    facts = read_facts(events, _Place(start.conversation_id, start.day, feature, resolved))
    closed = not CLOSING.isdisjoint(names)
    concerned = tuple(event.message_id for event in events if event.event == "Concern Detected")
    messages = max(said, *counted, 0)
    return Conversation(start.conversation_id, start, feature, messages, resolved, closed, facts, concerned)


def read_facts(events: Iterable[Event], place: _Place | None = None) -> Facts:
    """The facts of ordered events: on the day of their known conversation, without one each on its own day."""
    facts = Facts()
    for event in events:
        reader = _READERS.get(event.event or "")
        if reader:
            reader(facts, event, place)
    return facts


def _read_answer(facts: Facts, event: Event, place: _Place | None) -> None:
    told = properties(event)
    conversation_id, day, feature = (place.conversation_id, place.day, place.feature) if place else _own(event)
    response_ms, confidence = measured(told, "response_time_ms"), measured(told, "confidence", 1000)
    model = text(told, "model")
    facts.answers.append(AnswerRow(event.message_id, conversation_id, day, feature, model, response_ms, confidence))


def _read_rating(facts: Facts, event: Event, place: _Place | None) -> None:
    told = properties(event)
    rating = measured(told, "rating", 1000)
    if rating is not None:
        conversation_id, day, feature = (place.conversation_id, place.day, place.feature) if place else _own(event)
        aspect = text(told, "aspect") or OVERALL
        facts.ratings.append(RatingRow(event.message_id, conversation_id, day, feature, aspect, rating))


def _own(event: Event) -> tuple[None, int, str]:
    return None, event.day, OTHER


def _read_concern(facts: Facts, event: Event, place: _Place | None) -> None:
    told = properties(event)
    name = text(told, "concern")
    if name is None:
        return
    category = text(told, "concern_category") or OTHER
    if place is None:
        row = ConcernRow(f"m:{event.message_id}", name, category, None, event.day, 0)
    else:
        key = f"c:{place.conversation_id}"
        row = ConcernRow(key, name, category, place.conversation_id, place.day, int(place.resolved))
    facts.concerns.setdefault((row.concern_key, name), row)


def _read_prediction(facts: Facts, event: Event, _place: _Place | None) -> None:
    told = properties(event)
    model, predicted, actual = text(told, "model"), text(told, "predicted"), text(told, "actual")
    if model is not None and predicted is not None and actual is not None:
        facts.predictions.append(PredictionRow(event.message_id, event.day, model, predicted, actual))


def _read_request(facts: Facts, event: Event, _place: _Place | None) -> None:
    told = properties(event)
    name = text(told, "product_name")
    if name is not None:
        category = text(told, "category") or UNCATEGORISED
        facts.product_requests.append(ProductRequestRow(event.message_id, event.day, name, category))


def _read_shown(facts: Facts, event: Event, place: _Place | None) -> None:
    told = properties(event)
    product_id = text(told, "product_id")
    if product_id is not None:
        conversation_id, day = (place.conversation_id, place.day) if place else (None, event.day)
        model = text(told, "model")
        shown = Shown(event.occurred_ms, event.message_id, event, conversation_id, day, product_id, model)
        facts.shown.append(shown)


_READERS: dict[str, Callable[[Facts, Event, _Place | None], None]] = {
    "Message Received": _read_answer,
    "Feedback Submitted": _read_rating,
    "Concern Detected": _read_concern,
    "Prediction Reviewed": _read_prediction,
    "Product Requested": _read_request,
    "Recommendation Shown": _read_shown,
}
FACT_EVENTS = tuple(_READERS)
