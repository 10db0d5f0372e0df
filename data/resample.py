"""The one place where days become weeks and months."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

if TYPE_CHECKING:
    from data.dataset import Dataset
    from data.period import Window

RATE: Final = "rate:"
"""Columns that begin so hold stored daily rates: they are averaged; every other number is added up."""

_FREQUENCIES: Final = {"D": "D", "W": "W-MON", "M": "MS"}


def resample(frame: pd.DataFrame, window: Window, dataset: Dataset) -> pd.DataFrame:
    """Daily rows -> one row per bucket and dimension, in that order; `record_date` becomes the bucket's calendar start.

    `frame` has `record_date` (datetime64), the dataset's dimensions and numbers. A sum of nothing but nulls is null.
    """
    dimensions = [dimension.name for dimension in dataset.dimensions]
    rates = [name for name in frame.columns if str(name).startswith(RATE)]
    sums = [name for name in frame.columns if name not in {"record_date", *dimensions, *rates}]
    bucket = pd.Grouper(key="record_date", freq=_FREQUENCIES[window.grain], closed="left", label="left")
    grouped = frame.groupby([bucket, *dimensions], sort=True, observed=True)
    added = grouped[sums].sum(min_count=1)
    if rates:
        added = added.join(grouped[rates].mean())
    return added.dropna(how="all").reset_index()
