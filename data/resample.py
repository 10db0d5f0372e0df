"""The one place where days become weeks and months."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from data.period import Window

RATE: Final = "rate:"
"""Names that begin so hold stored daily rates: they are averaged; every other number is added up."""

_MONDAY: Final = pd.Timestamp(1970, 1, 5)
_BUCKETS: Final[Mapping[str, Mapping[str, Any]]] = {
    "D": {"rule": "D"},
    "W": {"rule": "7D", "origin": _MONDAY},  # what "W-MON" means, in half the time
    "M": {"rule": "MS"},
}


def resample(rows: Sequence[Sequence[Any]], names: Sequence[str], window: Window) -> list[tuple[Any, ...]]:
    """Daily rows -> one row per bucket and key, in that order; the day becomes the bucket's calendar start, a date.

    A row is its day as ISO text, its key (the dimensions) and a number per name; a day has a key once. A sum of nothing
    but nulls is None, and a row of nothing else is left out.
    """
    if not rows:
        return []
    keys, size = sorted({tuple(row[1 : len(row) - len(names)]) for row in rows}), len(rows[0]) - len(names)
    days = np.array([row[0] for row in rows], dtype="datetime64[D]")
    first = days.min()
    places = {key: place for place, key in enumerate(keys)}
    daily = np.full((int((days.max() - first).astype(int)) + 1, len(keys), len(names)), np.nan)
    key_of_row = [places[tuple(row[1:size])] for row in rows]
    daily[(days - first).astype(int), key_of_row] = np.array([row[size:] for row in rows], dtype="float64")
    # all keys side by side in one frame: pandas cuts the days into buckets once, however many keys there are
    frame = pd.DataFrame(daily.reshape(len(daily), -1), index=pd.date_range(first, periods=len(daily), unit="s"))
    buckets = frame.resample(**_BUCKETS[window.grain])
    added = buckets.sum(min_count=1)
    numbers = added.to_numpy(copy=True).reshape(len(added), len(keys), len(names))
    rates = [place for place, name in enumerate(names) if name.startswith(RATE)]
    if rates:
        numbers[:, :, rates] = buckets.mean().to_numpy().reshape(numbers.shape)[:, :, rates]
    known = (~np.isnan(numbers).all(axis=2)).tolist()
    starts = added.index.to_numpy().astype("datetime64[D]").tolist()
    return [
        (start, *key, *(None if value != value else value for value in values))
        for start, of_bucket, is_known in zip(starts, numbers.tolist(), known, strict=True)
        for key, values, told in zip(keys, of_bucket, is_known, strict=True)
        if told
    ]
