"""How well the assistant's models and features work."""

from __future__ import annotations

from typing import Final

from data import quality, shapes
from data.dataset import (
    COUNT,
    DATE,
    FLAG,
    MILLISECONDS,
    PERCENT,
    RATIO01,
    TEXT,
    Computed,
    Dataset,
    Dimension,
    Measure,
    Option,
    Ratio,
)
from smartshopie_db.rollups.names import FEATURE_NAMES

DATASETS: Final[tuple[Dataset, ...]] = (
    Dataset(
        name="ai/model-performance",
        title="Model performance over time",
        definition=(
            "Accuracy of each model per day, week or month: predictions that a reviewer confirmed / predictions "
            "reviewed; empty where nothing was reviewed. models holds accuracy, precision, recall and F1 of the whole "
            "window, the last three as the plain mean over the classes that occur. mode=ring gives three figures of "
            "the window: accuracy over all models, satisfaction (mean rating x 20) and the conversion rate of the key "
            "figures."
        ),
        table="ai_model_performance",
        kind="series",
        axis="time",
        options=(Option("mode", "ring: three figures instead of the series", choices=("ring",)),),
        rows=quality.model_performance,
        shape=quality.model_series,
        others=(
            Ratio("conversion_rate", PERCENT, "Sessions with an order, of all sessions", part="conversions",
                  whole="sessions", up_is_good=True),
            Computed("user_satisfaction", PERCENT, "Mean rating x 20", up_is_good=True),
            Computed("precision", PERCENT, "Mean over the classes: right, of those predicted", up_is_good=True),
            Computed("recall", PERCENT, "Mean over the classes: right, of those true", up_is_good=True),
            Computed("f1_score", PERCENT, "Mean over the classes: harmonic mean of both", up_is_good=True),
        ),
        columns=(
            Dimension("record_date", "The first calendar day of the bucket", DATE),
            Dimension("model_name", "The model"),
            Measure("correct", COUNT, "Reviewed predictions that were right", shown=False),
            Measure("reviewed", COUNT, "Reviewed predictions"),
            Ratio("accuracy", PERCENT, "Reviewed predictions that were right", part="correct", whole="reviewed",
                  up_is_good=True, stored="accuracy"),
            Computed("partial", FLAG, "The window or today cuts this bucket"),
        ),
    ),
    Dataset(
        name="ai/summary",
        title="AI figures",
        definition=(
            "Accuracy: reviewed predictions that were right, over all models. Response time: mean over the "
            "assistant's answers. Confidence: mean of the values the answers carried themselves (empty when none "
            "did). A/B winner: the model with the highest accuracy in the window (ties by name), when at least two "
            "were reviewed; the improvement is against the model that was seen first. By chance: how often two equally "
            "good models would differ at least as much as the winner and the next best (two-sided z-test of two "
            "proportions; empty where fewer than five right or wrong predictions were to be expected of either)."
        ),
        table="ai_model_performance",
        kind="object",
        rows=quality.ai_summary,
        columns=(
            Measure("correct", COUNT, "Reviewed predictions that were right", shown=False),
            Measure("reviewed", COUNT, "Reviewed predictions", up_is_good=None),
            Ratio("accuracy", PERCENT, "Reviewed predictions that were right", part="correct", whole="reviewed",
                  up_is_good=True, stored="accuracy"),
            Measure("response_ms_sum", COUNT, "Milliseconds over all answers", shown=False),
            Measure("response_count", COUNT, "Answers with a time", shown=False),
            Ratio("response_time_ms", MILLISECONDS, "Mean time to answer", part="response_ms_sum",
                  whole="response_count", up_is_good=False, stored="response_time_ms"),
            Measure("confidence_milli_sum", COUNT, "Thousandths over all answers", shown=False),
            Measure("confidence_count", COUNT, "Answers with a confidence", shown=False),
            Ratio("confidence", RATIO01, "Mean confidence that the answers carried", part="confidence_milli_sum",
                  whole="confidence_count", up_is_good=True, factor=0.001),
            Computed("ab_winner", TEXT, "The model with the highest accuracy"),
            Computed("ab_improvement_pct", PERCENT, "Its accuracy against the model seen first", up_is_good=True),
            Computed("ab_chance_pct", PERCENT, "How often chance alone would put it as far ahead of the next best"),
        ),
    ),
    Dataset(
        name="ai/feature-performance",
        title="Feature performance",
        definition=(
            "Per feature of the assistant: conversations that started in the window, the share of finished ones "
            "(ended, resolved or handed off) that were resolved, and the mean rating / 5."
        ),
        table="ai_feature_performance",
        rows=shapes.dated,
        columns=(
            Computed("record_date", DATE, "The window's last covered day"),
            Dimension("feature_name", "The feature", values=tuple(FEATURE_NAMES.values()), rare=("Other",)),
            Measure("usage_count", COUNT, "Conversations", up_is_good=True),
            Measure("resolved_count", COUNT, "Resolved conversations", shown=False),
            Measure("closed_count", COUNT, "Finished conversations", shown=False),
            Ratio("success_rate", RATIO01, "Resolved, of the finished conversations", part="resolved_count",
                  whole="closed_count", up_is_good=True, stored="success_rate"),
            Measure("rating_milli_sum", COUNT, "Thousandths over all ratings", shown=False),
            Measure("rating_count", COUNT, "Ratings", shown=False),
            Ratio("user_satisfaction", RATIO01, "Mean rating / 5", part="rating_milli_sum", whole="rating_count",
                  up_is_good=True, stored="user_satisfaction", factor=0.0002),
        ),
    ),
)
