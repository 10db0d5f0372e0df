"""AI performance: how well the assistant's models and features work."""

from dash import register_page

from components.card import Card
from components.draw import Bars, lines_by, rows
from components.figures import Beside, figure_of
from components.page import Page, show

register_page(
    __name__, path="/ai", name="AI performance", title="AI performance · SmartShopie Analytics", order=6, icon="ai"
)

QUESTION = "How often the assistant is right, how fast it answers, and which model does better."

layout = show(Page("ai", "AI performance", QUESTION, (
    Card("ai/summary", figure_of("accuracy", beside=(Beside("reviewed", "predictions reviewed"),)), kind="figures",
         span=3, title="Model accuracy", part="accuracy"),
    Card("ai/summary", figure_of("response_time_ms"), kind="figures", span=3, title="Response time",
         part="response_time"),
    Card("ai/summary", figure_of("confidence", hint="As the assistant rated its own answers, on average."),
         kind="figures", span=3, title="Confidence", part="confidence"),
    Card("ai/summary", figure_of("ab_winner", beside=(
        Beside("ab_improvement_pct", "above the first model by"), Beside("ab_chance_pct", "as far ahead by chance"),
    )), kind="figures", span=3, title="A/B test winner", part="ab_winner"),
    Card("ai/model-performance", lines_by("model_name", "accuracy"), span=12, title="Model accuracy over time"),
    Card("ai/feature-performance", rows(
        Bars("Feature", "feature_name"), Bars("Conversations", "usage_count", bar=True),
        Bars("Resolved", "success_rate"), Bars("Satisfaction", "user_satisfaction"),
    ), kind="table", span=12),
)))  # fmt: skip
