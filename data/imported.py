"""Rows that an original database brought along: which columns are read, and how they join the sums."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from data.dataset import Dataset, Measure, Ratio
from data.groups import Group, Groups, add_ratio, number
from data.resample import RATE, resample

if TYPE_CHECKING:
    from data.period import Window


def imported_sql(dataset: Dataset, dates: Sequence[date]) -> tuple[str, dict[str, Any], list[str]]:
    """The SELECT of these days' rows, its parameters, and the names of its columns.

    The names: record_date, dimensions, `measure:`, `stored:` and `rate:` columns.
    """
    days = [day.isoformat() for day in dates]
    selected = {"record_date": "record_date"}
    selected |= {d.name: d.column or d.name for d in dataset.dimensions}
    for column in dataset.columns:
        if isinstance(column, Measure):
            if column.days != "distinct":
                selected[f"measure:{column.name}"] = column.source_column
            if column.stored:
                selected[f"stored:{column.name}"] = column.stored
        elif isinstance(column, Ratio) and column.stored:
            selected[f"{RATE}{column.name}"] = column.stored
    sql = (
        f"SELECT {', '.join(selected.values())} FROM {dataset.table} WHERE source = 'imported' "
        "AND record_date BETWEEN :first AND :last AND record_date IN :days ORDER BY record_date"
    )
    return sql, {"days": days, "first": days[0], "last": days[-1]}, list(selected)


def imported_numbers(dataset: Dataset, row: Mapping[str, Any], minor_per_unit: int) -> dict[str, Any]:
    """Measures under their own names (from the stored column where the integer one is empty), plus the rates."""
    numbers = {name: value for name, value in row.items() if ":" not in name}
    for column in dataset.columns:
        if isinstance(column, Measure):
            value = number(row.get(f"measure:{column.name}"))
            if value is None:
                value = number(row.get(f"stored:{column.name}"))
                if value is not None and column.unit.name == "money":
                    value = round(value * minor_per_unit)
            numbers[column.name] = value
        elif isinstance(column, Ratio):
            numbers[f"{RATE}{column.name}"] = number(row.get(f"{RATE}{column.name}"))
    return numbers


def add_imported(groups: Groups, dataset: Dataset, rows: Iterable[Mapping[str, Any]]) -> None:
    """Put the rows' numbers into their groups, whatever their day."""
    for row in rows:
        group = groups.setdefault(tuple(row[d.name] for d in dataset.dimensions), Group())
        for column in dataset.columns:
            if isinstance(column, Measure) and row[column.name] is not None:
                before = group.imported.get(column.name, 0)
                group.imported[column.name] = row[column.name] + (before if column.days == "sum" else 0)
            elif isinstance(column, Ratio):
                add_ratio(group, column, row)


def add_imported_buckets(groups: Groups, dataset: Dataset, rows: Iterable[dict[str, Any]], window: Window) -> None:
    """Put the rows' numbers, of which there are some, into the groups of their buckets."""
    keys = ["record_date", *(dimension.name for dimension in dataset.dimensions)]
    ratios = [c for c in dataset.columns if isinstance(c, Ratio)]
    paired = [_with_pairs(ratios, row) for row in rows]
    names = [name for name in paired[0] if name not in keys]
    daily = [tuple(row[name] for name in (*keys, *names)) for row in paired]
    for values in resample(daily, names, window):
        numbers = dict(zip(names, map(number, values[len(keys) :]), strict=True))
        group = groups.setdefault(values[: len(keys)], Group())
        for column in dataset.columns:
            if isinstance(column, Measure) and (value := numbers[column.name]) is not None:
                group.imported[column.name] = value
        for ratio in ratios:
            part, whole = numbers[f"part:{ratio.name}"], numbers[f"whole:{ratio.name}"]
            if part is not None and whole is not None:
                group.pairs[ratio.name] = (part, whole)
            if (rate := numbers[f"{RATE}{ratio.name}"]) is not None:
                group.rates[ratio.name] = (rate, 1)


def _with_pairs(ratios: Iterable[Ratio], row: dict[str, Any]) -> dict[str, Any]:
    """A day's row with the parts of its ratios once more: only where the day tells both."""
    pairs: dict[str, Any] = {}
    for ratio in ratios:
        part, whole = row[ratio.part], row[ratio.whole]
        both = part is not None and whole is not None
        pairs[f"part:{ratio.name}"], pairs[f"whole:{ratio.name}"] = (part, whole) if both else (None, None)
    return row | pairs
