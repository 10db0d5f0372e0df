"""Hypothesis strategies: streams that shrink, and windows over them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from hypothesis import strategies as st

from tests.streams.shopping import Message, stream

ZONES = ("Europe/Berlin", "Asia/Kolkata", "America/St_Johns", "UTC")


@dataclass(frozen=True)
class Example:
    """A random store: its messages, zone and currency."""

    timezone: str
    currency: str
    messages: list[Message] = field(repr=False)
    first: date = date(2026, 3, 2)
    days: int = 0


def example(random: Random) -> Example:
    """A few visitors over 10 to 70 days. Half of the streams run into the daylight-saving changes of 2026."""
    timezone = ZONES[random.randrange(len(ZONES))]
    currency = ("EUR", "JPY", "KWD")[min(2, random.randrange(6) // 2)]
    days = random.randint(10, 70)
    first = date(2026, 3, 2) + timedelta(days=random.randrange(40))
    messages = stream(
        random, timezone=timezone, currency=currency, first=first, days=days, visitors=random.randint(1, 4), visits=3
    )
    return Example(timezone, currency, messages, first, days)


def examples() -> st.SearchStrategy[Example]:
    """Streams drawn through hypothesis, so that a failing one is made small."""
    return st.randoms(use_true_random=False).map(example).filter(lambda drawn: bool(drawn.messages))
