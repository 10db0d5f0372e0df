"""A store whose old events go: messages sent to it, days frozen."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from smartshopie_db import retention
from smartshopie_db.clock import DAY_MS, day_of, moment_of
from smartshopie_db.engine import Engine
from smartshopie_db.facts import StoreFacts
from smartshopie_db.ingest import ingest
from smartshopie_db.rollup import rollup

START = datetime(2026, 3, 1, tzinfo=UTC)
FIRST = day_of(START.date())
FAR = moment_of(datetime(2030, 1, 1, tzinfo=UTC))
Message = dict[str, Any]


@pytest.fixture
def on_day(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Make it noon (UTC) of a day for whoever prunes."""
    return lambda day: monkeypatch.setattr(retention, "now_ms", lambda: day * DAY_MS + DAY_MS // 2)


@pytest.fixture
def prune(engine: Engine, facts: StoreFacts, on_day: Callable[[int], None]) -> Callable[[int], None]:
    """Roll up and freeze the days before one."""

    def prune(horizon: int) -> None:
        on_day(horizon + 10)
        rollup(engine, facts, retention_days=10)

    return prune


@pytest.fixture
def send(engine: Engine, facts: StoreFacts) -> Any:
    def send(*messages: Message) -> Any:
        report = ingest(engine, facts, messages, source="http", received_ms=FAR)
        rollup(engine, facts)
        return report

    return send


def message(event: str | None, day: float, who: str | None, /, **properties: Any) -> Message:
    """A message `day` days after the first day's beginning."""
    given = {key: properties.pop(key) for key in ("traits", "context", "messageId", "anonymousId") if key in properties}
    name = {"type": "track", "event": event} if event else {"type": "page"}
    when = (START + timedelta(days=day)).isoformat()
    ids = {"userId": who} if who else {}
    made = hashlib.sha256(f"{event}-{day}-{who}-{given} {properties.get('order_id')}".encode()).hexdigest()
    return {"messageId": made, "timestamp": when, "properties": properties, **name, **ids, **given}


def shopping(day: float, who: str, order: str, price: int = 20) -> list[Message]:
    line = {"product_id": "p", "price": price, "category": "Skin", "name": "Cream"}
    return [
        message("Product Viewed", day, who, **line),
        message("Conversation Started", day + 0.001, who, conversationId=f"c-{order}"),
        message("Order Completed", day + 0.002, who, order_id=order, revenue=price, products=[line]),
    ]
