"""A year is read by its whole months, and every number is the one that its days give."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import stored as stored_rows
from data.catalogue import CATALOGUE
from data.dataset import Dataset
from data.fetch import window_for
from data.known import KnownDays
from data.period import Window, resolve
from data.read import Reader
from data.span import Span
from data.stored import months_in, stored
from smartshopie_db.database import SmartShopieDB
from smartshopie_db.rollups.months import MONTH_TABLES
from tests.data.conftest import TODAY

DAYS = st.dates(date(2024, 1, 1), date(2026, 12, 31))
MONTHS = [date(year, month, 1) for year in (2024, 2025, 2026) for month in range(1, 13)]
SUMMED = [dataset for dataset in CATALOGUE.values() if dataset.table in MONTH_TABLES]


def last_of(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1) - timedelta(days=1)


@given(first=DAYS, length=st.integers(1, 800), whole=st.frozensets(st.sampled_from(MONTHS)))
def test_the_months_are_the_latest_whole_ones_in_a_row_inside_the_days(
    first: date, length: int, whole: frozenset[date]
) -> None:
    days = Span(first, first + timedelta(days=length - 1))
    inside = [month for month in MONTHS if month in whole and days.first <= month and last_of(month) <= days.last]
    expected: list[date] = []
    for month in reversed(inside):
        if expected and last_of(month) + timedelta(days=1) != expected[0]:
            break
        expected.insert(0, month)
    assert months_in(days, whole) == expected


@given(first=st.integers(0, 730), length=st.integers(1, 731), table=st.sampled_from(sorted(MONTH_TABLES)))
def test_months_and_the_days_around_them_add_up_to_the_days(
    two_years: SmartShopieDB, first: int, length: int, table: str
) -> None:
    start = TODAY - timedelta(days=first)
    span = Span(start, min(TODAY, start + timedelta(days=length - 1)))
    columns = (*MONTH_TABLES[table].keys, *MONTH_TABLES[table].sums)
    sums = ", ".join(f"SUM({column})" for column in MONTH_TABLES[table].sums)
    keys = ", ".join(MONTH_TABLES[table].keys)
    by_month, by_day = (
        stored(table, columns, span, months) for months in (KnownDays(two_years).whole_months, frozenset[date]())
    )
    found, expected = (
        two_years.engine.read(f"SELECT {keys}, {sums} FROM {one.rows} GROUP BY {keys} ORDER BY {keys}", one.parameters)
        for one in (by_month, by_day)
    )
    assert found.rows == expected.rows
    assert ("_months" in by_month.rows) == (len(months_in(span, KnownDays(two_years).whole_months)) > 1)


WINDOWS = [
    resolve(period="1y", today=TODAY), resolve(period="90d", today=TODAY),
    *(resolve(period="1y", grain=grain, today=TODAY) for grain in ("D", "W", "M")),
    resolve(start=str(TODAY - timedelta(days=700)), end=str(TODAY - timedelta(days=33)), today=TODAY),
]  # fmt: skip


@pytest.mark.parametrize("window", WINDOWS, ids=lambda window: f"{window.start}-{window.end}-{window.grain}")
@pytest.mark.parametrize("dataset", SUMMED, ids=lambda dataset: dataset.name)
def test_an_answer_is_the_same_without_months(
    two_years: SmartShopieDB, monkeypatch: pytest.MonkeyPatch, dataset: Dataset, window: Window
) -> None:
    options = dataset.read_options({})

    def answered() -> object:
        reader = Reader(two_years, KnownDays(two_years), window)
        rows = dataset.rows(reader, dataset, options) if dataset.rows else None
        if dataset.axis == "own":
            return rows
        groups = reader.bucketed(dataset) if dataset.axis == "time" else reader.totals(dataset, reader.span)
        return rows, {key: group for key, group in groups.items() if group.events}

    found = answered()
    with monkeypatch.context() as patch:
        patch.setattr(stored_rows, "months_in", lambda *_: [])
        patch.setattr("data.read.months_in", lambda *_: [])
        assert answered() == found


def test_a_year_is_read_by_months_and_its_weeks_by_days(two_years: SmartShopieDB) -> None:
    known = KnownDays(two_years)
    span = Span(TODAY - timedelta(days=364), TODAY)
    reader = Reader(two_years, known, window_for(two_years, {"period": "1y"}))
    assert "product_analytics_months" in reader.stored("product_analytics", ("views",), span).rows
    assert "_months" not in reader.stored("product_analytics", ("views",), span, days=True).rows
    months, days = reader.months_and_days(span)
    assert len(months) == 11
    assert len(days) + sum(last_of(date.fromisoformat(month)).day for month in months) == 365
