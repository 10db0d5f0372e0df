"""revenue/* and billing/*, endpoint by endpoint."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.oracle.answers import (
    SHOWN_AS,
    Rows,
    ai_revenue,
    covered_in,
    interactions_in,
    money,
    percent,
    ratio,
)
from tests.oracle.conversations import FEATURES
from tests.oracle.customers import snapshot_day
from tests.oracle.orders import Order
from tests.oracle.products import lines_sold, lines_taken, net_of
from tests.oracle.store import Store
from tests.oracle.windows import Days, Window, calendar_bucket


@dataclass(frozen=True)
class Plan:
    """What the assistant costs per month, and per use beyond the free ones. Other features are not billed."""

    price: Decimal
    features: dict[str, tuple[int, Decimal]]  # feature -> (free units, rate per unit beyond them)


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
