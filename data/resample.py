"""The one place where days become weeks and months: pandas says which days a bucket has, numpy adds them up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from data.period import Window

RATE: Final = "rate:"
"""Names that begin so hold stored daily rates: they are averaged; every other number is added up."""

_FREQUENCIES: Final = {"D": "D", "W": "W-MON", "M": "MS"}


@lru_cache(maxsize=256)
def _buckets(first: date, last: date, grain: str) -> tuple[list[date], np.ndarray[Any, Any]]:
    """The calendar starts of these days' buckets, and the place of each one's first day among the days.

    Every frame of a window has the same ones, and they are most of the work, so they are remembered.
    """
    days = pd.Series(1, index=pd.date_range(first, last, unit="s"))
    sizes = days.resample(_FREQUENCIES[grain], closed="left", label="left").sum()
    return [start.date() for start in sizes.index], sizes.cumsum().to_numpy() - sizes.to_numpy()


def resample(rows: Sequence[Sequence[Any]], names: Sequence[str], window: Window) -> list[tuple[Any, ...]]:
    """Daily rows of the window -> one row per bucket and key, in that order; the day becomes its bucket's start.

    A row is its day as ISO text, its key (the dimensions) and a number per name; a day has a key once. A sum of nothing
    but nulls is None, and a row of nothing else is left out.
    """
    if not rows:
        return []
    starts, first_days = _buckets(window.start, window.end, window.grain)
    columns = list(zip(*rows, strict=True))
    size = len(columns) - len(names)
    key_of_row = list(zip(*columns[1:size], strict=True)) if size > 1 else [()] * len(rows)
    keys = sorted(set(key_of_row))
    places = {key: place for place, key in enumerate(keys)}
    days = np.array(columns[0], dtype="datetime64[D]") - np.datetime64(window.start)
    daily = np.full((window.days, len(keys), len(names)), np.nan)
    daily[days.astype(int), [places[key] for key in key_of_row]] = np.array(columns[size:], dtype="float64").T
    missing = np.isnan(daily)
    numbers = np.add.reduceat(np.where(missing, 0.0, daily), first_days)
    counts = np.add.reduceat(~missing, first_days, dtype=int)
    numbers[counts == 0] = np.nan
    rates = [place for place, name in enumerate(names) if name.startswith(RATE)]
    if rates:
        numbers[..., rates] /= np.maximum(counts[..., rates], 1)
    told = np.argwhere(counts.any(axis=2))
    return [
        (starts[bucket], *keys[place], *(None if value != value else value for value in values))
        for (bucket, place), values in zip(told.tolist(), numbers[tuple(told.T)].tolist(), strict=True)
    ]
