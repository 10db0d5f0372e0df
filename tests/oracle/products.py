"""products/*, and what was sold and taken back."""

from __future__ import annotations

from collections.abc import Iterator

from tests.oracle.answers import (
    Rows,
    mature,
    money,
    percent,
)
from tests.oracle.conversations import Fact
from tests.oracle.orders import Line, Order
from tests.oracle.reading import Event, text
from tests.oracle.store import Store
from tests.oracle.windows import Days, Window


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
