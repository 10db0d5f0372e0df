"""Rows and JSON shapes of the datasets that say more than the sums of their table's columns.

A `rows` function gets (reader, dataset, options) and returns rows in the units people read, not rounded; a `shape`
function gets the rounded rows as well and returns the JSON members beside success and meta.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date, timedelta
from typing import Any, Final

from data.dataset import COUNT, PERCENT, RATING, Dataset, Dimension, Measure, Ratio, Row, Shaped
from data.read import Reader, Span
from data.rows import finished, made
from smartshopie_db.clock import day_of
from smartshopie_db.rollups.customer_value import tiers_at
from smartshopie_db.rollups.model_scores import score
from smartshopie_db.rollups.names import DAY_BANDS

Options = Mapping[str, Any]


# ---------------------------------------------------------------------- overview, conversions, interactions
def dated(reader: Reader, dataset: Dataset, _options: Options) -> list[Row]:
    """The plain rows, with the window's last known day as record_date."""
    day = reader.last_day(dataset.table).isoformat()
    return [row | {"record_date": day} for row in made(reader, dataset)]


def funnel(reader: Reader, dataset: Dataset, _options: Options) -> list[Row]:
    """The stages in order, each against the first and against the one before."""
    rows = made(reader, dataset)
    for order, row in enumerate(rows):
        first, before = rows[0]["count"], rows[max(order - 1, 0)]["count"]
        row["stage_order"] = order
        row["percentage"] = row["count"] * 100.0 / first if first else None
        row["dropoff_rate"] = (row["count"] - before) * 100.0 / before if order and before else None
    return rows


def with_timeline(reader: Reader, dataset: Dataset, rows: Sequence[Row], _options: Options) -> Shaped:
    """Totals as data, the buckets as a timeline beside them; the timeline is what is charted and exported."""
    over_time = replace(dataset, axis="time", columns=dataset.timeline)
    timeline = finished(reader, dataset.timeline, made(reader, over_time)) if reader.has_days(dataset) else []
    return Shaped({"data": rows[0], "timeline": timeline}, timeline)


# ---------------------------------------------------------------------- customers
def behavioral_patterns(reader: Reader, dataset: Dataset, _options: Options) -> list[Row]:
    """Peak activity, preference match, return rate; of imported days the mean of what is stored."""
    if not reader.covered_here:
        return _imported_patterns(reader, dataset)
    reader.sources.add("events")
    back = reader.window.shifted(-7)
    matched, shown = _pattern(reader, "preference_match", Span(back.start, back.end))
    reader.note_moved("Preference match", 7)
    returned, visitors = _returned(reader, reader.covered_here)
    return [
        _peak(reader, reader.covered_here),
        _habit("preference_match", "Recommended product clicked or bought", matched, shown),
        _habit("return_rate", "Back within 30 days", returned, visitors),
    ]


def _habit(kind: str, name: str, part: int, whole: int) -> Row:
    value = part * 100.0 / whole if whole > 0 else None
    return {"pattern_type": kind, "pattern_name": name, "value": value, "metric_unit": "%"}


def _peak(reader: Reader, span: Span) -> Row:
    sql = (
        "SELECT pattern_name, SUM(part) FROM behavioral_patterns WHERE source = 'events' "
        "AND pattern_type = 'peak_activity' AND record_date BETWEEN :first AND :last GROUP BY pattern_name"
    )
    starts = {str(name): int(part) for name, part in reader.rows(sql, span.bounds())}
    whole = sum(starts.values())
    if not whole:
        return _habit("peak_activity", "No sessions", 0, 0)
    peak = max(starts, key=lambda name: (starts[name], -DAY_BANDS.index(name)))
    return _habit("peak_activity", peak, starts[peak], whole)


def _pattern(reader: Reader, kind: str, span: Span) -> tuple[int, int]:
    sql = (
        "SELECT SUM(part), SUM(whole) FROM behavioral_patterns WHERE source = 'events' "
        "AND pattern_type = :kind AND record_date BETWEEN :first AND :last"
    )
    part, whole = reader.rows(sql, span.bounds() | {"kind": kind})[0]
    return int(part or 0), int(whole or 0)


def _returned(reader: Reader, span: Span) -> tuple[int, int]:
    """Visitors of the span, each on the first of its days in it; those whose day before was at most 30 days earlier."""
    everyone = (
        "SELECT SUM(visitors) FROM visitor_activity "
        "WHERE source = 'events' AND record_date BETWEEN :first AND :last AND previous_date < :first"
    )
    near = (
        "SELECT record_date, previous_date, visitors FROM visitor_activity WHERE source = 'events' "
        "AND record_date BETWEEN :first AND :until AND previous_date >= :since AND previous_date < :first"
    )
    month = timedelta(days=30)
    bounds = span.bounds()
    visitors = reader.rows(everyone, bounds)[0][0]
    until = min(span.last, span.first + month).isoformat()
    since = (span.first - month).isoformat()
    rows = reader.rows(near, {"first": bounds["first"], "until": until, "since": since})
    returned = sum(int(n) for day, before, n in rows if date.fromisoformat(day) - date.fromisoformat(before) <= month)
    return returned, int(visitors or 0)


def _imported_patterns(reader: Reader, dataset: Dataset) -> list[Row]:
    days = reader.imported_span(dataset, reader.span)
    if not days:
        return []
    reader.sources.add("imported")
    reader.note(f"Mean of the stored values of {len(days)} imported days; the name is the newest one.")
    sql = (
        "SELECT pattern_type, pattern_name, value, metric_unit FROM behavioral_patterns "
        "WHERE source = 'imported' AND record_date IN :days ORDER BY pattern_type, record_date"
    )
    values: dict[str, list[float]] = {}
    names: dict[str, tuple[str, str | None]] = {}
    for kind, name, value, unit in reader.rows(sql, {"days": [day.isoformat() for day in days]}):
        values.setdefault(kind, []).extend([] if value is None else [float(value)])
        names[kind] = (name, unit)
    return [
        {"pattern_type": kind, "pattern_name": name, "metric_unit": unit,
         "value": sum(values[kind]) / len(values[kind]) if values[kind] else None}
        for kind, (name, unit) in names.items()
    ]  # fmt: skip


def lifetime_value(reader: Reader, dataset: Dataset, _options: Options) -> list[Row]:
    """Prediction = current + what the same band went on to spend; imported bands keep their stored prediction."""
    stored = _stored_predictions(reader, dataset)
    rows = made(reader, dataset)
    for row in rows:
        if row["segment_name"] in stored:
            row |= {"predicted_clv": stored[row["segment_name"]], "method": "imported"}
            continue
        current, expected = row["current_clv"], row["expected_revenue"]
        row["predicted_clv"] = None if current is None or expected is None else current + expected
        row["method"] = "look-back, 12 months"
    return rows


def _stored_predictions(reader: Reader, dataset: Dataset) -> dict[str, float | None]:
    days = [] if reader.covered_here else reader.imported_span(dataset, reader.span)
    if not days:
        return {}
    sql = (
        "SELECT segment_name, predicted_clv FROM customer_lifetime_value "
        "WHERE source = 'imported' AND record_date = :day"
    )
    return dict(reader.rows(sql, {"day": days[-1].isoformat()}))


def product_gaps(reader: Reader, dataset: Dataset, options: Options) -> list[Row]:
    """The most requested ones; what they might bring at the prices paid in their category."""
    rows = made(reader, dataset)[: options["limit"]]
    prices = _prices_paid(reader)
    stored = {} if reader.covered_here else _stored_potential(reader, dataset)
    for rank, row in enumerate(rows, start=1):
        key = (row["product_name"], row["category"])
        row["gap_rank"] = rank
        row["potential_revenue"] = stored[key] if key in stored else row["demand_score"] * prices.get(key[1], 0.0)
    return rows


def _prices_paid(reader: Reader) -> dict[str, float]:
    """Mean price paid per piece, by category, over the window's covered days."""
    if not reader.covered_here:
        return {}
    sql = (
        "SELECT category_name, SUM(line_revenue_minor), SUM(quantity) FROM category_revenue "
        "WHERE source = 'events' AND record_date BETWEEN :first AND :last GROUP BY category_name"
    )
    sums = reader.rows(sql, reader.covered_here.bounds())
    return {
        name: float(minor) / reader.minor_per_unit / float(pieces) for name, minor, pieces in sums if pieces and minor
    }


def _stored_potential(reader: Reader, dataset: Dataset) -> dict[tuple[str, str], float | None]:
    days = [day.isoformat() for day in reader.imported_span(dataset, reader.span)]
    sql = (
        "SELECT product_name, category, potential_revenue FROM product_gaps "
        "WHERE source = 'imported' AND record_date IN :days ORDER BY record_date"
    )
    return {(name, category): value for name, category, value in reader.rows(sql, {"days": days})}


# ---------------------------------------------------------------------- products
def products(reader: Reader, dataset: Dataset, options: Options) -> list[Row]:
    """Products of the window with their newest names."""
    return _named(reader, dated(reader, dataset, options))


def recommended_products(reader: Reader, dataset: Dataset, _options: Options) -> list[Row]:
    """Recommended products with their newest names; those never recommended in the window are left out."""
    every = replace(dataset, top=None)
    return _named(reader, [row for row in made(reader, every) if row["recommendations"]][: dataset.top])


def _named(reader: Reader, rows: list[Row]) -> list[Row]:
    keys = [row["product_id"] for row in rows]
    known = (
        "SELECT product_id, product_name, category FROM product_analytics "
        "WHERE product_id IN :keys AND source = 'imported' ORDER BY record_date",
        "SELECT product_id, product_name, category FROM products WHERE product_id IN :keys",
    )
    names = {key: (name, category) for sql in known if keys for key, name, category in reader.rows(sql, {"keys": keys})}
    for row in rows:
        row["product_name"], row["category"] = names.get(row["product_id"], (row["product_id"], None))
    return rows


# ---------------------------------------------------------------------- the assistant's models
RING: Final = ("accuracy", "user_satisfaction", "conversion_rate")
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
        "AND record_date <= :last AND (reviewed > 0 OR accuracy IS NOT NULL) GROUP BY model_name"
    )
    first = {str(name): str(day) for name, day in reader.rows(days, reader.span.bounds())}
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
    winner, improvement = None, None
    if len(accuracies) > 1:
        winner = min(accuracies, key=lambda name: (-accuracies[name], name))
        base = accuracies[_first_seen(reader, set(accuracies))[0]]
        improvement = (accuracies[winner] - base) * 100.0 / base if base > 0 else None
    return [row | {"ab_winner": winner, "ab_improvement_pct": improvement} for row in rows]


# ---------------------------------------------------------------------- revenue
def customer_value(reader: Reader, dataset: Dataset, _options: Options) -> list[Row]:
    """The stored tiers of month ends and the newest day; of any other covered day, computed now."""
    rows = dated(reader, dataset, _options)
    met = reader.covered_here
    if met is None or any(row["customer_count"] for row in rows):
        return rows
    for row, tier in zip(rows, tiers_at(reader.store.engine, day_of(met.last)), strict=True):
        row |= {"customer_count": tier.customers, "total_revenue": reader.money(tier.revenue)}
        row["avg_revenue"] = reader.money(tier.revenue / tier.customers) if tier.customers else None
    return rows


def forecast(reader: Reader, dataset: Dataset, _options: Options) -> list[Row]:
    """The latest run at or before the as-of day; none where the window has no known day."""
    if not reader.has_days(replace(dataset, table="revenue_attribution")) and not reader.has_days(dataset):
        return []
    where = "FROM revenue_forecasting WHERE record_date <= :as_of"
    latest = reader.rows(f"SELECT MAX(record_date) {where}", {"as_of": reader.window.end.isoformat()})[0][0]
    if latest is None:
        return []
    names = [column.name for column in dataset.columns]
    sql = f"SELECT source, {', '.join(names)} FROM revenue_forecasting WHERE record_date = :day ORDER BY forecast_date"
    found = reader.rows(sql, {"day": latest})
    source = min(row[0] for row in found)  # events before imported
    reader.sources.add(source)
    return [dict(zip(names, row[1:], strict=True)) for row in found if row[0] == source]
