"""Dataset and window -> answer: rows, frame and what has to be said about them, remembered per data version."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import NoneType
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from data.catalogue import CATALOGUE
from data.dataset import Dataset, Row
from data.known import KnownDays
from data.period import resolve
from data.read import Reader
from data.rows import empty_row, finished, made
from smartshopie_db import clock

if TYPE_CHECKING:
    from data.period import Window
    from smartshopie_db.database import SmartShopieDB

pd.set_option("mode.string_storage", "python")  # frames of some dozen rows: columns of pyarrow take twice the time

MOST_ANSWERS: Final = 1024
"""Answers remembered per store; the one asked for longest ago goes first."""


@dataclass(frozen=True)
class Answer:
    """What is known about a window. Answers are shared between callers: read them, do not change them.

    body     what stands beside success and meta in the JSON: {"data": ...}, {"data": ..., "timeline": ...} or
             {"categories": [...], "series": [...], "models": [...]}
    columns  the same rows, long: one list per `dataset.frame_columns`, dates as ISO text, None where nothing is known
    meta     period start end grain as_of newest currency timezone generated_at change_basis source warnings coverage
             (full, partial, none: of the window's days) data_version definition_notes
    """

    dataset: Dataset
    window: Window
    body: dict[str, Any]
    columns: Mapping[str, Sequence[Any]]
    meta: dict[str, Any]

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The columns as pandas has them, for what is charted: missing numbers NaN. Made when first asked for."""
        return pd.DataFrame({name: _array(values) for name, values in self.columns.items()}, copy=False)

    def records(self) -> list[dict[str, Any]]:
        """The long rows, one by one."""
        return [dict(zip(self.columns, row, strict=True)) for row in zip(*self.columns.values(), strict=True)]


class _Memory:
    """Answers of one store, safe to share between threads."""

    def __init__(self) -> None:
        self._answers: OrderedDict[tuple[Any, ...], Answer] = OrderedDict()
        self._days: tuple[int, KnownDays] | None = None
        self._lock = threading.Lock()

    def days(self, store: SmartShopieDB, version: int) -> KnownDays:
        """The days known at this version; those of another one are forgotten."""
        with self._lock:
            if self._days is None or self._days[0] != version:
                self._days = (version, KnownDays(store))
            return self._days[1]

    def get(self, key: tuple[Any, ...]) -> Answer | None:
        with self._lock:
            answer = self._answers.get(key)
            if answer is not None:
                self._answers.move_to_end(key)
            return answer

    def keep(self, key: tuple[Any, ...], answer: Answer) -> None:
        with self._lock:
            self._answers[key] = answer
            while len(self._answers) > MOST_ANSWERS:
                self._answers.popitem(last=False)


_memories: WeakKeyDictionary[SmartShopieDB, _Memory] = WeakKeyDictionary()
_memories_lock = threading.Lock()


def window_for(db: SmartShopieDB, words: Mapping[str, str]) -> Window:
    """The window that the words of a query name (as in `period.resolve`), in the store's time zone.

    Where they name no last day, SMARTSHOPIE_AS_OF stands in for today. Raises PeriodError.
    """
    asked = dict(words)
    if db.settings.as_of is not None and not asked.keys() & {"as_of", "start", "end"}:
        asked["as_of"] = db.settings.as_of.isoformat()
    return resolve(**asked, today=clock.today(ZoneInfo(db.facts.timezone)))


def fetch(db: SmartShopieDB, name: str, window: Window, **options: Any) -> Answer:
    """The answer of a dataset for a window.

    KeyError for an unknown name (and for `health`, which has no rows), PeriodError for a wrong option. Answers are
    remembered until the data version grows; datasets with `cached=False` are read each time.
    """
    dataset = CATALOGUE[name]
    if dataset.kind == "flat":
        raise KeyError(name)
    chosen = dataset.read_options(options)
    with db.engine.snapshot():  # an answer is of one moment: all of it is of this version
        version = db.data_version()
        memory = _memory(db)
        key = (name, window, tuple(chosen.values()), version)
        answer = memory.get(key) if dataset.cached else None
        if answer is None:
            reader = Reader(db, memory.days(db, version), window, in_plan_currency=dataset.of == "plan")
            answer = _answer(reader, dataset, chosen, version)
            if dataset.cached:
                memory.keep(key, answer)
        return answer


def _memory(db: SmartShopieDB) -> _Memory:
    with _memories_lock:
        return _memories.setdefault(db, _Memory())


def _answer(reader: Reader, dataset: Dataset, options: Mapping[str, Any], version: int) -> Answer:
    rows = finished(reader, dataset.shown_columns, _rows(reader, dataset, options))
    if dataset.kind == "object" and not rows:
        rows = [empty_row(dataset.shown_columns, reader.window.end.isoformat())]
    if dataset.shape is not None:
        body, long, names = dataset.shape(reader, dataset, rows, options)
    else:
        body, long, names = {"data": rows[0] if dataset.kind == "object" else rows}, rows, None
    names = names or tuple(column.name for column in dataset.frame_columns)
    columns = {name: [row.get(name) for row in long] for name in names}
    return Answer(dataset, reader.window, body, columns, _meta(reader, dataset, version))


def _rows(reader: Reader, dataset: Dataset, options: Mapping[str, Any]) -> list[Row]:
    """Rows, not rounded; none where the window has no known day."""
    if dataset.axis != "own" and not reader.has_days(dataset):
        return []
    return dataset.rows(reader, dataset, options) if dataset.rows else made(reader, dataset)


def _array(values: Sequence[Any]) -> Any:
    """Numbers as an array, which pandas need not look through; everything else as it is."""
    kinds = set(map(type, values))
    if not kinds & {int, float} or not kinds <= {int, float, NoneType}:
        return values
    return np.array(values, dtype="float64" if NoneType in kinds else None)


def _meta(reader: Reader, dataset: Dataset, version: int) -> dict[str, Any]:
    window, facts = reader.window, reader.store.facts
    if dataset.has_money and dataset.needs_events:
        _warn_of_foreign_orders(reader)
    return {
        "period": window.period,
        "start": window.start.isoformat(),
        "end": window.end.isoformat(),
        "grain": window.grain,
        "as_of": window.as_of.isoformat(),
        "newest": _newest(reader, dataset),
        "currency": reader.currency,
        "timezone": facts.timezone,
        "generated_at": clock.LocalTime(facts.timezone).iso(clock.now_ms()),
        "change_basis": reader.change_basis,
        "source": _source(reader),
        "warnings": list(reader.warnings),
        "coverage": _coverage(reader, dataset),
        "data_version": version,
        "definition_notes": list(reader.notes),
    }


def _source(reader: Reader) -> str:
    """Where the rows came from; an answer without rows says where rows would come from."""
    if len(reader.sources) > 1:
        return "mixed"
    return next(iter(reader.sources), "events")


def _newest(reader: Reader, dataset: Dataset) -> str | None:
    """The newest day with data: covered by events, or imported into the dataset's table."""
    known = [reader.covered.last] if reader.covered else []
    known += reader.imported_dates(dataset.dated_table)[-1:]
    return max(known).isoformat() if known else None


def _coverage(reader: Reader, dataset: Dataset) -> str:
    if not dataset.windowed:
        return "full"
    known = reader.days_known(dataset.dated_table, reader.span)
    if known == 0:  # a month's bill, or an imported week or month that reaches into the window
        return "partial" if reader.sources else "none"
    return "full" if known == reader.span.days else "partial"


def _warn_of_foreign_orders(reader: Reader) -> None:
    met = reader.covered_here
    if met is None:
        return
    sql = (
        "SELECT SUM(foreign_currency_orders) FROM overview_kpis "
        "WHERE source = 'events' AND record_date BETWEEN :first AND :last"
    )
    count = int(reader.rows(sql, met.bounds())[0][0] or 0)
    if count:
        orders = "1 order is" if count == 1 else f"{count} orders are"
        reader.warn(f"{orders} in another currency than {reader.currency} and left out of every amount.")
