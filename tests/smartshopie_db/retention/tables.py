"""What a store says, and what its tables have to agree on."""

from typing import Any

from smartshopie_db.clock import iso_day
from smartshopie_db.engine import Engine
from smartshopie_db.rollups.anew import DERIVED_TABLES
from smartshopie_db.rollups.tables import COVERED_TABLES

Tables = dict[str, list[tuple[Any, ...]]]


def dump(engine: Engine, tables: tuple[str, ...] = (*DERIVED_TABLES, *COVERED_TABLES, "billing_payments")) -> Tables:
    return {table: sorted(engine.read(f"SELECT * FROM {table}").rows, key=repr) for table in tables}


def summaries(engine: Engine, *, before: int | None = None) -> Tables:
    """The summary tables, up to a day."""
    condition = "" if before is None else f"WHERE record_date < '{iso_day(before)}'"
    return {
        table: sorted(engine.read(f"SELECT * FROM {table} {condition}").rows, key=repr) for table in COVERED_TABLES
    }


def value(engine: Engine, sql: str) -> Any:
    return engine.read(sql).rows[0][0]


def check(engine: Engine) -> None:
    """The invariants of every covered day, in the tables."""

    def by_day(sql: str) -> dict[str, Any]:
        return {row[0]: row[1] for row in engine.read(sql).rows if row[1]}

    kpis = "FROM overview_kpis"
    equal = (
        (f"SELECT record_date, ai_interactions {kpis}",
         "SELECT record_date, SUM(count) FROM interaction_types GROUP BY record_date"),
        (f"SELECT record_date, ai_interactions {kpis}",
         "SELECT record_date, total_interactions FROM interaction_summary"),
        (f"SELECT record_date, revenue_impact_minor {kpis}",
         "SELECT record_date, SUM(revenue_amount_minor) FROM revenue_attribution GROUP BY record_date"),
        (f"SELECT record_date, revenue_impact_minor {kpis}",
         "SELECT record_date, SUM(ai_attributed_revenue_minor) FROM category_revenue GROUP BY record_date"),
        (f"SELECT record_date, revenue_impact_minor {kpis}",
         "SELECT record_date, revenue_impact_minor FROM revenue_summary"),
        (f"SELECT record_date, sessions {kpis}", "SELECT record_date, sessions FROM conversion_trends"),
        (f"SELECT record_date, conversions {kpis}", "SELECT record_date, conversions FROM conversion_analytics"),
        ("SELECT record_date, ai_attributed_conversions FROM conversion_trends",
         "SELECT record_date, ai_driven_conversions FROM conversion_analytics"),
        (f"SELECT record_date, total_customers {kpis}",
         "SELECT record_date, SUM(segment_size) FROM customer_segments GROUP BY record_date"),
        (f"SELECT record_date, total_customers {kpis}",
         "SELECT record_date, SUM(customers) FROM customer_lifetime_value GROUP BY record_date"),
        ("SELECT record_date, net_revenue_minor FROM revenue_summary",
         "SELECT record_date, SUM(revenue_amount_minor) FROM category_revenue GROUP BY record_date"),
        ("SELECT record_date, SUM(net_revenue_minor) FROM customer_segments GROUP BY record_date",
         "SELECT record_date, SUM(net_revenue_minor) FROM customer_lifetime_value GROUP BY record_date"),
        (f"SELECT record_date, sessions {kpis}",
         "SELECT record_date, all_count FROM conversion_funnel WHERE stage_order = 0"),
    )  # fmt: skip
    for one, other in equal:
        assert by_day(one) == by_day(other), (one, other)
    customers = value(engine, "SELECT COUNT(*) FROM visitors WHERE is_customer = 1")
    assert value(engine, "SELECT total_customers FROM overview_kpis ORDER BY record_date DESC LIMIT 1") == customers
