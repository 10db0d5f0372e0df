"""What is true at the end of a day: customers so far, segments, lifetime value by tenure.

Nobody is judged anew every day. The state of the day before is carried on by what happened on the day: customers born,
moves between segments, revenue by the day customers were born. Days must be asked for in order, without gaps.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from smartshopie_db.clock import day_of, iso_day
from smartshopie_db.rollups.lifetime_value import LOOK_BACK_DAYS, Tenures
from smartshopie_db.rollups.names import SEGMENTS, TENURE_BANDS
from smartshopie_db.rollups.tables import select_of

if TYPE_CHECKING:
    from smartshopie_db.engine import Engine

SEGMENT_COLUMNS: Final = (
    "record_date", "segment_name", "segment_size", "percentage", "avg_lifetime_value", "avg_order_value", "orders",
    "order_revenue_minor", "net_revenue_minor",
)  # fmt: skip
LIFETIME_COLUMNS: Final = (
    "record_date", "segment_name", "predicted_clv", "current_clv", "customers", "net_revenue_minor",
    "reference_customers", "reference_revenue_minor",
)  # fmt: skip
_MOVES: Final = """
    SELECT day, segment_name, CAST(SUM(customers) AS BIGINT), CAST(SUM(orders) AS BIGINT),
           CAST(SUM(order_revenue_minor) AS BIGINT), CAST(SUM(net_revenue_minor) AS BIGINT)
    FROM segment_moves WHERE day BETWEEN :first_day AND :last_day GROUP BY day, segment_name
"""
_STORED_SEGMENTS: Final = """
    SELECT segment_name, segment_size, orders, order_revenue_minor, net_revenue_minor
    FROM customer_segments WHERE record_date = :day AND source = 'events'
"""
_COHORTS_TO_DATE: Final = """
    SELECT first_date, CAST(SUM(customers) AS BIGINT), CAST(SUM(net_revenue_minor) AS BIGINT),
           CAST(SUM(CASE WHEN record_date <= :year_ago THEN net_revenue_minor ELSE 0 END) AS BIGINT)
    FROM customer_cohorts WHERE record_date <= :day AND source = 'events' GROUP BY first_date
"""
_COHORTS_OF_DAYS: Final = """
    SELECT record_date, first_date, net_revenue_minor
    FROM customer_cohorts WHERE record_date >= :first AND record_date <= :last AND source = 'events'
"""


class SnapshotRows(NamedTuple):
    """A range of days: total customers by day, and the rows of both tables."""

    total_customers: dict[int, int]
    segments: list[tuple[Any, ...]]
    lifetime_value: list[tuple[Any, ...]]


class Snapshots:
    """The running state, from `start` (a covered day) on; what is stored before `start` must be right."""

    def __init__(self, engine: Engine, first_covered: int, start: int, newest: int, minor_per_unit: float) -> None:
        self._engine, self._first, self._next, self._per_unit = engine, first_covered, start, minor_per_unit
        self._segments = {name: [0, 0, 0, 0] for name in SEGMENTS}  # size, orders, order revenue, net revenue
        self._tenures = Tenures(first_covered, newest)
        self._total = 0
        if start > first_covered:
            self._load(start - 1)

    def _load(self, day: int) -> None:
        """Take up the state at the end of a day as it is stored."""
        for name, *values in self._engine.read(_STORED_SEGMENTS, {"day": iso_day(day)}).rows:
            self._segments[name] = values
        days = {"day": iso_day(day), "year_ago": iso_day(day - LOOK_BACK_DAYS)}
        for first_date, customers, revenue, revenue_a_year_ago in self._engine.read(_COHORTS_TO_DATE, days).rows:
            born = _day(first_date)
            self._tenures.born(born, customers)
            self._tenures.earned(born, revenue)
            self._tenures.earned_a_year_ago(born, revenue_a_year_ago)
            self._total += customers

    def through(self, last: int) -> SnapshotRows:
        """Carry on from the day after the last one asked for to `last`, both included."""
        first, self._next = self._next, last + 1
        moves = self._by_day(_MOVES, first, last)
        cohorts = self._by_day(select_of("customer_cohorts"), first, last)
        year_ago: dict[int, list[tuple[int, int]]] = {}
        back = {"first": iso_day(first - LOOK_BACK_DAYS), "last": iso_day(last - LOOK_BACK_DAYS)}
        for record, born, revenue in self._engine.read(_COHORTS_OF_DAYS, back).rows:
            year_ago.setdefault(_day(record), []).append((_day(born), revenue))
        result = SnapshotRows({}, [], [])
        for day in range(first, last + 1):
            for born, customers, revenue in cohorts.get(day, ()):
                self._tenures.born(born, customers)
                self._tenures.earned(born, revenue)
                self._total += customers
            for born, revenue in year_ago.get(day - LOOK_BACK_DAYS, ()):
                self._tenures.earned_a_year_ago(born, revenue)
            for name, *changes in moves.get(day, ()):
                self._segments[name] = [was + change for was, change in zip(self._segments[name], changes, strict=True)]
            result.total_customers[day] = self._total
            result.segments.extend(self._segment_rows(day))
            result.lifetime_value.extend(self._lifetime_rows(day))
        return result

    def _by_day(self, sql: str, first: int, last: int) -> dict[int, list[tuple[Any, ...]]]:
        days: dict[int, list[tuple[Any, ...]]] = {}
        for day, *values in self._engine.read(sql, {"first_day": first, "last_day": last}).rows:
            days.setdefault(day, []).append(tuple(values))
        return days

    def _segment_rows(self, day: int) -> list[tuple[Any, ...]]:
        everyone = sum(values[0] for values in self._segments.values())
        return [
            (
                iso_day(day), name, size,
                size * 100 / everyone if everyone > 0 else None,
                revenue / size / self._per_unit if size > 0 else None,
                ordered / orders / self._per_unit if orders > 0 else None,
                orders, ordered, revenue,
            )
            for name, (size, orders, ordered, revenue) in self._segments.items()
        ]  # fmt: skip

    def _lifetime_rows(self, day: int) -> list[tuple[Any, ...]]:
        rows = []
        for name, shortest, longest in TENURE_BANDS:
            band = self._tenures.band(day, shortest, longest)
            current = band.revenue / band.customers if band.customers else None
            expected = band.expected
            predicted = None if current is None or expected is None else (current + expected) / self._per_unit
            rows.append((
                iso_day(day), name, predicted, None if current is None else current / self._per_unit, band.customers,
                band.revenue, band.reference_customers, band.reference_revenue,
            ))  # fmt: skip
        return rows


def _day(text: str) -> int:
    return day_of(date.fromisoformat(text))
