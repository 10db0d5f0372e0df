"""The beginning of a rebuild: mark everything as touched and every day as dirty, then empty the derived tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smartshopie_db.clock import iso_day
from smartshopie_db.derive.load import frozen_day
from smartshopie_db.facts import change_facts

if TYPE_CHECKING:
    from smartshopie_db.engine import Engine
    from smartshopie_db.facts import StoreFacts
    from smartshopie_db.rollups.lease import Lease

DERIVED_TABLES: Final = (  # visitor_days first: its rows are found through those of sessions, orders and reversals
    "visitor_days", "visitors", "sessions", "conversations", "answers", "ratings", "concerns", "recommendations",
    "predictions", "product_requests", "product_views", "orders", "order_lines", "reversals", "reversal_lines",
    "segment_moves",
)  # fmt: skip
_EVERYTHING: Final = (
    ("visitor", "SELECT DISTINCT visitor_id AS key FROM events"),
    ("conversation", "SELECT DISTINCT conversation_id AS key FROM events WHERE conversation_id IS NOT NULL"),
    ("order", "SELECT DISTINCT order_id AS key FROM events WHERE order_id IS NOT NULL"),
    ("identity", "SELECT anonymous_id AS key FROM identities UNION SELECT previous_id FROM aliases"),
    ("alias", "SELECT previous_id AS key FROM aliases UNION SELECT user_id FROM aliases"),
    ("product", "SELECT product_id AS key FROM product_mentions UNION SELECT product_id FROM products"),
)
_FROZEN: Final = (
    ("visitor", "SELECT visitor_id AS key FROM visitors UNION SELECT visitor_id FROM orders"),
    ("order", "SELECT order_id AS key FROM orders"),
)


def begin(
    engine: Engine, lease: Lease, timezone: str | None, currency: str | None, attribution_days: int | None
) -> StoreFacts:
    """Mark in one transaction, then empty table by table: a rollup after a crash anywhere finishes what was begun.

    What the store counts with changes in the first of them, as far as it is given; the answer is what it counts with
    now. Frozen days and what was derived for them stay.
    """
    since = frozen_day(engine) or 0
    with engine.write() as transaction:
        lease.hold(transaction)
        facts = change_facts(transaction, timezone, currency, attribution_days)
        batch = int(transaction.get("batch") or 0) + 1
        transaction.set("batch", str(batch))
        transaction.execute("DELETE FROM touched")
        for kind, keys in (*_EVERYTHING, *(_FROZEN if since else ())):
            transaction.execute(
                "INSERT INTO touched (kind, key, batch) "
                f"SELECT CAST(:kind AS TEXT), found.key, :batch FROM ({keys}) AS found WHERE 1 = 1 "
                "ON CONFLICT DO NOTHING",
                {"kind": kind, "batch": batch},
            )
        first, newest = transaction.get("first_day"), transaction.get("newest_day")
        if first is not None and newest is not None:
            days = range(max(int(first), since), int(newest) + 1)
            marks = [("snapshot", days.start), *(("day", day) for day in days)]
            transaction.append("dirty_days", ("kind", "day"), marks, ignore_conflicts=True)
    for table in DERIVED_TABLES:
        with engine.write() as transaction:
            lease.hold(transaction)
            day = "first_day" if table == "visitors" else "day"
            transaction.execute(f"DELETE FROM {table} WHERE {day} >= :since", {"since": since})
    with engine.write() as transaction:
        lease.hold(transaction)
        transaction.execute(
            "DELETE FROM billing_payments WHERE source = 'events' AND payment_date >= :since",
            {"since": iso_day(since)},
        )
    return facts
