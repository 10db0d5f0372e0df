"""Sums of whole months beside the daily rows, so that a year is read as a dozen rows per key and not as 365.

A month's sums count only while whole_months names it. Whoever writes one of its days takes the name out in the same
transaction, and the rollup that did so adds the month up again at its end. The month of the newest day is never named,
so what comes in all the time costs nothing here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from smartshopie_db.clock import date_of, iso_day

if TYPE_CHECKING:
    from smartshopie_db.engine import Transaction
    from smartshopie_db.rollups.schedule import Range


@dataclass(frozen=True, slots=True)
class MonthTable:
    """The months of a daily table: its `keys`, and the columns that are added up. `name` is the table of the months."""

    daily: str
    keys: tuple[str, ...]
    sums: tuple[str, ...]

    @property
    def name(self) -> str:
        """Where the months are stored; record_date is the month's first day."""
        return f"{self.daily}_months"


MONTH_TABLES: Final = {
    table.daily: table
    for table in (
        MonthTable("behavioral_patterns", ("pattern_type", "pattern_name"), ("part", "whole")),
        MonthTable("visitor_activity", ("previous_date",), ("visitors",)),
        MonthTable("customer_concerns", ("concern_name", "concern_category"), ("query_count", "resolved_count")),
        MonthTable("product_gaps", ("product_name", "category"), ("demand_score",)),
        MonthTable(
            "product_analytics", ("product_id",),
            ("views", "ai_recommendations", "purchases", "revenue_minor", "recommendation_purchases"),
        ),
        MonthTable(
            "category_performance", ("category_name",),
            ("total_views", "purchases", "total_revenue_minor", "views_after_recommendation"),
        ),
        MonthTable("revenue_attribution", ("ai_feature",), ("revenue_amount_minor", "orders")),
        MonthTable(
            "category_revenue", ("category_name",),
            ("revenue_amount_minor", "ai_attributed_revenue_minor", "line_revenue_minor", "quantity",
             "cross_sell_minor", "upsell_minor"),
        ),
    )
}  # fmt: skip
"""By daily table: those with several rows a day that are added up over a window. One more is filled where an upgrade
takes all names out of whole_months: the next rollup adds up what is not named."""


def first_of_month(day: date) -> date:
    """The first day of a day's month."""
    return day.replace(day=1)


def next_month(day: date) -> date:
    """The first day of the month after a day's."""
    return first_of_month(first_of_month(day) + timedelta(days=31))


_ALWAYS: Final = (date.max - date_of(0)).days


def break_outside(transaction: Transaction, covered: Range | None) -> None:
    """Rows of days that are not covered go: the months that have such days are whole no more (None: all)."""
    ranges = [(0, _ALWAYS)] if covered is None else [(0, covered[0] - 1), (covered[1] + 1, _ALWAYS)]
    break_months(transaction, ranges)


def break_months(transaction: Transaction, ranges: Iterable[Range]) -> None:
    """Days of these ranges are being written: their months are whole no more, and their sums go."""
    for first, last in ranges:
        broken = transaction.read(
            "SELECT record_date FROM whole_months WHERE record_date BETWEEN :first AND :last",
            {"first": first_of_month(date_of(first)).isoformat(), "last": iso_day(last)},
        ).rows
        for (month,) in broken:
            for table in MONTH_TABLES.values():
                transaction.execute(f"DELETE FROM {table.name} WHERE record_date = :month", {"month": month})
            transaction.execute("DELETE FROM whole_months WHERE record_date = :month", {"month": month})


def add_up_months(transaction: Transaction, covered: Range) -> None:
    """Add up the covered months before that of the newest day, where they are not whole."""
    known = {row[0] for row in transaction.read("SELECT record_date FROM whole_months").rows}
    for month in _complete(covered):
        if month.isoformat() not in known:
            _add_up(transaction, month)


def _complete(covered: Range) -> Iterator[date]:
    first, newest = date_of(covered[0]), date_of(covered[1])
    month = first if first.day == 1 else next_month(first)
    while month < first_of_month(newest):
        yield month
        month = next_month(month)


def _add_up(transaction: Transaction, month: date) -> None:
    days = {"month": month.isoformat(), "end": next_month(month).isoformat()}
    for table in MONTH_TABLES.values():
        keys, sums = ", ".join(table.keys), ", ".join(table.sums)
        added = ", ".join(f"SUM({column})" for column in table.sums)
        transaction.execute(
            f"INSERT INTO {table.name} (record_date, {keys}, {sums}) SELECT CAST(:month AS TEXT), {keys}, {added} "
            f"FROM {table.daily} WHERE source = 'events' AND record_date >= :month AND record_date < :end "
            f"GROUP BY {keys}",
            days,
        )
    transaction.append("whole_months", ("record_date",), [(month.isoformat(),)])
