"""The summary tables that are added up day by day: which SELECT fills each, and what is done to its rows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from smartshopie_db.clock import LocalTime, iso_day
from smartshopie_db.engine import Engine, Rows
from smartshopie_db.rollups import folding, names

_FOLDER: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class DailyTable:
    """A table filled by `<name>.sql`, whose first column is the integer `day`.

    `zeros`: for a table with one row per day, the columns that are 0 on a day without anything (the others are null).
    `labels`: column -> key -> displayed name. `dates`: columns with integer days, stored as ISO text ('' = none).
    `fold`: what turns the rows of the SELECT into rows of the table. `key`: the conversation that a row is about. Such
    a table adds nothing up: of a day, the rows of the conversations that changed are replaced, the others stay.
    """

    name: str
    zeros: tuple[str, ...] = ()
    labels: Mapping[str, Mapping[Any, str]] = field(default_factory=dict)
    dates: tuple[str, ...] = ()
    fold: folding.Fold | None = None
    key: str | None = None


DAILY_TABLES: Final = (
    DailyTable("overview_kpis", zeros=(
        "ai_interactions", "revenue_impact", "new_customers", "sessions", "conversions", "revenue_impact_minor",
        "foreign_currency_orders",
    )),
    DailyTable("conversion_funnel", labels={"stage_name": dict(enumerate(names.FUNNEL_STAGES))}),
    DailyTable("interaction_types", labels={"interaction_name": names.INTERACTION_NAMES}),
    DailyTable("conversion_analytics", zeros=(
        "ai_driven_conversions", "sessions", "conversions", "abandoned_carts", "recovered_carts",
        "recovered_carts_via_ai", "convert_ms_sum",
    )),
    DailyTable("conversion_trends", zeros=("conversions", "ai_attributed_conversions", "sessions")),
    DailyTable("behavioral_patterns", labels={"pattern_name": names.PATTERN_NAMES}),
    DailyTable("visitor_activity", dates=("previous_date",)),
    DailyTable("customer_cohorts", dates=("first_date",)),
    DailyTable("customer_concerns"),
    DailyTable("product_gaps"),
    DailyTable("product_analytics"),
    DailyTable("category_performance"),
    DailyTable("category_products", dates=("previous_date",)),
    DailyTable("ai_model_performance", fold=folding.ai_model_performance),
    DailyTable("model_predictions"),
    DailyTable("ai_feature_performance", labels={"feature_name": names.FEATURE_NAMES}),
    DailyTable("customer_interactions", fold=folding.customer_interactions, key="interaction_id"),
    DailyTable("interaction_summary", zeros=(
        "total_interactions", "chat_interactions", "questionnaire_interactions", "image_analysis_interactions",
        "routine_planner_interactions", "other_interactions", "response_ms_sum", "response_count",
    )),
    DailyTable("revenue_summary", zeros=(
        "total_revenue_impact", "revenue_impact_minor", "net_revenue_minor", "orders", "order_revenue_minor",
        "ai_orders", "ai_order_revenue_minor",
    )),
    DailyTable("revenue_attribution", labels={"ai_feature": names.FEATURE_NAMES}),
    DailyTable("category_revenue", fold=folding.category_revenue),
    DailyTable("customer_satisfaction", zeros=(
        "overall_milli_sum", "overall_count", "product_match_milli_sum", "product_match_count",
        "helpfulness_milli_sum", "helpfulness_count",
    )),
    DailyTable("usage_breakdown", labels={"service_name": names.SERVICE_NAMES}, fold=folding.usage_breakdown),
)  # fmt: skip

SNAPSHOT_TABLES: Final = ("customer_segments", "customer_lifetime_value")
"""One state per covered day (snapshots.py)."""

MONTH_END_TABLES: Final = ("customer_value_analysis", "revenue_forecasting")
"""Filled for month ends and the newest day."""

COVERED_TABLES: Final = (*(table.name for table in DAILY_TABLES), *SNAPSHOT_TABLES, *MONTH_END_TABLES)
"""Every table whose rows from events lie on covered days only."""


@cache
def select_of(table: str) -> str:
    """The SELECT that fills a table."""
    return (_FOLDER / f"{table}.sql").read_text(encoding="utf-8")


def add_up(
    engine: Engine, table: DailyTable, first_day: int, last_day: int, minor_per_unit: float, local: LocalTime,
    keys: Collection[str] | None = None,
) -> Rows:  # fmt: skip
    """The rows of a table for a range of covered days, ready to be stored; with `keys` those of these keys alone."""
    sql, named = select_of(table.name), {"first_day": first_day, "last_day": last_day}
    if keys is None:
        found = engine.read(sql, named | _money(table.name, minor_per_unit))
    else:
        sql = f"SELECT * FROM ({sql}) AS found WHERE {table.key} IN :keys ORDER BY {table.key}"
        found = engine.read(sql, named | {"keys": list(keys)})
    if table.fold is not None:
        found = table.fold(found, local)
    rows = [tuple(values) for values in _displayed(table, found)]
    if table.zeros:
        seen = {row[0] for row in found.rows}
        nothing = [0 if column in table.zeros else None for column in found.columns[1:]]
        rows += [(iso_day(day), *nothing) for day in range(first_day, last_day + 1) if day not in seen]
    return Rows(("record_date", *found.columns[1:]), rows)


def _money(table: str, minor_per_unit: float) -> dict[str, float]:
    return {"minor_per_unit": minor_per_unit} if ":minor_per_unit" in select_of(table) else {}


def _displayed(table: DailyTable, found: Rows) -> Iterable[list[Any]]:
    """The rows with days as ISO text and keys as displayed names."""
    labels = [(found.columns.index(column), names) for column, names in table.labels.items() if found.columns]
    dates = [found.columns.index(column) for column in table.dates]
    for row in found.rows:
        values = list(row)
        values[0] = iso_day(values[0])
        for place, shown in labels:
            values[place] = shown[values[place]]
        for place in dates:
            values[place] = "" if values[place] is None else iso_day(values[place])
        yield values
