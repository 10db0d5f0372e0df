"""Who comes to the invented store, when, with what in mind, and whether they buy.

Shoppers are born in daily cohorts. A cohort is a function of (seed, day of birth, traffic level) alone and holds every
visit its shoppers will ever make, so any span of days can be told without the days before it, and telling more days
changes none.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from smartshopie_db.clock import date_of
from smartshopie_db.demo import traffic
from smartshopie_db.demo.catalogue import CONCERNS
from smartshopie_db.demo.effect import CONVERSION_EFFECT, HOLDOUT

ANONYMOUS, LOGS_IN, SIGNED_IN, SIGNS_UP = range(4)  # what a visit has to do with an account
GLANCE, BROWSE, SHOP = range(3)  # what a visitor has in mind
FEATURES: Final = ("chat", "questionnaire", "image", "routine")

# Kinds of shoppers: passing by, comparing, regular, loyal. One row each.
_KINDS: Final = np.asarray([0.740, 0.170, 0.062, 0.028])
_GAP_DAYS: Final = np.asarray([0.0, 4.0, 15.0, 8.0])  # mean pause before the next possible visit
_LIFE_DAYS: Final = np.asarray([[0, 0], [10, 40], [90, 420], [240, 700]])
_SOON: Final = 0.30  # share of return visits that follow within days, as one errand
_INTENT: Final = np.asarray([[0.50, 0.39, 0.11], [0.32, 0.46, 0.22], [0.24, 0.46, 0.30], [0.18, 0.42, 0.40]])
_CHANCE: Final = np.asarray(
    [[0, 0.0015, 0.024], [0, 0.0022, 0.032], [0, 0.0055, 0.059], [0, 0.012, 0.132]]
)  # to order, unassisted
_ERRAND_DAYS: Final = 5  # a visit that soon after another goes on with the same errand
_RESUMED_INTENT: Final = np.asarray([0.12, 0.43, 0.45])
_RESUMED_CHANCE: Final = 1.9
_USES: Final = np.asarray([0.025, 0.165, 0.205])  # of the assistant, by intent
_SIGNS_UP_TO_BUY: Final = 0.62
_SIGNS_UP_ANYWAY: Final = np.asarray([0.018, 0.05, 0.10, 0.16])
_POSSIBLE_VISITS: Final = 64
LONGEST_LIFE: Final = 700  # days between a shopper's first and last visit, at most
_NEW_PER_VISIT: Final = 0.456  # new shoppers per visit, so that visits a day come out as asked for


class Visit(NamedTuple):
    """One visit, with all that ties it to others. `second`: local time; `resumed`: by another within days."""

    key: int
    shopper: int
    day: int
    second: int
    number: int
    intent: int
    feature: int
    buys: bool
    control: bool
    account: int
    device: int
    concern: int
    orders_before: int
    resumed: bool
    exposed: bool


@dataclass(frozen=True, slots=True)
class Calendar:
    """What every day from `first` on means for visits: arrays by day."""

    first: int
    demand: NDArray[np.float64]
    readiness: NDArray[np.float64]
    month: NDArray[np.int64]
    hours: NDArray[np.float64]

    @classmethod
    def covering(cls, first: int, last: int) -> Self:
        """The days on which a shopper born in [first, last] can visit."""
        days = range(first, last + LONGEST_LIFE + 1)
        dates = [date_of(day) for day in days]
        return cls(
            first=first,
            demand=np.asarray([traffic.demand(day) for day in days]),
            readiness=np.asarray([traffic.readiness(day) for day in days]),
            month=np.asarray([date.year * 12 + date.month for date in dates]),
            hours=np.cumsum([traffic.hour_chances(day) for day in days], axis=1),
        )


@dataclass(frozen=True, slots=True)
class Cohort:
    """The visits of the shoppers born on one day, in order of shopper and time, as columns of one length."""

    columns: dict[str, NDArray[Any]]
    chance: NDArray[np.float64]  # to order without the assistant
    would_use: NDArray[np.bool_]  # the assistant, where there is one

    def visits(self, first: int) -> Iterator[Visit]:
        """The visits on day `first` and later."""
        keep = self.columns["day"] >= first
        return map(Visit._make, zip(*(self.columns[name][keep].tolist() for name in Visit._fields), strict=True))


def mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """SplitMix64: spreads counters over all 64 bits, one to one."""
    values = values + np.uint64(0x9E3779B97F4A7C15)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _keys(seed: int, day: int, count: int) -> NDArray[np.uint64]:
    """One key for each shopper born on `day`."""
    counters = np.asarray([seed, day + (1 << 40)], dtype=np.uint64)
    index: NDArray[np.uint64] = np.arange(count, dtype=np.uint64)
    return mix(np.bitwise_xor.reduce(mix(counters)) + index)


def _chances(
    kinds: NDArray[np.int64], resumes: NDArray[np.bool_], draw: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """What each visit has in mind, and its chance of an order on a day like any other."""
    intents = np.where(resumes[:, None], _RESUMED_INTENT, _INTENT[kinds]).cumsum(axis=1)
    intent: NDArray[np.int64] = (draw[:, None] >= intents[:, :2]).sum(axis=1)
    return intent, _CHANCE[kinds, intent] * np.where(resumes, _RESUMED_CHANCE, 1.0)


def cohort(calendar: Calendar, seed: int, day: int, visitors_per_day: float, *, holdout: float = HOLDOUT) -> Cohort:
    """The shoppers born on `day` and all their visits."""
    random = np.random.default_rng([seed, day, 1])
    expected = (
        visitors_per_day * _NEW_PER_VISIT * traffic.growth(day) * traffic.demand(day) * traffic.weather(seed, day)
    )
    kind = np.searchsorted(np.cumsum(_KINDS)[:-1], random.random(random.poisson(expected)), side="right")
    concern = random.choice(len(CONCERNS), size=kind.size, p=traffic.concern_weights(day))
    keys = _keys(seed, day, kind.size)
    shopper, offset = _schedule(calendar, random, day, kind)

    at = day - calendar.first + offset
    draw = random.random((7, shopper.size))
    first_row = np.searchsorted(shopper, shopper)
    number = np.arange(shopper.size) - first_row
    resumes = (number > 0) & (np.diff(offset, prepend=0) <= _ERRAND_DAYS)
    intent, chance = _chances(kind[shopper], resumes, draw[0])
    chance *= calendar.readiness[at]
    would_use = draw[1] < _USES[intent]
    control = (mix(keys ^ np.uint64(0x5EED)) >> np.uint64(11)).astype(np.float64) * 2.0**-53 < holdout
    uses = would_use & ~control[shopper]
    buys = draw[2] < np.minimum(chance * (1 + CONVERSION_EFFECT * uses), 0.95)
    orders = np.cumsum(buys) - buys
    columns = {
        "key": mix(keys[shopper] + number.astype(np.uint64) * np.uint64(0x1000193)),
        "shopper": keys[shopper],
        "day": day + offset,
        "second": _seconds(calendar, at, draw[3], draw[4]),
        "number": number,
        "intent": intent,
        "feature": np.where(uses, _features(day + offset, draw[5]), -1),
        "buys": buys,
        "control": control[shopper],
        "account": _accounts(random, shopper, kind[shopper], intent, buys),
        "device": (number > 0) & (draw[6] < 0.18),
        "concern": concern[shopper],
        "orders_before": orders - orders[first_row],
        "resumed": np.append(resumes, values=False)[1:],
        "exposed": (number == 0) | (calendar.month[at] != np.roll(calendar.month[at], 1)),
    }
    return Cohort(columns, chance, would_use)


def _schedule(
    calendar: Calendar, random: np.random.Generator, day: int, kind: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(shopper, days since birth) of all visits, ordered; at most one a day, later ones thinned by the days' demand."""
    returning = np.flatnonzero(kind)
    shape = (returning.size, _POSSIBLE_VISITS)
    gaps = 1 + random.standard_exponential(shape) * _GAP_DAYS[kind[returning]][:, None]
    soon = random.random(shape) < _SOON
    gaps[soon] = 1 + random.standard_exponential(int(soon.sum())) * 0.9
    offsets = np.cumsum(gaps, axis=1).astype(np.int64)
    life = random.uniform(*_LIFE_DAYS[kind[returning]].T)
    alive = offsets < life[:, None]
    welcome = calendar.demand[np.where(alive, offsets, 0) + day - calendar.first] / traffic.BUSIEST
    row, column = np.nonzero(alive & (random.random(shape) < welcome))
    shopper = np.concatenate([np.arange(kind.size), returning[row]])
    offset = np.concatenate([np.zeros(kind.size, dtype=np.int64), offsets[row, column]])
    order = np.lexsort((offset, shopper))
    return shopper[order], offset[order]


def _seconds(
    calendar: Calendar, at: NDArray[np.int64], hour: NDArray[np.float64], within: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Local seconds of the day."""
    hours: NDArray[np.int64] = np.minimum((hour[:, None] >= calendar.hours[at]).sum(axis=1), 23)
    return hours * 3600 + (within * 3600).astype(np.int64)


def _features(days: NDArray[np.int64], draw: NDArray[np.float64]) -> NDArray[np.int64]:
    """Which feature a visit would use: image analysis and the routine planner win ground over the years."""
    years = np.clip((days - traffic.GROWTH_MIDDLE) / 365.25, -2, 2)
    chat, questionnaire, image = 0.50 - 0.03 * years, 0.24 - 0.015 * years, 0.15 + 0.025 * years
    bounds = np.stack([chat, chat + questionnaire, chat + questionnaire + image])
    features: NDArray[np.int64] = (draw >= bounds).sum(axis=0)
    return features


def _accounts(
    random: np.random.Generator,
    shopper: NDArray[np.int64],
    kinds: NDArray[np.int64],
    intent: NDArray[np.int64],
    buys: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """What each visit has to do with an account: none until one signs up, mostly to buy; then it is often signed in."""
    draw = random.random((2, shopper.size))
    opens = np.where(buys, draw[0] < _SIGNS_UP_TO_BUY, (intent > GLANCE) & (draw[0] < _SIGNS_UP_ANYWAY[kinds]))
    opened = np.full(int(shopper[-1]) + 1 if shopper.size else 0, shopper.size)
    np.minimum.at(opened, shopper[opens], np.flatnonzero(opens))
    row = np.arange(shopper.size)
    later = np.where(draw[1] < 0.66, SIGNED_IN, np.where((draw[1] < 0.90) | buys, LOGS_IN, ANONYMOUS))
    state = np.where(row > opened[shopper], later, ANONYMOUS)
    accounts: NDArray[np.int64] = np.where(row == opened[shopper], SIGNS_UP, state)
    return accounts
