"""Overview: what a merchant wants to know in a minute."""

from dash import register_page

from components.card import Card
from components.charts import Series
from components.draw import Bars, lines, rows, stacked
from components.feed import feed
from components.figures import Trend, figure_of
from components.guide import guide
from components.meters import Meter, meters
from components.page import Page, show

register_page(
    __name__, path="/", name="Overview", title="Overview · SmartShopie Analytics", order=1, icon="overview"
)

layout = show(Page("overview", "Overview", "How the store and its shopping assistant are doing.", (
    Card("overview/kpis", figure_of("total_customers", trend=Trend(1, "new_customers", running=True)),
         kind="figures", span=3, title="Total customers", part="total_customers", also=("customers/growth",)),
    Card("overview/kpis", figure_of("conversion_rate", trend=Trend(1, "conversion_rate")), kind="figures", span=3,
         title="Conversion rate", part="conversion_rate", also=("conversions/trends",)),
    Card("overview/kpis", figure_of("ai_interactions", trend=Trend(1, "total_interactions")), kind="figures", span=3,
         title="AI interactions", part="ai_interactions", also=("interactions/summary",)),
    Card("overview/kpis", figure_of("revenue_impact", trend=Trend(1, "revenue_amount")), kind="figures", span=3,
         title="Revenue impact", part="revenue_impact", also=("revenue/attribution",)),
    Card("overview/funnel", rows(
        Bars("Step", "stage_name"), Bars("With the assistant", "count", bar=True),
        Bars("Of all sessions", "percentage"), Bars("Against the step before", "dropoff_rate"),
        Bars("With or without it", "all_count", bar=True),
    ), kind="table", span=8),
    Card("overview/interaction-types", rows(
        Bars("Feature", "interaction_name"), Bars("Conversations", "count", bar=True), Bars("Share", "percentage"),
    ), kind="table", span=4),
    Card("revenue/attribution", stacked("ai_feature", "revenue_amount"), span=8),
    Card("ai/model-performance", meters(
        Meter("accuracy", "Recommendation accuracy", 100, "%"),
        Meter("user_satisfaction", "Customer satisfaction", 100, " of 100"),
        Meter("conversion_rate", "Conversion rate", 100, "%"),
    ), kind="figures", span=4, title="AI recommendation performance", options={"mode": "ring"}),
    Card("customer/satisfaction", lines(
        Series("overall_satisfaction", "Overall"), Series("product_match_quality", "Product match"),
        Series("ai_helpfulness", "Helpfulness"),
    ), span=6),
    Card("customers/interactions", feed, kind="table", span=6, options={"limit": 6}, live=True),
), guide=guide))  # fmt: skip
