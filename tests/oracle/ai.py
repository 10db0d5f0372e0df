"""ai/*, endpoint by endpoint."""

from __future__ import annotations

from fractions import Fraction
from statistics import NormalDist
from typing import Any

from tests.oracle.answers import (
    SHOWN_AS,
    Rows,
    conversion_rate,
    mean,
    percent,
    ratings_in,
    ratio,
    thousandths,
)
from tests.oracle.conversations import FEATURES
from tests.oracle.store import Store
from tests.oracle.windows import Days, Window


# ---------------------------------------------------------------------- the assistant's quality
def reviews_in(store: Store, days: Days, model: str | None = None) -> list[bool]:
    return [
        event.properties["predicted"] == event.properties["actual"]
        for event in store.events
        if event.name == "Prediction Reviewed"
        and store.day(event) in days
        and model in {None, event.properties["model"]}
    ]


def models_in(store: Store, days: Days) -> list[str]:
    """Models with reviewed predictions, in the order they were first seen, then by name."""
    reviewed = [e for e in store.events if e.name == "Prediction Reviewed" and store.day(e) in days]
    seen = sorted((event.time, str(event.properties["model"])) for event in reviewed)
    return list(dict.fromkeys(model for _, model in seen))


def accuracy(store: Store, days: Days, model: str | None = None) -> Fraction | None:
    reviews = reviews_in(store, days, model)
    return percent(sum(reviews), len(reviews))


def ai_model_performance(store: Store, window: Window) -> dict[str, Any]:
    buckets = window.buckets()
    return {
        "categories": [bucket.start.isoformat() for bucket in buckets],
        "series": [
            {"name": model, "data": [accuracy(store, bucket.days, model) for bucket in buckets]}
            for model in models_in(store, window.days)
        ],
    }


def ai_model_performance_ring(store: Store, window: Window) -> Rows:
    average = thousandths(mean(ratings_in(store, window.days, "overall")))
    return [
        {
            "accuracy": accuracy(store, window.days),
            "user_satisfaction": None if average is None else average * 20,
            "conversion_rate": conversion_rate(store, window.days),
        }
    ]


def ai_summary(store: Store, window: Window) -> dict[str, Any]:
    answers = [f for f in store.facts if f.event.name == "Message Received" and f.day in window.days]
    models = models_in(store, window.days)
    scores = {model: accuracy(store, window.days, model) or Fraction(0) for model in models}
    winner = min(models, key=lambda model: (-scores[model], model)) if len(models) > 1 else None
    first = models[0] if models else None
    gain = percent(scores[winner] - scores[first], scores[first]) if winner is not None and first is not None else None
    return {
        "accuracy": accuracy(store, window.days),
        "response_time_ms": mean(answer.whole("response_time_ms") for answer in answers),
        "confidence": thousandths(mean(answer.measured("confidence") for answer in answers)),
        "ab_winner": winner,
        "ab_improvement_pct": gain,
        "ab_chance_pct": chance(store, window.days, sorted(models, key=lambda model: (-scores[model], model))[:2]),
    }


def chance(store: Store, days: Days, models: list[str]) -> Fraction | None:
    """A z-test of the two best models' shares of right predictions, from the four counts."""
    if len(models) < 2:
        return None
    right, wrong = ([reviews_in(store, days, model).count(verdict) for model in models] for verdict in (True, False))
    all_of_them = sum(right) + sum(wrong)
    for verdict in (right, wrong):
        for place in (0, 1):
            if Fraction(sum(verdict) * (right[place] + wrong[place]), all_of_them) < 5:
                return None
    (a, b), (c, d) = right, wrong
    chi_square = Fraction(all_of_them * (a * d - b * c) ** 2, (a + b) * (c + d) * (a + c) * (b + d))
    return Fraction(200 * NormalDist().cdf(-(float(chi_square) ** 0.5)))


def ai_feature_performance(store: Store, window: Window) -> Rows:
    rows = []
    for feature in FEATURES:
        mine = [c for c in store.conversations.values() if c.day in window.days and c.feature == feature]
        ratings = [
            fact.measured("rating")
            for fact in store.facts
            if fact.event.name == "Feedback Submitted"
            and fact.day in window.days
            and fact.feature == feature
            and (fact.value("aspect") or "overall") == "overall"
        ]
        average = thousandths(mean(ratings))
        rows.append(
            {
                "feature_name": SHOWN_AS[feature],
                "usage_count": len(mine),
                "success_rate": ratio(sum(c.resolved for c in mine), sum(c.closed for c in mine)),
                "user_satisfaction": None if average is None else average / 5,
            }
        )
    return rows
