"""Conversions: sessions that became orders, and the assistant's part in it."""

from dash import register_page

from components.card import Card
from components.charts import Series
from components.draw import bars_and_rate
from components.figures import Beside, Trend, figure_of
from components.page import Page, show

register_page(
    __name__, path="/conversions", name="Conversions", title="Conversions · SmartShopie Analytics", order=2,
    icon="conversions",
)

DATASET = "conversions/analytics"
TRENDS = ("conversions/trends",)

QUESTION = "How many sessions become orders, and how often the assistant was part of it."

layout = show(Page("conversions", "Conversions", QUESTION, (
    Card(DATASET, figure_of("overall_conversion_rate", trend=Trend(1, "conversion_rate")), kind="figures", span=3,
         title="Conversion rate", part="rate", also=TRENDS),
    Card(DATASET, figure_of("ai_driven_conversions", trend=Trend(1, "ai_attributed_conversions"),
                            beside=(Beside("ai_driven_percentage", "of all conversions"),)),
         kind="figures", span=3, title="AI-driven conversions", part="ai_driven", also=TRENDS),
    Card(DATASET, figure_of("cart_recovery_rate", beside=(
        Beside("cart_recovery_via_ai", "of these after a conversation"),
    ), hint="Of carts from 7 days earlier, so that each has had 7 days to become an order."),
         kind="figures", span=3, title="Cart recovery", part="cart_recovery"),
    Card(DATASET, figure_of("avg_time_to_convert", hint="From the first event of a session to its first order."),
         kind="figures", span=3, title="Time to convert", part="time"),
    Card("conversions/trends", bars_and_rate(
        Series("conversions", "Conversions"), Series("ai_attributed_conversions", "AI-credited conversions"),
        rate=Series("conversion_rate", "Conversion rate"),
    ), span=12),
)))  # fmt: skip
