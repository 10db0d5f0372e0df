"""Customer value tiers: customers with net revenue to date above zero, from the highest to the lowest.

The first 20 % (rounded up) are High Value, those up to 50 % (rounded up) Medium Value, the rest Low Value. Customers
are visitors with a userId, as everywhere. Who of several equal ones comes first (the smaller id) changes no figure.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from smartshopie_db.clock import iso_day
from smartshopie_db.rollups.names import TIERS

if TYPE_CHECKING:
    from smartshopie_db.engine import Engine

VALUE_COLUMNS: Final = (
    "record_date", "tier_name", "customer_count", "avg_revenue", "total_revenue", "total_revenue_minor",
)  # fmt: skip
_TO_DATE: Final = """
    SELECT worth, COUNT(*) FROM (
        SELECT CAST(SUM(net_revenue_minor) AS BIGINT) AS worth FROM visitor_days
        WHERE day <= :day AND is_customer = 1 AND net_revenue_minor <> 0 GROUP BY visitor_id
    ) AS customers GROUP BY worth
"""  # many customers bought the same: a fifth of the rows


class Tier(NamedTuple):
    """One tier; money in minor units."""

    name: str
    customers: int
    revenue: int


def tiers(worth: Iterable[tuple[int, int]]) -> list[Tier]:
    """The three tiers of customers by net revenue to date (minor units), given with how many have it.

    Those with nothing above zero are left out.
    """
    found = np.array([pair for pair in worth if pair[0] > 0], dtype=np.int64).reshape(-1, 2)
    values = np.sort(np.repeat(found[:, 0], found[:, 1]))[::-1]
    cuts = [0, -(-len(values) // 5), -(-len(values) // 2), len(values)]
    return [
        Tier(name, cuts[place + 1] - cuts[place], int(values[cuts[place] : cuts[place + 1]].sum()))
        for place, name in enumerate(TIERS)
    ]


def tiers_at(engine: Engine, day: int) -> list[Tier]:
    """The tiers at the end of any covered day, computed now."""
    return tiers((worth, customers) for worth, customers in engine.read(_TO_DATE, {"day": day}).rows)


def value_rows(engine: Engine, days: Iterable[int], minor_per_unit: float) -> list[tuple[Any, ...]]:
    """Rows of customer_value_analysis at the end of each of these days."""
    rows = []
    for day in sorted(days):
        for tier in tiers_at(engine, day):
            average = tier.revenue / tier.customers / minor_per_unit if tier.customers else None
            rows.append(
                (iso_day(day), tier.name, tier.customers, average, tier.revenue / minor_per_unit, tier.revenue)
            )
    return rows
