"""Rows that do not come from events: an original database's, or added by hand with SmartShopieDB.add_*().

They carry source = 'imported', are never touched by a rollup, and give way to events on covered days when read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from smartshopie_db.money import to_minor

SOURCE: Final = "imported"

MONEY: Final[Mapping[str, tuple[str, ...]]] = {
    "overview_kpis": ("revenue_impact",),
    "revenue_attribution": ("revenue_amount",),
    "category_revenue": ("revenue_amount", "ai_attributed_revenue"),
    "category_performance": ("total_revenue",),
    "product_analytics": ("revenue",),
    "customer_value_analysis": ("total_revenue",),
    "billing_payments": ("amount",),
}
"""Money columns that have an exact twin `<column>_minor`, by table."""

MINOR_NAME: Final[Mapping[tuple[str, str], str]] = {
    ("revenue_summary", "total_revenue_impact"): "revenue_impact_minor",
}
"""Twins whose name does not follow the rule."""


def with_minor_units(table: str, row: Mapping[str, Any], currency: str) -> dict[str, Any]:
    """Return the row with the integer twin of each money column it has."""
    completed = dict(row)
    twins = {column: f"{column}_minor" for column in MONEY.get(table, ())}
    twins |= {column: twin for (of_table, column), twin in MINOR_NAME.items() if of_table == table}
    for column, twin in twins.items():
        if completed.get(column) is not None:
            completed[twin] = to_minor(completed[column], currency)
    return completed
