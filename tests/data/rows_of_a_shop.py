"""Summary rows of a small invented shop, written straight into the tables: what fetch() reads, without any rollup."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

from smartshopie_db import clock
from smartshopie_db.engine import Engine
from smartshopie_db.rollups import names
from smartshopie_db.rollups.months import add_up_months

Row = dict[str, Any]
CATEGORIES = ("Hair", "Skin", "Sun")
MODELS = ("atlas", "birch")
PRODUCTS = tuple((f"p{number:02}", f"Product {number}", CATEGORIES[number % 3]) for number in range(30))


def write(engine: Engine, table: str, rows: Sequence[Row]) -> None:
    """Append rows that all have the same columns."""
    if rows:
        with engine.write() as transaction:
            transaction.append(table, tuple(rows[0]), [tuple(row.values()) for row in rows])


def cover(engine: Engine, first: date, newest: date, version: int = 1) -> None:
    """Say that events cover these days."""
    with engine.write() as transaction:
        transaction.set("first_day", str(clock.day_of(first)))
        transaction.set("newest_day", str(clock.day_of(newest)))
        transaction.set("data_version", str(version))


def fill(engine: Engine, first: date, newest: date, *, seed: int = 1) -> None:
    """Rows of every table for each day, covered by events, and of their months."""
    random = Random(seed)  # noqa: S311 - reproducible on purpose
    tables: dict[str, list[Row]] = {}
    customers = 0
    seen: dict[tuple[str, str], date] = {}
    day = first
    while day <= newest:
        customers += random.randrange(4)
        for table, rows in _day(random, day, customers, seen).items():
            tables.setdefault(table, []).extend({"record_date": day.isoformat(), **row} for row in rows)
        day += timedelta(days=1)
    for table, rows in tables.items():
        write(engine, table, rows)
    cover(engine, first, newest)
    with engine.write() as transaction:
        add_up_months(transaction, (clock.day_of(first), clock.day_of(newest)))


def _day(random: Random, day: date, customers: int, seen: dict[tuple[str, str], date]) -> dict[str, list[Row]]:
    some = random.randrange
    sessions = some(20, 60)
    conversions = some(sessions // 4)
    credited = some(conversions + 1)
    counts = [some(10) for _ in names.FEATURE_NAMES]
    money = [some(-500, 20_000) for _ in names.FEATURE_NAMES]
    features = list(names.FEATURE_NAMES)
    cut = sorted((some(sessions + 1) for _ in range(4)), reverse=True)
    return {
        "overview_kpis": [{
            "total_customers": customers, "sessions": sessions, "conversions": conversions,
            "ai_interactions": sum(counts), "revenue_impact_minor": sum(money), "foreign_currency_orders": some(2),
        }],
        "conversion_trends": [{
            "conversions": conversions, "ai_attributed_conversions": credited, "sessions": sessions,
        }],
        "conversion_analytics": [{
            "sessions": sessions, "conversions": conversions, "ai_driven_conversions": credited, "abandoned_carts": 9,
            "recovered_carts": some(9), "recovered_carts_via_ai": 0, "convert_ms_sum": conversions * some(1, 900_000),
        }],
        "conversion_funnel": [
            {"stage_name": stage, "stage_order": order, "count": count, "all_count": count + 1}
            for order, (stage, count) in enumerate(zip(names.FUNNEL_STAGES, [sessions, *cut], strict=True))
        ],
        "interaction_types": [
            {"interaction_name": names.INTERACTION_NAMES[feature], "count": count}
            for feature, count in zip(features, counts, strict=True) if count
        ],
        "interaction_summary": [{
            "total_interactions": sum(counts), "chat_interactions": counts[0], "questionnaire_interactions": counts[1],
            "image_analysis_interactions": counts[2], "routine_planner_interactions": counts[3],
            "other_interactions": counts[4], "response_ms_sum": some(90_000), "response_count": some(1, 30),
        }],
        "revenue_attribution": [
            {"ai_feature": names.FEATURE_NAMES[feature], "revenue_amount_minor": amount, "orders": some(5)}
            for feature, amount in zip(features, money, strict=True)
        ],
        "revenue_summary": [{
            "revenue_impact_minor": sum(money), "net_revenue_minor": sum(money) + some(9000), "orders": conversions + 1,
            "order_revenue_minor": some(90_000), "ai_orders": credited, "ai_order_revenue_minor": some(9000),
        }],
        "ai_feature_performance": [
            {"feature_name": names.FEATURE_NAMES[feature], "usage_count": count, "resolved_count": count // 2,
             "closed_count": count, "rating_milli_sum": 4000 * count, "rating_count": count}
            for feature, count in zip(features, counts, strict=True)
        ],
        "usage_breakdown": [
            {"service_name": names.SERVICE_NAMES[feature], "usage_type": feature, "usage_count": count, "used": count,
             "total_usage": count}
            for feature, count in zip(features, counts, strict=True) if feature in names.SERVICE_NAMES
        ],
        "customer_satisfaction": [{
            "overall_milli_sum": 4000 * 3 + some(900), "overall_count": 3, "product_match_milli_sum": 0,
            "product_match_count": 0, "helpfulness_milli_sum": 5000, "helpfulness_count": 1,
        }],
        **_quality(random, day), **_people(random, day, customers), **_goods(random, day, seen),
    }  # fmt: skip


def _quality(random: Random, day: date) -> dict[str, list[Row]]:
    pairs = {model: {(p, a): random.randrange(4) for p in "xy" for a in "xy"} for model in MODELS}
    return {
        "model_predictions": [
            {"model_name": model, "predicted": predicted, "actual": actual, "count": count}
            for model, counts in pairs.items() for (predicted, actual), count in counts.items() if count
        ],
        "ai_model_performance": [
            {"model_name": model, "reviewed": sum(counts.values()), "correct": counts["x", "x"] + counts["y", "y"],
             "response_ms_sum": 5000, "response_count": 4, "confidence_milli_sum": 800 * (day.day % 2),
             "confidence_count": day.day % 2}
            for model, counts in pairs.items()
        ],
        "customer_concerns": [
            {"concern_name": f"concern {number}", "concern_category": "skincare", "query_count": number + 1,
             "resolved_count": random.randrange(number + 1)}
            for number in range(12)
        ],
        "product_gaps": [
            {"product_name": f"missing {random.randrange(9)}", "category": random.choice([*CATEGORIES, "None"]),
             "demand_score": float(random.randrange(1, 5))}
        ],
    }  # fmt: skip


def _people(random: Random, day: date, customers: int) -> dict[str, list[Row]]:
    part = customers // 4
    sizes = (customers - 3 * part, part, part, part)
    bands = [name for name, *_days in names.TENURE_BANDS]
    return {
        "customer_segments": [
            {"segment_name": name, "segment_size": size, "orders": size * 2, "order_revenue_minor": size * 5011,
             "net_revenue_minor": size * 4999}
            for name, size in zip(names.SEGMENTS, sizes, strict=True)
        ],
        "customer_lifetime_value": [
            {"segment_name": band, "customers": number, "net_revenue_minor": number * 3333,
             "reference_customers": number // 2, "reference_revenue_minor": number * 700}
            for number, band in enumerate(bands)
        ],
        "behavioral_patterns": [
            {"pattern_type": "peak_activity", "pattern_name": band, "part": random.randrange(9), "whole": 40}
            for band in names.DAY_BANDS
        ] + [{"pattern_type": "preference_match", "pattern_name": "Preference Match", "part": 3, "whole": 7}],
        "visitor_activity": [{"previous_date": "", "visitors": random.randrange(1, 9)}] + [
            {"previous_date": (day - timedelta(days=ago)).isoformat(), "visitors": random.randrange(1, 4)}
            for ago in (1, 2, 5, 29, 31, 60)
        ],
        "customer_interactions": [
            {"interaction_id": f"c-{day}-{number}", "interaction_date": f"{day}T1{number}:00:00.000+00:00",
             "started_ms": (clock.day_of(day) * 24 + 10 + number) * clock.HOUR_MS, "interaction_type": "chat",
             "status_badge": "Browsing", "message_count": number}
            for number in range(2)
        ],
    }  # fmt: skip


def _goods(random: Random, day: date, seen: dict[tuple[str, str], date]) -> dict[str, list[Row]]:
    products: list[Row] = []
    active: dict[tuple[str, str], int] = {}
    for key, name, category in PRODUCTS:
        if random.random() < 0.5:
            continue
        previous = seen.get((category, key))
        before = "" if previous is None else previous.isoformat()
        active[category, before] = active.get((category, before), 0) + 1
        seen[category, key] = day
        products.append({
            "product_id": key, "product_name": name, "category": category, "views": random.randrange(30),
            "ai_recommendations": random.randrange(5), "purchases": random.randrange(3),
            "revenue_minor": random.randrange(-200, 9000), "recommendation_purchases": random.randrange(2),
        })  # fmt: skip
    return {
        "product_analytics": products,
        "category_products": [
            {"category_name": category, "previous_date": before, "products": count}
            for (category, before), count in active.items()
        ],
        "category_performance": [
            {"category_name": category, "total_views": random.randrange(90), "purchases": random.randrange(9),
             "total_revenue_minor": random.randrange(-900, 90_000), "views_after_recommendation": random.randrange(9)}
            for category in CATEGORIES if random.random() < 0.9
        ],
        "category_revenue": [
            {"category_name": category, "revenue_amount_minor": random.randrange(-900, 90_000),
             "ai_attributed_revenue_minor": random.randrange(900), "line_revenue_minor": random.randrange(90_000),
             "quantity": float(random.randrange(1, 20)), "cross_sell_minor": random.randrange(900), "upsell_minor": 7}
            for category in CATEGORIES
        ],
    }  # fmt: skip
