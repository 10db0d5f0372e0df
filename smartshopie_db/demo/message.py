"""Messages in the shape that Segment's clients send, with ids that depend on the seed alone."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from hashlib import blake2b
from itertools import product
from typing import Any, Final

from smartshopie_db.clock import DAY_MS, iso_day

Dated = tuple[int, str, dict[str, Any]]  # (moment in ms UTC, messageId, message): sorts in the order of events
Properties = dict[str, Any]

BROWSER: Final = {"name": "analytics.js", "version": "npm:next-1.82.0"}
SERVER: Final = {"name": "analytics-python", "version": "2.4.0"}
_CLOCK: Final = tuple(
    f"T{hour:02d}:{minute:02d}:{second:02d}." for hour, minute, second in product(range(24), range(60), range(60))
)
_day_text = cache(iso_day)


def iso(ms: int) -> str:
    """A moment as the clients write it: 2026-11-22T18:44:26.140Z."""
    day, rest = divmod(ms, DAY_MS)
    second, thousandth = divmod(rest, 1000)
    return f"{_day_text(day)}{_CLOCK[second]}{thousandth:03d}Z"


def uuid(*parts: object) -> str:
    """A UUID-shaped id that is a function of its parts."""
    text = blake2b(repr(parts).encode(), digest_size=16).hexdigest()
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


@dataclass(slots=True)
class Client:
    """A library that sends messages: one visit's browser, or a server. Collects them in `outbox`."""

    outbox: list[Dated]
    key: str  # unique for this client, part of every messageId
    context: dict[str, Any]
    anonymous_id: str | None = None
    user_id: str | None = None
    sent: int = 0

    def track(self, ms: int, event: str, properties: Properties) -> None:
        """Something happened."""
        self._send(ms, {"type": "track", "event": event, "properties": properties})

    def page(self, ms: int, name: str, properties: Properties, context: dict[str, Any]) -> None:
        """A page was opened; `context` adds to the client's own."""
        self._send(ms, {"type": "page", "name": name, "properties": properties, "context": {**self.context, **context}})

    def identify(self, ms: int, user_id: str, traits: dict[str, Any]) -> None:
        """The visitor is known from now on."""
        self.user_id = user_id
        self._send(ms, {"type": "identify", "traits": traits})

    def alias(self, ms: int, previous_id: str) -> None:
        """Two ids are one person."""
        self._send(ms, {"type": "alias", "previousId": previous_id})

    def _send(self, ms: int, message: dict[str, Any]) -> None:
        self.sent += 1
        message_id = f"ajs-next-{ms}-{self.key}{self.sent:03x}"
        message["messageId"] = message_id
        message["timestamp"] = iso(ms)
        message.setdefault("context", self.context)
        if self.anonymous_id is not None:
            message["anonymousId"] = self.anonymous_id
        if self.user_id is not None:
            message["userId"] = self.user_id
        self.outbox.append((ms, message_id, message))


def created_at(day: date) -> str:
    """A trait's date."""
    return f"{day.isoformat()}T00:00:00.000Z"
