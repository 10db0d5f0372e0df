"""How busy the store is: growth, seasons, weekdays, sales, launches, hours. Pure functions of the calendar day.

Days are integers since 1970-01-01 in the store's time zone.
"""

import math
from datetime import date, timedelta
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from smartshopie_db.clock import date_of, day_of
from smartshopie_db.demo.catalogue import CATEGORY_SEASONS, CONCERNS, PRODUCTS

# The middle of the growth curve: about +30 % a year around it, levelling out years before and after, so
# that the default size stays near half a million events whenever it is run.
GROWTH_MIDDLE: Final = day_of(date(2026, 1, 1))
_WEEKDAYS: Final = (1.05, 0.97, 0.94, 0.96, 0.92, 1.00, 1.16)  # Monday first: Sunday evening is shopping time
_MONTHS: Final = (0.80, 0.86, 0.94, 1.00, 1.07, 1.08, 1.00, 0.93, 1.00, 1.05, 1.12, 1.16)
_HOURS_WORKDAY: Final = (
    9, 5, 3, 2, 2, 4, 12, 24, 34, 38, 42, 46, 52, 48, 43, 42, 46, 56, 70, 86, 98, 90, 58, 26,
)  # fmt: skip
_HOURS_WEEKEND: Final = (
    14, 8, 5, 3, 2, 3, 6, 14, 28, 46, 60, 66, 64, 60, 58, 57, 58, 62, 70, 80, 86, 76, 50, 28,
)  # fmt: skip
BUSIEST: Final = 3.2  # no day's `demand` exceeds it: return visits are thinned against it


@cache
def _mean_wave(swing: float) -> float:
    return float(np.i0(swing))


def _wave(day: int, peak_month: int, swing: float) -> float:
    """A yearly wave that peaks in mid `peak_month`: exp(swing x cosine), divided by its mean over the year."""
    phase = (date_of(day).timetuple().tm_yday - (peak_month - 0.5) * 30.44) / 365.25 * 2 * math.pi
    return math.exp(swing * math.cos(phase)) / _mean_wave(swing)


def growth(day: int) -> float:
    """The store's size on `day`, 1 in the middle of its growth."""
    return 1 + 0.42 * math.tanh((day - GROWTH_MIDDLE) / 500)


@cache
def black_friday(year: int) -> int:
    """The day after the fourth Thursday of November."""
    first = date(year, 11, 1)
    return day_of(first + timedelta(days=(3 - first.weekday()) % 7 + 22))


def sale(day: int) -> float:
    """How much a sale or a holiday multiplies the visits of `day`: Black Friday week, Christmas, the new year."""
    today = date_of(day)
    since = day - black_friday(today.year)
    if since == 0:
        return 2.3
    if -4 <= since <= 3:
        return 1.9 if since == 3 else 1.55
    if today.month == 12 and today.day >= 21:
        return 0.7 if today.day >= 24 else 0.9
    return 0.75 if (today.month, today.day) == (1, 1) else 1.0


def launch(day: int) -> float:
    """How much the launch of a product multiplies the visits of the ten days from it."""
    return 1.18 if any(0 <= day - day_of(item.launched) < 10 for item in PRODUCTS if item.launched) else 1.0


def demand(day: int) -> float:
    """Everything but growth: season, weekday, sales, launches. Its mean over a year is near 1."""
    today = date_of(day)
    here, there = (today.month - 1), (today.month if today.day >= 15 else today.month - 2) % 12
    distance = abs(today.day - 15) / 30.5
    season = _MONTHS[here] * (1 - distance) + _MONTHS[there] * distance
    return season * _WEEKDAYS[today.weekday()] * sale(day) * launch(day)


def weather(seed: int, day: int) -> float:
    """The luck of one day, a factor around 1."""
    return float(np.exp(np.random.default_rng([seed, day, 2]).normal(0.0, 0.09)))


def readiness(day: int) -> float:
    """How ready visitors are to buy on `day`, a factor of their chance to order: sales raise it, January lowers it."""
    month, since = date_of(day).month, day - black_friday(date_of(day).year)
    if -1 <= since <= 3:
        return 1.45
    return {1: 0.86, 2: 0.93, 12: 1.12}.get(month, 1.0)


def hour_chances(day: int) -> NDArray[np.float64]:
    """The chance of each hour 0-23 to see a visit begin."""
    weights = np.asarray(_HOURS_WEEKEND if date_of(day).weekday() >= 5 else _HOURS_WORKDAY, dtype=np.float64)
    chances: NDArray[np.float64] = weights / weights.sum()
    return chances


def product_weights(day: int) -> list[float]:
    """How wanted each product of the catalogue is on `day`; 0 before its launch, three times as much right after."""
    waves = {category: _wave(day, *season) for category, season in CATEGORY_SEASONS.items()}
    weights = []
    for item in PRODUCTS:
        age = day - day_of(item.launched) if item.launched else None
        news = 1.0 if age is None else 0.0 if age < 0 else 1 + 2 * math.exp(-age / 30)
        weights.append(item.popularity * waves[item.category] * news)
    return weights


def concern_weights(day: int) -> NDArray[np.float64]:
    """The chance of each concern to be a new shopper's main one on `day`."""
    weights = np.asarray([concern.weight * _wave(day, concern.season, concern.swing) for concern in CONCERNS])
    chances: NDArray[np.float64] = weights / weights.sum()
    return chances


def offer(day: int) -> tuple[str, int] | None:
    """The sale's coupon and its discount in %, if there is one on `day`."""
    if -1 <= day - black_friday(date_of(day).year) <= 3:
        return "BLACK20", 20
    today = date_of(day)
    return ("SUNNY10", 10) if today.month == 6 and today.day <= 10 else None
