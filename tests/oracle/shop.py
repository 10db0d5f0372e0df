"""overview/*, conversions/*, customer/satisfaction and interactions/summary, endpoint by endpoint."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from tests.oracle.answers import (
    INTERACTION_TYPES,
    Rows,
    ai_revenue,
    change,
    conversion_rate,
    conversions_in,
    covered_in,
    credited_conversions_in,
    interactions_in,
    mature,
    mean,
    money,
    percent,
    points,
    ratings_in,
    sessions_in,
    thousandths,
)
from tests.oracle.conversations import FEATURES
from tests.oracle.store import Store
from tests.oracle.windows import Days, Window


# ---------------------------------------------------------------------- overview
def overview_kpis(store: Store, window: Window) -> dict[str, Any]:
    days = window.days

    def customers(period: Days) -> int:
        return sum(store.first_seen(visitor) <= period.last for visitor in store.customers)

    return {
        "total_customers": customers(days),
        "total_customers_change": change(store, window, customers),
        "conversion_rate": conversion_rate(store, days),
        "conversion_rate_change": points(store, window, lambda period: conversion_rate(store, period)),
        "ai_interactions": interactions_in(store, days),
        "ai_interactions_change": change(store, window, lambda period: interactions_in(store, period)),
        "revenue_impact": money(ai_revenue(store, days), store),
        "revenue_impact_change": change(store, window, lambda period: ai_revenue(store, period)),
    }


def overview_funnel(store: Store, window: Window) -> Rows:
    names = ("Page Visitors", "AI Interaction", "Product View", "Add to Cart", "Purchase")
    counts, all_counts = [0] * 5, [0] * 5
    for session in store.sessions:
        if session.day(store.calendar) not in window.days:
            continue
        reached = [
            True,
            session.has("Conversation Started"),
            session.has("Product Viewed"),
            session.has("Product Added"),
            bool(store.orders_in(session)),
        ]
        for stage in range(5):
            counts[stage] += all(reached[: stage + 1])
            all_counts[stage] += all(reached[: stage + 1][0:1] + reached[2 : stage + 1])
    all_counts[1] = counts[1]
    return [
        {
            "stage_name": name,
            "stage_order": stage,
            "count": counts[stage],
            "stage_count": counts[stage],
            "percentage": percent(counts[stage], counts[0]),
            "dropoff_rate": percent(counts[stage] - counts[stage - 1], counts[stage - 1]) if stage else None,
            "all_count": all_counts[stage],
        }
        for stage, name in enumerate(names)
    ]


def overview_interaction_types(store: Store, window: Window) -> Rows:
    whole = interactions_in(store, window.days)
    rows = []
    for feature in FEATURES:
        count = interactions_in(store, window.days, feature)
        name = INTERACTION_TYPES[feature]
        rows.append(
            {
                "interaction_name": name,
                "interaction_type": name,
                "count": count,
                "percentage": percent(count, whole),
            }
        )
    return rows


# ---------------------------------------------------------------------- conversions
def conversions_analytics(store: Store, window: Window) -> dict[str, Any]:
    days = window.days
    conversions, driven = conversions_in(store, days), credited_conversions_in(store, days)
    carts = [s for s in store.sessions if s.day(store.calendar) in mature(window) and store.is_abandoned(s)]
    fates = [store.recovery(session) for session in carts]
    recovered = sum(was for was, _ in fates)

    def minutes_to_convert(period: Days) -> Fraction | None:
        times = []
        for session in store.sessions:
            orders = store.orders_in(session)
            if session.day(store.calendar) in period and orders:
                times.append(min(order.event.time for order in orders) - session.first.time)
        average = mean(times)
        return None if average is None else average / 60_000

    return {
        "overall_conversion_rate": conversion_rate(store, days),
        "conversion_rate_change": points(store, window, lambda period: conversion_rate(store, period)),
        "ai_driven_conversions": driven,
        "ai_driven_percentage": percent(driven, conversions),
        "cart_recovery_rate": percent(recovered, len(carts)),
        "cart_recovery_via_ai": percent(sum(via for _, via in fates), recovered),
        "avg_time_to_convert": minutes_to_convert(days),
        "avg_time_change": change(store, window, minutes_to_convert),
    }


def conversions_trends(store: Store, window: Window) -> Rows:
    return [
        {
            "record_date": bucket.start.isoformat(),
            "conversions": conversions_in(store, bucket.days),
            "ai_attributed_conversions": credited_conversions_in(store, bucket.days),
            "sessions": sessions_in(store, bucket.days),
            "conversion_rate": conversion_rate(store, bucket.days),
            "partial": bucket.partial,
        }
        for bucket in window.buckets()
        if covered_in(store, bucket.days)
    ]



# ---------------------------------------------------------------------- satisfaction, interactions
def customer_satisfaction(store: Store, window: Window) -> Rows:
    return [
        {
            "record_date": bucket.start.isoformat(),
            "overall_satisfaction": thousandths(mean(ratings_in(store, bucket.days, "overall"))),
            "product_match_quality": thousandths(mean(ratings_in(store, bucket.days, "product_match"))),
            "ai_helpfulness": thousandths(mean(ratings_in(store, bucket.days, "helpfulness"))),
        }
        for bucket in window.buckets()
        if covered_in(store, bucket.days)
    ]


def _interaction_counts(store: Store, days: Days) -> dict[str, int]:
    return {
        "total_interactions": interactions_in(store, days),
        "chat_interactions": interactions_in(store, days, "chat"),
        "questionnaire_interactions": interactions_in(store, days, "questionnaire"),
        "image_analysis_interactions": interactions_in(store, days, "image"),
        "routine_planner_interactions": interactions_in(store, days, "routine"),
    }


def interactions_summary(store: Store, window: Window) -> dict[str, Any]:
    answers = [
        fact.whole("response_time_ms")
        for fact in store.facts
        if fact.event.name == "Message Received" and fact.day in window.days
    ]
    return {
        **_interaction_counts(store, window.days),
        "other_interactions": interactions_in(store, window.days, "other"),
        "avg_response_time": thousandths(mean(answers)),
        "timeline": [
            {"date": bucket.start.isoformat(), **_interaction_counts(store, bucket.days)}
            for bucket in window.buckets()
            if covered_in(store, bucket.days)
        ],
    }
