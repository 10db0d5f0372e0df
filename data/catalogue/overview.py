"""The overview: four key figures, the funnel, the kinds of interaction."""

from __future__ import annotations

from typing import Final

from data import shapes
from data.dataset import (
    COUNT,
    MONEY,
    NUMBER,
    PERCENT,
    POINTS,
    TEXT,
    Change,
    Computed,
    Dataset,
    Dimension,
    Measure,
    Ratio,
    Same,
    Share,
)
from smartshopie_db.rollups.names import FUNNEL_STAGES, INTERACTION_NAMES

DATASETS: Final[tuple[Dataset, ...]] = (
    Dataset(
        name="overview/kpis",
        title="Key figures",
        definition=(
            "Four figures of the window, each against the window before. Customers: visitors with a user id whose "
            "first event is on or before the window's last day. Conversion rate: sessions with at least one order / "
            "all sessions. AI interactions: conversations that started in the window. Revenue impact: orders less "
            "refunds and cancellations, of those orders that are credited to the assistant (last touch within the "
            "attribution window, 7 days unless set otherwise: observed, not proof of cause). Rows come from sessions, "
            "conversations and orders, one per day."
        ),
        table="overview_kpis",
        kind="object",
        columns=(
            Measure("total_customers", COUNT, "Customers at the end of the window", up_is_good=True, days="last"),
            Change("total_customers_change", PERCENT, "Growth in customers", of="total_customers", up_is_good=True),
            Measure("sessions", COUNT, "Sessions that began in the window", shown=False),
            Measure("conversions", COUNT, "Sessions with at least one order", shown=False),
            Ratio("conversion_rate", PERCENT, "Sessions with an order, of all sessions", part="conversions",
                  whole="sessions", up_is_good=True, stored="conversion_rate"),
            Change("conversion_rate_change", POINTS, "Conversion rate against the window before", of="conversion_rate",
                   up_is_good=True),
            Measure("ai_interactions", COUNT, "Conversations that started in the window", up_is_good=True),
            Change("ai_interactions_change", PERCENT, "AI interactions against the window before",
                   of="ai_interactions", up_is_good=True),
            Measure("revenue_impact", MONEY, "Net revenue credited to the assistant", up_is_good=True,
                    stored="revenue_impact"),
            Change("revenue_impact_change", PERCENT, "Credited revenue against the window before",
                   of="revenue_impact", up_is_good=True),
        ),
    ),
    Dataset(
        name="overview/funnel",
        title="Customer journey and conversion funnel",
        definition=(
            "How many sessions went how far. count is the path with the assistant: sessions with that step and every "
            "step before it, in whatever order they happened: any page, a conversation, a product viewed, a product "
            "added to the cart, an order. all_count is the same path without asking for a conversation. percentage is "
            "of all sessions, dropoff_rate is against the step before (negative: sessions lost). Sessions count on "
            "the day they began."
        ),
        table="conversion_funnel",
        rows=shapes.funnel,
        imported_snapshot=True,
        columns=(
            Dimension("stage_name", "The step", values=FUNNEL_STAGES),
            Computed("stage_order", NUMBER, "0 for the first step, 4 for the last"),
            Measure("count", COUNT, "Sessions that reached the step with the assistant", up_is_good=True),
            Same("stage_count", COUNT, "The same as count", of="count"),
            Computed("percentage", PERCENT, "count, of all sessions", up_is_good=True),
            Computed("dropoff_rate", PERCENT, "Change of count against the step before", up_is_good=True),
            Measure("all_count", COUNT, "Sessions that reached the step, assistant or not", up_is_good=True),
        ),
    ),
    Dataset(
        name="overview/interaction-types",
        title="Interaction types",
        definition=(
            "Conversations that started in the window, by the assistant's feature they used: chat, questionnaire, "
            "image analysis, routine planner; any other feature is Other. percentage is the share of all "
            "conversations. The counts add up to the AI interactions of the key figures."
        ),
        table="interaction_types",
        imported_snapshot=True,
        columns=(
            Dimension("interaction_name", "The feature of the assistant", values=tuple(INTERACTION_NAMES.values()),
                      rare=("Other",)),
            Same("interaction_type", TEXT, "The same as interaction_name", of="interaction_name"),
            Measure("count", COUNT, "Conversations", up_is_good=True),
            Share("percentage", "Share of all conversations", of="count"),
        ),
    ),
)
