"""Days become weeks and months in one place: nothing with a time axis is drawn or sent without passing it."""

from __future__ import annotations

from typing import Never

import pytest

from data.catalogue import CATALOGUE
from data.dataset import DATE, Dataset
from data.fetch import fetch
from data.period import resolve
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
