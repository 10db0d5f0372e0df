"""Events as derivation reads them, made with few words."""

from itertools import count
from typing import Any

from smartshopie_db.derive.rows import Event

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
_numbers = count(1)


def event(name: str | None, at: int = 0, /, message_id: str | None = None, **told: Any) -> Event:
    """A track event (None: a page) at a moment; keywords are columns of the event, all others its properties."""
    columns = {
        key: told.pop(key)
        for key in ("visitor_id", "client_session_id", "conversation_id", "order_id", "source", "type")
        if key in told
    }
    row = {
        "type": "page" if name is None else "track", "visitor_id": "u:ann", "client_session_id": None,
        "conversation_id": None, "order_id": None, "source": "api", **columns,
    }  # fmt: skip
    return Event(
        occurred_ms=at, message_id=message_id or f"m{next(_numbers):04d}", event=name, day=at // DAY,
        body={"properties": told}, **row,
    )  # fmt: skip
