"""One fixed window of the original's database, table by table: what is sent equals plain SQL on the file as it was."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from data.fetch import fetch
from data.period import Window, resolve
from smartshopie_db.database import SmartShopieDB
from tests.data.conftest import TODAY

WINDOW = {"start": "2025-10-18", "end": "2025-10-31"}  # two weeks, so that every table but the monthly has rows
YEAR = {"start": "2024-11-01", "end": "2025-10-31"}


@pytest.fixture(scope="module")
def file(real_data: Path) -> Iterator[sqlite3.Connection]:
    path = real_data / "original_smartshopie" / "smartshopie_dashboard.db"
    with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        yield connection


def window(**words: str) -> Window:
    return resolve(**(words or WINDOW), today=TODAY)


def stored(file: sqlite3.Connection, sql: str, within: Mapping[str, str] = WINDOW) -> list[dict[str, Any]]:
    return [dict(row) for row in file.execute(sql, dict(within))]


def same(sent: Any, written: Any) -> bool:
    if isinstance(written, float) or isinstance(sent, float):
        return sent == pytest.approx(written, abs=0.0051)
    return bool(sent == written)


DAILY = {  # dataset, columns of the file (date first), table
    "revenue/attribution": (("record_date", "ai_feature", "revenue_amount"), "revenue_attribution"),
    "conversions/trends": (("record_date", "conversions", "ai_attributed_conversions"), "conversion_trends"),
    "customer/satisfaction": (
        ("record_date", "overall_satisfaction", "product_match_quality", "ai_helpfulness"), "customer_satisfaction",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DAILY)
def test_daily_rows_are_sent_cell_by_cell(original: SmartShopieDB, file: sqlite3.Connection, name: str) -> None:
    columns, table = DAILY[name]
    rows = fetch(original, name, window(**WINDOW, grain="D")).body["data"]
    wanted = stored(file, f"SELECT {', '.join(columns)} FROM {table} WHERE record_date BETWEEN :start AND :end")
    key = columns[:2] if table == "revenue_attribution" else columns[:1]
    sent = {tuple(row[one] for one in key): row for row in rows}
    assert len(sent) == len(wanted) > 0
    for row in wanted:
        mine = sent[tuple(row[one] for one in key)]
        assert all(same(mine[column], row[column]) for column in columns), row


def test_the_timeline_of_interactions_is_sent_cell_by_cell(original: SmartShopieDB, file: sqlite3.Connection) -> None:
    body = fetch(original, "interactions/summary", window(**WINDOW, grain="D")).body
    columns = (
        "total_interactions", "chat_interactions", "questionnaire_interactions", "image_analysis_interactions",
        "routine_planner_interactions",
    )  # fmt: skip
    between = "FROM interaction_summary WHERE record_date BETWEEN :start AND :end"
    for row in stored(file, f"SELECT * {between}"):
        mine = next(one for one in body["timeline"] if one["date"] == row["record_date"])
        assert all(mine[column] == row[column] for column in columns)
    totals = stored(file, f"SELECT {', '.join(f'SUM({column}) AS {column}' for column in columns)} {between}")[0]
    assert {column: body["data"][column] for column in columns} == totals


def test_key_figures_are_the_sums_and_the_last_headcount(original: SmartShopieDB, file: sqlite3.Connection) -> None:
    sent = fetch(original, "overview/kpis", window()).body["data"]
    sums = stored(
        file,
        "SELECT SUM(ai_interactions) AS ai_interactions, SUM(revenue_impact) AS revenue_impact, "
        "AVG(conversion_rate) AS conversion_rate FROM overview_kpis WHERE record_date BETWEEN :start AND :end",
    )[0]
    last = stored(file, "SELECT total_customers FROM overview_kpis WHERE record_date = :end")[0]
    assert all(same(sent[name], value) for name, value in {**sums, **last}.items())


def newest_rows(file: sqlite3.Connection, table: str) -> list[dict[str, Any]]:
    newest = f"SELECT MAX(record_date) FROM {table} WHERE record_date BETWEEN :start AND :end"
    return stored(file, f"SELECT * FROM {table} WHERE record_date = ({newest})")


SNAPSHOTS = {
    "overview/funnel": ("conversion_funnel", "stage_name", ("count",)),
    "overview/interaction-types": ("interaction_types", "interaction_name", ("count",)),
    "customers/segments": (
        "customer_segments", "segment_name", ("segment_size", "avg_lifetime_value", "avg_order_value"),
    ),
    "customers/lifetime-value": ("customer_lifetime_value", "segment_name", ("current_clv", "predicted_clv")),
    "customers/product-gaps": ("product_gaps", "product_name", ("demand_score", "potential_revenue")),
    # its average is divided anew: the original's own (89.00) is not its total by its count (89.15)
    "revenue/customer-value": ("customer_value_analysis", "tier_name", ("customer_count", "total_revenue")),
    "ai/feature-performance": (
        "ai_feature_performance", "feature_name", ("usage_count", "success_rate", "user_satisfaction"),
    ),
    "revenue/category": ("category_revenue", "category_name", ("revenue_amount", "ai_attributed_revenue")),
    "revenue/forecasting": ("revenue_forecasting", "forecast_date", ("predicted_revenue", "confidence_level")),
}  # fmt: skip
"""Datasets whose rows are those of the newest stored day, as they are: table, key, columns."""


@pytest.mark.parametrize("name", SNAPSHOTS)
def test_snapshots_are_the_newest_stored_ones(original: SmartShopieDB, file: sqlite3.Connection, name: str) -> None:
    table, key, columns = SNAPSHOTS[name]
    sent = {row[key]: row for row in fetch(original, name, window()).body["data"]}
    wanted = newest_rows(file, table)
    assert len(sent) == len(wanted) > 0
    for row in wanted:
        assert all(same(sent[row[key]][column], row[column]) for column in columns), (row, sent[row[key]])


def test_concerns_are_added_up(original: SmartShopieDB, file: sqlite3.Connection) -> None:
    sent = {row["concern_name"]: row for row in fetch(original, "customers/concerns", window()).body["data"]}
    wanted = stored(
        file,
        "SELECT concern_name, SUM(query_count) AS query_count, AVG(ai_success_rate) AS ai_success_rate "
        "FROM customer_concerns WHERE record_date BETWEEN :start AND :end GROUP BY concern_name",
    )
    assert len(sent) == len(wanted) == 10
    for row in wanted:
        assert same(sent[row["concern_name"]]["query_count"], row["query_count"])
        assert same(sent[row["concern_name"]]["ai_success_rate"], row["ai_success_rate"])


def test_products_are_added_up(original: SmartShopieDB, file: sqlite3.Connection) -> None:
    sent = {row["product_id"]: row for row in fetch(original, "products/analytics", window()).body["data"]}
    columns = ("views", "ai_recommendations", "purchases", "revenue")
    added = ", ".join(f"SUM({column}) AS {column}" for column in columns)
    between = "FROM product_analytics WHERE record_date BETWEEN :start AND :end GROUP BY product_id"
    wanted = stored(file, f"SELECT product_id, {added} {between}")
    assert len(sent) == len(wanted) > 0
    for row in wanted:
        assert all(same(sent[row["product_id"]][column], row[column]) for column in columns), row


def test_months_of_models_and_categories_are_sent_as_stored(original: SmartShopieDB, file: sqlite3.Connection) -> None:
    models = fetch(original, "ai/model-performance", window(**YEAR)).body
    for series in models["series"]:
        for month, accuracy in zip(models["categories"], series["data"], strict=True):
            found = stored(
                file, "SELECT accuracy FROM ai_model_performance WHERE record_date = :day AND model_name = :model",
                {"day": month, "model": series["name"]},
            )  # fmt: skip
            assert same(accuracy, found[0]["accuracy"] if found else None)
    assert models["series"]
    rows = fetch(original, "products/category-performance", window(**YEAR)).body["data"]
    total = stored(
        file, "SELECT SUM(total_revenue) AS revenue FROM category_performance "
        "WHERE record_date BETWEEN :start AND :end", YEAR,
    )  # fmt: skip
    assert sum(row["total_revenue"] for row in rows) == pytest.approx(total[0]["revenue"], abs=0.5)


def test_payments_are_sent_as_stored(original: SmartShopieDB, file: sqlite3.Connection) -> None:
    paid = fetch(original, "billing/payment-history", window()).body["data"]
    wanted = stored(file, "SELECT payment_date, description, amount, status FROM billing_payments")
    assert sorted(tuple(row[name] for name in wanted[0]) for row in paid) == sorted(tuple(r.values()) for r in wanted)


def test_the_feed_is_sent_as_stored(original: SmartShopieDB, file: sqlite3.Connection) -> None:
    feed = fetch(original, "customers/interactions", window()).body["data"]
    columns = (
        "interaction_id", "interaction_type", "customer_id", "session_id", "customer_name", "activity_description",
        "status_badge", "message_count",
    )  # fmt: skip
    wanted = stored(file, f"SELECT {', '.join(columns)} FROM customer_interactions ORDER BY interaction_date DESC")
    assert [{name: row[name] for name in columns} for row in feed] == wanted


def test_the_one_row_of_conversion_analytics_is_sent(original: SmartShopieDB, file: sqlite3.Connection) -> None:
    sent = fetch(original, "conversions/analytics", window()).body["data"]
    row = newest_rows(file, "conversion_analytics")[0]
    for column in ("overall_conversion_rate", "ai_driven_conversions", "cart_recovery_rate", "avg_time_to_convert"):
        assert same(sent[column], row[column]), (column, sent[column], row[column])


def test_habits_are_the_means_of_the_stored_days(original: SmartShopieDB, file: sqlite3.Connection) -> None:
    rows = fetch(original, "customers/behavioral-patterns", window()).body["data"]
    sent = {row["pattern_type"]: row["value"] for row in rows}
    between = "FROM behavioral_patterns WHERE record_date BETWEEN :start AND :end GROUP BY pattern_type"
    wanted = stored(file, f"SELECT pattern_type, AVG(value) AS value {between}")
    assert {row["pattern_type"]: pytest.approx(row["value"], abs=0.0001) for row in wanted} == sent


def test_months_of_revenue_are_added_up(original: SmartShopieDB, file: sqlite3.Connection) -> None:
    sent = fetch(original, "revenue/summary", window(**YEAR)).body["data"]
    impact = "SELECT SUM(total_revenue_impact) AS impact FROM revenue_summary WHERE record_date BETWEEN :start AND :end"
    assert same(sent["total_revenue_impact"], stored(file, impact, YEAR)[0]["impact"])


def test_months_of_usage_are_sent_as_stored(original: SmartShopieDB, file: sqlite3.Connection) -> None:
    columns = ("record_date", "service_name", "used", "free_limit", "overage_rate", "overage_cost", "total_usage")
    sent = fetch(original, "billing/usage-breakdown", window()).body["data"]
    rows = [tuple(row[name] for name in columns) for row in sent]
    wanted = stored(file, f"SELECT {', '.join(columns)} FROM usage_breakdown")
    assert sorted(rows) == sorted(tuple(row.values()) for row in wanted)
