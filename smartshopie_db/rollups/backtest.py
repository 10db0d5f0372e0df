"""Forecasting methods on an even series, and the rolling origin that chooses among them and measures their errors.

Methods are functions of the past alone: (history, steps) -> forecast. Nothing here knows days, months or money.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

Series = NDArray[np.float64]
Method = Callable[[Series, int], Series]

CONFIDENCE: Final = 0.8
YEAR: Final = 12
BLOCKS_AHEAD: Final = 7
_GRID: Final = np.array(list(product((0.1, 0.2, 0.4, 0.6, 0.8, 1.0), (0.0, 0.05, 0.15, 0.3), (0.8, 0.9, 0.97))))


def repeat_mean_of(last: int) -> Method:
    """The mean of the last so many values, repeated."""

    def method(history: Series, steps: int) -> Series:
        return np.full(steps, history[-last:].mean())

    return method


def damped_trend(history: Series, steps: int) -> Series:
    """Exponential smoothing with a trend that fades (Gardner and McKenzie), its three weights by least squares.

    The weights are those of a grid with the smallest sum of squared one-step errors on the history.
    """
    alpha, beta, phi = _GRID.T
    level = np.full(len(_GRID), history[: min(4, len(history))].mean())
    trend = np.zeros(len(_GRID))
    squares = np.zeros(len(_GRID))
    for value in history:
        expected = level + phi * trend
        error = value - expected
        squares += error * error
        level = expected + alpha * error
        trend = phi * trend + alpha * beta * error
    best = int(np.argmin(squares))
    fading = np.cumsum(phi[best] ** np.arange(1, steps + 1))
    return np.asarray(level[best] + fading * trend[best], dtype=np.float64)


def year_before(history: Series, steps: int) -> Series:
    """The same month a year before."""
    return history[-YEAR:][np.arange(steps) % YEAR]


def year_before_with_growth(history: Series, steps: int) -> Series:
    """The same month a year before, times what the last three months are to the three of a year before (0.5 to 2)."""
    then = float(history[-YEAR - 3 : -YEAR].mean())
    growth = float(history[-3:].mean()) / then if then > 0 else 1.0
    return year_before(history, steps) * min(2.0, max(0.5, growth))


WEEKLY: Final[Mapping[str, Method]] = {
    "mean of the last 4 weeks": repeat_mean_of(4),
    "mean of the last 13 weeks": repeat_mean_of(13),
    "damped trend of weeks": damped_trend,
}
MONTHLY: Final[Mapping[str, Method]] = {
    "last month": repeat_mean_of(1),
    "mean of the last 3 months": repeat_mean_of(3),
    "damped trend of months": damped_trend,
    "same month a year before": year_before,
    "same month a year before, with growth": year_before_with_growth,
}
"""The first of each is the naive one."""


@dataclass(frozen=True, slots=True)
class Errors:
    """What a method missed: for every origin and number of blocks ahead, forecast - actual beside the actual value."""

    ahead: NDArray[np.int64]
    missed: Series
    actual: Series

    @property
    def mean_absolute(self) -> float:
        """In the unit of the series."""
        return float(np.abs(self.missed).mean())

    @property
    def percentage(self) -> float | None:
        """Mean absolute percentage error over actual values above zero; null without any."""
        known = self.actual > 0
        return float((np.abs(self.missed[known]) / self.actual[known]).mean() * 100) if known.any() else None

    def spread(self, ahead: float) -> float:
        """Half the width of the interval so many blocks ahead: the 80 % quantile of the errors made about as far ahead.

        Never narrower than nearer by; beyond the farthest that could be tested it grows with the square root.
        """
        farthest = int(self.ahead.max())
        widest = max(self._quantile(near) for near in range(1, min(farthest, max(1, round(ahead))) + 1))
        return widest * math.sqrt(max(1.0, ahead / farthest))

    def _quantile(self, ahead: int) -> float:
        """Of the errors one block nearer to one block farther; a little above 80 %, for there are few (conformal)."""
        sizes = np.sort(np.abs(self.missed[np.abs(self.ahead - ahead) <= 1]))
        return float(sizes[min(len(sizes), math.ceil((len(sizes) + 1) * CONFIDENCE)) - 1])


def rolling_origin(method: Method, series: Series, least: int, block: int) -> Errors:
    """Forecast from every origin with at least `least` values before it; errors are of means of `block` values."""
    ahead, missed, actual = [], [], []
    for origin in range(least, len(series) - block + 1):
        blocks = min(BLOCKS_AHEAD, (len(series) - origin) // block)
        said = method(series[:origin], blocks * block).reshape(blocks, block).mean(axis=1)
        came = series[origin : origin + blocks * block].reshape(blocks, block).mean(axis=1)
        ahead.append(np.arange(1, blocks + 1))
        missed.append(said - came)
        actual.append(came)
    return Errors(np.concatenate(ahead), np.concatenate(missed), np.concatenate(actual))


def choose(methods: Mapping[str, Method], series: Series, least: int, block: int) -> tuple[str, Errors]:
    """The method with the smallest mean absolute error of a rolling origin; on a tie the one named first."""
    tried = {name: rolling_origin(method, series, least, block) for name, method in methods.items()}
    best = min(tried, key=lambda name: tried[name].mean_absolute)
    return best, tried[best]
