"""Bring the summary tables up to date with the events: derive what was touched, add up the days that differ.

Reads happen outside of write transactions. A month's worth of days is written in one short transaction, all tables
together, so that no reader sees tables that disagree about a day. A mark is removed in the transaction that does what
it asks for: after a crash anywhere, the next call does what is missing. Twice is the same as once.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from smartshopie_db import retention
from smartshopie_db.clock import LocalTime, iso_day
from smartshopie_db.derive import derive
from smartshopie_db.derive.load import frozen_day
from smartshopie_db.facts import check_facts, next_data_version
from smartshopie_db.money import exponent
from smartshopie_db.rollups import anew
from smartshopie_db.rollups import lease as leases
from smartshopie_db.rollups.customer_value import VALUE_COLUMNS, value_rows
from smartshopie_db.rollups.forecast import FORECAST_COLUMNS, forecast_rows, month_ends
from smartshopie_db.rollups.months import add_up_months, break_months, break_outside
from smartshopie_db.rollups.neighbours import days_after
from smartshopie_db.rollups.schedule import Block, Range, Work, blocks
from smartshopie_db.rollups.snapshots import LIFETIME_COLUMNS, SEGMENT_COLUMNS, SnapshotRows, Snapshots
from smartshopie_db.rollups.tables import COVERED_TABLES, DAILY_TABLES, MONTH_END_TABLES, DailyTable, add_up

if TYPE_CHECKING:
    from smartshopie_db.engine import Engine, Rows, Transaction
    from smartshopie_db.facts import StoreFacts

Progress = Callable[[int, int], None]
"""Called with (done, of how many): first visitors, then days."""

WAIT_SECONDS: Final = 30.0
MANY_CONVERSATIONS: Final = 5_000  # that changed: from here on all of their days are told sooner than they are found
# A later moment can be of an earlier day only where clocks were put back, never by more than six hours.
_COVERED: Final = """
    SELECT (SELECT MIN(day) FROM events WHERE occurred_ms <= (SELECT MIN(occurred_ms) FROM events) + 21600000),
           (SELECT MAX(day) FROM events WHERE occurred_ms >= (SELECT MAX(occurred_ms) FROM events) - 21600000)
"""
# As product_analytics.sql shows them: '' says that nobody told.
_SHOWN_NAME: Final = "CASE WHEN p.product_name <> '' THEN p.product_name ELSE p.product_id END"
_SHOWN_CATEGORY: Final = "CASE WHEN p.category <> '' THEN p.category ELSE 'Uncategorised' END"
_RENAME: Final = f"""
    UPDATE product_analytics SET
        product_name = (SELECT {_SHOWN_NAME} FROM products p WHERE p.product_id = product_analytics.product_id),
        category = (SELECT {_SHOWN_CATEGORY} FROM products p WHERE p.product_id = product_analytics.product_id)
    WHERE source = 'events' AND record_date >= :since AND EXISTS (
        SELECT 1 FROM products p WHERE p.product_id = product_analytics.product_id
        AND ({_SHOWN_NAME} <> product_analytics.product_name OR {_SHOWN_CATEGORY} <> product_analytics.category))
"""


@dataclass(frozen=True, slots=True)
class RollupReport:
    """What a rollup did: visitors derived, days added up, seconds it took, and the data version afterwards."""

    visitors: int
    days: int
    seconds: float
    data_version: int


def rollup(
    engine: Engine, facts: StoreFacts, *, progress: Progress | None = None, wait_seconds: float = WAIT_SECONDS,
    retention_days: int | None = None,
) -> RollupReport:  # fmt: skip
    """Derive and add up what changed since the last rollup; then delete events older than `retention_days`.

    Waits for a rollup that is running elsewhere. Raises RollupRunning (a StoreUnavailable) when that takes longer than
    `wait_seconds`, FactsChanged when the store was rebuilt otherwise than `facts` say.
    """
    with leases.held(engine, wait_seconds) as lease:
        check_facts(engine.read, facts)  # they change only under the lease
        if retention_days is None or not retention.is_due(engine, facts, retention_days):
            return _Rollup(engine, facts, lease, progress).run()
        horizon = retention.announce(engine, facts, lease, retention_days)
        report = _Rollup(engine, facts, lease, progress).run()
        retention.prune(engine, facts, lease, horizon)
        return report


def rebuild(
    engine: Engine, *, progress: Progress | None = None, wait_seconds: float = WAIT_SECONDS,
    timezone: str | None = None, currency: str | None = None, attribution_days: int | None = None,
) -> RollupReport:  # fmt: skip
    """Derive and add up everything anew: the tables end up as incremental rollups would have left them.

    What is given of time zone, currency and attribution window is what the store counts with from now on; raises
    StoreMismatch where frozen days forbid it.

    Days whose events are gone are frozen and stay as they are (docs/definitions.md, Retention). Summary rows are
    replaced month by month, so that readers see the old ones until then.
    """
    with leases.held(engine, wait_seconds) as lease:
        began = time.monotonic()
        facts = anew.begin(engine, lease, timezone, currency, attribution_days)
        report = _Rollup(engine, facts, lease, progress, anew=True).run()
        return replace(report, seconds=time.monotonic() - began)


class _Rollup:
    """One run, under one lease."""

    def __init__(
        self, engine: Engine, facts: StoreFacts, lease: leases.Lease, progress: Progress | None, *, anew: bool = False
    ) -> None:
        self._engine, self._facts, self._lease, self._progress = engine, facts, lease, progress
        self._per_unit = 10.0 ** exponent(facts.currency)
        self._local = LocalTime(facts.timezone)
        self._started = time.monotonic()
        self._frozen_day = frozen_day(engine)
        self._anew = anew  # rows outside of the covered days are looked for, whatever the store says it covers
        self._conversations: frozenset[str] | None = None  # that are told differently; None: all of the days added up

    def run(self) -> RollupReport:
        """Derive, add up, report."""
        begun = bool(self._engine.read("SELECT 1 FROM dirty_days LIMIT 1").rows)
        derived = derive(self._engine, self._facts, self._progress)
        # Days that were dirty before are so for reasons that this derivation does not know.
        if not begun and len(derived.conversations) < MANY_CONVERSATIONS:
            self._conversations = derived.conversations
        work = self._look()
        days = 0
        if not work.is_nothing:
            days = self._add_up(work, work.covered) if work.covered else self._empty()
        version = int(self._engine.get("data_version") or 0)
        return RollupReport(derived.visitors, days, time.monotonic() - self._started, version)

    def _look(self) -> Work:
        """Read the marks and the covered days."""
        first, newest = self._engine.read(_COVERED).rows[0]
        known = self._engine.get("first_day"), self._engine.get("newest_day")
        marks: dict[str, set[int]] = {"day": set(), "snapshot": set(), "product_name": set()}
        for kind, day in self._engine.read("SELECT kind, day FROM dirty_days").rows:
            marks.setdefault(kind, set()).add(day)
        covered = None if first is None else (first, newest)
        before = (int(known[0]), int(known[1])) if known[0] is not None and known[1] is not None else None
        if self._frozen_day is not None and before is not None:  # what was covered stays so, though its events are gone
            covered = (before[0], max(before[1], newest or before[1]))
        return Work(
            covered, before, frozenset(marks["day"]), frozenset(marks["snapshot"]), bool(marks["product_name"]),
            since=None if before is None or self._frozen_day is None else min(self._frozen_day, before[1] + 1),
        )  # fmt: skip

    def _empty(self) -> int:
        """No event is left: no row from events either."""
        with self._engine.write() as transaction:
            self._lease.hold(transaction)
            for table in COVERED_TABLES:
                transaction.execute(f"DELETE FROM {table} WHERE source = 'events'")
            break_outside(transaction, None)
            transaction.execute("DELETE FROM dirty_days")
            transaction.execute("DELETE FROM store WHERE name IN ('first_day', 'newest_day')")
            next_data_version(transaction)
        return 0

    def _add_up(self, work: Work, covered: Range) -> int:
        """Do all that is to do; returns the number of days that were added up."""
        more = days_after(self._engine, work.changed, covered[1])
        dirty = work.dirty(covered, more)
        snapshots_from = work.snapshots_from(covered)
        with self._engine.write() as transaction:
            self._lease.hold(transaction)
            transaction.append(
                "dirty_days", ("kind", "day"), [("day", day) for day in sorted(dirty)], ignore_conflicts=True
            )
            if self._anew or work.shrunk or work.before is None:
                _drop_uncovered(transaction, covered)
        snapshots = None
        if snapshots_from is not None:
            snapshots = Snapshots(self._engine, covered[0], snapshots_from, covered[1], self._per_unit)
        plan = blocks(dirty, snapshots_from, covered[1])
        for done, block in enumerate(plan, start=1):
            self._write_block(block, snapshots)
            if self._progress is not None:
                self._progress(done, len(plan))
        self._finish(work, covered, work.changed_from(covered, dirty))
        return len(dirty)

    def _write_block(self, block: Block, snapshots: Snapshots | None) -> None:
        """Add a block of days up and write it in one transaction."""
        states = SnapshotRows({}, [], [])
        if block.snapshots is not None and snapshots is not None:
            states = snapshots.through(block.snapshots[1])
        added = [(table, days, self._rows(table, days, states)) for days in block.ranges for table in DAILY_TABLES]
        with self._engine.write() as transaction:
            self._lease.hold(transaction)
            break_months(transaction, block.ranges)
            for table, days, found in added:
                self._replace(transaction, table, days, found)
            if block.snapshots is not None:
                _write_snapshots(transaction, block, states)
            for first, last in block.ranges:
                transaction.execute(
                    "DELETE FROM dirty_days WHERE kind = 'day' AND day BETWEEN :first AND :last",
                    {"first": first, "last": last},
                )
            next_data_version(transaction)

    def _replace(self, transaction: Transaction, table: DailyTable, days: Range, found: Rows) -> None:
        """Write a table's rows of some days in place of those that are there."""
        if table.key is None:
            transaction.replace_days(table.name, found.columns, found.rows, *days)
            return
        place = found.columns.index(table.key) if found.rows else 0
        transaction.delete(  # a row may come from another day
            table.name, (table.key, "source"), [(row[place], "events") for row in found.rows]
        )
        if self._conversations is None:
            transaction.replace_days(table.name, found.columns, found.rows, *days)
            return
        transaction.execute(
            f"DELETE FROM {table.name} WHERE source = 'events' AND record_date >= :first AND record_date <= :last "
            f"AND {table.key} IN :keys",
            {"first": iso_day(days[0]), "last": iso_day(days[1]), "keys": list(self._conversations)},
        )
        transaction.append(table.name, found.columns, found.rows)

    def _rows(self, table: DailyTable, days: Range, states: SnapshotRows) -> Rows:
        """The rows of a table; the key figures with the total of customers, carried forward or as it was."""
        keys = None if table.key is None else self._conversations
        found = add_up(self._engine, table, *days, self._per_unit, self._local, keys)
        if table.name != "overview_kpis":
            return found
        totals = {iso_day(day): total for day, total in states.total_customers.items()}
        if any(row[0] not in totals for row in found.rows):
            stored = self._engine.read(
                "SELECT record_date, total_customers FROM overview_kpis "
                "WHERE source = 'events' AND record_date >= :first AND record_date <= :last",
                {"first": iso_day(days[0]), "last": iso_day(days[1])},
            )
            totals = dict(stored.rows) | totals
        return found._replace(
            columns=(*found.columns, "total_customers"), rows=[(*row, totals.get(row[0])) for row in found.rows]
        )

    def _finish(self, work: Work, covered: Range, changed_from: int) -> None:
        """What rests on all days: month-end tables, names, the covered range, the end of the marks."""
        since = iso_day(work.since or 0)
        kept = sorted({*month_ends(*covered), covered[1]})
        days = [day for day in kept if day >= changed_from]
        values = value_rows(self._engine, days, self._per_unit)
        forecasts = forecast_rows(self._engine, covered, days, self._per_unit)
        with self._engine.write() as transaction:
            self._lease.hold(transaction)
            for table in MONTH_END_TABLES:
                transaction.execute(
                    f"DELETE FROM {table} WHERE source = 'events' AND record_date >= :since "
                    "AND (record_date >= :changed OR record_date NOT IN :kept)",
                    {"since": since, "changed": iso_day(changed_from), "kept": [iso_day(day) for day in kept]},
                )
            transaction.append("customer_value_analysis", VALUE_COLUMNS, values)
            transaction.append("revenue_forecasting", FORECAST_COLUMNS, forecasts)
            if work.names:
                transaction.execute(_RENAME, {"since": since})
            add_up_months(transaction, covered)
            transaction.execute("DELETE FROM dirty_days")
            transaction.set("first_day", str(covered[0]))
            transaction.set("newest_day", str(covered[1]))
            next_data_version(transaction)


def _write_snapshots(transaction: Transaction, block: Block, states: SnapshotRows) -> None:
    """Segments and lifetime value of the block's days, and the total of customers of those not added up anew."""
    first, last = min(states.total_customers), max(states.total_customers)
    transaction.replace_days("customer_segments", SEGMENT_COLUMNS, states.segments, first, last)
    transaction.replace_days("customer_lifetime_value", LIFETIME_COLUMNS, states.lifetime_value, first, last)
    written = {day for start, end in block.ranges for day in range(start, end + 1)}
    for day, total in states.total_customers.items():
        if day not in written:
            transaction.execute(
                "UPDATE overview_kpis SET total_customers = :total WHERE record_date = :day AND source = 'events'",
                {"total": total, "day": iso_day(day)},
            )


def _drop_uncovered(transaction: Transaction, covered: Range) -> None:
    for table in COVERED_TABLES:
        transaction.execute(
            f"DELETE FROM {table} WHERE source = 'events' AND (record_date < :first OR record_date > :newest)",
            {"first": iso_day(covered[0]), "newest": iso_day(covered[1])},
        )
    break_outside(transaction, covered)
