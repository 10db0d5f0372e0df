"""One day of the invented store: what is wanted, which models answer, and the dice."""

from bisect import bisect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Final, Self
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from smartshopie_db.clock import date_of, moment_of
from smartshopie_db.demo import models, traffic
from smartshopie_db.demo.catalogue import CONCERNS, PRODUCTS

_FOR_CONCERN: Final = tuple(
    tuple(concern.name in item.concerns for item in PRODUCTS) for concern in CONCERNS
)  # by concern and product: does it help?


@dataclass(frozen=True, slots=True)
class Day:
    """Everything that a visit of this day needs besides itself."""

    day: int
    midnight_ms: int
    currency: str
    units: int  # minor units per unit of the currency
    uniform: Callable[[], float]  # the next number in [0, 1)
    pause: Callable[[], float]  # the next exponential number, mean 1
    wanted: list[float]  # running sum of the products' weights
    wanted_for: list[list[float]]  # the same among the products for each concern
    offer: tuple[str, int] | None
    answering: list[float]  # running sum of the models' shares

    @classmethod
    def open(cls, seed: int, day: int, timezone: ZoneInfo, currency: str, units: int) -> Self:
        """The day as (seed, calendar) make it."""
        date, random = date_of(day), np.random.default_rng([seed, day, 3])
        weights = traffic.product_weights(day)
        return cls(
            day=day,
            midnight_ms=moment_of(datetime(date.year, date.month, date.day, tzinfo=timezone)),
            currency=currency,
            units=units,
            uniform=_numbers(random.random).__next__,
            pause=_numbers(np.random.default_rng([seed, day, 4]).standard_exponential).__next__,
            wanted=list(accumulate(weights)),
            wanted_for=[
                list(accumulate(weight * helps for weight, helps in zip(weights, row, strict=True)))
                for row in _FOR_CONCERN
            ],
            offer=traffic.offer(day),
            answering=list(accumulate(models.shares(day))),
        )

    def pick(self, sums: Sequence[float]) -> int:
        """An index with a chance in proportion to its weight; `sums` are running sums."""
        return bisect(sums, self.uniform() * sums[-1])

    def product(self, concern: int) -> int:
        """A product that catches the eye of someone with this concern."""
        return self.pick(self.wanted_for[concern] if self.uniform() < 0.6 else self.wanted)

    def amount(self, minor: int) -> float | int:
        """Minor units as the number an event carries."""
        return minor if self.units == 1 else minor / self.units


def _numbers(draw: Callable[[int], NDArray[np.float64]]) -> Iterator[float]:
    while True:
        yield from draw(4096).tolist()
