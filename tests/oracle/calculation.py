"""Every number of the dashboard from the raw messages alone: slow, plain, to be read beside the definitions.

`Calculation(Store(messages, ...), plan).body(name, window)` is the body of /api/<name> for a window, with exact
fractions where the API rounds. It imports nothing of the system it checks. Each endpoint is a function of its name in
shop.py, customers.py, products.py, money.py or ai.py; what they rest on is in store.py, people.py, orders.py and
conversations.py.
"""

from __future__ import annotations

from typing import Any

from tests.oracle import ai, customers, money, products, shop
from tests.oracle.answers import covered_in
from tests.oracle.money import Plan
from tests.oracle.store import Store
from tests.oracle.windows import Window

OBJECTS = {
    "overview/kpis": shop.overview_kpis,
    "conversions/analytics": shop.conversions_analytics,
    "ai/summary": ai.ai_summary,
    "interactions/summary": shop.interactions_summary,
}
LISTS = {
    "overview/funnel": shop.overview_funnel,
    "overview/interaction-types": shop.overview_interaction_types,
    "conversions/trends": shop.conversions_trends,
    "customers/segments": customers.customers_segments,
    "customers/behavioral-patterns": customers.customers_behavioral_patterns,
    "customers/concerns": customers.customers_concerns,
    "customers/lifetime-value": customers.customers_lifetime_value,
    "customers/product-gaps": customers.customers_product_gaps,
    "products/analytics": products.products_analytics,
    "products/recommended": products.products_recommended,
    "products/category-performance": products.products_category_performance,
    "products/cross-sell-upsell": products.products_cross_sell_upsell,
    "ai/feature-performance": ai.ai_feature_performance,
    "revenue/attribution": money.revenue_attribution,
    "revenue/category": money.revenue_category,
    "revenue/customer-value": money.revenue_customer_value,
    "customer/satisfaction": shop.customer_satisfaction,
}
PRICED = {"revenue/summary": money.revenue_summary, "billing/summary": money.billing_summary}
NAMES = (
    *OBJECTS,
    *LISTS,
    *PRICED,
    "customers/interactions",
    "ai/model-performance",
    "billing/usage-breakdown",
)


class Calculation:
    """One store's events and its plan, asked endpoint by endpoint."""

    def __init__(self, store: Store, plan: Plan) -> None:
        self.store, self.plan = store, plan

    def body(self, name: str, window: Window, *, limit: int = 10, mode: str | None = None) -> dict[str, Any] | None:
        """The body beside success and meta; None where no day of the window is covered."""
        if covered_in(self.store, window.days) is None and not name.startswith("billing/"):
            return None  # a plan is paid for its month with or without data
        if name == "customers/interactions":
            return {"data": customers.customers_interactions(self.store, window, limit)}
        if name == "ai/model-performance":
            if mode == "ring":
                return {"data": ai.ai_model_performance_ring(self.store, window)}
            return ai.ai_model_performance(self.store, window)
        if name == "billing/usage-breakdown":
            return {"data": money.billing_usage_breakdown(self.store, window, self.plan)}
        if name in PRICED:
            return {"data": PRICED[name](self.store, window, self.plan)}
        if name in OBJECTS:
            answer = OBJECTS[name](self.store, window)
            timeline = answer.pop("timeline", None)
            return {"data": answer} if timeline is None else {"data": answer, "timeline": timeline}
        return {"data": LISTS[name](self.store, window)}
