"""Windows and answers in few words, and days whose rows are written by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

from data.fetch import fetch
from data.period import Window, resolve
from smartshopie_db.database import SmartShopieDB
from tests.data.conftest import TODAY
from tests.data.rows_of_a_shop import Row, cover, write


def days(start: str, end: str = "", **more: str) -> Window:
    """A window from a day to another, or of one day."""
    return resolve(start=start, end=end or start, today=TODAY, **more)


def data(db: SmartShopieDB, name: str, window: Window, **options: Any) -> Any:
    return fetch(db, name, window, **options).body["data"]


def covered(db: SmartShopieDB, first: str, newest: str = "", /, **tables: list[Row]) -> Window:
    """Write rows, by table, and say that events cover the days from one to another; returns these days.

    Rows that do not say theirs are of the first day.
    """
    for table, rows in tables.items():
        write(db.engine, table, [{"record_date": first, **row} for row in rows])
    cover(db.engine, date.fromisoformat(first), date.fromisoformat(newest or first))
    return days(first, newest)
