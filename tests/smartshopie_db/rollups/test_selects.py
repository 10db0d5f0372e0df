"""Each table's SELECT on derived rows that were put in by hand, on both engines."""

from __future__ import annotations

import pytest

from tests.smartshopie_db.rollups.conftest import HandFilled, iso


def only(rows: list[dict]) -> dict:
    assert len(rows) == 1, rows
    return rows[0]


def test_key_figures_count_sessions_conversations_births_and_credited_money(store: HandFilled) -> None:
    store.put("sessions", 3, day=1)
    store.put("sessions", day=1, orders=2)
    store.put("conversations", 2, day=1)
    store.put("visitors", visitor_id="u:1", first_day=1)
    store.put("visitors", visitor_id="a:1", first_day=1, is_customer=0)
    store.put("orders", day=1, revenue_minor=1000, credited_feature="chat")
    store.put("orders", day=1, revenue_minor=700)
    store.put("orders", day=1, revenue_minor=9999, credited_feature="chat", in_store_currency=0)
    store.put("reversals", day=1, amount_minor=250, credited_feature="chat")
    store.put("reversals", day=1, amount_minor=70)
    row = only(store.added_up("overview_kpis", 1, 1))
    assert row == {
        "record_date": iso(1), "conversion_rate": 25.0, "ai_interactions": 2, "revenue_impact": 7.5,
        "new_customers": 1, "sessions": 4, "conversions": 1, "revenue_impact_minor": 750,
        "foreign_currency_orders": 1,
    }  # fmt: skip


def test_a_covered_day_without_anything_has_a_row_of_zeros_in_tables_without_dimensions(store: HandFilled) -> None:
    for table in ("overview_kpis", "conversion_analytics", "conversion_trends", "interaction_summary",
                  "revenue_summary", "customer_satisfaction"):  # fmt: skip
        rows = store.added_up(table, 4, 5)
        assert [row["record_date"] for row in rows] == [iso(4), iso(5)]
        assert {value for row in rows for name, value in row.items() if name != "record_date"} == {0, None}
    assert store.added_up("conversion_trends", 4, 4)[0]["conversion_rate"] is None


def test_the_funnel_asks_for_all_stages_before_and_knows_a_path_without_the_assistant(store: HandFilled) -> None:
    store.put("sessions", 5, day=1)
    store.put("sessions", 2, day=1, has_conversation=1, has_product_view=1)
    store.put("sessions", day=1, has_conversation=1, has_product_view=1, has_product_added=1, orders=1)
    store.put("sessions", 2, day=1, has_product_view=1, has_product_added=1)
    store.put("sessions", day=1, orders=1)  # bought without a view: on no path
    rows = store.added_up("conversion_funnel", 1, 1)
    assert [row["stage_name"] for row in rows] == [
        "Page Visitors", "AI Interaction", "Product View", "Add to Cart", "Purchase",
    ]  # fmt: skip
    assert [row["count"] for row in rows] == [11, 3, 3, 1, 1]
    assert [row["all_count"] for row in rows] == [11, 3, 5, 3, 1]
    assert rows[0]["dropoff_rate"] is None
    assert rows[3]["dropoff_rate"] == pytest.approx(-66.6667, abs=1e-4)
    assert rows[4]["percentage"] == pytest.approx(100 / 11)


def test_interaction_types_have_displayed_names_and_shares(store: HandFilled) -> None:
    store.put("conversations", 3, day=1)
    store.put("conversations", day=1, feature="other")
    rows = {row["interaction_name"]: row for row in store.added_up("interaction_types", 1, 1)}
    assert rows["Chat Sessions"]["count"] == 3
    assert rows["Chat Sessions"]["percentage"] == 75.0
    assert rows["Other"]["percentage"] == 25.0


def test_carts_and_the_time_to_convert_are_kept_as_parts(store: HandFilled) -> None:
    store.put("sessions", day=1, orders=1, credited_orders=1, first_ms=1_000, first_order_ms=121_000)
    store.put("sessions", day=1, has_product_added=1, recovered=1, recovered_via_ai=1)
    store.put("sessions", day=1, has_product_added=1, recovered=1)
    store.put("sessions", 2, day=1, has_product_added=1)
    store.put("sessions", day=1, has_product_added=1, orders=1, first_ms=0, first_order_ms=0)
    row = only(store.added_up("conversion_analytics", 1, 1))
    assert (row["abandoned_carts"], row["recovered_carts"], row["recovered_carts_via_ai"]) == (4, 2, 1)
    assert (row["cart_recovery_rate"], row["cart_recovery_via_ai"]) == (50.0, 50.0)
    assert (row["convert_ms_sum"], row["conversions"], row["avg_time_to_convert"]) == (120_000, 2, 1.0)
    assert (row["ai_driven_conversions"], row["ai_driven_percentage"]) == (1.0, 50.0)


def test_patterns_name_the_band_and_count_visitors_who_came_in_the_30_days_before(store: HandFilled) -> None:
    store.put("sessions", 3, day=40, hour=20)
    store.put("sessions", day=40, hour=2)
    store.put("conversations", day=40, recommended=1, matched=1)
    store.put("conversations", day=40, recommended=1)
    store.put("conversations", day=40)
    for visitor, previous in enumerate((None, 9, 10, 39)):
        store.put("visitor_days", visitor_id=f"u:{visitor}", day=40, first_day=1, previous_day=previous)
    store.put("visitor_days", visitor_id="u:9", day=40, first_day=1, previous_day=39, sessions=0)
    rows = {(row["pattern_type"], row["pattern_name"]): row for row in store.added_up("behavioral_patterns", 40, 40)}
    assert rows["peak_activity", "Evening (18-21)"]["value"] == 75.0
    assert rows["peak_activity", "Night (0-3)"]["part"] == 1
    assert rows["preference_match", "Preference Match"]["whole"] == 2
    assert rows["return_rate", "Returning Visitors"] == {
        "record_date": iso(40), "pattern_type": "return_rate", "pattern_name": "Returning Visitors", "value": 50.0,
        "metric_unit": "%", "part": 2, "whole": 4,
    }  # fmt: skip


def test_activity_and_cohorts_hold_days_as_text(store: HandFilled) -> None:
    store.put("visitor_days", visitor_id="u:1", day=5, first_day=2, previous_day=2, net_revenue_minor=500)
    store.put("visitor_days", visitor_id="u:2", day=5, first_day=5, net_revenue_minor=-20, sessions=0)
    store.put("visitor_days", visitor_id="a:3", day=5, first_day=5, is_customer=0, net_revenue_minor=7)
    store.put("visitors", visitor_id="u:2", first_day=5)
    store.put("visitors", visitor_id="a:3", first_day=5, is_customer=0)
    assert sorted((row["previous_date"], row["visitors"]) for row in store.added_up("visitor_activity")) == [
        ("", 1), (iso(2), 1),
    ]  # fmt: skip
    cohorts = store.added_up("customer_cohorts")
    assert [(row["first_date"], row["customers"], row["net_revenue_minor"]) for row in cohorts] == [
        (iso(2), 0, 500), (iso(5), 1, -20),
    ]  # fmt: skip


def test_concerns_are_counted_with_those_resolved(store: HandFilled) -> None:
    store.put("concerns", 2, concern_name="acne", day=1, resolved=1)
    store.put("concerns", concern_name="acne", day=1)
    row = only(store.added_up("customer_concerns"))
    assert (row["query_count"], row["resolved_count"]) == (3, 2)
    assert row["ai_success_rate"] == pytest.approx(200 / 3)


def test_gaps_are_ranked_by_requests_then_by_name(store: HandFilled) -> None:
    store.put("product_requests", 2, day=1, product_name="Balm")
    store.put("product_requests", 2, day=1, product_name="Aloe")
    store.put("product_requests", 3, day=1, product_name="Clay")
    ranks = {row["product_name"]: row["gap_rank"] for row in store.added_up("product_gaps")}
    assert ranks == {"Clay": 1, "Aloe": 2, "Balm": 3}


def test_a_product_has_its_newest_name_and_orders_are_counted_once(store: HandFilled) -> None:
    store.put("products", product_id="p1", product_name="Glow Serum", category="Serum")
    store.put("product_views", 4, day=1)
    store.put("recommendations", day=1, purchased=1)
    store.put("recommendations", day=1)
    store.put("order_lines", order_id="o1", line=1, day=1, revenue_minor=500)
    store.put("order_lines", order_id="o1", line=2, day=1, revenue_minor=300)
    store.put("reversal_lines", day=1, amount_minor=100)
    store.put("order_lines", order_id="o2", day=1, product_id="unheard", revenue_minor=50)
    store.put("order_lines", order_id="o3", day=1, product_id=None, revenue_minor=50)
    rows = {row["product_id"]: row for row in store.added_up("product_analytics")}
    assert rows.keys() == {"p1", "unheard"}
    assert rows["unheard"]["product_name"] == "unheard"
    assert rows["unheard"]["conversion_rate"] is None
    assert rows["p1"] == {
        "record_date": iso(1), "product_id": "p1", "product_name": "Glow Serum", "category": "Serum", "views": 4,
        "ai_recommendations": 2, "purchases": 1, "revenue": 7.0, "conversion_rate": 25.0, "revenue_minor": 700,
        "recommendation_purchases": 1,
    }  # fmt: skip


def test_a_category_counts_products_orders_and_views_after_a_recommendation(store: HandFilled) -> None:
    store.put("product_views", 3, day=1)
    store.put("product_views", day=1, product_id="p2", after_recommendation=1)
    store.put("order_lines", order_id="o1", line=1, day=1, revenue_minor=500)
    store.put("order_lines", order_id="o1", line=2, day=1, product_id="p3", revenue_minor=500)
    store.put("order_lines", order_id="o2", day=1, product_id=None, category="Balm", revenue_minor=90)
    rows = {row["category_name"]: row for row in store.added_up("category_performance")}
    assert (rows["Serum"]["total_products"], rows["Serum"]["purchases"], rows["Serum"]["total_views"]) == (3, 1, 4)
    assert rows["Serum"]["ai_recommendation_rate"] == 25.0
    assert (rows["Balm"]["total_products"], rows["Balm"]["avg_conversion_rate"]) == (0, None)
    assert rows["Balm"]["total_revenue"] == 0.9


def test_products_are_chained_to_their_active_day_before_even_outside_of_the_range(store: HandFilled) -> None:
    store.put("product_views", day=1)
    store.put("order_lines", order_id="o1", day=3)
    store.put("product_views", day=3, product_id="p2")
    store.put("product_views", day=4, category="Balm")
    store.put("product_views", day=6)
    rows = store.added_up("category_products", 4, 9)
    assert [(row["record_date"], row["category_name"], row["previous_date"], row["products"]) for row in rows] == [
        (iso(4), "Balm", "", 1), (iso(6), "Serum", iso(3), 1),
    ]  # fmt: skip
    whole = store.added_up("category_products", 0, 9)
    assert sorted((row["record_date"], row["previous_date"]) for row in whole if row["category_name"] == "Serum") == [
        (iso(1), ""), (iso(3), ""), (iso(3), iso(1)), (iso(6), iso(3)),
    ]  # fmt: skip


def test_a_model_has_its_answers_and_its_reviews_in_one_row(store: HandFilled) -> None:
    store.put("answers", day=1, model="m1", response_ms=200, confidence_milli=900)
    store.put("answers", day=1, model="m1", response_ms=100)
    store.put("answers", day=1)
    store.put("predictions", 3, day=1, predicted="dry", actual="dry")
    store.put("predictions", day=1, predicted="oily", actual="dry")
    rows = {row["model_name"]: row for row in store.added_up("ai_model_performance")}
    assert (rows["unknown"]["reviewed"], rows["unknown"]["accuracy"]) == (0, None)
    one = rows["m1"]
    assert (one["response_ms_sum"], one["response_count"], one["response_time_ms"]) == (300, 2, 150.0)
    assert (one["confidence_milli_sum"], one["confidence_count"]) == (900, 1)
    assert (one["reviewed"], one["correct"], one["accuracy"]) == (4, 3, 75.0)
    assert (one["precision"], one["recall"]) == (50.0, 37.5)
    counts = {(row["predicted"], row["actual"]): row["count"] for row in store.added_up("model_predictions")}
    assert counts == {("dry", "dry"): 3, ("oily", "dry"): 1}


def test_a_feature_is_judged_by_closed_conversations_and_overall_ratings(store: HandFilled) -> None:
    store.put("conversations", day=1, resolved=1, closed=1)
    store.put("conversations", day=1, closed=1)
    store.put("conversations", day=1)
    store.put("ratings", day=1, rating_milli=4000)
    store.put("ratings", day=1, rating_milli=1000, aspect="helpfulness")
    row = only(store.added_up("ai_feature_performance"))
    assert row["feature_name"] == "Chat Recommendations"
    assert (row["usage_count"], row["success_rate"], row["user_satisfaction"]) == (3, 0.5, 0.8)


def test_an_interaction_says_in_words_what_happened(store: HandFilled) -> None:
    store.put("visitors", visitor_id="u:42", first_day=1, customer_name="Mia")
    store.put("conversations", conversation_id="c1", visitor_id="u:42", day=1, started_ms=90_000_000, messages=4,
              response_ms_sum=3000, response_count=2, rating_milli_sum=9000, rating_count=2, outcome="Converted",
              recommended=1, session_id="s1")  # fmt: skip
    store.put("concerns", concern_key="c:c1", concern_name="dryness", day=1)
    store.put("concerns", concern_key="c:c1", concern_name="acne", day=1)
    store.put("conversations", conversation_id="c2", visitor_id="g:7", feature="image", day=1)
    rows = {row["interaction_id"]: row for row in store.added_up("customer_interactions", timezone="Europe/Berlin")}
    assert rows["c1"] == {
        "record_date": iso(1), "interaction_id": "c1", "interaction_date": "1970-01-02T02:00:00.000+01:00",
        "started_ms": 90_000_000, "interaction_type": "chat", "customer_id": "42", "session_id": "s1",
        "response_time_sec": 1.5, "satisfaction_score": 4.5, "customer_name": "Mia",
        "activity_description": "asked about acne and dryness, was shown products", "status_badge": "Converted",
        "message_count": 4,
    }  # fmt: skip
    assert rows["c2"]["activity_description"] == "started an image analysis"
    assert (rows["c2"]["customer_id"], rows["c2"]["response_time_sec"], rows["c2"]["satisfaction_score"]) == (None,) * 3


def test_interactions_are_summed_side_by_side_with_the_time_of_answers(store: HandFilled) -> None:
    for times, feature in enumerate(("chat", "questionnaire", "image", "routine", "other"), start=1):
        store.put("conversations", times, day=1, feature=feature)
    store.put("answers", day=1, response_ms=500)
    store.put("answers", day=1, response_ms=1000)
    store.put("answers", day=1)
    row = only(store.added_up("interaction_summary", 1, 1))
    assert [row[name] for name in row if name.endswith("_interactions")] == [15, 1, 2, 3, 4, 5]
    assert (row["response_ms_sum"], row["response_count"], row["avg_response_time"]) == (1500, 2, 0.75)


def test_revenue_compares_order_values_with_and_without_the_assistant(store: HandFilled) -> None:
    store.put("orders", day=1, revenue_minor=3000, credited_feature="chat")
    store.put("orders", 2, day=1, revenue_minor=1000)
    store.put("orders", day=1, revenue_minor=5, in_store_currency=0, credited_feature="chat")
    store.put("reversals", day=1, amount_minor=1000, credited_feature="chat")
    store.put("reversals", day=2, amount_minor=400, order_known=0)
    first, second = store.added_up("revenue_summary", 1, 2)
    assert (first["net_revenue_minor"], first["revenue_impact_minor"], first["orders"]) == (4000, 2000, 3)
    assert first["avg_order_value"] == pytest.approx(16.6667, abs=1e-4)
    assert (first["avg_order_value_with_ai"], first["avg_order_value_improvement"]) == (30.0, 200.0)
    assert (second["net_revenue_minor"], second["orders"], second["avg_order_value"]) == (-400, 0, None)


def test_attribution_counts_foreign_orders_but_not_their_money(store: HandFilled) -> None:
    store.put("orders", day=1, revenue_minor=3000, credited_feature="chat")
    store.put("orders", day=1, revenue_minor=9000, credited_feature="chat", in_store_currency=0)
    store.put("orders", day=1, revenue_minor=1000, credited_feature="routine")
    store.put("reversals", day=2, amount_minor=100, credited_feature="chat")
    rows = store.added_up("revenue_attribution")
    assert [(row["ai_feature"], row["orders"], row["revenue_amount"], row["percentage"]) for row in rows] == [
        ("Chat Recommendations", 2, 30.0, 75.0), ("Routine Planner", 1, 10.0, 25.0),
        ("Chat Recommendations", 0, -1.0, None),
    ]  # fmt: skip


def test_category_revenue_counts_quantities_where_the_price_counts(store: HandFilled) -> None:
    store.put("orders", order_id="o1", day=1)
    store.put("orders", order_id="o2", day=1, in_store_currency=0)
    for line in range(1, 11):
        store.put("order_lines", order_id="o1", line=line, day=1, quantity=0.1, revenue_minor=100, upsell_minor=5)
    store.put("order_lines", order_id="o1", line=11, day=1, quantity=2.0, revenue_minor=50, credited_feature="chat",
              cross_sell_minor=7)  # fmt: skip
    store.put("order_lines", order_id="o2", day=1, quantity=5.0)
    store.put("reversal_lines", day=1, category="Balm", amount_minor=50)
    rows = {row["category_name"]: row for row in store.added_up("category_revenue")}
    assert rows["Serum"] == {
        "record_date": iso(1), "category_name": "Serum", "revenue_amount": 10.5, "percentage": 105.0,
        "ai_attributed_revenue": 0.5, "revenue_amount_minor": 1050, "ai_attributed_revenue_minor": 50,
        "line_revenue_minor": 1050, "cross_sell_minor": 7, "upsell_minor": 50, "quantity": 3.0,
    }  # fmt: skip
    assert (rows["Balm"]["revenue_amount_minor"], rows["Balm"]["quantity"]) == (-50, 0)


def test_satisfaction_is_kept_by_aspect(store: HandFilled) -> None:
    store.put("ratings", day=1, rating_milli=5000)
    store.put("ratings", day=1, rating_milli=4000)
    store.put("ratings", day=1, rating_milli=1500, aspect="product_match")
    store.put("ratings", day=1, rating_milli=1000, aspect="speed")
    row = only(store.added_up("customer_satisfaction", 1, 1))
    assert (row["overall_satisfaction"], row["product_match_quality"], row["ai_helpfulness"]) == (4.5, 1.5, None)
    assert (row["overall_milli_sum"], row["overall_count"]) == (9000, 2)


def test_usage_is_billed_by_feature_and_knows_its_month(store: HandFilled) -> None:
    store.put("conversations", 2, day=40)
    store.put("conversations", day=40, feature="other")
    row = only(store.added_up("usage_breakdown", 40, 40))
    assert row == {
        "record_date": "1970-02-10", "service_name": "Chat", "usage_type": "chat", "usage_count": 2, "used": 2,
        "total_usage": 2, "month": "1970-02-01",
    }  # fmt: skip
