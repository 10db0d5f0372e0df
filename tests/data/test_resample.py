"""Days become weeks and months in one place: nothing with a time axis is drawn or sent without passing it."""

from __future__ import annotations

from datetime import timedelta
from typing import Never

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.catalogue import CATALOGUE
from data.dataset import DATE, Dataset
from data.fetch import fetch
from data.period import resolve
from data.resample import resample
from smartshopie_db.database import SmartShopieDB
from smartshopie_db.settings import load_settings
from tests.data.conftest import TODAY


class Passed(Exception):  # noqa: N818 - a mark, not an error
    """Raised in the place of resample()."""


def has_time_axis(dataset: Dataset) -> bool:
    """Whether its frame has a row per bucket. The forecast looks ahead, and live numbers come by the minute."""
    return dataset.windowed and (dataset.axis == "time" or bool(dataset.timeline) or dataset.kind == "series")


OVER_TIME = sorted(name for name, dataset in CATALOGUE.items() if has_time_axis(dataset))


def test_the_charts_over_time_are_among_them() -> None:
    assert {
        "ai/model-performance", "conversions/trends", "customer/satisfaction", "interactions/summary",
        "products/category-performance", "revenue/attribution",
    } <= set(OVER_TIME)  # fmt: skip


@pytest.mark.parametrize("name", OVER_TIME)
@pytest.mark.parametrize("period", ["7d", "30d", "90d", "1y"])
def test_every_frame_over_time_comes_through_resample_when_nothing_is_remembered(
    two_years: SmartShopieDB, monkeypatch: pytest.MonkeyPatch, name: str, period: str
) -> None:
    def passed(*_: object) -> Never:
        raise Passed

    window = resolve(period=period, today=TODAY)
    with SmartShopieDB(two_years.url, settings=load_settings({})) as fresh:  # nothing is remembered of it
        monkeypatch.setattr("data.read.resample", passed)
        with pytest.raises(Passed):
            fetch(fresh, name, window)
        monkeypatch.undo()
        frame = fetch(fresh, name, window).frame
    first = CATALOGUE[name].frame_columns[0]
    starts = {bucket.start.isoformat() for bucket in window.buckets()}
    assert first.unit is DATE
    assert set(frame[first.name]) <= starts


NUMBERS = st.one_of(st.none(), st.integers(-1000, 10**12))
CELLS = st.dictionaries(
    st.tuples(st.integers(0, 1099), st.sampled_from(["a", "b", "c"])), st.tuples(NUMBERS, NUMBERS, NUMBERS), max_size=60
)


@given(cells=CELLS, back=st.integers(0, 400), length=st.integers(1, 1100), grain=st.sampled_from(["D", "W", "M"]))
def test_it_is_what_pandas_alone_makes_of_the_days(
    cells: dict[tuple[int, str], tuple[int | None, ...]], back: int, length: int, grain: str
) -> None:
    last = TODAY - timedelta(days=back)
    first = last - timedelta(days=length - 1)
    window = resolve(start=str(first), end=str(last), grain=grain, today=TODAY)
    rows = [(str(first + timedelta(days=day)), key, *cell) for (day, key), cell in cells.items() if day < length]
    named = pd.DataFrame(rows, columns=["day", "key", "a", "b", "rate:c"]).astype({"day": "datetime64[s]"})
    named = named.astype(dict.fromkeys(["a", "b", "rate:c"], float))
    days = pd.Grouper(key="day", freq={"D": "D", "W": "W-MON", "M": "MS"}[grain], closed="left", label="left")
    grouped = named.groupby([days, "key"], observed=True)
    expected = grouped[["a", "b"]].sum(min_count=1).join(grouped[["rate:c"]].mean()).dropna(how="all").reset_index()
    found = resample(rows, ["a", "b", "rate:c"], window)
    assert [(str(start), key) for start, key, *_ in found] == [
        (str(start.date()), key) for start, key in zip(expected["day"], expected["key"], strict=True)
    ]
    for (_, _, *values), wanted in zip(found, expected[["a", "b", "rate:c"]].to_numpy().tolist(), strict=True):
        assert [value is None for value in values] == [value != value for value in wanted]
        known = [value for value in wanted if value == value]
        assert [value for value in values if value is not None] == pytest.approx(known, rel=1e-12)
