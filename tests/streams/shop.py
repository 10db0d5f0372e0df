"""What a stream is made of: a shop that chooses, tells the time and sends, and who comes to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

Message = dict[str, Any]

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

# product_id -> (name, category, price); categories are told by some events only
PRODUCTS = {
    "p1": ("Night Cream", "Skin", "24.90"),
    "p2": ("Day Cream", "Skin", "19.99"),
    "p3": ("Shampoo", "Hair", "9.95"),
    "p4": ("Serum", "Skin", "39.00"),
    "p5": ("Brush", "Tools", "0"),
    "p6": ("Hair Mask", "Hair", "14.333"),
    "p7": ("Mystery Box", None, "12.00"),
}
FEATURES = ("chat", "questionnaire", "image", "routine", "voice", None)
CONCERNS = (("acne", "skincare"), ("dryness", "skincare"), ("frizz", "haircare"), ("dandruff", "haircare"))


@dataclass
class Shop:
    """What a stream is made of."""

    random: Random
    timezone: str
    currency: str
    first: date
    days: int
    visitors: int = 4
    foreign: Sequence[str] = ("USD", "JPY", "KWD")
    messages: list[Message] = field(default_factory=list)
    orders: list[tuple[str, int, list[Message]]] = field(default_factory=list)  # id, time, lines
    shown: list[str] = field(default_factory=list)  # products recommended so far
    counter: int = 0

    # ------------------------------------------------------------------ choosing
    def one(self, values: Sequence[Any]) -> Any:
        return values[self.random.randrange(len(values))]

    def often(self, percent: int) -> bool:
        return self.random.randrange(100) < percent

    def between(self, low: int, high: int) -> int:
        return self.random.randint(low, high)

    def product(self, *, priced: int = 85, named: int = 70) -> Message:
        """A product as an event tells of it, often one that was recommended."""
        product_id = self.one(self.shown[-2:] if self.shown and self.often(40) else sorted(PRODUCTS))
        name, category, price = PRODUCTS[product_id]
        if self.often(25):
            price = "8.50"  # today only
        product: Message = {"product_id": product_id, "name": name}
        if category and self.often(named):
            product["category"] = category if self.often(90) else "Sale"
        if self.often(priced):
            product["price"] = float(price) if self.often(50) else price
        return product

    # ------------------------------------------------------------------ time
    def at(self, day: int, hour: int, minute: int = 0) -> int:
        """The local time of a day of the stream in ms; hours may be 24 and more."""
        local = datetime.combine(self.first + timedelta(days=day), clock.min, tzinfo=ZoneInfo(self.timezone))
        return int(local.timestamp() * 1000) + hour * HOUR + minute * MINUTE

    @property
    def end(self) -> int:
        return self.at(self.days, 0) - 1

    def beginning(self) -> int:
        """A start, often near a midnight, a daylight-saving change or on it."""
        day = self.between(0, max(0, self.days - 1))
        if self.often(45):
            return self.at(day, 23, self.between(20, 59))
        if self.often(15):
            return self.at(day, 0)
        return self.at(day, self.between(0, 23), self.between(0, 59))

    # ------------------------------------------------------------------ messages
    def send(self, time: int, event: str | None, who: Message, **parts: Any) -> Message:
        """Add a message at `time` (inside the stream's days), with a messageId that does not tell its order."""
        self.counter += 1
        time = max(self.at(0, 0), min(time, self.end))
        stamp = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=time)
        message: Message = {
            "type": parts.pop("type", "track"),
            "messageId": f"{(self.counter * 7919) % 10007:05d}-{self.counter}",
            "timestamp": stamp.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            **who,
        }
        if event is not None:
            message["event"] = event
        message |= {key: value for key, value in parts.items() if value is not None}
        self.messages.append(message)
        return message


@dataclass
class Person:
    """A shopper with some devices; `user` is known to the shop only when they say so."""

    user: str | None
    devices: list[str]

    def ids(self, device: str | None, *, known: bool) -> Message:
        """What a message says of who sent it."""
        who: Message = {}
        if device is not None:
            who["anonymousId"] = device
        if known and self.user is not None:
            who["userId"] = self.user
        return who or {"anonymousId": self.devices[0]}
