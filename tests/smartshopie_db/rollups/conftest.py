"""Stores on both engines whose derived tables are filled by hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from smartshopie_db.clock import LocalTime, date_of
from smartshopie_db.engine import Engine
from smartshopie_db.facts import StoreFacts
from smartshopie_db.rollups.tables import DAILY_TABLES, add_up
from tests import opening

FACTS = StoreFacts("UTC", "EUR", 7, 1, None)

DEFAULTS: dict[str, dict[str, Any]] = {
    "visitors": {"is_customer": 1, "first_ms": 0, "customer_name": None},
    "sessions": {"visitor_id": "u:1", "client_session_id": None, "first_ms": 0, "last_ms": 0, "hour": 12,
                 "has_conversation": 0, "has_product_view": 0, "has_product_added": 0, "orders": 0,
                 "credited_orders": 0, "first_order_ms": None, "recovered": 0, "recovered_via_ai": 0},
    "conversations": {"message_id": "m", "visitor_id": "u:1", "session_id": None, "feature": "chat", "started_ms": 0,
                      "messages": 0, "resolved": 0, "closed": 0, "recommended": 0, "matched": 0, "response_ms_sum": 0,
                      "response_count": 0, "rating_milli_sum": 0, "rating_count": 0, "outcome": "Browsing"},
    "answers": {"conversation_id": None, "feature": "chat", "model": None, "response_ms": None,
                "confidence_milli": None},
    "ratings": {"conversation_id": None, "feature": "chat", "aspect": "overall"},
    "concerns": {"concern_category": "skincare", "conversation_id": None, "resolved": 0},
    "recommendations": {"conversation_id": None, "visitor_id": "u:1", "session_id": None, "occurred_ms": 0,
                        "product_id": "p1", "model": None, "purchased": 0},
    "predictions": {"model": "m1"},
    "product_requests": {"category": "Serum"},
    "product_views": {"visitor_id": "u:1", "session_id": None, "occurred_ms": 0, "product_id": "p1",
                      "category": "Serum", "after_recommendation": 0},
    "orders": {"message_id": "m", "visitor_id": "u:1", "session_id": None, "source": "api", "occurred_ms": 0,
               "currency": "EUR", "in_store_currency": 1, "revenue_minor": 0, "total_minor": None,
               "reversed_minor": 0, "status": "placed", "cancelled_day": None, "credited_feature": None,
               "credited_conversation_id": None},
    "order_lines": {"line": 1, "product_id": "p1", "product_name": None, "category": "Serum", "quantity": 1.0,
                    "revenue_minor": 0, "credited_feature": None, "cross_sell_minor": 0, "upsell_minor": 0},
    "reversals": {"order_id": "o", "visitor_id": "u:1", "order_known": 1, "kind": "refund", "occurred_ms": 0,
                  "amount_minor": 0, "credited_feature": None},
    "reversal_lines": {"line": 1, "order_id": "o", "product_id": "p1", "category": "Serum", "amount_minor": 0,
                       "credited_feature": None},
    "visitor_days": {"is_customer": 1, "previous_day": None, "sessions": 1, "orders": 0, "order_revenue_minor": 0,
                     "net_revenue_minor": 0},
    "segment_moves": {"customers": 0, "orders": 0, "order_revenue_minor": 0, "net_revenue_minor": 0},
    "products": {"name_ms": 0, "name_message_id": "m", "category_ms": 0, "category_message_id": "m"},
    "dirty_days": {},
}  # fmt: skip
KEYS = {
    "sessions": "session_id", "conversations": "conversation_id", "answers": "message_id",
    "ratings": "message_id", "concerns": "concern_key", "recommendations": "message_id", "predictions": "message_id",
    "product_requests": "message_id", "product_views": "message_id", "orders": "order_id", "order_lines": "order_id",
    "reversals": "message_id", "reversal_lines": "message_id",
}  # fmt: skip


@dataclass
class HandFilled:
    """A store and a way to put rows into it; what is not said is as in DEFAULTS, keys are numbered."""

    engine: Engine
    number: int = 0
    waiting: list[tuple[str, dict[str, Any]]] | None = None

    def put(self, table: str, times: int = 1, /, **values: Any) -> None:
        with self.together():
            for _ in range(times):
                self.number += 1
                key = {KEYS[table]: f"{table}{self.number}"} if table in KEYS else {}
                self.waiting.append((table, DEFAULTS[table] | key | values))

    @contextmanager
    def together(self) -> Iterator[None]:
        """Put what the block puts in one transaction."""
        if self.waiting is not None:
            yield
            return
        self.waiting = []
        yield
        with self.engine.write() as transaction:
            for table, row in self.waiting:
                transaction.append(table, tuple(row), [tuple(row.values())])
        self.waiting = None

    def added_up(self, table: str, first: int = 0, last: int = 9, timezone: str = "UTC") -> list[dict[str, Any]]:
        """What a table's SELECT makes of the derived rows."""
        declared = next(each for each in DAILY_TABLES if each.name == table)
        found = add_up(self.engine, declared, first, last, 100.0, LocalTime(timezone))
        return [dict(zip(found.columns, row, strict=True)) for row in found.rows]

    def rows(self, table: str, order: str = "record_date") -> list[dict[str, Any]]:
        found = self.engine.read(f"SELECT * FROM {table} ORDER BY {order}")
        return [dict(zip(found.columns, row, strict=True)) for row in found.rows]


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[HandFilled]:
    with opening.store(f"sqlite:///{tmp_path / 'store.db'}") as engine:
        yield HandFilled(engine)


@pytest.fixture
def postgresql_store(postgresql: str) -> Iterator[HandFilled]:
    with opening.database(postgresql) as url, opening.store(url) as engine:
        yield HandFilled(engine)


@pytest.fixture
def store(engine: Engine) -> HandFilled:
    """An empty store with all tables, on each engine."""
    return HandFilled(engine)


def iso(day: int) -> str:
    return date_of(day).isoformat()

