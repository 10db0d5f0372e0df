"""The forecast of the store's monthly net revenue: all orders less reversals, not only those credited to the assistant.

Input are finished months only, output the six calendar months that begin after the day of the run. With 24 whole months
or more the unit is a month, and methods that know the time of year take part; before that it is a week, counted back
from the end of the last finished month. Revenue per day of a unit is what is forecast, so a long month is no trend.

The method is the one with the smallest error in a rolling origin (backtest.py), where repeating the latest level always
takes part: what is shown was never worse than that on the store's own past. The interval is the spread of that method's
past errors as far ahead. Nothing is random, and nothing depends on today's date.
"""

from __future__ import annotations

import calendar
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from smartshopie_db.clock import date_of, day_of, iso_day
from smartshopie_db.rollups.backtest import (
    CONFIDENCE,
    MONTHLY,
    SEASONAL_WEEKLY,
    WEEKLY,
    WEEKS_OF_YEAR,
    Errors,
    Series,
    choose,
)

if TYPE_CHECKING:
    from smartshopie_db.engine import Engine

MONTHS_AHEAD: Final = 6
LEAST_DAYS: Final = 60
LEAST_MONTHS: Final = 24  # two rounds of the year: with fewer, a season is a guess
SEASONAL_WEEKS: Final = 78  # a year to repeat and half a year to try it on
DAYS_OF_MONTH: Final = 30.44
FORECAST_COLUMNS: Final = (
    "record_date", "forecast_date", "predicted_revenue", "confidence_level", "upper_bound", "lower_bound", "method",
    "backtest_error",
)  # fmt: skip
_REVENUE: Final = """
    SELECT net_revenue_minor FROM revenue_summary
    WHERE source = 'events' AND record_date >= :first AND record_date <= :last ORDER BY record_date
"""


@dataclass(frozen=True, slots=True)
class Month:
    """The forecast of one month in minor units; `first_day` is an integer day."""

    first_day: int
    predicted: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """A run. `error`: mean absolute percentage error of the rolling origin; null where no past block was above zero."""

    months: tuple[Month, ...]
    method: str
    error: float | None


@dataclass(frozen=True, slots=True)
class _Fitted:
    """The chosen method: revenue per day of each day after `end`, and how far off it was in blocks of `block_days`."""

    end: int
    per_day: Series
    block_days: float
    method: str
    errors: Errors


def forecast(daily: Sequence[int], first_day: int, run_day: int) -> Forecast | None:
    """Forecast as of the end of `run_day` from `daily`: net revenue of each covered day from `first_day` (minor units).

    A month is finished when a day after it is covered. None with fewer than 60 covered days up to `run_day`.
    """
    if run_day - first_day + 1 < LEAST_DAYS:
        return None
    end = _last_finished(min(run_day, first_day + len(daily) - 2))
    revenue = np.asarray(daily[: end - first_day + 1], dtype=np.float64)
    ahead = _months_after(run_day)
    days = ahead[-1][1] - end
    fitted = _by_month(revenue, first_day, end, days) or _by_week(revenue, end, days)
    floor = 0.0 if float(revenue.min()) >= 0 else -math.inf
    months = tuple(_month(first, last, fitted, floor) for first, last in ahead)
    return Forecast(months, fitted.method, fitted.errors.percentage)


def _by_month(revenue: Series, first_day: int, end: int, days: int) -> _Fitted | None:
    """From whole months; None with fewer than 24 of them."""
    whole = []
    last = end
    while (first := _month_of(last)[0]) >= first_day:
        whole.append(revenue[first - first_day : last - first_day + 1].mean())
        last = first - 1
    if len(whole) < LEAST_MONTHS:
        return None
    history = np.array(whole[::-1])
    name, errors = choose(MONTHLY, history, least=15, block=1)
    ahead = _months_after(end, count=math.ceil(days / 28))
    rates = np.maximum(MONTHLY[name](history, len(ahead)), _least(history))
    per_day = np.repeat(rates, [last - first + 1 for first, last in ahead])
    return _Fitted(end, per_day, DAYS_OF_MONTH, name, errors)


def _by_week(revenue: Series, end: int, days: int) -> _Fitted:
    """From weeks that end with the last finished month; errors are measured on four weeks once there are 16."""
    weeks = len(revenue) // 7
    history = revenue[len(revenue) - weeks * 7 :].reshape(weeks, 7).mean(axis=1)
    methods = SEASONAL_WEEKLY if weeks >= SEASONAL_WEEKS else WEEKLY
    block, least = (4, 8) if weeks >= 16 else (1, 2)
    if methods is SEASONAL_WEEKLY:
        least = WEEKS_OF_YEAR
    name, errors = choose(methods, history, least=least, block=block)
    rates = np.maximum(methods[name](history, math.ceil(days / 7)), _least(history))
    return _Fitted(end, np.repeat(rates, 7), 7.0 * block, name, errors)


def _least(history: Series) -> float:
    """A falling trend does not lead below zero where the past never was."""
    return 0.0 if float(history.min()) >= 0 else -math.inf


def _month(first: int, last: int, fitted: _Fitted, floor: float) -> Month:
    days = last - first + 1
    predicted = float(fitted.per_day[first - fitted.end - 1 : last - fitted.end].sum())
    ahead = (last - fitted.end) / fitted.block_days
    margin = fitted.errors.spread(ahead) * days
    return Month(first, predicted, max(floor, predicted - margin), predicted + margin)


def _month_of(day: int) -> tuple[int, int]:
    """First and last day of the month of a day."""
    on = date_of(day)
    first = day_of(on.replace(day=1))
    return first, first + calendar.monthrange(on.year, on.month)[1] - 1


def _last_finished(day: int) -> int:
    """The last day of the last month that is over at the end of `day`."""
    first, last = _month_of(day)
    return last if last == day else first - 1


def _months_after(day: int, count: int = MONTHS_AHEAD) -> list[tuple[int, int]]:
    """First and last days of the next months that begin after `day`."""
    months: list[tuple[int, int]] = []
    last = _month_of(day)[1]
    for _ in range(count):
        months.append(_month_of(last + 1))
        last = months[-1][1]
    return months


def month_ends(first: int, last: int) -> list[int]:
    """The days from `first` to `last` that end a month."""
    return [day for day in range(first, last + 1) if _month_of(day)[1] == day]


def forecast_rows(
    engine: Engine, covered: tuple[int, int], days: Iterable[int], minor_per_unit: float
) -> list[tuple[Any, ...]]:
    """Rows of revenue_forecasting as of each of these covered days; revenue_summary must be up to date."""
    first, newest = covered
    daily = [row[0] for row in engine.read(_REVENUE, {"first": iso_day(first), "last": iso_day(newest)}).rows]
    digits = round(math.log10(minor_per_unit))
    rows = []
    for day in days:
        run = forecast(daily, first, day)
        for month in run.months if run else ():
            amounts = [round(minor / minor_per_unit, digits) for minor in (month.predicted, month.upper, month.lower)]
            rows.append((
                iso_day(day), iso_day(month.first_day), amounts[0], CONFIDENCE, amounts[1], amounts[2],
                run.method if run else None, run.error if run else None,
            ))  # fmt: skip
    return rows
