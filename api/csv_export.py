"""Rows as CSV (RFC 4180, UTF-8): every cell is data, in whatever program the file is opened."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence
from typing import Any

from data.dataset import Column, Dataset
from data.period import Window

RUNS_AS_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def cell(value: Any, column: Column) -> str | float | int:
    """One value as a spreadsheet may read it: numbers stay numbers, texts cannot become formulas, null is empty."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if column.unit.is_number and not isinstance(value, str):
        number = float(value)
        return int(number) if column.unit.digits == 0 and number.is_integer() else number
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    return f"'{text}" if text.startswith(RUNS_AS_FORMULA) else text


def csv_text(columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> str:
    """A header row of column names, then the rows; lines end in CR LF."""
    target = io.StringIO(newline="")
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow([column.name for column in columns])
    writer.writerows([cell(value, column) for value, column in zip(row, columns, strict=True)] for row in rows)
    return target.getvalue()


def file_name(dataset: Dataset, window: Window) -> str:
    """`smartshopie_revenue-attribution_2026-10-24_2026-11-22.csv`; without days where the window does not matter."""
    days = f"_{window.start}_{window.end}" if dataset.windowed else ""
    return f"smartshopie_{dataset.name.replace('/', '-')}{days}.csv"
