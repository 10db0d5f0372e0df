"""Lifetime value by tenure from cohorts: customers and net revenue by the day customers were first seen.

Method "look-back, 12 months" (docs/definitions.md, Customers): a band is expected to bring in, per customer, what the
customers who were in it 365 days earlier have brought in since. Money in minor units; days are integers.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

LOOK_BACK_DAYS: Final = 365


class Band(NamedTuple):
    """A tenure band at the end of a day. The reference is null when no day at or before D-365 is covered."""

    customers: int
    revenue: int
    reference_customers: int | None
    reference_revenue: int | None

    @property
    def expected(self) -> float | None:
        """Revenue of the next 12 months per customer; null where the reference has nobody."""
        if self.reference_revenue is None or not self.reference_customers:
            return None
        return self.reference_revenue / self.reference_customers


class Tenures:
    """Running sums by the day customers were born, to date and to the day 365 days before."""

    def __init__(self, first_day: int, newest_day: int) -> None:
        self._first = first_day
        self._customers = np.zeros(newest_day - first_day + 1, dtype=np.int64)
        self._to_date = np.zeros_like(self._customers)
        self._year_ago = np.zeros_like(self._customers)

    def born(self, born: int, customers: int) -> None:
        """Customers first seen on a day."""
        self._customers[born - self._first] += customers

    def earned(self, born: int, revenue: int) -> None:
        """Net revenue of a day, by customers born on another."""
        self._to_date[born - self._first] += revenue

    def earned_a_year_ago(self, born: int, revenue: int) -> None:
        """The same for the day 365 days before."""
        self._year_ago[born - self._first] += revenue

    def band(self, day: int, shortest: int, longest: int) -> Band:
        """Customers whose first day is `shortest` to `longest` days before `day`."""
        now = self._born_between(day - longest, day - shortest)
        customers, revenue = int(self._customers[now].sum()), int(self._to_date[now].sum())
        if day - LOOK_BACK_DAYS < self._first:
            return Band(customers, revenue, None, None)
        then = self._born_between(day - LOOK_BACK_DAYS - longest, day - LOOK_BACK_DAYS - shortest)
        since = int(self._to_date[then].sum()) - int(self._year_ago[then].sum())
        return Band(customers, revenue, int(self._customers[then].sum()), since)

    def _born_between(self, first: int, last: int) -> slice:
        return slice(max(0, first - self._first), max(0, last - self._first + 1))
