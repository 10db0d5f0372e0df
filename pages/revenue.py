"""Revenue: what the assistant brings in, where it comes from, and what is ahead."""

from dash import register_page

from components.card import Card
from components.draw import Bars, forecast, growth, rows, stacked
from components.figures import Beside, Trend, figure_of
from components.page import Page, show

register_page(
    __name__, path="/revenue", name="Revenue", title="Revenue · SmartShopie Analytics", order=5, icon="revenue"
)

QUESTION = "What the orders that followed a conversation brought in, against what the assistant costs."

layout = show(Page("revenue", "Revenue", QUESTION, (
    Card("revenue/summary", figure_of("total_revenue_impact", trend=Trend(1, "revenue_amount"), beside=(
        Beside("net_revenue", "net revenue of all orders"),
    )), kind="figures", span=4, title="Revenue impact", part="impact", also=("revenue/attribution",)),
    Card("revenue/summary", figure_of("avg_order_value", beside=(
        Beside("avg_order_value_with_ai", "with the assistant"), Beside("avg_order_value_without_ai", "without it"),
        Beside("avg_order_value_improvement", "difference"),
    )), kind="figures", span=4, title="Average order value", part="order_value"),
    Card("revenue/summary", figure_of("roi_percentage", beside=(
        Beside("monthly_return", "return per month"), Beside("monthly_investment", "cost per month"),
    )), kind="figures", span=4, title="Return on investment", part="roi"),
    Card("revenue/attribution", stacked("ai_feature", "revenue_amount"), span=7),
    Card("revenue/customer-value", rows(
        Bars("Tier", "tier_name"), Bars("Buyers", "customer_count"), Bars("Per buyer", "avg_revenue"),
        Bars("Together", "total_revenue", bar=True),
    ), kind="table", span=5),
    Card("revenue/category", rows(
        Bars("Category", "category_name"), Bars("Net revenue", "revenue_amount", bar=True), Bars("Share", "percentage"),
        Bars("AI-credited", "ai_attributed_revenue", bar=True),
    ), kind="table", span=7),
    Card("revenue/attribution", growth("revenue_amount", "Credited revenue"), span=5, title="Growth", part="growth"),
    Card("revenue/forecasting", forecast, span=12),
)))  # fmt: skip
