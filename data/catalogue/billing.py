"""What the assistant costs: usage counted from the same conversations, priced by the plan."""

from __future__ import annotations

from typing import Final

from data import bills
from data.dataset import COUNT, DATE, GIGABYTES, MONEY, TEXT, Computed, Dataset

DATASETS: Final[tuple[Dataset, ...]] = (
    Dataset(
        name="billing/summary",
        title="This month's bill",
        definition=(
            "The month of the as-of day so far: the plan's price and, per feature, the conversations above the free "
            "ones x the overage rate. The four overages add up to the overage amount, and with the subscription to "
            "the estimated total. Usage is counted from the same conversations as every other page, prices come from "
            "the plan file."
        ),
        table="usage_breakdown",
        kind="object",
        axis="own",
        cached=False,
        of="plan",
        rows=bills.billing_summary,
        columns=(
            Computed("billing_period_start", DATE, "First day of the month"),
            Computed("billing_period_end", DATE, "Last day of the month"),
            Computed("plan_name", TEXT, "The plan"),
            Computed("base_cost", MONEY, "The plan's price per month", up_is_good=False),
            Computed("usage_cost", MONEY, "Overage of all features", up_is_good=False),
            Computed("total_cost", MONEY, "Price and overage", up_is_good=False),
            Computed("api_calls", COUNT, "Requests answered this month"),
            Computed("data_processed_gb", GIGABYTES, "Not measured"),
            Computed("monthly_price", MONEY, "The plan's price per month", up_is_good=False),
            Computed("renewal_date", DATE, "When the plan renews next"),
            Computed("subscription_amount", MONEY, "The plan's price", up_is_good=False),
            Computed("chat_amount", MONEY, "Overage of chat conversations", up_is_good=False),
            Computed("image_amount", MONEY, "Overage of image analyses", up_is_good=False),
            Computed("questionnaire_amount", MONEY, "Overage of questionnaires", up_is_good=False),
            Computed("routine_amount", MONEY, "Overage of routine plans", up_is_good=False),
            Computed("overage_amount", MONEY, "The four overages together", up_is_good=False),
            Computed("total_estimated", MONEY, "Subscription and overage", up_is_good=False),
        ),
    ),
    Dataset(
        name="billing/usage-breakdown",
        title="Usage by feature",
        definition=(
            "Six months up to the as-of day's, per feature: conversations used, the free ones of the plan, and the "
            "overage = those above the free ones x the rate. The last month is the one that is running."
        ),
        table="usage_breakdown",
        axis="own",
        of="plan",
        rows=bills.usage_breakdown,
        columns=(
            Computed("record_date", DATE, "First day of the month"),
            Computed("service_name", TEXT, "The feature"),
            Computed("usage_count", COUNT, "Conversations used"),
            Computed("cost", MONEY, "Overage", up_is_good=False),
            Computed("month", TEXT, "The month, YYYY-MM"),
            Computed("usage_type", TEXT, "chat, image, questionnaire or routine"),
            Computed("used", COUNT, "Conversations used"),
            Computed("free_limit", COUNT, "Free conversations per month"),
            Computed("overage_rate", TEXT, "Price of one above the free ones"),
            Computed("overage_cost", TEXT, "Overage in words"),
            Computed("total_usage", COUNT, "Conversations used"),
        ),
    ),
    Dataset(
        name="billing/payment-history",
        title="Payments",
        definition="The invoices for the assistant that were reported as paid, the newest first.",
        table="billing_payments",
        axis="own",
        windowed=False,
        rows=bills.payments,
        columns=(
            Computed("payment_date", DATE, "The day of the payment"),
            Computed("description", TEXT, "What was paid for"),
            Computed("amount", MONEY, "The amount"),
            Computed("currency", TEXT, "Its currency"),
            Computed("status", TEXT, "As reported"),
            Computed("invoice_url", TEXT, "Where the invoice is"),
        ),
    ),
    Dataset(
        name="billing/alerts",
        title="Usage alerts",
        definition=(
            "One line per feature that has used 80 % or more of its free conversations in the month of the as-of day; "
            "above 100 % it names the overage. Computed from the usage that is shown beside it."
        ),
        table="usage_breakdown",
        axis="own",
        of="plan",
        rows=bills.usage_alerts,
        columns=(
            Computed("level", TEXT, "warning (80 % and more) or error (above the free ones)"),
            Computed("title", TEXT, "What it is about"),
            Computed("message", TEXT, "The figures"),
        ),
    ),
)
