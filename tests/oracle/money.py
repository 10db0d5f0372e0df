"""products/*, ai/*, revenue/* and billing/*, endpoint by endpoint."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.oracle.answers import (
    SHOWN_AS,
    ai_revenue,
    conversion_rate,
    covered_in,
    interactions_in,
    mature,
    mean,
    money,
    percent,
    ratings_in,
    ratio,
    thousandths,
)
from tests.oracle.conversations import FEATURES, Fact
from tests.oracle.orders import Line, Order
from tests.oracle.reading import Event, text
from tests.oracle.shop import Rows, snapshot_day
from tests.oracle.store import Store
from tests.oracle.windows import Days, Window, calendar_bucket


@dataclass(frozen=True)
class Plan:
    """What the assistant costs per month, and per use beyond the free ones. Other features are not billed."""

    price: Decimal
    features: dict[str, tuple[int, Decimal]]  # feature -> (free units, rate per unit beyond them)


# ---------------------------------------------------------------------- what was sold and taken back
def lines_sold(store: Store, days: Days) -> Iterator[tuple[Order, Line]]:
    return ((order, line) for order in store.orders if order.day in days for line in order.lines)


def lines_taken(store: Store, days: Days) -> Iterator[tuple[Order | None, Line, int]]:
    return (
        (reversal.order, line, amount)
        for reversal in store.reversals
        if reversal.day in days
        for line, amount in reversal.lines
    )


def net_of(store: Store, days: Days, *, category: str | None = None, product: str | None = None) -> int:
    """Net revenue of a category or product, reversals on their own day."""

    def meant(line: Line) -> bool:
        return line.category == category if product is None else line.product == product

    sold = sum(line.revenue for order, line in lines_sold(store, days) if meant(line) and order.in_store_currency)
    return sold - sum(amount for _, line, amount in lines_taken(store, days) if meant(line))


def views_in(store: Store, days: Days) -> list[Event]:
    return [
        event
        for event in store.events
        if event.name == "Product Viewed" and event.properties.get("product_id") and store.day(event) in days
    ]


def recommended_in(store: Store, days: Days) -> list[Fact]:
    return [fact for fact in store.recommendations if fact.day in days]


# ---------------------------------------------------------------------- products
def products_analytics(store: Store, window: Window) -> Rows:
    days = window.days
    viewed = [text(view.properties["product_id"]) for view in views_in(store, days)]
    shown = [text(fact.value("product_id")) for fact in recommended_in(store, days)]
    bought = [p for o in store.orders if o.day in days for p in {line.product for line in o.lines}]
    taken = [line.product for _, line, amount in lines_taken(store, days) if amount]
    rows = [
        {
            "product_id": product,
            "product_name": store.product_name(product),
            "views": viewed.count(product),
            "ai_recommendations": shown.count(product),
            "purchases": bought.count(product),
            "revenue": money(net_of(store, days, product=product), store),
            "conversion_rate": percent(bought.count(product), viewed.count(product)),
        }
        for product in sorted({p for p in (*viewed, *shown, *bought, *taken) if p is not None})
    ]
    return sorted(rows, key=lambda row: (-(row["revenue"] or 0), row["product_id"]))[:20]


def products_recommended(store: Store, window: Window) -> Rows:
    shown = [text(fact.value("product_id")) for fact in recommended_in(store, window.days)]
    began = recommended_in(store, mature(window))
    rows = []
    for product in sorted({product for product in shown if product}):
        mine = [fact for fact in began if text(fact.value("product_id")) == product]
        rows.append(
            {
                "product_id": product,
                "product_name": store.product_name(product),
                "recommendations": shown.count(product),
                "conversion_rate": percent(sum(store.bought(fact) for fact in mine), len(mine)),
                "revenue": money(net_of(store, window.days, product=product), store),
            }
        )
    return sorted(rows, key=lambda row: (-row["recommendations"], row["product_id"]))[:5]


def products_category_performance(store: Store, window: Window) -> Rows:
    rows = []
    for bucket in window.buckets():
        views = [(store.view_category(view), view) for view in views_in(store, bucket.days)]
        sold = [(line.category, order, line) for order, line in lines_sold(store, bucket.days)]
        taken = [line.category for _, line, _ in lines_taken(store, bucket.days)]
        for category in sorted({c for c, _ in views} | {c for c, _, _ in sold} | set(taken)):
            mine = [view for of, view in views if of == category]
            lines = [(order, line) for of, order, line in sold if of == category]
            known = {str(view.properties["product_id"]) for view in mine}
            known |= {line.product for _, line in lines if line.product is not None}
            purchases = len({order.order_id for order, _ in lines})
            rows.append(
                {
                    "record_date": bucket.start.isoformat(),
                    "category_name": category,
                    "total_products": len(known),
                    "total_views": len(mine),
                    "total_revenue": money(net_of(store, bucket.days, category=category), store),
                    "avg_conversion_rate": percent(purchases, len(mine)),
                    "ai_recommendation_rate": percent(
                        sum(store.view_after_recommendation(view) for view in mine), len(mine)
                    ),
                }
            )
    return rows


def products_cross_sell_upsell(store: Store, window: Window) -> Rows:
    groups: dict[str, list[Line]] = {}
    for order, line in lines_sold(store, window.days):
        if order.in_store_currency:
            groups.setdefault(line.category, []).append(line)
    return [
        {
            "category": category,
            "cross_sell": money(sum(line.cross_sell for line in lines), store),
            "upsell": money(sum(line.upsell for line in lines), store),
        }
        for category, lines in groups.items()
    ]


# ---------------------------------------------------------------------- the assistant's quality
def reviews_in(store: Store, days: Days, model: str | None = None) -> list[bool]:
    return [
        event.properties["predicted"] == event.properties["actual"]
        for event in store.events
        if event.name == "Prediction Reviewed"
        and store.day(event) in days
        and model in {None, event.properties["model"]}
    ]


def models_in(store: Store, days: Days) -> list[str]:
    """Models with reviewed predictions, in the order they were first seen, then by name."""
    reviewed = [e for e in store.events if e.name == "Prediction Reviewed" and store.day(e) in days]
    seen = sorted((event.time, str(event.properties["model"])) for event in reviewed)
    return list(dict.fromkeys(model for _, model in seen))


def accuracy(store: Store, days: Days, model: str | None = None) -> Fraction | None:
    reviews = reviews_in(store, days, model)
    return percent(sum(reviews), len(reviews))


def ai_model_performance(store: Store, window: Window) -> dict[str, Any]:
    buckets = window.buckets()
    return {
        "categories": [bucket.start.isoformat() for bucket in buckets],
        "series": [
            {"name": model, "data": [accuracy(store, bucket.days, model) for bucket in buckets]}
            for model in models_in(store, window.days)
        ],
    }


def ai_model_performance_ring(store: Store, window: Window) -> Rows:
    average = thousandths(mean(ratings_in(store, window.days, "overall")))
    return [
        {
            "accuracy": accuracy(store, window.days),
            "user_satisfaction": None if average is None else average * 20,
            "conversion_rate": conversion_rate(store, window.days),
        }
    ]


def ai_summary(store: Store, window: Window) -> dict[str, Any]:
    answers = [f for f in store.facts if f.event.name == "Message Received" and f.day in window.days]
    models = models_in(store, window.days)
    scores = {model: accuracy(store, window.days, model) or Fraction(0) for model in models}
    winner = min(models, key=lambda model: (-scores[model], model)) if len(models) > 1 else None
    first = models[0] if models else None
    gain = percent(scores[winner] - scores[first], scores[first]) if winner is not None and first is not None else None
    return {
        "accuracy": accuracy(store, window.days),
        "response_time_ms": mean(answer.value("response_time_ms") for answer in answers),
        "confidence": thousandths(mean(answer.measured("confidence") for answer in answers)),
        "ab_winner": winner,
        "ab_improvement_pct": gain,
    }


def ai_feature_performance(store: Store, window: Window) -> Rows:
    rows = []
    for feature in FEATURES:
        mine = [c for c in store.conversations.values() if c.day in window.days and c.feature == feature]
        ratings = [
            fact.measured("rating")
            for fact in store.facts
            if fact.event.name == "Feedback Submitted"
            and fact.day in window.days
            and fact.feature == feature
            and (fact.value("aspect") or "overall") == "overall"
        ]
        average = thousandths(mean(ratings))
        rows.append(
            {
                "feature_name": SHOWN_AS[feature],
                "usage_count": len(mine),
                "success_rate": ratio(sum(c.resolved for c in mine), sum(c.closed for c in mine)),
                "user_satisfaction": None if average is None else average / 5,
            }
        )
    return rows


# ---------------------------------------------------------------------- revenue
def month_to_date(window: Window) -> Days:
    """The window's last month, up to the window's last day."""
    return Days(window.days.last.replace(day=1), window.days.last)


def overage(store: Store, plan: Plan, month: Days, feature: str) -> Fraction:
    free, rate = plan.features.get(feature, (0, Decimal(0)))
    return max(0, interactions_in(store, month, feature) - free) * Fraction(rate)


def revenue_summary(store: Store, window: Window, plan: Plan) -> dict[str, Any]:
    covered = covered_in(store, window.days)
    assert covered is not None
    orders = [order for order in store.orders if order.day in window.days and order.in_store_currency]

    def order_value(chosen: list[Order]) -> Fraction | None:
        return ratio(sum(order.revenue for order in chosen), len(chosen))

    with_ai = order_value([order for order in orders if order.feature])
    without = order_value([order for order in orders if not order.feature])
    month = month_to_date(window)
    investment = Fraction(plan.price) + sum(overage(store, plan, month, feature) for feature in plan.features)
    impact = money(ai_revenue(store, window.days), store) or Fraction(0)
    monthly = impact / len(covered) * Fraction("30.44")
    gain = percent(monthly - investment, investment)
    return {
        "total_revenue_impact": impact,
        "avg_order_value": money(order_value(orders), store),
        "avg_order_value_with_ai": money(with_ai, store),
        "avg_order_value_without_ai": money(without, store),
        "avg_order_value_improvement": None
        if with_ai is None or without is None
        else percent(with_ai - without, without),
        "monthly_investment": investment,
        "monthly_return": monthly,
        "roi_percentage": gain,
        "roi": None if gain is None else gain / 100,
    }


def revenue_attribution(store: Store, window: Window) -> Rows:
    rows = []
    for bucket in window.buckets():
        whole = ai_revenue(store, bucket.days)
        for feature in FEATURES:
            amount = ai_revenue(store, bucket.days, feature)
            rows.append(
                {
                    "record_date": bucket.start.isoformat(),
                    "ai_feature": SHOWN_AS[feature],
                    "revenue_source": SHOWN_AS[feature],
                    "revenue_amount": money(amount, store),
                    "percentage": percent(amount, whole),
                    "orders": sum(o.day in bucket.days and o.feature == feature for o in store.orders),
                }
            )
    return rows


def revenue_category(store: Store, window: Window) -> Rows:
    days = window.days
    names = {line.category for _, line in lines_sold(store, days)}
    names |= {line.category for _, line, _ in lines_taken(store, days)}
    net = {name: net_of(store, days, category=name) for name in sorted(names)}
    rows = []
    for name, amount in net.items():
        sold = sum(
            line.revenue
            for order, line in lines_sold(store, days)
            if line.category == name and order.feature and order.in_store_currency
        )
        taken = sum(
            a for order, line, a in lines_taken(store, days) if line.category == name and order and order.feature
        )
        rows.append(
            {
                "category_name": name,
                "revenue_amount": money(amount, store),
                "percentage": percent(amount, sum(net.values())),
                "ai_attributed_revenue": money(sold - taken, store),
            }
        )
    return rows


def revenue_customer_value(store: Store, window: Window) -> Rows:
    until = Days(date.min, snapshot_day(store, window))
    worth = {visitor: store.net_revenue(visitor, until) for visitor in store.customers}
    buyers = sorted((v for v in worth if worth[v] > 0), key=lambda v: (-worth[v], v))
    high, medium = math.ceil(len(buyers) * Fraction(20, 100)), math.ceil(len(buyers) * Fraction(50, 100))
    tiers = {"High Value": buyers[:high], "Medium Value": buyers[high:medium], "Low Value": buyers[medium:]}
    return [
        {
            "tier_name": name,
            "customer_count": len(visitors),
            "avg_revenue": money(ratio(sum(worth[v] for v in visitors), len(visitors)), store),
            "total_revenue": money(sum(worth[v] for v in visitors), store),
        }
        for name, visitors in tiers.items()
    ]


# ---------------------------------------------------------------------- billing
def billing_summary(store: Store, window: Window, plan: Plan) -> dict[str, Any]:
    month = month_to_date(window)
    amounts = {f"{feature}_amount": overage(store, plan, month, feature) for feature in plan.features}
    beyond = sum(amounts.values())
    return {
        "billing_period_start": month.first.isoformat(),
        "billing_period_end": calendar_bucket(month.first, "M")[1].isoformat(),
        "subscription_amount": Fraction(plan.price),
        **amounts,
        "overage_amount": beyond,
        "total_estimated": Fraction(plan.price) + beyond,
    }


def billing_usage_breakdown(store: Store, window: Window, plan: Plan) -> Rows:
    """Six months up to the window's last day, by month and feature."""
    rows: Rows = []
    month = month_to_date(window)
    for _ in range(6):
        rows += [
            {
                "month": month.first.isoformat()[:7],
                "usage_type": feature,
                "used": interactions_in(store, month, feature),
                "cost": overage(store, plan, month, feature),
            }
            for feature in plan.features
        ]
        last = Days(month.first, month.first).moved(-1).last
        month = Days(last.replace(day=1), last)
    return rows
