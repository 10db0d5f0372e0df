"""The forecast: which months, from which days, how far off."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from smartshopie_db.clock import date_of, day_of
from smartshopie_db.rollups.backtest import SEASONAL_WEEKLY, choose, damped_trend, rolling_origin
from smartshopie_db.rollups.forecast import Forecast, forecast, month_ends

FIRST = day_of(date(2024, 1, 1))


def forecast_of(daily: list[int], run: date | None = None, first: int = FIRST) -> Forecast:
    found = forecast(daily, first, day_of(run) if run else first + len(daily) - 1)
    assert found is not None
    return found


def seasonal(days: int) -> list[int]:
    return [100_000 + (60_000 if date_of(FIRST + day).month in (11, 12) else 0) for day in range(days)]


def test_fewer_than_60_covered_days_have_no_forecast() -> None:
    assert forecast([100] * 59, FIRST, FIRST + 58) is None
    assert forecast([100] * 60, FIRST, FIRST + 59) is not None


def test_the_six_months_that_begin_after_the_day_of_the_run_are_forecast() -> None:
    run = forecast_of([100] * 100)  # until 9 April
    assert [date_of(month.first_day) for month in run.months] == [date(2024, month, 1) for month in range(5, 11)]


def test_the_unfinished_month_is_never_used() -> None:
    until_march = [1000] * 91
    april = [9_000_000] * 20
    assert forecast_of(until_march + april).months == forecast_of(until_march + [0] * 20).months


def test_the_newest_day_does_not_finish_its_month() -> None:
    march = [1000] * 60 + [50_000] * 31
    as_newest, later = forecast_of(march), forecast_of([*march, 1000], date(2024, 3, 31))
    assert as_newest.months[0].predicted < later.months[0].predicted


def test_a_constant_store_is_forecast_exactly_with_no_width() -> None:
    run = forecast_of([1000] * 400)
    month = run.months[0]
    assert date_of(month.first_day) == date(2025, 3, 1)
    assert (month.lower, month.predicted, month.upper) == (31_000, 31_000, 31_000)
    assert run.error == 0


def test_with_two_years_the_time_of_year_is_known() -> None:
    run = forecast_of(seasonal(366 + 365 + 1 + 92), date(2026, 3, 31))
    assert run.method == "same month a year before"
    june_on = forecast_of(seasonal(366 + 365 + 150), date(2026, 5, 31))
    november = june_on.months[5]
    assert date_of(november.first_day) == date(2026, 11, 1)
    assert november.predicted == 30 * 160_000


def test_bounds_contain_the_prediction_and_widen() -> None:
    noise = np.random.default_rng(7).normal(100_000, 40_000, 500).clip(0).astype(int).tolist()
    months = forecast_of(noise).months
    assert all(month.lower <= month.predicted <= month.upper for month in months)
    per_day = [(month.upper - month.predicted) / (31, 30, 31, 30, 31, 31)[place] for place, month in enumerate(months)]
    assert per_day[-1] > per_day[0] > 0


def test_a_falling_trend_does_not_lead_below_zero() -> None:
    run = forecast_of([max(0, 200_000 - 700 * day) for day in range(290)])
    assert all(month.predicted >= 0 and month.lower >= 0 for month in run.months)


def test_a_store_that_only_refunds_may_be_forecast_below_zero() -> None:
    run = forecast_of([-500] * 100)
    assert run.months[0].predicted == -500 * 31
    assert run.error is None


def test_every_short_store_has_an_interval() -> None:
    for days in range(60, 130):
        for first in (FIRST, FIRST + 30, FIRST + 47):
            run = forecast_of([1000 + 13 * (day % 9) for day in range(days)], first=first)
            assert all(np.isfinite([month.lower, month.upper]).all() for month in run.months)


def test_month_ends_are_the_last_days_of_months() -> None:
    ends = [date_of(day) for day in month_ends(FIRST, FIRST + 60)]
    assert ends == [date(2024, 1, 31), date(2024, 2, 29)]


def test_the_trend_of_a_line_is_found_and_fades() -> None:
    path = damped_trend(np.arange(30, dtype=float), 6)
    steps = np.diff(path)
    assert 29 < path[0] < 30.5
    assert (steps > 0).all()
    assert (np.diff(steps) < 0).all()


def walmart(folder: Path) -> dict[str, np.ndarray]:
    series: dict[str, list[float]] = {}
    with (folder / "daily_timeseries" / "walmart_sales_weekly.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            series.setdefault(row["id"], []).append(float(row["Weekly_Sales"]))
    return {name: np.array(values) for name, values in series.items()}


def test_on_real_sales_the_choice_is_no_worse_than_repeating_the_last_weeks(real_data: Path) -> None:
    """143 weeks of 7 departments; chosen on the first 104, measured on months that were not seen."""
    chosen, naive = [], []
    for series in walmart(real_data).values():
        for origin in range(104, len(series) - 24, 4):
            name, _ = choose(SEASONAL_WEEKLY, series[:origin], least=52, block=4)
            came = series[origin : origin + 24].reshape(6, 4).mean(axis=1)
            for found, method in ((chosen, name), (naive, "mean of the last 4 weeks")):
                said = SEASONAL_WEEKLY[method](series[:origin], 24).reshape(6, 4).mean(axis=1)
                found.append(float((np.abs(said - came) / came).mean()))
    assert np.mean(chosen) < np.mean(naive)


def test_on_real_sales_the_choice_was_not_worse_in_its_own_backtest(real_data: Path) -> None:
    for series in walmart(real_data).values():
        _, errors = choose(SEASONAL_WEEKLY, series, least=52, block=4)
        naive = rolling_origin(SEASONAL_WEEKLY["mean of the last 4 weeks"], series, 52, 4)
        assert errors.mean_absolute <= naive.mean_absolute


@pytest.mark.parametrize("distance", [1.0, 3.2, 7.0, 9.5])
def test_the_interval_never_narrows(distance: float) -> None:
    series = np.random.default_rng(3).normal(10, 2, 60).cumsum()
    _, errors = choose(SEASONAL_WEEKLY, np.concatenate([series, series]), least=52, block=4)
    assert errors.spread(distance + 0.5) >= errors.spread(distance)
