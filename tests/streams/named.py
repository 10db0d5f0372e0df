"""Three stores that the whole system is checked on: a half-hour time zone, a daylight-saving change, awkward data."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from random import Random

from tests.streams.shopping import Message, stream


@dataclass(frozen=True)
class NamedStore:
    """A store's messages and settings; `today` is a day after its newest event or that very day."""

    name: str
    timezone: str
    currency: str
    messages: list[Message] = field(repr=False)
    today: date
    price: Decimal = Decimal("49.50")
    free_units: int = 2
    overage_rate: Decimal = Decimal("0.75")


def kolkata() -> NamedStore:
    """UTC+5:30, over more than a year, so that predictions and yearly windows have something to say."""
    messages = stream(
        Random(530),
        timezone="Asia/Kolkata",
        currency="INR",
        first=datetime(2025, 3, 10),
        days=440,
        visitors=9,
        visits=9,
    )
    return NamedStore("kolkata", "Asia/Kolkata", "INR", messages, date(2026, 5, 23))


def berlin() -> NamedStore:
    """Clocks go forward on 29 March 2026 in the middle of its visits."""
    messages = stream(Random(2903), first=datetime(2026, 2, 20), days=70, visitors=9, visits=7)
    return NamedStore("berlin", "Europe/Berlin", "EUR", messages, date(2026, 4, 30))


def awkward() -> NamedStore:
    """Guests, refunds beyond the order and of unknown orders, updates, shared tablets, aliases, ids on some events only,
    duplicates, missing categories, midnights, foreign currencies; its own money has no minor unit (JPY)."""
    messages: list[Message] = []
    for index in range(6):
        part = stream(
            Random(900 + index),
            timezone="America/St_Johns",
            currency="JPY",
            first=datetime(2025, 10, 20),
            days=45,
            visitors=3,
            visits=4,
        )
        messages += [_own_ids(message, f"{index}-", orders_too=index % 2 == 1) for message in part]
    return NamedStore("awkward", "America/St_Johns", "JPY", messages, date(2025, 12, 20))


def _own_ids(message: Message, prefix: str, *, orders_too: bool) -> Message:
    """The same message with its own messageId, and where `orders_too`, order and conversation: same visitors, other facts.
    Without, several parts tell of the same orders and conversations."""
    changed = dict(message)
    if "messageId" in changed:
        changed["messageId"] = prefix + changed["messageId"]
    properties = dict(changed.get("properties", {}))
    for key in ("order_id", "conversationId", "invoice_id"):
        if key in properties and orders_too:
            properties[key] = prefix + properties[key]
    if properties:
        changed["properties"] = properties
    return changed


NAMED = {"kolkata": kolkata, "berlin": berlin, "awkward": awkward}
