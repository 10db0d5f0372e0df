"""What happens between a shopper and the assistant."""

from dataclasses import dataclass
from typing import Final

from smartshopie_db.demo.catalogue import CONCERNS, MISSING_PRODUCTS, PRODUCTS
from smartshopie_db.demo.day import Day
from smartshopie_db.demo.message import Client, uuid
from smartshopie_db.demo.models import MODELS
from smartshopie_db.demo.shoppers import FEATURES, Visit


@dataclass(frozen=True, slots=True)
class Manner:
    """How a feature goes about it. Times in ms, the rest are chances or counts."""

    response_ms: int
    exchanges: float  # mean number of questions after the first
    finds_concern: float
    recommends: float
    resolves: float  # multiplies the model's own chance


_MANNERS: Final = (
    Manner(1500, 2.1, 0.70, 0.78, 1.00),
    Manner(700, 3.2, 0.97, 0.92, 1.08),
    Manner(3800, 0.6, 0.93, 0.85, 0.92),
    Manner(2600, 1.6, 0.80, 0.90, 1.04),
)
_MISSING_SUMS: Final = tuple(
    sum(weight for _, _, weight in MISSING_PRODUCTS[: index + 1]) for index in range(len(MISSING_PRODUCTS))
)
_RATES: Final = 0.24  # share of conversations that get a rating
_RESOLVED_RARELY: Final = {"Hair thinning": 0.78, "Redness": 0.9, "Acne": 0.94, "Dandruff": 1.05, "Dry skin": 1.06}


@dataclass(slots=True)
class Talk:
    """A conversation in progress; `at` is the moment of its latest message."""

    id: str
    at: int
    model: int
    messages: int = 0


def converse(client: Client, visit: Visit, day: Day, start: int) -> tuple[int, list[int]]:
    """Tell the conversation of a visit. Gives its end and the products it recommended (as indices)."""
    manner = _MANNERS[visit.feature]
    talk = Talk(uuid("conversation", visit.key), start, day.pick(day.answering))
    client.track(start, "Conversation Started", {"conversationId": talk.id, "feature": FEATURES[visit.feature]})
    exchanges = 1 + min(int(day.pause() * manner.exchanges + 0.35), 9)
    recommended: list[int] = []
    concern = visit.concern
    for turn in range(exchanges):
        _exchange(client, day, talk, manner, turn)
        if turn == 0 and day.uniform() < manner.finds_concern:
            _detect(client, day, talk, concern)
            if day.uniform() < 0.15:
                _detect(client, day, talk, _another(day, concern))
    if day.uniform() < manner.recommends:
        recommended = _recommend(client, day, talk, concern)
    elif day.uniform() < 0.35:
        name, category, _ = MISSING_PRODUCTS[day.pick(_MISSING_SUMS)]
        client.track(
            _next(talk, day, 900),
            "Product Requested",
            {"conversationId": talk.id, "product_name": name, "category": category},
        )
    _finish(client, visit, day, talk, manner)
    return talk.at, recommended


def _next(talk: Talk, day: Day, mean_ms: float) -> int:
    """Let some time pass; the moment after it."""
    talk.at += 50 + int(day.pause() * mean_ms)
    return talk.at


def _another(day: Day, concern: int) -> int:
    """A second concern of the same category."""
    same = [
        index for index, item in enumerate(CONCERNS) if item.category == CONCERNS[concern].category and index != concern
    ]
    return same[int(day.uniform() * len(same))]


def _exchange(client: Client, day: Day, talk: Talk, manner: Manner, turn: int) -> None:
    model = MODELS[talk.model]
    asked = _next(talk, day, 22_000)
    client.track(asked, "Message Sent", {"conversationId": talk.id, "messageId": f"{talk.id[:8]}-{2 * turn}"})
    took = int(manner.response_ms * model.pace * (0.55 + 0.45 * day.pause()))
    talk.at += took
    talk.messages += 2
    client.track(
        talk.at,
        "Message Received",
        {
            "conversationId": talk.id,
            "messageId": f"{talk.id[:8]}-{2 * turn + 1}",
            "response_time_ms": took,
            "model": model.name,
            "confidence": round(min(0.99, max(0.3, model.accuracy + 0.16 * (day.uniform() + day.uniform() - 1))), 3),
        },
    )


def _detect(client: Client, day: Day, talk: Talk, concern: int) -> None:
    item = CONCERNS[concern]
    client.track(
        talk.at + 20,
        "Concern Detected",
        {
            "conversationId": talk.id,
            "concern": item.name,
            "concern_category": item.category,
            "confidence": round(0.62 + 0.36 * day.uniform(), 3),
        },
    )


def _recommend(client: Client, day: Day, talk: Talk, concern: int) -> list[int]:
    """Show one to three products; sometimes one is clicked and looked at."""
    shown = list(dict.fromkeys(day.pick(day.wanted_for[concern]) for _ in range(1 + int(day.uniform() * 3))))
    ids = [f"{talk.id[:13]}-r{position}" for position in range(1, len(shown) + 1)]
    model = MODELS[talk.model].name
    for position, (recommendation, index) in enumerate(zip(ids, shown, strict=True), 1):
        client.track(
            talk.at + 30 + position,
            "Recommendation Shown",
            {
                "conversationId": talk.id,
                "recommendation_id": recommendation,
                "product_id": PRODUCTS[index].product_id,
                "position": position,
                "model": model,
            },
        )
    talk.at += 40
    if day.uniform() < 0.34 + 0.06 * talk.model:
        place = int(day.uniform() * day.uniform() * len(shown))
        client.track(
            _next(talk, day, 12_000),
            "Recommendation Clicked",
            {
                "conversationId": talk.id,
                "recommendation_id": ids[place],
                "product_id": PRODUCTS[shown[place]].product_id,
                "position": place + 1,
                "model": model,
            },
        )
        shown.insert(0, shown.pop(place))
    return shown


def _finish(client: Client, visit: Visit, day: Day, talk: Talk, manner: Manner) -> None:
    """Resolved, handed off or left; ended; rated."""
    model, draw = MODELS[talk.model], day.uniform()
    solves = model.solves * manner.resolves * _RESOLVED_RARELY.get(CONCERNS[visit.concern].name, 1.0)
    resolved = draw < solves
    about = {"conversationId": talk.id}
    if resolved:
        client.track(_next(talk, day, 6_000), "Conversation Resolved", {**about, "resolved_by": "assistant"})
    elif draw > 0.94:
        reason = "asks for a person" if day.uniform() < 0.6 else "question about an order"
        client.track(_next(talk, day, 6_000), "Conversation Handed Off", {**about, "reason": reason})
    if day.uniform() < 0.88:
        client.track(_next(talk, day, 9_000), "Conversation Ended", {**about, "message_count": talk.messages})
    if day.uniform() < _RATES:
        for aspect, shift, chance in (("overall", 0.0, 1.0), ("product_match", -0.12, 0.6), ("helpfulness", 0.1, 0.55)):
            if day.uniform() < chance:
                mean = model.rating + shift + (0.25 if resolved else -0.9)
                rating = min(5, max(1, round(mean + 1.5 * (day.uniform() + day.uniform() - 1))))
                client.track(
                    _next(talk, day, 3_000), "Feedback Submitted", {**about, "rating": rating, "aspect": aspect}
                )
