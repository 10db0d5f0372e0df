"""Stored sums on their way to becoming rows: what is added up, by which SQL, and into what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from data.dataset import Dataset, Measure, Ratio
from data.resample import RATE

Key = tuple[Any, ...]
Number = int | float


@dataclass(slots=True)
class Group:
    """The numbers of one row-to-be, as they are stored, apart by where they come from."""

    events: dict[str, Number] | None = None  # sums by measure; None: no day covered by events
    imported: dict[str, Number] = field(default_factory=dict)
    pairs: dict[str, tuple[Number, Number]] = field(default_factory=dict)  # by ratio: part and whole of imported rows
    rates: dict[str, tuple[float, int]] = field(default_factory=dict)  # by ratio: sum and number of imported rates

    def measure(self, name: str) -> Number | None:
        """The sum over all days; None when no row told it."""
        if self.events is None:
            return self.imported.get(name)
        return self.events.get(name, 0) + self.imported.get(name, 0)

    def ratio(self, ratio: Ratio) -> float | None:
        """Part / whole x factor over the days covered by events; without any: over the imported rows."""
        factor = ratio.unit.factor if ratio.factor is None else ratio.factor
        if self.events is not None:
            part, whole = self.events.get(ratio.part, 0), self.events.get(ratio.whole, 0)
        elif ratio.name in self.pairs:
            part, whole = self.pairs[ratio.name]
        else:
            total, count = self.rates.get(ratio.name, (0.0, 0))
            return total / count if count else None
        return part * factor / whole if whole > 0 else None


Groups = dict[Key, Group]


def add_ratio(group: Group, ratio: Ratio, row: Mapping[str, Any]) -> None:
    """Put an imported row's parts, or its stored rate, beside those that are there."""
    part, whole, rate = row.get(ratio.part), row.get(ratio.whole), row.get(f"{RATE}{ratio.name}")
    if part is not None and whole is not None:
        before = group.pairs.get(ratio.name, (0, 0))
        group.pairs[ratio.name] = (before[0] + part, before[1] + whole)
    if rate is not None:
        total, count = group.rates.get(ratio.name, (0.0, 0))
        group.rates[ratio.name] = (total + rate, count + 1)


def summed(dataset: Dataset) -> list[Measure]:
    """Measures that are added up over the days that are read (of a snapshot: over its one day)."""
    wanted = {"sum", "last"} if dataset.axis == "snapshot" else {"sum"}
    return [column for column in dataset.columns if isinstance(column, Measure) and column.days in wanted]


def keep_the_later(groups: Groups, dataset: Dataset, *, events_are_later: bool) -> None:
    """Of a snapshot among sums, which events and imported rows both tell, the later day's value alone."""
    for measure in dataset.columns:
        if isinstance(measure, Measure) and measure.days == "last":
            for group in groups.values():
                if events_are_later:
                    group.imported.pop(measure.name, None)
                elif group.events is not None and measure.name in group.imported:
                    group.events.pop(measure.name, None)


def key_columns(dataset: Dataset) -> list[str]:
    """The columns that tell the rows of a day apart."""
    return [dimension.column or dimension.name for dimension in dataset.dimensions]


def sum_sql(dataset: Dataset, measures: Sequence[Measure], rows: str) -> str:
    """Dimensions, then the sum of each measure, of these rows (what follows FROM)."""
    dimensions = key_columns(dataset)
    columns = [*dimensions, *(f"SUM({measure.source_column})" for measure in measures)]
    sql = f"SELECT {', '.join(columns)} FROM {rows}"
    return f"{sql} GROUP BY {', '.join(dimensions)}" if dimensions else sql


def add_events(groups: Groups, measures: Sequence[Measure], rows: Iterable[Sequence[Any]]) -> None:
    """Put sums into their groups; a row is its key, then one sum per measure (null: nothing was counted)."""
    for row in rows:
        size = len(row) - len(measures)
        group = groups.setdefault(tuple(row[:size]), Group())
        if group.events is None:
            group.events = {}
        for measure, value in zip(measures, row[size:], strict=True):
            group.events[measure.name] = number(value) or 0


def adjusted(
    rows: Iterable[Sequence[Any]], parts: Iterable[tuple[int, Iterable[Sequence[Any]]]], keys: int
) -> list[tuple[Any, ...]]:
    """Sums with other sums added (1) or taken off (-1); a row is its key of so many columns, then whole numbers."""
    sums = {tuple(row[:keys]): list(row[keys:]) for row in rows}
    for sign, changes in parts:
        for row in changes:
            values = sums.setdefault(tuple(row[:keys]), [0] * (len(row) - keys))
            for place, value in enumerate(row[keys:]):
                values[place] += sign * (value or 0)  # null: no day had a row
    return [(*key, *values) for key, values in sums.items()]


def complete(
    groups: Groups, dataset: Dataset, measures: Sequence[Measure], buckets: Sequence[date] | None = None
) -> None:
    """Zeros where a covered day or bucket has no row: nothing happened there, and that is known."""
    size = len(dataset.dimensions)
    seen = {key[-size:] for key in groups} if size else {()}
    listed = dataset.dimensions[0] if size == 1 else None
    if listed is not None:
        seen |= {(value,) for value in listed.values if value not in listed.rare}
    starts: list[Key] = [()] if buckets is None else [(start,) for start in buckets]
    for start in starts:
        for dimensions in seen:
            group = groups.setdefault((*start, *dimensions), Group())
            if group.events is None:
                group.events = {measure.name: 0 for measure in measures}


def number(value: Any) -> Number | None:
    """A number of a driver or a frame as int or float; None for null."""
    if value is None or value != value:  # NaN is the one value that differs from itself
        return None
    if isinstance(value, Decimal | float) and value == int(value):
        return int(value)
    return float(value) if isinstance(value, Decimal) else value
