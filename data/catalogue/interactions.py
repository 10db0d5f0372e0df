"""Conversations with the assistant, by feature and over time."""

from __future__ import annotations

from typing import Final

from data import shapes
from data.dataset import COUNT, DATE, FLAG, SECONDS, Computed, Dataset, Dimension, Measure, Ratio

_TOTAL: Final = Measure("total_interactions", COUNT, "All conversations", up_is_good=True)
_FEATURES: Final = (
    Measure("chat_interactions", COUNT, "Chat conversations", up_is_good=True),
    Measure("questionnaire_interactions", COUNT, "Guided questionnaires", up_is_good=True),
    Measure("image_analysis_interactions", COUNT, "Image analyses", up_is_good=True),
    Measure("routine_planner_interactions", COUNT, "Routine plans", up_is_good=True),
    Measure("other_interactions", COUNT, "Conversations of any other feature", up_is_good=True),
)

DATASETS: Final[tuple[Dataset, ...]] = (
    Dataset(
        name="interactions/summary",
        title="Interactions",
        definition=(
            "Conversations that started in the window, in all and by the assistant's feature, and the same per day, "
            "week or month in the timeline. Average response time: seconds over all answers of the assistant that "
            "told their time / number of these answers. The total is the AI interactions of the key figures."
        ),
        table="interaction_summary",
        kind="object",
        shape=shapes.with_timeline,
        timeline=(
            Dimension("date", "The first calendar day of the bucket", DATE),
            *_FEATURES,
            _TOTAL,
            Computed("partial", FLAG, "The window or today cuts this bucket"),
        ),
        columns=(
            _TOTAL,
            *_FEATURES,
            Measure("response_ms_sum", COUNT, "Milliseconds over all answers", shown=False),
            Measure("response_count", COUNT, "Answers with a time", shown=False),
            Ratio("avg_response_time", SECONDS, "Mean time to answer", part="response_ms_sum", whole="response_count",
                  up_is_good=False, stored="avg_response_time"),
        ),
    ),
)
