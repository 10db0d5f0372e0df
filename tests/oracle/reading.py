"""What was sent, as plain records: each message once, canonical names, time in ms, known fields by name.

Written from events.md ("The vocabulary") and the words "Event", "Money", "Day" of the definitions.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR

FIRST_VERSION_NAMES = {
    "Viewed Product Category": "Product List Viewed",
    "Clicked Product": "Product Clicked",
    "Viewed Product": "Product Viewed",
    "Added Product": "Product Added",
    "Removed Product": "Product Removed",
    "Started Order": "Checkout Started",
    "Completed Order": "Order Completed",
}
# "These never open one nor keep one open": identify, group and alias are no track, page or screen messages at all.
PASSIVE = {
    "Order Refunded",
    "Order Cancelled",
    "Order Updated",
    "Invoice Paid",
    "Prediction Reviewed",
    "Message Received",
    "Conversation Ended",
    "Conversation Resolved",
    "Conversation Handed Off",
    "Concern Detected",
    "Recommendation Shown",
    "Product Requested",
}
ORDER_EVENTS = {"Order Completed", "Order Updated", "Order Refunded", "Order Cancelled"}
EXPONENTS = {"JPY": 0, "KRW": 0, "KWD": 3, "BHD": 3}  # ISO 4217; every other currency used here has 2


@dataclass(frozen=True)
class Event:
    """One accepted message."""

    time: int
    id: str
    type: str
    name: str | None
    user: str | None
    anonymous: str | None
    previous: str | None
    session_id: str | None
    conversation_id: str | None
    order_id: str | None
    properties: Mapping[str, Any] = field(hash=False, compare=False)
    traits: Mapping[str, Any] = field(hash=False, compare=False)
    order_file: bool = False

    @property
    def at(self) -> tuple[int, str]:
        """Events are ordered by (time, messageId)."""
        return (self.time, self.id)

    @property
    def takes_part(self) -> bool:
        """Whether it opens a session or keeps one open."""
        return self.type in {"track", "page", "screen"} and self.name not in PASSIVE and not self.order_file


class Calendar:
    """Days of the store's time zone."""

    def __init__(self, timezone: str) -> None:
        self.zone = ZoneInfo(timezone)

    def moment(self, time: int) -> datetime:
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=time)).astimezone(self.zone)

    def day(self, time: int) -> date:
        return self.moment(time).date()


def exponent(currency: str) -> int:
    return EXPONENTS.get(currency, 2)


def minor_units(amount: Decimal, currency: str) -> int:
    """Amount x 10^exponent, rounded half up."""
    return int((amount * 10 ** exponent(currency)).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def number(value: Any) -> Decimal | None:
    """A number as its decimal text says it; None for what is none."""
    if value is None or isinstance(value, bool):
        return None
    try:
        result = Decimal(str(value))
    except InvalidOperation:
        return None
    return result if result.is_finite() else None


def text(value: Any) -> str | None:
    return None if value is None or value == "" else str(value)


def read(messages: Iterable[Mapping[str, Any]], *, order_file: bool = False) -> list[Event]:
    """The accepted messages, once each, in the order of (time, messageId)."""
    events: dict[str, Event] = {}
    for message in messages:
        event = _event(message, order_file=order_file)
        if event is not None:
            events.setdefault(event.id, event)
    return sorted(events.values(), key=lambda event: event.at)


def _event(message: Mapping[str, Any], *, order_file: bool) -> Event | None:
    properties = message.get("properties") or {}
    context = message.get("context") or {}
    name = message.get("event") if message["type"] == "track" else None
    name = FIRST_VERSION_NAMES.get(name, name) if name else None
    event = Event(
        time=_milliseconds(message.get("timestamp") or message["originalTimestamp"]),
        id=text(message.get("messageId")) or _fingerprint(message),
        type=message["type"],
        name=name,
        user=text(message.get("userId")),
        anonymous=text(message.get("anonymousId")),
        previous=text(message.get("previousId")),
        session_id=text(context.get("sessionId")) or text(properties.get("session_id")),
        conversation_id=text(properties.get("conversationId")),
        order_id=text(properties.get("order_id")),
        properties=properties,
        traits=message.get("traits") or context.get("traits") or {},
        order_file=order_file,
    )
    return event if _acceptable(event) else None


def _acceptable(event: Event) -> bool:
    if event.type == "track" and not event.name:
        return False
    if event.name == "Conversation Started" and not event.conversation_id:
        return False
    if event.name in ORDER_EVENTS and not event.order_id:
        return False
    parts = [event.properties, *products(event)]
    amounts = [number(part.get(key)) for part in parts for key in ("revenue", "price", "quantity")]
    return not any(amount is not None and amount < 0 for amount in amounts)


def products(event: Event) -> list[Mapping[str, Any]]:
    """The product lines an event lists."""
    return [line for line in event.properties.get("products") or [] if isinstance(line, Mapping)]


def _milliseconds(timestamp: str) -> int:
    return (datetime.fromisoformat(timestamp) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def _fingerprint(message: Mapping[str, Any]) -> str:
    """Without a messageId, a hash of the message without sentAt and receivedAt stands in."""
    said = {key: value for key, value in message.items() if key not in {"sentAt", "receivedAt"}}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
