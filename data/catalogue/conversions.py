"""Sessions that became orders."""

from __future__ import annotations

from typing import Final

from data import shapes
from data.dataset import (
    COUNT,
    DATE,
    FLAG,
    MINUTES,
    PERCENT,
    POINTS,
    Change,
    Computed,
    Dataset,
    Dimension,
    Measure,
    Ratio,
)

DATASETS: Final[tuple[Dataset, ...]] = (
    Dataset(
        name="conversions/analytics",
        title="Conversion figures",
        definition=(
            "A conversion is a session with at least one order; it stays one when the order is reversed. AI-driven "
            "conversions are those with an order credited to the assistant (last touch within the attribution window, "
            "7 days unless set otherwise: observed, not proof of cause). Cart recovery: of the sessions that put a "
            "product into the cart and did not order, those whose visitor ordered within 7 days after; because that "
            "takes 7 days to know, it is measured on the window moved back by 7 days. Recovered via AI: of those, the "
            "share with a conversation in between. Time to convert: minutes from a converted session's first event to "
            "its first order, on average."
        ),
        table="conversion_analytics",
        kind="object",
        rows=shapes.dated,
        columns=(
            Computed("record_date", DATE, "The window's last covered day"),
            Measure("sessions", COUNT, "Sessions that began in the window", up_is_good=True),
            Measure("conversions", COUNT, "Sessions with at least one order", up_is_good=True),
            Ratio("overall_conversion_rate", PERCENT, "Conversions, of all sessions", part="conversions",
                  whole="sessions", up_is_good=True, stored="overall_conversion_rate"),
            Change("conversion_rate_change", POINTS, "Conversion rate against the window before",
                   of="overall_conversion_rate", up_is_good=True),
            Measure("ai_driven_conversions", COUNT, "Conversions with an order credited to the assistant",
                    up_is_good=True),
            Ratio("ai_driven_percentage", PERCENT, "AI-driven conversions, of all conversions",
                  part="ai_driven_conversions", whole="conversions", up_is_good=True, stored="ai_driven_percentage"),
            Measure("abandoned_carts", COUNT, "Sessions with a full cart and no order", shown=False),
            Measure("recovered_carts", COUNT, "Of those, the visitor ordered within 7 days", shown=False),
            Measure("recovered_carts_via_ai", COUNT, "Of those, with a conversation in between", shown=False),
            Ratio("cart_recovery_rate", PERCENT, "Abandoned carts that became an order within 7 days",
                  part="recovered_carts", whole="abandoned_carts", up_is_good=True, stored="cart_recovery_rate",
                  moved_back=7),
            Ratio("cart_recovery_via_ai", PERCENT, "Recovered carts with a conversation in between",
                  part="recovered_carts_via_ai", whole="recovered_carts", up_is_good=True,
                  stored="cart_recovery_via_ai", moved_back=7),
            Measure("convert_ms_sum", COUNT, "Milliseconds from first event to first order", shown=False),
            Ratio("avg_time_to_convert", MINUTES, "From a converted session's first event to its first order",
                  part="convert_ms_sum", whole="conversions", up_is_good=False, stored="avg_time_to_convert"),
            Change("avg_time_change", PERCENT, "Time to convert against the window before", of="avg_time_to_convert",
                   up_is_good=False),
        ),
    ),
    Dataset(
        name="conversions/trends",
        title="Conversion trend",
        definition=(
            "Per day, week or month: sessions, conversions (sessions with at least one order), conversions with an "
            "order credited to the assistant (last touch within the attribution window, 7 days unless set otherwise: "
            "observed, not proof of cause), and the conversion rate = conversions / sessions. A bucket that the window "
            "cuts, or that contains today, is marked partial."
        ),
        table="conversion_trends",
        axis="time",
        columns=(
            Dimension("record_date", "The first calendar day of the bucket", DATE),
            Measure("conversions", COUNT, "Sessions with at least one order", up_is_good=True),
            Measure("ai_attributed_conversions", COUNT, "Conversions with a credited order", up_is_good=True),
            Measure("sessions", COUNT, "Sessions that began in the bucket", up_is_good=True),
            Ratio("conversion_rate", PERCENT, "Conversions, of all sessions", part="conversions", whole="sessions",
                  up_is_good=True, stored="conversion_rate"),
            Computed("partial", FLAG, "The window or today cuts this bucket"),
        ),
    ),
)
