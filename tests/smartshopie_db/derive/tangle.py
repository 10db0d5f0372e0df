"""Streams in which everything is tangled: few ids, shared by everybody, few moments, every kind of event.

Denser than real life on purpose: each combination of who, where and when appears within a few dozen messages.
"""

from datetime import UTC, datetime
from random import Random
from typing import Any

Message = dict[str, Any]

START_MS = 1_770_000_000_000
MINUTE = 60_000
DAY = 86_400_000
EVENTS = (
    "Product Viewed", "Product Viewed", "Product Added", "Product Clicked", "Order Completed", "Order Completed",
    "Order Updated", "Order Refunded", "Order Refunded", "Order Cancelled", "Conversation Started",
    "Conversation Started", "Message Sent", "Message Received", "Conversation Ended", "Conversation Resolved",
    "Conversation Handed Off", "Feedback Submitted", "Concern Detected", "Recommendation Shown",
    "Recommendation Shown", "Recommendation Clicked", "Product Requested", "Prediction Reviewed", "Invoice Paid",
    "Something Else",
)  # fmt: skip


def tangle(random: Random, count: int, *, days: int = 20) -> list[Message]:
    """So many messages of a small shop, in the order they are made up."""
    return [_message(random, number, days) for number in range(count)]


def _message(random: Random, number: int, days: int) -> Message:
    # few distinct moments, with neighbours exactly at the limits of sessions and windows
    moment = START_MS + random.randrange(days) * DAY + random.choice((0, 0, 1, 10, 29, 30, 31, 60, 12 * 60)) * MINUTE
    moment += random.choice((0, 0, 0, 1, -1))
    message: Message = {
        "messageId": f"{random.randrange(1000):03d}-{number}",
        "timestamp": _iso(moment),
        "type": random.choices(("track", "page", "identify", "alias"), (20, 2, 1, 1))[0],
    }
    if random.random() < 0.5:
        message["userId"] = random.choice(("ann", "bob", "cat", "dev1"))
    if random.random() < 0.6:
        message["anonymousId"] = random.choice(("dev1", "dev2", "dev3", "dev4"))
    if random.random() < 0.3:
        message["context"] = {"sessionId": random.choice(("s1", "s2", "s3"))}
    if message["type"] == "alias":
        message |= {"userId": random.choice(("ann", "bob", "cat")), "previousId": random.choice(("bob", "cat", "dev4"))}
    if message["type"] == "identify":
        message["traits"] = {"name": random.choice(("Ann A.", "Bob B."))}
    if message["type"] == "track":
        message["event"] = random.choice(EVENTS)
        message["properties"] = _properties(random, message["event"])
    return message


def _properties(random: Random, event: str) -> Message:
    if event.startswith("Order"):
        return _order(random)
    told = _told(random).get(event, {})
    if event.startswith(("Product", "Recommendation")):
        told = _line(random) | {"product_name": "Thing", "model": random.choice(("m1", "m2"))}
    if event == "Conversation Started" or random.random() < 0.5:
        told["conversationId"] = random.choice(("c1", "c2", "c3", "c4", "c5", "c6"))
    return told


def _told(random: Random) -> dict[str, Message]:
    return {
        "Invoice Paid": {"invoice_id": random.choice(("i1", "i2")), "amount": random.choice((49, 99))},
        "Prediction Reviewed": {"model": "m1", "predicted": random.choice("xy"), "actual": random.choice("xy")},
        "Conversation Started": {"feature": random.choice(("chat", "image", "voice"))},
        "Conversation Ended": {"message_count": random.randrange(6)},
        "Concern Detected": {
            "concern": random.choice(("acne", "frizz")), "concern_category": random.choice(("skin", "hair")),
        },
        "Message Received": {"response_time_ms": 900, "confidence": 0.7, "model": "m1"},
        "Feedback Submitted": {"rating": random.choice((1, 4.5)), "aspect": random.choice((None, "overall", "mood"))},
    }  # fmt: skip


def _order(random: Random) -> Message:
    told: Message = {"order_id": random.choice(("o1", "o2", "o3", "o4", "o5"))}
    if random.random() < 0.3:
        told["revenue"] = random.choice((0, 10, 19.99, "33.335"))
    if random.random() < 0.3:
        told |= {"total": random.choice((12, 40.5)), "shipping": 4.9}
    if random.random() < 0.6:
        told["products"] = [_line(random) for _ in range(random.randrange(1, 4))]
    if random.random() < 0.15:
        told["currency"] = random.choice(("EUR", "USD", "JPY"))
    return told


def _line(random: Random) -> Message:
    line: Message = {"product_id": random.choice(("p1", "p2", "p3")), "price": random.choice((0, 5, 9.99, 20))}
    if random.random() < 0.4:
        line["category"] = random.choice(("Skin", "Hair"))
    if random.random() < 0.5:
        line["quantity"] = random.randrange(4)
    return line


def _iso(moment: int) -> str:
    return datetime.fromtimestamp(moment / 1000, UTC).isoformat(timespec="milliseconds")
