"""Who the customers are, what they ask for, what they are worth."""

from __future__ import annotations

from typing import Final

from data import live, shapes
from data.dataset import (
    COUNT,
    DATE,
    FLAG,
    MOMENT,
    MONEY,
    NUMBER,
    PERCENT,
    RATING,
    SECONDS,
    TEXT,
    Computed,
    Dataset,
    Dimension,
    Measure,
    Option,
    Ratio,
    Share,
)
from smartshopie_db.rollups.names import SEGMENTS, TENURE_BANDS

DATASETS: Final[tuple[Dataset, ...]] = (
    Dataset(
        name="customers/segments",
        title="Customer segments",
        definition=(
            "Every customer at the end of the window's last day, in one of four groups. New Visitors: first seen in "
            "the last 30 days with at most one order. The others by their orders of the last 365 days that were not "
            "cancelled: Loyalists 4 or more, Returning Customers 2 or 3, Occasional Users fewer. Lifetime value: net "
            "revenue to date per customer. Order value: revenue at order time / orders. The sizes add up to the total "
            "number of customers."
        ),
        table="customer_segments",
        axis="snapshot",
        columns=(
            Dimension("segment_name", "The group", values=SEGMENTS),
            Measure("segment_size", COUNT, "Customers in the group", up_is_good=True, days="last"),
            Share("segment_percentage", "Share of all customers", of="segment_size"),
            Measure("net_revenue", MONEY, "Net revenue to date", days="last", shown=False),
            Measure("order_revenue", MONEY, "Revenue at order time, to date", days="last", shown=False),
            Measure("orders", COUNT, "Orders to date", days="last", shown=False),
            Ratio("avg_lifetime_value", MONEY, "Net revenue to date per customer", part="net_revenue",
                  whole="segment_size", up_is_good=True, stored="avg_lifetime_value"),
            Ratio("avg_order_value", MONEY, "Average value of an order when it was placed", part="order_revenue",
                  whole="orders", up_is_good=True, stored="avg_order_value"),
        ),
    ),
    Dataset(
        name="customers/growth",
        title="New customers",
        definition=(
            "Per day, week or month: customers (visitors with a user id) whose first event, also one made before they "
            "were known, is in it. Added up from the store's first day they are the total number of customers."
        ),
        table="overview_kpis",
        axis="time",
        columns=(
            Dimension("record_date", "The first calendar day of the bucket", DATE),
            Measure("new_customers", COUNT, "Customers first seen in the bucket", up_is_good=True),
            Computed("partial", FLAG, "The window or today cuts this bucket"),
        ),
    ),
    Dataset(
        name="customers/behavioral-patterns",
        title="Behavioural patterns",
        definition=(
            "Three habits. Peak activity: the three hours of the day, in the store's time zone, in which most "
            "sessions begin, and their share of all sessions. Preference match: of the conversations that showed a "
            "recommendation, the share in which the visitor clicked or bought a recommended product within 7 days; "
            "measured on the window moved back by 7 days, so that every conversation has had its 7 days. Return rate: "
            "of the visitors of the window, the share with an earlier session at most 30 days before their first one "
            "in it."
        ),
        table="behavioral_patterns",
        axis="own",
        rows=shapes.behavioral_patterns,
        columns=(
            Computed("pattern_type", TEXT, "peak_activity, preference_match or return_rate"),
            Computed("pattern_name", TEXT, "The habit in words"),
            Computed("value", PERCENT, "The share", up_is_good=None),
            Computed("metric_unit", TEXT, "The unit of the value"),
        ),
    ),
    Dataset(
        name="customers/concerns",
        title="Top skincare and haircare concerns",
        definition=(
            "The ten concerns that were detected in most conversations. A concern counts once per conversation, on "
            "the day the conversation started. Success rate: the share of those conversations that were resolved."
        ),
        table="customer_concerns",
        top=10,
        order=("-query_count", "concern_name", "concern_category"),
        columns=(
            Dimension("concern_name", "The concern"),
            Dimension("concern_category", "skincare or haircare"),
            Measure("query_count", COUNT, "Conversations with the concern"),
            Measure("resolved_count", COUNT, "Of those, resolved", shown=False),
            Ratio("ai_success_rate", PERCENT, "Resolved, of the conversations with the concern",
                  part="resolved_count", whole="query_count", up_is_good=True, stored="ai_success_rate"),
        ),
    ),
    Dataset(
        name="customers/lifetime-value",
        title="Customer lifetime value",
        definition=(
            "Customers at the end of the window's last day, by how long ago they were first seen. Current: mean net "
            "revenue to date per customer. Predicted: current + what the customers who were in the same band 365 days "
            "earlier have spent since, per customer (method: look-back, 12 months). It is an observation carried "
            "forward, and null where the store is too young to have one."
        ),
        table="customer_lifetime_value",
        axis="snapshot",
        rows=shapes.lifetime_value,
        columns=(
            Dimension("segment_name", "Time since the customer was first seen",
                      values=tuple(name for name, _least, _most in TENURE_BANDS)),
            Measure("customers", COUNT, "Customers in the band", up_is_good=True, days="last"),
            Measure("net_revenue", MONEY, "Net revenue to date", days="last", shown=False),
            Measure("reference_customers", COUNT, "Customers of the band 365 days earlier", days="last", shown=False),
            Measure("reference_revenue", MONEY, "What they have spent since", days="last", shown=False),
            Ratio("current_clv", MONEY, "Mean net revenue to date per customer", part="net_revenue",
                  whole="customers", up_is_good=True, stored="current_clv"),
            Ratio("expected_revenue", MONEY, "Expected of the next 12 months per customer", part="reference_revenue",
                  whole="reference_customers", up_is_good=True),
            Computed("predicted_clv", MONEY, "Current plus what is expected of the next 12 months", up_is_good=True),
            Computed("method", TEXT, "How the prediction was made"),
        ),
    ),
    Dataset(
        name="customers/product-gaps",
        title="Product gaps",
        definition=(
            "Products that shoppers asked the assistant for and did not find, by the number of requests. Potential "
            "revenue = requests x the mean price paid in that category in the window (0 when nothing of it was sold): "
            "an upper bound, as if every request had become a sale."
        ),
        table="product_gaps",
        order=("-demand_score", "product_name", "category"),
        imported_snapshot=True,
        rows=shapes.product_gaps,
        options=(Option("limit", "How many rows at most", default=100, low=1, high=500),),
        columns=(
            Computed("gap_rank", NUMBER, "1 for the most requested"),
            Dimension("product_name", "What was asked for"),
            Dimension("category", "Its category"),
            Measure("demand_score", COUNT, "Requests"),
            Computed("potential_revenue", MONEY, "Requests x mean price paid in the category", up_is_good=None),
        ),
    ),
    Dataset(
        name="customers/interactions",
        title="Live customer activity",
        definition=(
            "Conversations with the assistant that started in the window, the newest first. The badge says what the "
            "visitor did next: Converted (ordered within 7 days), High Intent (put a product into the cart within 7 "
            "days, or viewed one later in the same session), else Browsing."
        ),
        table="customer_interactions",
        axis="own",
        rows=live.interactions,
        options=(Option("limit", "How many rows at most", default=10, low=1, high=200),),
        columns=(
            Computed("interaction_id", TEXT, "The conversation"),
            Computed("interaction_date", MOMENT, "When it started"),
            Computed("interaction_type", TEXT, "The feature of the assistant"),
            Computed("customer_id", TEXT, "The customer, where known"),
            Computed("session_id", TEXT, "The session, where known"),
            Computed("response_time_sec", SECONDS, "Mean time to answer in this conversation", up_is_good=False),
            Computed("satisfaction_score", RATING, "Mean rating in this conversation", up_is_good=True),
            Computed("customer_name", TEXT, "The customer's newest name, where known"),
            Computed("activity_description", TEXT, "What happened, in words"),
            Computed("status_badge", TEXT, "Converted, High Intent or Browsing"),
            Computed("message_count", COUNT, "Messages of both sides"),
        ),
    ),
)
