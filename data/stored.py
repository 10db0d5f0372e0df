"""Which stored rows hold the sums of some days: those of the days, and in place of whole months those of the months."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import date, timedelta
from typing import Final, NamedTuple

from data.span import Span
from smartshopie_db.rollups.months import MONTH_TABLES, first_of_month, next_month

FEW_MONTHS: Final = 2
"""Fewer whole months than these are read day by day."""


class Stored(NamedTuple):
    """Rows that come from events: what follows FROM, and its parameters. A month's row bears the month's first day."""

    rows: str
    parameters: dict[str, str]


def stored(
    table: str, columns: Sequence[str], days: Span, whole_months: AbstractSet[date], condition: str = ""
) -> Stored:
    """The rows of a summary table for these days that meet a condition, with whole months for days where there are."""
    where = f"WHERE {condition} AND" if condition else "WHERE"
    daily = f"{table} {where} source = 'events' AND record_date BETWEEN"
    months = months_in(days, whole_months) if table in MONTH_TABLES else []
    if len(months) < FEW_MONTHS:
        return Stored(f"{daily} :first AND :last", days.bounds())
    selected, end = f"SELECT {', '.join(columns)} FROM", next_month(months[-1])
    parts = (
        f"{selected} {daily} :first AND :before",
        f"{selected} {daily} :after AND :last",
        f"{selected} {MONTH_TABLES[table].name} {where} record_date BETWEEN :from_month AND :to_month",
    )
    edges = {
        "before": months[0] - timedelta(days=1), "after": end, "from_month": months[0], "to_month": months[-1],
    }  # fmt: skip
    bounds = days.bounds() | {name: day.isoformat() for name, day in edges.items()}
    return Stored(f"({' UNION ALL '.join(parts)}) AS stored", bounds)


def months_in(days: Span, whole_months: AbstractSet[date]) -> list[date]:
    """The latest whole months in a row that lie in these days, by their first days, in order."""
    found: list[date] = []
    month = first_of_month(days.last)
    while month >= days.first:
        if month in whole_months and next_month(month) - timedelta(days=1) <= days.last:
            found.insert(0, month)
        elif found:
            break
        month = first_of_month(month - timedelta(days=1))
    return found
