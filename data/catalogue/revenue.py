"""What the assistant brings in, and what it costs."""

from __future__ import annotations

from typing import Final

from data import bills, shapes
from data.dataset import (
    COUNT,
    DATE,
    FLAG,
    MONEY,
    PERCENT,
    RATIO01,
    TEXT,
    Computed,
    Dataset,
    Dimension,
    Measure,
    Ratio,
    Same,
    Share,
)
from smartshopie_db.rollups.names import FEATURE_NAMES, TIERS

DATASETS: Final[tuple[Dataset, ...]] = (
    Dataset(
        name="revenue/summary",
        title="Revenue impact",
        definition=(
            "Impact: net revenue (orders less refunds and cancellations) of the orders credited to the assistant (last "
            "touch within the attribution window, 7 days unless set otherwise: observed, not proof of cause). Order "
            "value: revenue at order time / orders, for all orders, for credited ones and for the others; the "
            "improvement compares credited with the others. Investment per month: the plan's price and the overage of "
            "the window's last month. Return per month: impact / covered days x 30.44. ROI = (return - investment) / "
            "investment."
        ),
        table="revenue_summary",
        kind="object",
        rows=bills.revenue_summary,
        columns=(
            Measure("total_revenue_impact", MONEY, "Net revenue credited to the assistant", up_is_good=True,
                    column="revenue_impact_minor", stored="total_revenue_impact"),
            Measure("net_revenue", MONEY, "Net revenue of all orders", up_is_good=True),
            Measure("orders", COUNT, "Orders in the store's currency", up_is_good=True),
            Measure("order_revenue", MONEY, "Revenue at order time", shown=False),
            Ratio("avg_order_value", MONEY, "Average value of an order when it was placed", part="order_revenue",
                  whole="orders", up_is_good=True, stored="avg_order_value"),
            Measure("ai_orders", COUNT, "Orders in the store's currency credited to the assistant", up_is_good=True),
            Measure("ai_order_revenue", MONEY, "Revenue of credited orders at order time", shown=False),
            Ratio("avg_order_value_with_ai", MONEY, "Average value of a credited order", part="ai_order_revenue",
                  whole="ai_orders", up_is_good=True, stored="avg_order_value_with_ai"),
            Computed("avg_order_value_without_ai", MONEY, "Average value of an order that is not credited",
                     up_is_good=True),
            Computed("avg_order_value_improvement", PERCENT, "Credited orders against the others", up_is_good=True),
            Computed("monthly_investment", MONEY, "Plan and overage of the window's last month", up_is_good=False),
            Computed("monthly_return", MONEY, "Impact per 30.44 days", up_is_good=True),
            Computed("roi_percentage", PERCENT, "Return less investment, of the investment", up_is_good=True),
            Computed("roi", RATIO01, "The same as a ratio", up_is_good=True),
        ),
    ),
    Dataset(
        name="revenue/attribution",
        title="Revenue by AI feature",
        definition=(
            "Net revenue of the orders credited to the assistant, by the feature of the last conversation before the "
            "order (last touch within the attribution window, 7 days unless set otherwise: observed, not proof of "
            "cause). Refunds and cancellations take from the same feature on the day they happen, so a bucket can be "
            "negative. percentage is the share of its bucket. All rows together are the revenue impact of the key "
            "figures."
        ),
        table="revenue_attribution",
        axis="time",
        columns=(
            Dimension("record_date", "The first calendar day of the bucket", DATE),
            Dimension("ai_feature", "The last feature used before the order", values=tuple(FEATURE_NAMES.values()),
                      rare=("Other",)),
            Same("revenue_source", TEXT, "The same as ai_feature", of="ai_feature"),
            Measure("revenue_amount", MONEY, "Net revenue of the credited orders", up_is_good=True,
                    stored="revenue_amount"),
            Share("percentage", "Share of the bucket's credited revenue", of="revenue_amount"),
            Measure("orders", COUNT, "Orders credited to the feature, in whichever currency", up_is_good=True),
            Computed("partial", FLAG, "The window or today cuts this bucket"),
        ),
    ),
    Dataset(
        name="revenue/category",
        title="Revenue by product category",
        definition=(
            "Net revenue of the window by the category of the order line: the one in the order, else the latest one "
            "known for the product, else Uncategorised. An order's revenue is spread over its lines by price x "
            "quantity, its refunds likewise. All categories add up to the store's net revenue. AI-attributed: the "
            "part of it that comes from credited orders (last touch within the attribution window, 7 days unless set "
            "otherwise: observed, not proof of cause)."
        ),
        table="category_revenue",
        order=("-revenue_amount", "category_name"),
        rows=shapes.dated,
        columns=(
            Computed("record_date", DATE, "The window's last covered day"),
            Dimension("category_name", "The category"),
            Measure("revenue_amount", MONEY, "Net revenue", up_is_good=True, stored="revenue_amount"),
            Share("percentage", "Share of the window's net revenue", of="revenue_amount"),
            Measure("ai_attributed_revenue", MONEY, "Net revenue of credited orders", up_is_good=True,
                    stored="ai_attributed_revenue"),
        ),
    ),
    Dataset(
        name="revenue/customer-value",
        title="Customer value tiers",
        definition=(
            "Everybody whose net revenue to date is above zero at the end of the window's last day, from the highest "
            "to the lowest (ties by id): the first 20 % (rounded up) are High Value, the next 30 % Medium Value, the "
            "rest Low Value."
        ),
        table="customer_value_analysis",
        axis="snapshot",
        rows=shapes.customer_value,
        columns=(
            Computed("record_date", DATE, "The window's last covered day"),
            Dimension("tier_name", "The tier", values=TIERS),
            Measure("customer_count", COUNT, "Buyers in the tier", up_is_good=True, days="last"),
            Ratio("avg_revenue", MONEY, "Net revenue to date per buyer", part="total_revenue", whole="customer_count",
                  up_is_good=True, stored="avg_revenue"),
            Measure("total_revenue", MONEY, "Net revenue to date", up_is_good=True, days="last",
                    stored="total_revenue"),
        ),
    ),
    Dataset(
        name="revenue/forecasting",
        title="Revenue forecast",
        definition=(
            "The next six months of net revenue, from the latest calculation at or before the as-of day, with an "
            "interval and the mean error the same method made on past months. Unfinished months are never used, and a "
            "store with fewer than 60 covered days has no forecast."
        ),
        table="revenue_forecasting",
        axis="own",
        rows=shapes.forecast,
        columns=(
            Computed("record_date", DATE, "The day of the calculation"),
            Computed("forecast_date", DATE, "The first day of the month"),
            Computed("predicted_revenue", MONEY, "Net revenue expected of the month", up_is_good=True),
            Computed("lower_bound", MONEY, "Lower end of the interval", up_is_good=True),
            Computed("upper_bound", MONEY, "Upper end of the interval", up_is_good=True),
            Computed("confidence_level", RATIO01, "Share of months the interval should contain"),
            Computed("method", TEXT, "How it was calculated"),
            Computed("backtest_error", PERCENT, "Mean absolute error on past months (weeks, while the store is young)",
                     up_is_good=False),
        ),
    ),
)
