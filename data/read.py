"""Reads summary tables for a span of days: rows of events where events cover the day, imported rows elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any

from data.dataset import Dataset, Measure, Ratio
from data.groups import Groups, add_events, adjusted, complete, keep_the_later, key_columns, sum_sql, summed
from data.imported import add_imported, add_imported_buckets, imported_numbers, imported_sql
from data.known import KnownDays
from data.resample import resample
from data.span import Span
from data.stored import Stored, months_in, stored
from smartshopie_db.money import exponent
from smartshopie_db.rollups.months import next_month

if TYPE_CHECKING:
    from data.period import Window
    from smartshopie_db.database import SmartShopieDB


class Reader:
    """One store, one window, one answer in the making: what it read, and what has to be said about it."""

    def __init__(
        self, store: SmartShopieDB, known: KnownDays, window: Window, *, in_plan_currency: bool = False
    ) -> None:
        self.store = store
        self._known = known
        self.window = window
        self.currency = store.settings.plan.currency if in_plan_currency else store.facts.currency
        self.minor_per_unit = 10 ** exponent(self.currency)
        self.span = Span(window.start, window.end)
        self.notes: list[str] = []
        self.warnings: list[str] = []
        self.sources: set[str] = set()
        self.change_basis: str | None = None
        self._added: dict[tuple[str, ...], tuple[Span, Sequence[tuple[Any, ...]]]] = {}  # by columns: added up last

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
        """An amount in minor units as an amount in the answer's currency."""
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
        last = "" if self.window.end < self.window.today else " (of the last one when today is over)"
        self.note(
            f"{label}: measured on what began from {window.start} to {window.end}, so {days} days have passed{last}."
        )

    # ------------------------------------------------------------------ sums
    def totals(self, dataset: Dataset, span: Span) -> Groups:
        """Sums over the span by the dataset's dimensions; for a snapshot, the state of its last covered day."""
        groups: Groups = {}
        met = span.meet(self.covered) if self.covered else None
        measures = summed(dataset)
        if met:
            days = Span(met.last, met.last) if dataset.axis == "snapshot" else met
            add_events(groups, measures, self._sums(dataset, measures, days))
            self._last_values(groups, dataset, met.last)
            complete(groups, dataset, measures)
        dates = self.imported_span(dataset, span)
        if dates:
            add_imported(groups, dataset, self._imported_rows(dataset, dates))
        if met and dates:
            keep_the_later(groups, dataset, events_are_later=met.last > dates[-1])
        if span == self.span:
            self.tell(dataset, groups, dates)
        return groups

    def stored(
        self, table: str, columns: Sequence[str], span: Span, condition: str = "", *, days: bool = False
    ) -> Stored:
        """The rows from events that hold the sums of the span's days; with `days` one by one, no month for its days."""
        return stored(table, columns, span, frozenset() if days else self._known.whole_months, condition)

    def months_and_days(self, span: Span) -> tuple[list[str], list[str]]:
        """The whole months in the span, and its days that are in none of them; as record_date has them."""
        months = months_in(span, self._known.whole_months)
        whole = Span(months[0], next_month(months[-1]) - timedelta(days=1)) if months else None
        days = [
            (part.first + timedelta(days=number)).isoformat()
            for part in span.without(whole) for number in range(part.days)
        ]  # fmt: skip
        return [month.isoformat() for month in months], days

    def _sums(self, dataset: Dataset, measures: Sequence[Measure], days: Span) -> Sequence[tuple[Any, ...]]:
        """Sums per key over the days; where most days were just added up, only those that differ are read.

        Whole numbers alone: they come out the same to the last digit.
        """
        rows: Sequence[tuple[Any, ...]]
        keys = len(dataset.dimensions)
        columns = (*key_columns(dataset), *(measure.source_column for measure in measures))
        before, known = self._added.get((dataset.table, *columns), (None, ()))

        def read(span: Span) -> list[tuple[Any, ...]]:
            found = self.stored(dataset.table, columns, span)
            return self.rows(sum_sql(dataset, measures, found.rows), found.parameters)

        parts = [] if before is None else [
            *((1, span) for span in days.without(before)), *((-1, span) for span in before.without(days))
        ]  # fmt: skip
        if before is None or 2 * sum(span.days for _, span in parts) > days.days:
            rows = read(days)
        else:
            rows = adjusted(known, [(sign, read(span)) for sign, span in parts], keys)
        if all(isinstance(value, int | Decimal) for row in rows for value in row[keys:]):
            self._added[dataset.table, *columns] = (days, rows)
        return rows

    def bucketed(self, dataset: Dataset) -> Groups:
        """Sums per bucket of the window (the key's first member) and dimension."""
        groups: Groups = {}
        measures = summed(dataset)
        met = self.covered_here
        if met:
            columns = ("record_date", *key_columns(dataset), *(measure.source_column for measure in measures))
            found = self.stored(dataset.table, columns, met, days=self.window.grain != "M")
            daily = self.rows(f"SELECT {', '.join(columns)} FROM {found.rows}", found.parameters)
            add_events(groups, measures, resample(daily, [measure.name for measure in measures], self.window))
            self._distinct(groups, dataset, met)
            complete(groups, dataset, measures, self._covered_buckets(met))
        dates = self.imported_span(dataset, self.span)
        if dates:
            add_imported_buckets(groups, dataset, self._imported_rows(dataset, dates), self.window)
        self.tell(dataset, groups, dates)
        return groups

    def _covered_buckets(self, met: Span) -> list[date]:
        return [b.start for b in self.window.buckets() if met.meet(Span(b.first, b.last))]

    def _last_values(self, groups: Groups, dataset: Dataset, last: date) -> None:
        """Snapshots among the sums (the number of customers): their value on the last covered day."""
        measures = [c for c in dataset.columns if isinstance(c, Measure) and c.days == "last"]
        if dataset.axis == "total" and measures:
            found = self.stored(dataset.table, (), Span(last, last))
            rows = self.rows(sum_sql(dataset, measures, found.rows), found.parameters)
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

    def _imported_rows(self, dataset: Dataset, dates: Sequence[date]) -> list[dict[str, Any]]:
        sql, parameters, names = imported_sql(dataset, dates)
        found = (dict(zip(names, row, strict=True)) for row in self.rows(sql, parameters))
        return [imported_numbers(dataset, row, self.minor_per_unit) for row in found]

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
