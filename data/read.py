"""Reads summary tables for a span of days: rows of events where events cover the day, imported rows elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any

from data.dataset import Dataset, Measure, Ratio
from data.groups import Group, Groups, add_events, add_ratio, adjusted, complete, daily_sql, number, sum_sql, summed
from data.known import KnownDays
from data.resample import RATE, resample
from data.span import Span
from smartshopie_db.money import exponent

if TYPE_CHECKING:
    from data.period import Window
    from smartshopie_db.database import SmartShopieDB


class Reader:
    """One store, one window, one answer in the making: what it read, and what has to be said about it."""

    def __init__(self, store: SmartShopieDB, known: KnownDays, window: Window) -> None:
        self.store = store
        self._known = known
        self.window = window
        self.currency = store.facts.currency
        self.minor_per_unit = 10 ** exponent(self.currency)
        self.span = Span(window.start, window.end)
        self.notes: list[str] = []
        self.warnings: list[str] = []
        self.sources: set[str] = set()
        self.change_basis: str | None = None
        self._added: dict[str, tuple[Span, Sequence[tuple[Any, ...]]]] = {}  # by statement: what was added up last

    # ------------------------------------------------------------------ which days there are
    @property
    def covered(self) -> Span | None:
        """The days covered by events."""
        return self._known.covered

    @cached_property
    def covered_here(self) -> Span | None:
        """Those of them in the window."""
        return self.span.meet(self.covered) if self.covered else None

    def imported_dates(self, table: str) -> Sequence[date]:
        """Days with imported rows that events do not cover, in order."""
        return self._known.imported(table)

    def days_known(self, table: str, span: Span) -> int:
        """How many days of the span are covered by events or have imported rows."""
        met = span.meet(self.covered) if self.covered else None
        return (met.days if met else 0) + sum(span.first <= day <= span.last for day in self.imported_dates(table))

    def has_days(self, dataset: Dataset) -> bool:
        """True when a day of the window is covered, or an imported row speaks for it."""
        return self.covered_here is not None or bool(self.imported_span(dataset, self.span))

    def last_day(self, table: str) -> date:
        """The window's last known day; its end where none is known."""
        inside = [day for day in self.imported_dates(table) if self.span.first <= day <= self.span.last]
        known = ([self.covered_here.last] if self.covered_here else []) + inside[-1:]
        return max(known, default=self.span.last)

    def imported_span(self, dataset: Dataset, span: Span) -> list[date]:
        """The imported days that speak for the span.

        Rows of every day are added up. A snapshot with gaps stands alone: the latest one, where no event tells more.
        Without a time axis, a weekly or monthly row that began before the span and reaches into it is used when there
        is nothing else.
        """
        dates = self.imported_dates(dataset.table)
        inside = [day for day in dates if span.first <= day <= span.last]
        if dataset.axis == "time":
            return inside
        events = self.covered is not None and span.meet(self.covered) is not None
        gaps = [(later - earlier).days for earlier, later in pairwise(dates)]
        length = median(gaps) if gaps else 1
        if dataset.axis == "snapshot" or (dataset.imported_snapshot and length > 1):
            inside = [] if events else inside[-1:]
        if not inside and not events and length > 1:
            reaching = [day for day in dates if day < span.first <= day + timedelta(days=length - 1)]
            inside = reaching[-1:]
        return inside

    @cached_property
    def partial_buckets(self) -> frozenset[date]:
        """Calendar starts of the buckets that the window or today cuts."""
        return frozenset(bucket.start for bucket in self.window.buckets() if bucket.partial)

    # ------------------------------------------------------------------ rows as they are stored
    def rows(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Rows of a query with bound parameters."""
        return self.store.engine.read(sql, parameters).rows

    def money(self, minor: float | None) -> float | None:
        """An amount in minor units as an amount in the store's currency."""
        return None if minor is None else minor / self.minor_per_unit

    def note(self, text: str) -> None:
        """Say something about how this answer was made, once."""
        if text not in self.notes:
            self.notes.append(text)

    def warn(self, text: str) -> None:
        """Say what a reader of the numbers has to know, once."""
        if text not in self.warnings:
            self.warnings.append(text)

    def is_inside(self, day: date) -> bool:
        """True for a day of the window."""
        return self.span.first <= day <= self.span.last

    def note_moved(self, label: str, days: int) -> None:
        """Say that a rate is measured on earlier days, because it needs `days` to be complete."""
        window = self.window.shifted(-days)
        self.note(f"{label}: measured on what began from {window.start} to {window.end}, so {days} days have passed.")

    # ------------------------------------------------------------------ sums
    def totals(self, dataset: Dataset, span: Span) -> Groups:
        """Sums over the span by the dataset's dimensions; for a snapshot, the state of its last covered day."""
        groups: Groups = {}
        met = span.meet(self.covered) if self.covered else None
        measures = summed(dataset)
        if met:
            days = Span(met.last, met.last) if dataset.axis == "snapshot" else met
            add_events(groups, measures, self._sums(sum_sql(dataset, measures), len(dataset.dimensions), days))
            self._last_values(groups, dataset, met.last)
            complete(groups, dataset, measures)
        dates = self.imported_span(dataset, span)
        if dates:
            self._add_imported(groups, dataset, self._imported_rows(dataset, dates))
        if span == self.span:
            self.tell(dataset, groups, dates)
        return groups

    def _sums(self, sql: str, keys: int, days: Span) -> Sequence[tuple[Any, ...]]:
        """Sums per key over the days; where most days were just added up, only those that differ are read.

        Whole numbers alone: they come out the same to the last digit.
        """
        rows: Sequence[tuple[Any, ...]]
        before, known = self._added.get(sql, (None, ()))
        parts = [] if before is None else [
            *((1, span) for span in days.without(before)), *((-1, span) for span in before.without(days))
        ]  # fmt: skip
        if before is None or 2 * sum(span.days for _, span in parts) > days.days:
            rows = self.rows(sql, days.bounds())
        else:
            rows = adjusted(known, [(sign, self.rows(sql, span.bounds())) for sign, span in parts], keys)
        if all(isinstance(value, int | Decimal) for row in rows for value in row[keys:]):
            self._added[sql] = (days, rows)
        return rows

    def bucketed(self, dataset: Dataset) -> Groups:
        """Sums per bucket of the window (the key's first member) and dimension."""
        groups: Groups = {}
        measures = summed(dataset)
        met = self.covered_here
        if met:
            daily = self.rows(daily_sql(dataset, measures), met.bounds())
            add_events(groups, measures, resample(daily, [measure.name for measure in measures], self.window))
            self._distinct(groups, dataset, met)
            complete(groups, dataset, measures, self._covered_buckets(met))
        dates = self.imported_span(dataset, self.span)
        if dates:
            self._add_imported_buckets(groups, dataset, dates)
        self.tell(dataset, groups, dates)
        return groups

    def _covered_buckets(self, met: Span) -> list[date]:
        return [b.start for b in self.window.buckets() if met.meet(Span(b.first, b.last))]

    def _last_values(self, groups: Groups, dataset: Dataset, last: date) -> None:
        """Snapshots among the sums (the number of customers): their value on the last covered day."""
        measures = [c for c in dataset.columns if isinstance(c, Measure) and c.days == "last"]
        if dataset.axis == "total" and measures:
            rows = self.rows(sum_sql(dataset, measures), Span(last, last).bounds())
            add_events(groups, measures, rows)

    def _distinct(self, groups: Groups, dataset: Dataset, met: Span) -> None:
        """Things counted once per bucket: those whose day before is before the bucket."""
        names = [dimension.column or dimension.name for dimension in dataset.dimensions]
        for measure in (c for c in dataset.columns if isinstance(c, Measure) and c.days == "distinct"):
            keys = ", ".join(names)
            sql = (
                f"SELECT {keys}, SUM({measure.source_column}) FROM {measure.through} WHERE source = 'events' "
                f"AND record_date BETWEEN :first AND :last AND previous_date < :first GROUP BY {keys}"
            )
            for bucket in self.window.buckets():
                days = met.meet(Span(bucket.first, bucket.last))
                if days:
                    rows = [(bucket.start, *row) for row in self.rows(sql, days.bounds())]
                    add_events(groups, [measure], rows)

    # ------------------------------------------------------------------ imported rows
    def _imported_rows(self, dataset: Dataset, dates: Sequence[date]) -> list[dict[str, Any]]:
        """Rows of these days by name: record_date, dimensions, `measure:`, `stored:` and `rate:` columns."""
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
        parameters: dict[str, Any] = {"days": days, "first": days[0], "last": days[-1]}
        sql = (
            f"SELECT {', '.join(selected.values())} FROM {dataset.table} WHERE source = 'imported' "
            "AND record_date BETWEEN :first AND :last AND record_date IN :days ORDER BY record_date"
        )
        found = self.rows(sql, parameters)
        return [self._imported_numbers(dataset, dict(zip(selected, row, strict=True))) for row in found]

    def _imported_numbers(self, dataset: Dataset, row: dict[str, Any]) -> dict[str, Any]:
        """Measures under their own names (from the stored column where the integer one is empty), plus the rates."""
        numbers = {name: value for name, value in row.items() if ":" not in name}
        for column in dataset.columns:
            if isinstance(column, Measure):
                value = number(row.get(f"measure:{column.name}"))
                if value is None:
                    value = number(row.get(f"stored:{column.name}"))
                    if value is not None and column.unit.name == "money":
                        value = round(value * self.minor_per_unit)
                numbers[column.name] = value
            elif isinstance(column, Ratio):
                numbers[f"{RATE}{column.name}"] = number(row.get(f"{RATE}{column.name}"))
        return numbers

    def _add_imported(self, groups: Groups, dataset: Dataset, rows: Iterable[Mapping[str, Any]]) -> None:
        for row in rows:
            group = groups.setdefault(tuple(row[d.name] for d in dataset.dimensions), Group())
            for column in dataset.columns:
                if isinstance(column, Measure) and row[column.name] is not None:
                    before = group.imported.get(column.name, 0)
                    group.imported[column.name] = row[column.name] + (before if column.days == "sum" else 0)
                elif isinstance(column, Ratio):
                    add_ratio(group, column, row)

    def _add_imported_buckets(self, groups: Groups, dataset: Dataset, dates: Sequence[date]) -> None:
        keys = ["record_date", *(dimension.name for dimension in dataset.dimensions)]
        ratios = [c for c in dataset.columns if isinstance(c, Ratio)]
        rows = [_with_pairs(ratios, row) for row in self._imported_rows(dataset, dates)]
        names = [name for name in rows[0] if name not in keys]
        daily = [tuple(row[name] for name in (*keys, *names)) for row in rows]
        for values in resample(daily, names, self.window):
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

    def tell(self, dataset: Dataset, groups: Groups, dates: Sequence[date]) -> None:
        """Keep where the window's rows came from, and say what cannot be seen in the numbers.

        That is: means of rates, parts of some days only, snapshots.
        """
        if self.covered_here:
            self.sources.add("events")
        if not dates:
            return
        self.sources.add("imported")
        ratios = [c.label for c in dataset.columns if isinstance(c, Ratio)]
        if self.covered_here and ratios:
            days = self.covered_here.days
            self.note(f"{', '.join(ratios)}: over the {days} days that events cover, without the imported ones.")
        averaged = [
            c.label for c in dataset.columns
            if isinstance(c, Ratio) and any(g.rates.get(c.name) and c.name not in g.pairs for g in groups.values())
        ]  # fmt: skip
        if averaged and not self.covered_here:
            self.note(f"{', '.join(averaged)}: mean of the stored rates of imported rows, which have no parts.")
        if len(dates) < self.span.days and dataset.axis != "time":
            few = ", ".join(day.isoformat() for day in dates)
            shown = few if len(dates) <= 3 else f"{len(dates)} days from {dates[0]} to {dates[-1]}"
            self.note(f"From imported rows of {shown}.")


def _with_pairs(ratios: Iterable[Ratio], row: dict[str, Any]) -> dict[str, Any]:
    """A day's row with the parts of its ratios once more: only where the day tells both."""
    pairs: dict[str, Any] = {}
    for ratio in ratios:
        part, whole = row[ratio.part], row[ratio.whole]
        both = part is not None and whole is not None
        pairs[f"part:{ratio.name}"], pairs[f"whole:{ratio.name}"] = (part, whole) if both else (None, None)
    return row | pairs
