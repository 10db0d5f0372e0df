"""fetch() against plain SQL and against numbers that can be worked out by hand."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data import fetch as fetching
from data.catalogue import CATALOGUE
from data.fetch import fetch
from data.known import KnownDays
from data.period import PeriodError, Window, resolve
from data.read import Reader
from data.span import Span
from smartshopie_db.database import SmartShopieDB
from tests.data.conftest import TODAY, Opener
from tests.data.rows_of_a_shop import cover, write

Row = dict[str, Any]


def days(start: str, end: str, **more: str) -> Window:
    return resolve(start=start, end=end, today=TODAY, **more)


def data(db: SmartShopieDB, name: str, window: Window, **options: Any) -> Any:
    return fetch(db, name, window, **options).body["data"]


def one(db: SmartShopieDB, sql: str, window: Window) -> tuple[Any, ...]:
    found = db.engine.read(sql, {"first": window.start.isoformat(), "last": window.end.isoformat()})
    return tuple(found.rows[0])


IN_WINDOW = "WHERE record_date BETWEEN :first AND :last"


# ---------------------------------------------------------------------- sums
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


def test_precision_recall_and_f1_come_from_the_classes(store: SmartShopieDB) -> None:
    counts = {("x", "x"): 6, ("x", "y"): 2, ("y", "y"): 1, ("y", "x"): 1}
    write(store.engine, "ai_model_performance", [
        {"record_date": "2026-11-01", "model_name": "atlas", "reviewed": 10, "correct": 7},
    ])  # fmt: skip
    write(store.engine, "model_predictions", [
        {"record_date": "2026-11-01", "model_name": "atlas", "predicted": p, "actual": a, "count": n}
        for (p, a), n in counts.items()
    ])  # fmt: skip
    cover(store.engine, date(2026, 11, 1), date(2026, 11, 1))
    body = fetch(store, "ai/model-performance", days("2026-11-01", "2026-11-01")).body
    assert body["series"] == [{"name": "atlas", "data": [70.0]}]
    assert body["models"] == [{
        "model_name": "atlas", "accuracy": 70.0, "precision": 62.5, "recall": 59.5238, "f1_score": 60.0, "reviewed": 10,
    }]  # fmt: skip


def test_a_winner_needs_two_reviewed_models_and_is_held_against_the_first(store: SmartShopieDB) -> None:
    def reviewed(day: int, model: str, correct: int) -> Row:
        return {"record_date": f"2026-11-0{day}", "model_name": model, "reviewed": 10, "correct": correct}

    rows = [reviewed(1, "zeta", 5), reviewed(2, "alpha", 8), reviewed(2, "beta", 8)]
    write(store.engine, "ai_model_performance", rows)
    cover(store.engine, date(2026, 11, 1), date(2026, 11, 3))
    both = data(store, "ai/summary", days("2026-11-01", "2026-11-03"))
    assert (both["accuracy"], both["ab_winner"], both["ab_improvement_pct"]) == (70.0, "alpha", 60.0)
    alone = data(store, "ai/summary", days("2026-11-01", "2026-11-01"))
    assert (alone["accuracy"], alone["ab_winner"], alone["ab_improvement_pct"]) == (50.0, None, None)


# ---------------------------------------------------------------------- changes
def kpis(engine: Any, first: str, values: list[tuple[int, int, int, int]]) -> None:
    """Days of (customers, sessions, conversions, minor units of credited revenue) from `first` on, all covered."""
    start = date.fromisoformat(first)
    write(engine, "overview_kpis", [
        {"record_date": str(start + timedelta(days=n)), "total_customers": c, "sessions": s, "conversions": k,
         "ai_interactions": s, "revenue_impact_minor": r}
        for n, (c, s, k, r) in enumerate(values)
    ])  # fmt: skip
    cover(engine, start, start + timedelta(days=len(values) - 1))


def test_a_change_compares_with_the_equally_long_window_before(store: SmartShopieDB) -> None:
    kpis(store.engine, "2026-10-01", [(10, 4, 1, 100), (20, 4, 1, 100), (30, 8, 4, 150), (50, 8, 4, 350)])
    answer = fetch(store, "overview/kpis", days("2026-10-03", "2026-10-04"))
    row = answer.body["data"]
    assert (row["total_customers"], row["total_customers_change"]) == (50, 150.0)
    assert (row["ai_interactions"], row["ai_interactions_change"]) == (16, 100.0)
    assert (row["conversion_rate"], row["conversion_rate_change"]) == (50.0, 25.0)
    assert (row["revenue_impact"], row["revenue_impact_change"]) == (5.0, 150.0)
    assert answer.meta["change_basis"] == "2026-10-03 to 2026-10-04 against 2026-10-01 to 2026-10-02"


def test_a_change_is_null_when_the_window_before_is_not_covered_in_full(store: SmartShopieDB) -> None:
    kpis(store.engine, "2026-10-01", [(10, 4, 1, 100), (20, 4, 1, 100), (30, 8, 4, 150)])
    answer = fetch(store, "overview/kpis", days("2026-10-02", "2026-10-03"))
    assert {v for k, v in answer.body["data"].items() if k.endswith("_change")} == {None}
    assert answer.meta["change_basis"] is None


def test_a_change_from_nothing_is_null_and_of_a_rate_it_is_points(store: SmartShopieDB) -> None:
    kpis(store.engine, "2026-10-01", [(0, 5, 0, 0), (3, 5, 1, 70)])
    row = data(store, "overview/kpis", days("2026-10-02", "2026-10-02"))
    assert (row["total_customers_change"], row["revenue_impact_change"]) == (None, None)
    assert (row["conversion_rate"], row["conversion_rate_change"]) == (20.0, 20.0)


def test_an_unfinished_today_is_left_out_of_both_sides(store: SmartShopieDB) -> None:
    ones = [(1, 10, 1, 10)] * 6 + [(1, 1000, 1, 10)]
    kpis(store.engine, "2026-11-09", [*ones, *[(1, 20, 1, 10)] * 6, (1, 1, 1, 10)])
    answer = fetch(store, "overview/kpis", resolve(period="7d", today=TODAY))
    assert answer.body["data"]["ai_interactions"] == 121
    assert answer.body["data"]["ai_interactions_change"] == 100.0  # 6 x 20 against 6 x 10
    assert answer.meta["change_basis"] == "2026-11-16 to 2026-11-21 against 2026-11-09 to 2026-11-14"


def test_today_alone_is_compared_with_nothing(two_years: SmartShopieDB) -> None:
    answer = fetch(two_years, "overview/kpis", days(str(TODAY), str(TODAY)))
    assert answer.meta["change_basis"] is None
    assert answer.body["data"]["ai_interactions_change"] is None


def test_a_shorter_time_to_convert_is_a_negative_change(store: SmartShopieDB) -> None:
    write(store.engine, "conversion_analytics", [
        {"record_date": f"2026-10-0{day}", "sessions": 9, "conversions": 2, "convert_ms_sum": ms}
        for day, ms in ((1, 4_800_000), (2, 1_200_000))
    ])  # fmt: skip
    cover(store.engine, date(2026, 10, 1), date(2026, 10, 2))
    row = data(store, "conversions/analytics", days("2026-10-02", "2026-10-02"))
    assert (row["avg_time_to_convert"], row["avg_time_change"]) == (10.0, -75.0)


# ---------------------------------------------------------------------- rates that look ahead
def test_rates_that_take_seven_days_are_measured_on_the_window_moved_back(store: SmartShopieDB) -> None:
    write(store.engine, "conversion_analytics", [
        {"record_date": day, "sessions": 9, "conversions": 2, "abandoned_carts": carts, "recovered_carts": 1,
         "recovered_carts_via_ai": via}
        for day, carts, via in (("2026-10-01", 4, 1), ("2026-10-08", 50, 0))
    ])  # fmt: skip
    cover(store.engine, date(2026, 10, 1), date(2026, 10, 8))
    answer = fetch(store, "conversions/analytics", days("2026-10-08", "2026-10-08"))
    assert (answer.body["data"]["cart_recovery_rate"], answer.body["data"]["cart_recovery_via_ai"]) == (25.0, 100.0)
    assert any("2026-10-01 to 2026-10-01" in note for note in answer.meta["definition_notes"])
    first = data(store, "conversions/analytics", days("2026-10-01", "2026-10-01"))
    assert (first["cart_recovery_rate"], first["cart_recovery_via_ai"]) == (None, None)


def test_the_return_rate_looks_thirty_days_behind_each_visitors_first_day(store: SmartShopieDB) -> None:
    write(store.engine, "visitor_activity", [
        {"record_date": day, "previous_date": before, "visitors": visitors}
        for day, before, visitors in (
            ("2026-10-01", "", 3),            # new
            ("2026-10-01", "2026-09-01", 1),  # 30 days before: back
            ("2026-10-01", "2026-08-31", 2),  # 31 days before: not
            ("2026-10-02", "2026-10-01", 4),  # seen in the window already
            ("2026-10-02", "2026-09-03", 2),  # 29 days before: back
        )
    ])  # fmt: skip
    cover(store.engine, date(2026, 8, 1), date(2026, 10, 2))
    found = data(store, "customers/behavioral-patterns", days("2026-10-01", "2026-10-02"))
    rows = {row["pattern_type"]: row for row in found}
    assert rows["return_rate"]["value"] == 37.5
    assert rows["peak_activity"]["value"] is None


def test_the_busiest_hours_are_the_earlier_ones_on_a_tie(store: SmartShopieDB) -> None:
    write(store.engine, "behavioral_patterns", [
        {"record_date": "2026-10-01", "pattern_type": "peak_activity", "pattern_name": name, "part": part, "whole": 10}
        for name, part in (("Evening (18-21)", 4), ("Morning (9-12)", 4), ("Night (0-3)", 2))
    ])  # fmt: skip
    cover(store.engine, date(2026, 10, 1), date(2026, 10, 1))
    peak = data(store, "customers/behavioral-patterns", days("2026-10-01", "2026-10-01"))[0]
    assert (peak["pattern_name"], peak["value"]) == ("Morning (9-12)", 40.0)


# ---------------------------------------------------------------------- nothing happened, nothing known
def test_covered_buckets_without_rows_are_zero_and_uncovered_ones_are_left_out(store: SmartShopieDB) -> None:
    write(store.engine, "revenue_attribution", [
        {"record_date": "2026-10-03", "ai_feature": "Image Analysis", "revenue_amount_minor": 500, "orders": 1}
    ])  # fmt: skip
    cover(store.engine, date(2026, 10, 2), date(2026, 10, 3))
    rows = data(store, "revenue/attribution", days("2026-10-01", "2026-10-05"))
    assert {row["record_date"] for row in rows} == {"2026-10-02", "2026-10-03"}
    assert [row["ai_feature"] for row in rows[:4]] == [
        "Chat Recommendations", "Questionnaire Guidance", "Image Analysis", "Routine Planner",
    ]  # fmt: skip
    assert {(row["revenue_amount"], row["percentage"]) for row in rows[:4]} == {(0.0, None)}
    assert [(row["revenue_amount"], row["percentage"]) for row in rows[4:]] == [
        (0.0, 0.0), (0.0, 0.0), (5.0, 100.0), (0.0, 0.0),
    ]  # fmt: skip


def test_the_funnel_without_sessions_has_no_percentages(store: SmartShopieDB) -> None:
    cover(store.engine, date(2026, 10, 1), date(2026, 10, 1))
    rows = data(store, "overview/funnel", days("2026-10-01", "2026-10-01"))
    assert [(row["stage_order"], row["count"], row["percentage"], row["dropoff_rate"]) for row in rows] == [
        (order, 0, None, None) for order in range(5)
    ]


def test_the_funnel_loses_sessions_from_step_to_step(store: SmartShopieDB) -> None:
    names = ("Page Visitors", "AI Interaction", "Product View", "Add to Cart", "Purchase")
    write(store.engine, "conversion_funnel", [
        {"record_date": "2026-10-01", "stage_name": name, "stage_order": order, "count": count, "all_count": count}
        for order, (name, count) in enumerate(zip(names, (200, 100, 80, 0, 0), strict=True))
    ])  # fmt: skip
    cover(store.engine, date(2026, 10, 1), date(2026, 10, 1))
    rows = data(store, "overview/funnel", days("2026-10-01", "2026-10-01"))
    assert [row["percentage"] for row in rows] == [100.0, 50.0, 40.0, 0.0, 0.0]
    assert [row["dropoff_rate"] for row in rows] == [None, -50.0, -20.0, -100.0, None]


# ---------------------------------------------------------------------- money
def test_orders_in_another_currency_are_warned_about_where_money_is_shown(store: SmartShopieDB) -> None:
    write(store.engine, "overview_kpis", [
        {"record_date": f"2026-10-0{day}", "sessions": 1, "foreign_currency_orders": day} for day in (1, 2)
    ])  # fmt: skip
    cover(store.engine, date(2026, 10, 1), date(2026, 10, 2))
    window = days("2026-10-01", "2026-10-02")
    for name in ("overview/kpis", "revenue/attribution", "products/analytics"):
        assert fetch(store, name, window).meta["warnings"] == [
            "3 orders are in another currency than EUR and left out of every amount."
        ]
    assert fetch(store, "conversions/trends", window).meta["warnings"] == []


@pytest.mark.parametrize(("currency", "shown"), [("JPY", 12345.0), ("EUR", 123.45), ("KWD", 12.345)])
def test_minor_units_are_those_of_the_currency(open_store: Opener, currency: str, shown: float) -> None:
    store = open_store(currency=currency)
    write(store.engine, "category_revenue", [
        {"record_date": "2026-10-01", "category_name": "Skin", "revenue_amount_minor": 12345}
    ])  # fmt: skip
    cover(store.engine, date(2026, 10, 1), date(2026, 10, 1))
    rows = data(store, "revenue/category", days("2026-10-01", "2026-10-01"))
    assert [row["revenue_amount"] for row in rows] == [shown]


def test_what_a_missing_product_might_bring_is_the_price_paid_in_its_category(store: SmartShopieDB) -> None:
    write(store.engine, "category_revenue", [
        {"record_date": "2026-10-01", "category_name": "Skin", "line_revenue_minor": 5000, "quantity": 4.0}
    ])  # fmt: skip
    write(store.engine, "product_gaps", [
        {"record_date": "2026-10-01", "product_name": name, "category": category, "demand_score": demand}
        for name, category, demand in (("b", "Skin", 3.0), ("a", "Skin", 3.0), ("c", "Hair", 9.0))
    ])  # fmt: skip
    cover(store.engine, date(2026, 10, 1), date(2026, 10, 1))
    rows = data(store, "customers/product-gaps", days("2026-10-01", "2026-10-01"))
    assert [(row["gap_rank"], row["product_name"], row["demand_score"], row["potential_revenue"]) for row in rows] == [
        (1, "c", 9, 0.0), (2, "a", 3, 37.5), (3, "b", 3, 37.5),
    ]  # fmt: skip
    assert len(data(store, "customers/product-gaps", days("2026-10-01", "2026-10-01"), limit=1)) == 1


def test_tiers_of_a_day_that_is_not_stored_are_computed(store: SmartShopieDB) -> None:
    write(store.engine, "visitor_days", [
        {"visitor_id": f"u:{number}", "day": 20_000, "is_customer": 1, "first_day": 20_000, "previous_day": None,
         "sessions": 1, "orders": 1, "order_revenue_minor": number * 100, "net_revenue_minor": number * 100}
        for number in range(7)
    ])  # fmt: skip
    cover(store.engine, date(2024, 10, 4), date(2024, 10, 5))
    rows = data(store, "revenue/customer-value", days("2024-10-04", "2024-10-04"))
    assert [(row["tier_name"], row["customer_count"], row["total_revenue"], row["avg_revenue"]) for row in rows] == [
        ("High Value", 2, 11.0, 5.5), ("Medium Value", 1, 4.0, 4.0), ("Low Value", 3, 6.0, 2.0),
    ]  # fmt: skip
    assert rows[0]["record_date"] == "2024-10-04"


def test_the_forecast_is_the_latest_run_at_or_before_the_as_of_day(store: SmartShopieDB) -> None:
    write(store.engine, "revenue_forecasting", [
        {"record_date": run, "forecast_date": month, "predicted_revenue": amount}
        for run, month, amount in (
            ("2026-09-30", "2026-10-01", 1.0), ("2026-10-31", "2026-11-01", 2.0), ("2026-10-31", "2026-12-01", 3.0),
        )
    ])  # fmt: skip
    cover(store.engine, date(2026, 1, 1), TODAY)
    assert [row["predicted_revenue"] for row in data(store, "revenue/forecasting", resolve(today=TODAY))] == [2.0, 3.0]
    earlier = resolve(as_of="2026-10-30", today=TODAY)
    assert [row["record_date"] for row in data(store, "revenue/forecasting", earlier)] == ["2026-09-30"]
    assert data(store, "revenue/forecasting", resolve(as_of="2030-01-01", today=TODAY)) == []


# ---------------------------------------------------------------------- remembered answers
def test_an_answer_is_remembered_until_the_data_version_grows(store: SmartShopieDB) -> None:
    kpis(store.engine, "2026-10-01", [(1, 4, 1, 100)])
    window = days("2026-10-01", "2026-10-01")
    first = fetch(store, "overview/kpis", window)
    assert fetch(store, "overview/kpis", window) is first
    with store.engine.write() as transaction:
        transaction.execute("UPDATE overview_kpis SET ai_interactions = 99")
        transaction.set("data_version", "2")
    again = fetch(store, "overview/kpis", window)
    assert again.body["data"]["ai_interactions"] == 99
    assert (first.meta["data_version"], again.meta["data_version"]) == (1, 2)


def test_answers_are_kept_apart_by_window_option_and_store(open_store: Opener, two_years: SmartShopieDB) -> None:
    window = resolve(today=TODAY)
    assert len(data(two_years, "customers/interactions", window, limit=3)) == 3
    assert len(data(two_years, "customers/interactions", window, limit="5")) == 5
    assert len(data(two_years, "customers/interactions", window)) == 10
    assert data(open_store(), "customers/interactions", window) == []
    tomorrow = resolve(as_of=str(TODAY), today=TODAY + timedelta(days=1))
    basis = [fetch(two_years, "overview/kpis", chosen).meta["change_basis"] for chosen in (window, tomorrow)]
    assert basis[0] != basis[1]


def test_no_more_answers_are_kept_than_there_is_room_for(
    two_years: SmartShopieDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "MOST_ANSWERS", 5)
    windows = [days(str(TODAY - timedelta(days=n)), str(TODAY)) for n in range(40, 50)]
    answers = [fetch(two_years, "conversions/trends", window) for window in windows]
    assert fetch(two_years, "conversions/trends", windows[-1]) is answers[-1]
    assert fetch(two_years, "conversions/trends", windows[0]) is not answers[0]


def test_many_threads_get_the_same_numbers(two_years: SmartShopieDB) -> None:
    windows = [resolve(period=period, as_of="2026-06-30", today=TODAY) for period in ("7d", "30d", "90d", "1y")]
    wanted = [fetch(two_years, "overview/kpis", window).body for window in windows]
    found: list[Any] = []

    def ask() -> None:
        found.append([fetch(two_years, "overview/kpis", window).body for window in windows])

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [wanted] * 8


def test_unknown_names_and_options_are_errors(two_years: SmartShopieDB) -> None:
    window = resolve(today=TODAY)
    for name in ("nothing/there", "health"):
        with pytest.raises(KeyError):
            fetch(two_years, name, window)
    with pytest.raises(PeriodError):
        fetch(two_years, "customers/interactions", window, limit=0)
