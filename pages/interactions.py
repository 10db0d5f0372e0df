"""Interactions: conversations with the assistant, by feature and over time."""

from dash import register_page

from components.card import Card
from components.charts import Series
from components.draw import bars, totals
from components.figures import Beside, Trend, figure_of
from components.page import Page, show

register_page(
    __name__, path="/interactions", name="Interactions", title="Interactions · SmartShopie Analytics", order=7,
    icon="interactions",
)

DATASET = "interactions/summary"
FEATURES = (
    Series("chat_interactions", "Chat"), Series("questionnaire_interactions", "Questionnaire"),
    Series("image_analysis_interactions", "Image analysis"), Series("routine_planner_interactions", "Routine planner"),
    Series("other_interactions", "Other"),
)  # fmt: skip

QUESTION = "How often shoppers talk to the assistant, and through which feature."

layout = show(Page("interactions", "Interactions", QUESTION, (
    Card(DATASET, figure_of("chat_interactions", trend=Trend(0, "chat_interactions"),
                            beside=(Beside("avg_response_time", "average response of all features"),)),
         kind="figures", span=3, title="Chat sessions", part="chat"),
    Card(DATASET, figure_of("questionnaire_interactions", trend=Trend(0, "questionnaire_interactions")),
         kind="figures", span=3, title="Questionnaires", part="questionnaire"),
    Card(DATASET, figure_of("image_analysis_interactions", trend=Trend(0, "image_analysis_interactions")),
         kind="figures", span=3, title="Image analyses", part="image"),
    Card(DATASET, figure_of("routine_planner_interactions", trend=Trend(0, "routine_planner_interactions")),
         kind="figures", span=3, title="Routine plans", part="routine"),
    Card(DATASET, bars(*FEATURES, x="date", stack=True), span=8, title="Interactions over time", part="timeline"),
    Card(DATASET, totals("total_interactions", *FEATURES), kind="table", span=4, title="Summary", part="totals"),
)))  # fmt: skip
