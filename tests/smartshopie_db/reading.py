"""Messages as clients send them, and what reading them gives."""

from datetime import UTC, datetime
from typing import Any

from smartshopie_db.clock import LocalTime, moment_of
from smartshopie_db.events import Event, Reading, Rejection, normalise
from smartshopie_db.mentions import collect

NOW = moment_of(datetime(2026, 11, 22, 12, tzinfo=UTC))
LOCAL = LocalTime("Europe/Berlin")
FROM_FILE = Reading(NOW, "import:segment", LOCAL)
OVER_HTTP = Reading(NOW, "http", LOCAL, corrected=True)
NOON = "2026-11-20T12:00:00Z"
NOON_MS = moment_of(datetime(2026, 11, 20, 12, tzinfo=UTC))


def track(name: str = "Product Viewed", properties: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    message = {"type": "track", "event": name, "messageId": "m1", "userId": "u1", "timestamp": NOON}
    return {**message, "properties": properties or {}, **more}


def accepted(message: object, reading: Reading = FROM_FILE) -> Event:
    result = normalise(message, reading)
    assert isinstance(result, Event), result
    return result


def mentioned(event: Event) -> dict[str, tuple[str | None, list[str]]]:
    return {key: (found.name, list(found.categories.values())) for key, found in collect([event]).items()}


def refused(message: object, reading: Reading = FROM_FILE) -> Rejection:
    result = normalise(message, reading)
    assert isinstance(result, Rejection), result
    assert result.message.endswith(".")
    return result


def order(**properties: Any) -> dict[str, Any]:
    return track("Order Completed", {"order_id": "o1", **properties})
