"""Rows and JSON shapes of the datasets that say more than the sums of their table's columns.

A `rows` function gets (reader, dataset, options) and returns rows in the units people read, not rounded; a `shape`
function gets the rounded rows as well and returns the JSON members beside success and meta.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from data.dataset import Dataset, Row, Shaped
from data.read import Reader
from data.rows import finished, made
from data.span import Span
from smartshopie_db.clock import day_of
from smartshopie_db.rollups.customer_value import tiers_at
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
        _habit("return_rate", "Had been here in the 30 days before", returned, visitors),
    ]


def _habit(kind: str, name: str, part: int, whole: int) -> Row:
    value = part * 100.0 / whole if whole > 0 else None
    return {"pattern_type": kind, "pattern_name": name, "value": value, "metric_unit": "%"}


def _peak(reader: Reader, span: Span) -> Row:
    found = reader.stored("behavioral_patterns", ("pattern_name", "part"), span, "pattern_type = 'peak_activity'")
    sql = f"SELECT pattern_name, SUM(part) FROM {found.rows} GROUP BY pattern_name"
    starts = {str(name): int(part) for name, part in reader.rows(sql, found.parameters)}
    whole = sum(starts.values())
    if not whole:
        return _habit("peak_activity", "No sessions", 0, 0)
    peak = max(starts, key=lambda name: (starts[name], -DAY_BANDS.index(name)))
    return _habit("peak_activity", peak, starts[peak], whole)


def _pattern(reader: Reader, kind: str, span: Span) -> tuple[int, int]:
    found = reader.stored("behavioral_patterns", ("part", "whole"), span, "pattern_type = :kind")
    part, whole = reader.rows(f"SELECT SUM(part), SUM(whole) FROM {found.rows}", found.parameters | {"kind": kind})[0]
    return int(part or 0), int(whole or 0)


def _returned(reader: Reader, span: Span) -> tuple[int, int]:
    """Visitors of the span, each on the first of its days in it; those whose day before was at most 30 days earlier."""
    months, days = reader.months_and_days(span)
    everyone = (  # day by day and month by month, so that of each only those rows are read
        "SELECT COALESCE(SUM(visitors), 0) FROM visitor_activity "
        "WHERE source = 'events' AND record_date IN :days AND previous_date < :first",
        "SELECT COALESCE(SUM(visitors), 0) FROM visitor_activity_months "
        "WHERE record_date IN :months AND previous_date < :first",
    )
    near = (  # of the first days, on which the day before can be near
        "SELECT COALESCE(SUM(found.visitors), 0) FROM :asked AS asked CROSS JOIN visitor_activity AS found "
        "WHERE found.source = 'events' AND found.record_date = asked.part_0 "
        "AND found.previous_date >= asked.part_1 AND found.previous_date < :first"
    )
    first = span.first.isoformat()
    visitors = sum(int(reader.rows(sql, {"days": days, "months": months, "first": first})[0][0]) for sql in everyone)
    begun = (span.first + timedelta(days=number) for number in range(min(span.days, 31)))
    asked = [(day.isoformat(), (day - timedelta(days=30)).isoformat()) for day in begun]
    returned = int(reader.rows(near, {"asked": asked, "first": first})[0][0])
    return returned, visitors


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
    columns = ("category_name", "line_revenue_minor", "quantity")
    found = reader.stored("category_revenue", columns, reader.covered_here)
    sql = f"SELECT category_name, SUM(line_revenue_minor), SUM(quantity) FROM {found.rows} GROUP BY category_name"
    sums = reader.rows(sql, found.parameters)
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
    days = [day.isoformat() for day in reader.imported_dates("product_analytics")]
    imported = (
        "SELECT product_id, product_name, category FROM product_analytics "
        "WHERE record_date IN :days AND product_id IN :keys AND source = 'imported' ORDER BY record_date"
    )
    known = (
        "SELECT product_id, CASE WHEN product_name <> '' THEN product_name ELSE product_id END, "
        "CASE WHEN category <> '' THEN category ELSE 'Uncategorised' END FROM products WHERE product_id IN :keys"
    )
    found = reader.rows(imported, {"days": days, "keys": keys}) if days and keys else []
    found += reader.rows(known, {"keys": keys}) if keys else []
    names = {key: (name, category) for key, name, category in found}
    for row in rows:
        row["product_name"], row["category"] = names.get(row["product_id"], (row["product_id"], "Uncategorised"))
    return rows


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
