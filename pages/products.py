"""Products: what is viewed, recommended and sold."""

from dash import register_page

from components.card import Card
from components.draw import Bars, rows, stacked
from components.page import Page, show

register_page(
    __name__, path="/products", name="Products", title="Products · SmartShopie Analytics", order=4, icon="products"
)

QUESTION = "What shoppers look at, what the assistant recommends, and what is sold."

layout = show(Page("products", "Products", QUESTION, (
    Card("products/recommended", rows(
        Bars("Product", "product_name"), Bars("Recommended", "recommendations", bar=True),
        Bars("Bought in 7 days", "conversion_rate"), Bars("Revenue", "revenue"),
    ), kind="table", span=6),
    Card("products/cross-sell-upsell", rows(
        Bars("Category", "category"), Bars("Cross-sell", "cross_sell", bar=True), Bars("Upsell", "upsell", bar=True),
    ), kind="table", span=6),
    Card("products/category-performance", stacked("category_name", "total_revenue"), span=12,
         title="Revenue by category over time"),
    Card("products/analytics", rows(
        Bars("Product", "product_name", below="category"), Bars("Revenue", "revenue", bar=True),
        Bars("Purchases", "purchases"), Bars("Views", "views"),
        Bars("Recommended", "ai_recommendations"), Bars("Purchases per view", "conversion_rate"),
    ), kind="table", span=12),
)))  # fmt: skip
