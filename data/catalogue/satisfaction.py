"""What shoppers say about the assistant."""

from __future__ import annotations

from typing import Final

from data.dataset import COUNT, DATE, FLAG, RATING, Computed, Dataset, Dimension, Measure, Ratio

DATASETS: Final[tuple[Dataset, ...]] = (
    Dataset(
        name="customer/satisfaction",
        title="Customer satisfaction",
        definition=(
            "Mean ratings from 1 to 5 per day, week or month, by what was rated: the conversation as a whole (also "
            "when nothing else was said), how well the products matched, how helpful the assistant was. Empty where "
            "nobody rated. A rating counts on the day its conversation started."
        ),
        table="customer_satisfaction",
        axis="time",
        columns=(
            Dimension("record_date", "The first calendar day of the bucket", DATE),
            Measure("overall_milli_sum", COUNT, "Thousandths over all ratings", shown=False),
            Measure("overall_count", COUNT, "Ratings of the conversation as a whole", shown=False),
            Ratio("overall_satisfaction", RATING, "Mean rating of the conversation", part="overall_milli_sum",
                  whole="overall_count", up_is_good=True, stored="overall_satisfaction"),
            Measure("product_match_milli_sum", COUNT, "Thousandths over all ratings", shown=False),
            Measure("product_match_count", COUNT, "Ratings of the product match", shown=False),
            Ratio("product_match_quality", RATING, "Mean rating of the product match", part="product_match_milli_sum",
                  whole="product_match_count", up_is_good=True, stored="product_match_quality"),
            Measure("helpfulness_milli_sum", COUNT, "Thousandths over all ratings", shown=False),
            Measure("helpfulness_count", COUNT, "Ratings of the helpfulness", shown=False),
            Ratio("ai_helpfulness", RATING, "Mean rating of the helpfulness", part="helpfulness_milli_sum",
                  whole="helpfulness_count", up_is_good=True, stored="ai_helpfulness"),
            Computed("partial", FLAG, "The window or today cuts this bucket"),
        ),
    ),
)
