"""fetch() against plain SQL: the same sums in every window and grain, and wherever they appear."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.catalogue import CATALOGUE
from data.fetch import fetch
from data.known import KnownDays
from data.period import Window, resolve
from data.read import Reader
from data.span import Span
from smartshopie_db.database import SmartShopieDB
from tests.data.asking import data, days
from tests.data.conftest import TODAY

IN_WINDOW = "WHERE record_date BETWEEN :first AND :last"


def one(db: SmartShopieDB, sql: str, window: Window) -> tuple[Any, ...]:
    found = db.engine.read(sql, {"first": window.start.isoformat(), "last": window.end.isoformat()})
    return tuple(found.rows[0])


@settings(max_examples=15)
@given(start=st.integers(1, 700), length=st.integers(1, 400), column=st.sampled_from(["sessions", "conversions"]))
def test_sums_are_the_same_in_days_weeks_and_months_and_in_plain_sql(
    two_years: SmartShopieDB, start: int, length: int, column: str
) -> None:
    first = TODAY - timedelta(days=start)
    last = min(TODAY, first + timedelta(days=length - 1))
    sums = {
        sum(row[column] for row in data(two_years, "conversions/trends", days(str(first), str(last), grain=grain)))
        for grain in ("D", "W", "M")
    }
    window = days(str(first), str(last))
    assert sums == set(one(two_years, f"SELECT SUM({column}) FROM conversion_trends {IN_WINDOW}", window))


@settings(max_examples=30)
@given(
    name=st.sampled_from(["products/recommended", "overview/kpis", "products/cross-sell-upsell"]),
    start=st.integers(1, 800), length=st.integers(1, 400), moved=st.integers(-60, 60),
)  # fmt: skip
def test_sums_of_a_window_moved_by_some_days_are_those_that_are_read_in_full(
    two_years: SmartShopieDB, name: str, start: int, length: int, moved: int
) -> None:
    first = TODAY - timedelta(days=start)
    spans = [Span(day, day + timedelta(days=length - 1)) for day in (first, first + timedelta(days=moved))]
    window = resolve(period="30d", today=TODAY)
    reader, fresh = (Reader(two_years, KnownDays(two_years), window) for _ in range(2))
    reader.totals(CATALOGUE[name], spans[0])
    found, expected = reader.totals(CATALOGUE[name], spans[1]), fresh.totals(CATALOGUE[name], spans[1])
    nothing = {key for key, group in found.items() if not any((group.events or {}).values())}
    assert {key: group for key, group in found.items() if key not in nothing - expected.keys()} == expected


@pytest.mark.parametrize("grain", ["D", "W", "M"])
@pytest.mark.parametrize("period", ["7d", "30d", "90d", "1y"])
def test_credited_revenue_is_one_number_wherever_it_appears(
    two_years: SmartShopieDB, period: str, grain: str
) -> None:
    window = resolve(period=period, grain=grain, today=TODAY)
    impact = data(two_years, "overview/kpis", window)["revenue_impact"]
    assert round(sum(row["revenue_amount"] for row in data(two_years, "revenue/attribution", window)), 2) == impact
    assert data(two_years, "revenue/summary", window)["total_revenue_impact"] == impact


def test_interactions_are_one_number_wherever_they_appear(two_years: SmartShopieDB) -> None:
    window = resolve(period="90d", today=TODAY)
    total = data(two_years, "overview/kpis", window)["ai_interactions"]
    summary = fetch(two_years, "interactions/summary", window).body
    assert sum(row["count"] for row in data(two_years, "overview/interaction-types", window)) == total
    assert summary["data"]["total_interactions"] == total
    assert sum(row["total_interactions"] for row in summary["timeline"]) == total
    assert sum(row["usage_count"] for row in data(two_years, "ai/feature-performance", window)) == total


def test_seven_days_and_twenty_three_days_are_thirty_days(two_years: SmartShopieDB) -> None:
    month = resolve(period="30d", today=TODAY)
    parts = [days(str(month.start), "2026-11-15"), days("2026-11-16", str(month.end))]
    whole = {row["concern_name"]: row["query_count"] for row in data(two_years, "customers/concerns", month)}
    for part in parts:
        for row in data(two_years, "customers/concerns", part):
            if row["concern_name"] in whole:
                whole[row["concern_name"]] -= row["query_count"]
    assert [part.days for part in parts] == [23, 7]
    assert set(whole.values()) == {0}


def test_ratios_are_divided_after_adding_up(two_years: SmartShopieDB) -> None:
    window = resolve(period="1y", today=TODAY)
    sql = f"SELECT 100.0 * SUM(conversions) / SUM(sessions) FROM overview_kpis {IN_WINDOW}"
    rate = round(one(two_years, sql, window)[0], 4)
    assert data(two_years, "overview/kpis", window)["conversion_rate"] == rate
    assert data(two_years, "conversions/analytics", window)["overall_conversion_rate"] == rate
    ring = data(two_years, "ai/model-performance", window, mode="ring")
    assert [row["conversion_rate"] for row in ring] == [rate]


def test_different_products_are_counted_once_per_bucket(two_years: SmartShopieDB) -> None:
    sql = f"SELECT COUNT(DISTINCT product_id) FROM product_analytics {IN_WINDOW} AND category = 'Skin'"
    for grain in ("D", "W", "M"):
        window = resolve(period="90d", grain=grain, today=TODAY)
        rows = data(two_years, "products/category-performance", window)
        shown = {row["record_date"]: row["total_products"] for row in rows if row["category_name"] == "Skin"}
        for bucket in window.buckets():
            inside = days(str(bucket.first), str(bucket.last))
            assert shown[bucket.start.isoformat()] == one(two_years, sql, inside)[0]


def test_the_top_twenty_products_are_those_of_plain_sql(two_years: SmartShopieDB) -> None:
    window = resolve(period="90d", today=TODAY)
    sums = f"SELECT product_id, SUM(revenue_minor) FROM product_analytics {IN_WINDOW} GROUP BY product_id"
    sql = f"{sums} ORDER BY 2 DESC, 1"
    found = two_years.engine.read(sql, {"first": str(window.start), "last": str(window.end)}).rows
    shown = [(row["product_id"], row["revenue"]) for row in data(two_years, "products/analytics", window)]
    assert shown == [(key, minor / 100) for key, minor in found[:20]]


def test_snapshots_are_those_of_the_last_covered_day_and_never_added_up(two_years: SmartShopieDB) -> None:
    sizes = {
        period: [
            row["segment_size"]
            for row in data(two_years, "customers/segments", resolve(period=period, today=TODAY))
        ]
        for period in ("7d", "30d", "90d", "1y")
    }
    assert len({tuple(size) for size in sizes.values()}) == 1
    assert sum(sizes["7d"]) == data(two_years, "overview/kpis", resolve(period="7d", today=TODAY))["total_customers"]
    late = days("2026-11-20", "2026-12-20")
    assert [row["segment_size"] for row in data(two_years, "customers/segments", late)] == sizes["7d"]
