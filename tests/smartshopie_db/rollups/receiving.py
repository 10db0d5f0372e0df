"""A store that receives events and rolls them up, and its summary rows to compare."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from smartshopie_db.clock import day_of
from smartshopie_db.ingest import ingest
from smartshopie_db.rollup import RollupReport, rebuild, rollup
from smartshopie_db.rollups.months import MONTH_TABLES
from smartshopie_db.rollups.tables import COVERED_TABLES
from tests.smartshopie_db.rollups.conftest import FACTS, HandFilled

START = datetime(2026, 1, 20, 12, tzinfo=UTC)
FIRST_DAY = day_of(START.date())
RECEIVED = 1_900_000_000_000
Message = dict[str, Any]
Tables = dict[str, list[str]]


def message(number: int, event: str, day: float, user: str | None = "1", **properties: Any) -> Message:
    who = {"userId": user} if user else {"anonymousId": f"anonymous{number}"}
    return {
        "messageId": f"m{number:05}", "type": "track", "event": event, "properties": properties, **who,
        "timestamp": (START + timedelta(days=day)).isoformat(),
    }  # fmt: skip


def purchase(number: int, day: float, user: str, product: str = "p1", revenue: int = 20) -> list[Message]:
    """A visit with a conversation, a view and an order."""
    line = {"product_id": product, "price": revenue, "quantity": 1, "category": "Serum", "name": f"Name of {product}"}
    return [
        message(number, "Conversation Started", day, user, conversationId=f"c{number}"),
        message(number + 1, "Product Viewed", day + 0.001, user, **line),
        message(number + 2, "Order Completed", day + 0.002, user, order_id=f"o{number}", revenue=revenue,
                products=[line]),
    ]  # fmt: skip


def shop(days: int, seed: int = 1) -> list[Message]:
    """Some 2 purchases a day of 9 customers and 5 products, a few of them refunded."""
    draw = Random(seed)  # noqa: S311 - the same shop every time
    found: list[Message] = []
    for number in range(0, days * 8, 4):
        day = draw.uniform(0, days)
        found += purchase(number, day, str(draw.randrange(9)), f"p{draw.randrange(5)}", draw.randrange(5, 90))
        if number % 5 == 0:
            later = min(day + draw.uniform(0, 9), days)
            found.append(message(number + 3, "Order Refunded", later, None, order_id=f"o{number}", revenue=3))
    return found


def receive(store: HandFilled, messages: list[Message]) -> None:
    report = ingest(store.engine, FACTS, messages, source="api", received_ms=RECEIVED)
    assert report.rejected == 0


def summaries(store: HandFilled) -> Tables:
    """Every row from events of every table with covered days, and their months, in an order that is theirs."""
    found = {}
    for table in COVERED_TABLES:
        rows = store.engine.read(f"SELECT * FROM {table} WHERE source = 'events'").rows
        found[table] = sorted(repr(tuple(row)) for row in rows)
    for table in ("whole_months", *(months.name for months in MONTH_TABLES.values())):
        found[table] = sorted(repr(tuple(row)) for row in store.engine.read(f"SELECT * FROM {table}").rows)
    return found


def assert_same(one: Tables, other: Tables) -> None:
    for table, rows in one.items():
        assert rows == other[table], (table, set(rows) ^ set(other[table]))


def run(store: HandFilled) -> RollupReport:
    return rollup(store.engine, FACTS, wait_seconds=0)


def anew(store: HandFilled) -> Tables:
    rebuild(store.engine, wait_seconds=0)
    return summaries(store)
