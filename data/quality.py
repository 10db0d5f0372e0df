"""How well the assistant's models do: accuracy over time, scores by class, the best of several."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date
from typing import Any, Final

from data.dataset import COUNT, PERCENT, RATING, Dataset, Dimension, Measure, Ratio, Row, Shaped
from data.read import Reader
from data.rows import finished, made
from smartshopie_db.clock import day_of
from smartshopie_db.rollups.model_scores import score

Options = Mapping[str, Any]

RING: Final = ("accuracy", "user_satisfaction", "conversion_rate")
LEAST_EXPECTED: Final = 5  # the usual least count of a cell
SCORES: Final = ("model_name", "accuracy", "precision", "recall", "f1_score", "reviewed")

_MODEL: Final = Dimension("model_name", "The model")
_ACCURACY: Final = Ratio("accuracy", PERCENT, "", part="correct", whole="reviewed", stored="accuracy")
_RATING: Final = Ratio("rating", RATING, "", part="overall_milli_sum", whole="overall_count",
                       stored="overall_satisfaction")  # fmt: skip
_CONVERSION: Final = Ratio("conversion_rate", PERCENT, "", part="conversions", whole="sessions",
                           stored="conversion_rate")  # fmt: skip


def model_performance(reader: Reader, dataset: Dataset, options: Options) -> list[Row]:
    """Buckets and models in which something was reviewed; nothing when the three figures are asked for instead."""
    if options["mode"] == "ring":
        return []
    return [row for row in made(reader, dataset) if row["accuracy"] is not None]


def model_series(reader: Reader, dataset: Dataset, rows: Sequence[Row], options: Options) -> Shaped:
    """Categories and series, and the scores of each model over the window; mode=ring: three figures."""
    if options["mode"] == "ring":
        figures = _ring(reader) if reader.has_days(replace(dataset, axis="total")) else []
        ring = finished(reader, [dataset.column(name) for name in RING], figures)
        return Shaped({"data": ring}, ring, RING)
    names = _first_seen(reader, {row["model_name"] for row in rows})
    categories = [bucket.start.isoformat() for bucket in reader.window.buckets()] if rows else []
    values = {(row["model_name"], row["record_date"]): row["accuracy"] for row in rows}
    series = [{"name": name, "data": [values.get((name, start)) for start in categories]} for name in names]
    scores = finished(reader, [dataset.column(name) for name in SCORES], _scores(reader, names))
    return Shaped({"categories": categories, "series": series, "models": scores}, rows)


def _ring(reader: Reader) -> list[Row]:
    rating = _figure(reader, "customer_satisfaction", _RATING)
    return [{
        "accuracy": _figure(reader, "ai_model_performance", _ACCURACY),
        "user_satisfaction": None if rating is None else rating * 20,
        "conversion_rate": _figure(reader, "overview_kpis", _CONVERSION),
    }]  # fmt: skip


def _ratio_of(table: str, ratio: Ratio, *dimensions: Dimension) -> Dataset:
    """A dataset of nothing but one ratio of a table."""
    parts = [Measure(name, COUNT, "", shown=False) for name in (ratio.part, ratio.whole)]
    return Dataset(table, "", "", table, (*dimensions, *parts, ratio))


def _figure(reader: Reader, table: str, ratio: Ratio) -> float | None:
    rows = made(reader, _ratio_of(table, ratio))
    value: float | None = rows[0][ratio.name] if rows else None
    return value


def _first_seen(reader: Reader, models: set[str]) -> list[str]:
    """Models in the order of their first review in the window (of imported ones: their first row, then by name)."""
    days = (
        "SELECT model_name, MIN(record_date) AS first_date FROM ai_model_performance WHERE record_date >= :first "
        "AND record_date <= :last AND (reviewed > 0 OR accuracy IS NOT NULL) "
        "AND (source = 'events' OR record_date < :covered_first OR record_date > :covered_last) GROUP BY model_name"
    )
    covered = reader.covered.bounds() if reader.covered else {"first": "", "last": ""}  # events win on these days
    bounds = reader.span.bounds() | {f"covered_{name}": day for name, day in covered.items()}
    first = {str(name): str(day) for name, day in reader.rows(days, bounds)}
    moments: dict[str, int] = {}
    if len({first.get(name) for name in models}) < len(models):  # two on one day: the time decides
        times = (
            "SELECT p.model, MIN(e.occurred_ms) AS first_ms FROM predictions p "
            "JOIN events e ON e.message_id = p.message_id WHERE p.day IN :days GROUP BY p.model"
        )
        numbers = sorted({day_of(date.fromisoformat(first[name])) for name in models if name in first})
        moments = {str(name): int(ms) for name, ms in reader.rows(times, {"days": numbers})}
    return sorted(models, key=lambda name: (first.get(name, ""), moments.get(name, 0), name))


def _scores(reader: Reader, names: Sequence[str]) -> list[Row]:
    """Accuracy, precision, recall and F1 (macro) per model over the window, from counts by class."""
    if not reader.covered_here:
        return []
    sql = (
        "SELECT model_name, predicted, actual, SUM(count) FROM model_predictions "
        "WHERE source = 'events' AND record_date BETWEEN :first AND :last GROUP BY model_name, predicted, actual"
    )
    pairs: dict[str, dict[tuple[str, str], int]] = {}
    for name, predicted, actual, count in reader.rows(sql, reader.covered_here.bounds()):
        pairs.setdefault(name, {})[(predicted, actual)] = int(count)
    return [{"model_name": name, **asdict(score(pairs[name]))} for name in names if name in pairs]


def ai_summary(reader: Reader, dataset: Dataset, _options: Options) -> list[Row]:
    """The figures of all models together, and the best of at least two against the one seen first."""
    rows = made(reader, dataset)
    by_model = made(reader, _ratio_of(dataset.table, _ACCURACY, _MODEL))
    accuracies = {row["model_name"]: row["accuracy"] for row in by_model if row["accuracy"] is not None}
    winner, improvement, chance = None, None, None
    if len(accuracies) > 1:
        winner, second = sorted(accuracies, key=lambda name: (-accuracies[name], name))[:2]
        base = accuracies[_first_seen(reader, set(accuracies))[0]]
        improvement = (accuracies[winner] - base) * 100.0 / base if base > 0 else None
        counts = {row["model_name"]: (int(row["correct"] or 0), int(row["reviewed"] or 0)) for row in by_model}
        chance = chance_of_difference(counts[winner], counts[second])
    return [row | {"ab_winner": winner, "ab_improvement_pct": improvement, "ab_chance_pct": chance} for row in rows]


def chance_of_difference(one: tuple[int, int], other: tuple[int, int]) -> float | None:
    """How often in 100 times two equally good models would differ at least as much as these (right, reviewed).

    A two-sided z-test of two proportions with pooled variance; None where it does not hold: with fewer than
    LEAST_EXPECTED right or wrong predictions to be expected of either, or with counts that nobody told.
    """
    (right, of), (other_right, of_other) = one, other
    if not min(of, of_other):
        return None
    pooled = (right + other_right) / (of + of_other)
    if min(of, of_other) * min(pooled, 1.0 - pooled) < LEAST_EXPECTED:
        return None
    error = math.sqrt(pooled * (1.0 - pooled) * (1.0 / of + 1.0 / of_other))
    return 100.0 * math.erfc(abs(right / of - other_right / of_other) / error / math.sqrt(2.0))
