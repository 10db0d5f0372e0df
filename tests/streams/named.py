"""Three stores that the whole system is checked on: a half-hour time zone, a daylight-saving change, awkward data."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
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
        Random(530),  # noqa: S311
        timezone="Asia/Kolkata",
        currency="INR",
        first=date(2025, 3, 10),
        days=440,
        visitors=25,
        visits=9,
        troubles=(2, 5),
    )
    return NamedStore("kolkata", "Asia/Kolkata", "INR", messages, date(2026, 5, 23))


def berlin() -> NamedStore:
    """Clocks go forward on 29 March 2026 in the middle of its visits."""
    messages = stream(Random(2903), first=date(2026, 2, 20), days=70, visitors=18, visits=6, troubles=(2, 4))  # noqa: S311
    return NamedStore("berlin", "Europe/Berlin", "EUR", messages, date(2026, 4, 30))


def awkward() -> NamedStore:
    """Guests, refunds beyond the order and of unknown orders, updates, shared tablets, aliases, ids on some events,
    duplicates, missing categories, midnights, foreign currencies; its own money has no minor unit (JPY).
    """
    messages: list[Message] = []
    for index in range(8):
        part = stream(
            Random(900 + index),  # noqa: S311
            timezone="America/St_Johns",
            currency="JPY",
            first=date(2025, 10, 20),
            days=45,
            visitors=5,
            visits=4,
            troubles=(1, 2),
        )
        messages += [_own_ids(message, index) for message in part]
    return NamedStore(
        "awkward", "America/St_Johns", "JPY", messages, date(2025, 12, 20), Decimal(5000), overage_rate=Decimal(75)
    )


def _own_ids(message: Message, part: int) -> Message:
    """The same message with its own messageId; parts share users, orders or conversations, all of them devices."""
    changed = dict(message)
    own = [key for key in ("messageId",) if key in changed]
    if part % 3:
        own += [key for key in ("userId", "previousId") if key in changed]
    changed |= {key: f"{part}-{changed[key]}" for key in own}
    properties = dict(changed.get("properties", {}))
    if part % 2:
        shared = ("order_id", "conversationId", "invoice_id")
        properties |= {key: f"{part}-{properties[key]}" for key in shared if key in properties}
    if properties:
        changed["properties"] = properties
    return changed


NAMED = {"kolkata": kolkata, "berlin": berlin, "awkward": awkward}
