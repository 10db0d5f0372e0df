"""Bring a store of an older schema up to today's, all of it or nothing (docs/adr/0003)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smartshopie_db.derive.marks import make_dirty
from smartshopie_db.derive.rows import VisitorDayRow
from smartshopie_db.facts import SCHEMA_VERSION
from smartshopie_db.retention import keep_last_days

if TYPE_CHECKING:
    from smartshopie_db.engine import Engine, Transaction


def upgrade(engine: Engine) -> bool:
    """Change what `apply_schema` cannot, as it only adds; whether there was anything to change."""
    if not _is_old(engine.get("schema_version")):
        return False
    with engine.write() as transaction:
        if not _is_old(transaction.get("schema_version")):  # another process was faster
            return False
        _order_visitor_days(engine, transaction)
        frozen = transaction.get("frozen_day")
        if frozen is not None:
            keep_last_days(transaction, 0, int(frozen))
        newest = transaction.get("newest_day")
        if newest is not None:  # a reason for the next rollup, which adds up the months
            make_dirty(transaction, "day", [int(newest)])
        transaction.set("schema_version", str(SCHEMA_VERSION))
    return True


def _is_old(version: str | None) -> bool:
    return version is not None and int(version) < SCHEMA_VERSION  # a new store has none yet


def _order_visitor_days(engine: Engine, transaction: Transaction) -> None:
    """Version 2 keeps visitor_days by the day first: what is new goes into few pages."""
    for index in ("visitor_days_counted", "visitor_days_earned", "visitor_days_earned_on"):
        transaction.execute(f"DROP INDEX IF EXISTS {index}")  # they would keep their names on the table set aside
    transaction.execute("ALTER TABLE visitor_days RENAME TO former_visitor_days")
    engine.apply_schema(transaction)
    columns = ", ".join(VisitorDayRow._fields)
    transaction.execute(
        f"INSERT INTO visitor_days ({columns}) SELECT {columns} FROM former_visitor_days ORDER BY day, visitor_id"
    )
    transaction.execute("DROP TABLE former_visitor_days")
