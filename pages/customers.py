"""Customers: who they are, what they ask for, what they are worth."""

from dash import register_page

from components.card import Card
from components.charts import Series
from components.draw import Bars, bars, rows
from components.habits import habits
from components.page import Page, show

register_page(
    __name__, path="/customers", name="Customers", title="Customers · SmartShopie Analytics", order=3, icon="customers"
)

layout = show(Page("customers", "Customers", "Who buys, when they come, what they ask for, and what they are worth.", (
    Card("customers/segments", rows(
        Bars("Segment", "segment_name"), Bars("Customers", "segment_size", bar=True),
        Bars("Share", "segment_percentage"), Bars("Lifetime value", "avg_lifetime_value"),
        Bars("Order value", "avg_order_value"),
    ), kind="table", span=7),
    Card("customers/behavioral-patterns", habits, kind="table", span=5),
    Card("customers/concerns", rows(
        Bars("Concern", "concern_name", below="concern_category"), Bars("Queries", "query_count", bar=True),
        Bars("Resolved", "ai_success_rate"),
    ), kind="table", span=6),
    Card("customers/lifetime-value", bars(
        Series("current_clv", "Current"), Series("predicted_clv", "Predicted in 12 months"), x="segment_name",
    ), span=6),
    Card("customers/product-gaps", rows(
        Bars("Rank", "gap_rank"), Bars("Asked for", "product_name", below="category"),
        Bars("Requests", "demand_score", bar=True), Bars("Potential revenue", "potential_revenue"),
    ), kind="table", span=12, options={"limit": 10}),
)))  # fmt: skip
