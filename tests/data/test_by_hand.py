"""fetch() against numbers that can be worked out by hand: rates, what is not known, money."""

from __future__ import annotations

import pytest

from data.fetch import fetch
from data.period import resolve
from smartshopie_db.database import SmartShopieDB
from tests.data.asking import covered, data, days
from tests.data.conftest import TODAY, Opener
from tests.data.rows_of_a_shop import Row, write


def test_precision_recall_and_f1_come_from_the_classes(store: SmartShopieDB) -> None:
    counts = {("x", "x"): 6, ("x", "y"): 2, ("y", "y"): 1, ("y", "x"): 1}
    window = covered(
        store, "2026-11-01",
        ai_model_performance=[{"model_name": "atlas", "reviewed": 10, "correct": 7}],
        model_predictions=[
            {"model_name": "atlas", "predicted": p, "actual": a, "count": n} for (p, a), n in counts.items()
        ],
    )  # fmt: skip
    body = fetch(store, "ai/model-performance", window).body
    assert body["series"] == [{"name": "atlas", "data": [70.0]}]
    assert body["models"] == [{
        "model_name": "atlas", "accuracy": 70.0, "precision": 62.5, "recall": 59.5238, "f1_score": 60.0, "reviewed": 10,
    }]  # fmt: skip


def test_a_winner_needs_two_reviewed_models_and_is_held_against_the_first(store: SmartShopieDB) -> None:
    def reviewed(day: int, model: str, correct: int) -> Row:
        return {"record_date": f"2026-11-0{day}", "model_name": model, "reviewed": 10, "correct": correct}

    rows = [reviewed(1, "zeta", 5), reviewed(2, "alpha", 8), reviewed(2, "beta", 8)]
    both = data(store, "ai/summary", covered(store, "2026-11-01", "2026-11-03", ai_model_performance=rows))
    assert (both["accuracy"], both["ab_winner"], both["ab_improvement_pct"]) == (70.0, "alpha", 60.0)
    assert both["ab_chance_pct"] is None  # 4 wrong ones of 20: two of each model are too few to tell
    alone = data(store, "ai/summary", days("2026-11-01"))
    assert (alone["accuracy"], alone["ab_winner"], alone["ab_improvement_pct"]) == (50.0, None, None)


def test_a_winner_says_how_likely_chance_alone_would_make_it_one(store: SmartShopieDB) -> None:
    rows = [
        {"record_date": "2026-11-01", "model_name": model, "reviewed": 100, "correct": correct}
        for model, correct in (("first", 60), ("second", 70), ("third", 50))
    ]
    summary = data(store, "ai/summary", covered(store, "2026-11-01", ai_model_performance=rows))
    # 70 and 60 of 100: z = 0.1 / sqrt(0.65 * 0.35 * 0.02) = 1.4825
    assert (summary["ab_winner"], summary["ab_chance_pct"]) == ("second", pytest.approx(13.82, abs=0.01))


def test_rates_that_take_seven_days_are_measured_on_the_window_moved_back(store: SmartShopieDB) -> None:
    covered(store, "2026-10-01", "2026-10-08", conversion_analytics=[
        {"record_date": day, "sessions": 9, "conversions": 2, "abandoned_carts": carts, "recovered_carts": 1,
         "recovered_carts_via_ai": via}
        for day, carts, via in (("2026-10-01", 4, 1), ("2026-10-08", 50, 0))
    ])  # fmt: skip
    answer = fetch(store, "conversions/analytics", days("2026-10-08"))
    assert (answer.body["data"]["cart_recovery_rate"], answer.body["data"]["cart_recovery_via_ai"]) == (25.0, 100.0)
    assert any("2026-10-01 to 2026-10-01" in note for note in answer.meta["definition_notes"])
    first = data(store, "conversions/analytics", days("2026-10-01"))
    assert (first["cart_recovery_rate"], first["cart_recovery_via_ai"]) == (None, None)


def test_the_return_rate_looks_thirty_days_behind_each_visitors_first_day(store: SmartShopieDB) -> None:
    covered(store, "2026-08-01", "2026-10-02", visitor_activity=[
        {"record_date": day, "previous_date": before, "visitors": visitors}
        for day, before, visitors in (
            ("2026-10-01", "", 3),            # new
            ("2026-10-01", "2026-09-01", 1),  # 30 days before: back
            ("2026-10-01", "2026-08-31", 2),  # 31 days before: not
            ("2026-10-02", "2026-10-01", 4),  # seen in the window already
            ("2026-10-02", "2026-09-03", 2),  # 29 days before: back
        )
    ])  # fmt: skip
    found = data(store, "customers/behavioral-patterns", days("2026-10-01", "2026-10-02"))
    rows = {row["pattern_type"]: row for row in found}
    assert rows["return_rate"]["value"] == 37.5
    assert rows["peak_activity"]["value"] is None


def test_the_busiest_hours_are_the_earlier_ones_on_a_tie(store: SmartShopieDB) -> None:
    window = covered(store, "2026-10-01", behavioral_patterns=[
        {"pattern_type": "peak_activity", "pattern_name": name, "part": part, "whole": 10}
        for name, part in (("Evening (18-21)", 4), ("Morning (9-12)", 4), ("Night (0-3)", 2))
    ])  # fmt: skip
    peak = data(store, "customers/behavioral-patterns", window)[0]
    assert (peak["pattern_name"], peak["value"]) == ("Morning (9-12)", 40.0)


def test_covered_buckets_without_rows_are_zero_and_uncovered_ones_are_left_out(store: SmartShopieDB) -> None:
    covered(store, "2026-10-02", "2026-10-03", revenue_attribution=[
        {"record_date": "2026-10-03", "ai_feature": "Image Analysis", "revenue_amount_minor": 500, "orders": 1}
    ])  # fmt: skip
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
    rows = data(store, "overview/funnel", covered(store, "2026-10-01"))
    assert [(row["stage_order"], row["count"], row["percentage"], row["dropoff_rate"]) for row in rows] == [
        (order, 0, None, None) for order in range(5)
    ]


def test_the_funnel_loses_sessions_from_step_to_step(store: SmartShopieDB) -> None:
    names = ("Page Visitors", "AI Interaction", "Product View", "Add to Cart", "Purchase")
    window = covered(store, "2026-10-01", conversion_funnel=[
        {"stage_name": name, "stage_order": order, "count": count, "all_count": count}
        for order, (name, count) in enumerate(zip(names, (200, 100, 80, 0, 0), strict=True))
    ])  # fmt: skip
    rows = data(store, "overview/funnel", window)
    assert [row["percentage"] for row in rows] == [100.0, 50.0, 40.0, 0.0, 0.0]
    assert [row["dropoff_rate"] for row in rows] == [None, -50.0, -20.0, -100.0, None]


def test_orders_in_another_currency_are_warned_about_where_money_is_shown(store: SmartShopieDB) -> None:
    window = covered(store, "2026-10-01", "2026-10-02", overview_kpis=[
        {"record_date": f"2026-10-0{day}", "sessions": 1, "foreign_currency_orders": day} for day in (1, 2)
    ])  # fmt: skip
    for name in ("overview/kpis", "revenue/attribution", "products/analytics"):
        assert fetch(store, name, window).meta["warnings"] == [
            "3 orders are in another currency than EUR and left out of every amount."
        ]
    assert fetch(store, "conversions/trends", window).meta["warnings"] == []


@pytest.mark.parametrize(("currency", "shown"), [("JPY", 12345.0), ("EUR", 123.45), ("KWD", 12.345)])
def test_minor_units_are_those_of_the_currency(open_store: Opener, currency: str, shown: float) -> None:
    store = open_store(currency=currency)
    sold = {"category_name": "Skin", "revenue_amount_minor": 12345}
    rows = data(store, "revenue/category", covered(store, "2026-10-01", category_revenue=[sold]))
    assert [row["revenue_amount"] for row in rows] == [shown]


def test_what_a_missing_product_might_bring_is_the_price_paid_in_its_category(store: SmartShopieDB) -> None:
    window = covered(
        store, "2026-10-01",
        category_revenue=[{"category_name": "Skin", "line_revenue_minor": 5000, "quantity": 4.0}],
        product_gaps=[
            {"product_name": name, "category": category, "demand_score": demand}
            for name, category, demand in (("b", "Skin", 3.0), ("a", "Skin", 3.0), ("c", "Hair", 9.0))
        ],
    )  # fmt: skip
    rows = data(store, "customers/product-gaps", window)
    assert [(row["gap_rank"], row["product_name"], row["demand_score"], row["potential_revenue"]) for row in rows] == [
        (1, "c", 9, 0.0), (2, "a", 3, 37.5), (3, "b", 3, 37.5),
    ]  # fmt: skip
    assert len(data(store, "customers/product-gaps", window, limit=1)) == 1


def test_tiers_of_a_day_that_is_not_stored_are_computed(store: SmartShopieDB) -> None:
    write(store.engine, "visitor_days", [
        {"visitor_id": f"u:{number}", "day": 20_000, "is_customer": 1, "first_day": 20_000, "previous_day": None,
         "sessions": 1, "orders": 1, "order_revenue_minor": number * 100, "net_revenue_minor": number * 100}
        for number in range(7)
    ])  # fmt: skip
    covered(store, "2024-10-04", "2024-10-05")
    rows = data(store, "revenue/customer-value", days("2024-10-04"))
    assert [(row["tier_name"], row["customer_count"], row["total_revenue"], row["avg_revenue"]) for row in rows] == [
        ("High Value", 2, 11.0, 5.5), ("Medium Value", 1, 4.0, 4.0), ("Low Value", 3, 6.0, 2.0),
    ]  # fmt: skip
    assert rows[0]["record_date"] == "2024-10-04"


def test_the_forecast_is_the_latest_run_at_or_before_the_as_of_day(store: SmartShopieDB) -> None:
    covered(store, "2026-01-01", str(TODAY), revenue_forecasting=[
        {"record_date": run, "forecast_date": month, "predicted_revenue": amount}
        for run, month, amount in (
            ("2026-09-30", "2026-10-01", 1.0), ("2026-10-31", "2026-11-01", 2.0), ("2026-10-31", "2026-12-01", 3.0),
        )
    ])  # fmt: skip
    assert [row["predicted_revenue"] for row in data(store, "revenue/forecasting", resolve(today=TODAY))] == [2.0, 3.0]
    earlier = resolve(as_of="2026-10-30", today=TODAY)
    assert [row["record_date"] for row in data(store, "revenue/forecasting", earlier)] == ["2026-09-30"]
    assert data(store, "revenue/forecasting", resolve(as_of="2030-01-01", today=TODAY)) == []
