"""Days in a row."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final, NamedTuple

_ONE_DAY: Final = timedelta(days=1)


class Span(NamedTuple):
    """Days from `first` to `last`, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """Number of days."""
        return (self.last - self.first).days + 1

    def meet(self, other: Span) -> Span | None:
        """The days of both; None when there are none."""
        first, last = max(self.first, other.first), min(self.last, other.last)
        return Span(first, last) if first <= last else None

    def without(self, other: Span | None) -> list[Span]:
        """The days of this span before and after `other`."""
        if other is None:
            return [self]
        before = Span(self.first, min(self.last, other.first - _ONE_DAY))
        after = Span(max(self.first, other.last + _ONE_DAY), self.last)
        return [span for span in (before, after) if span.first <= span.last]

    def bounds(self) -> dict[str, str]:
        """SQL parameters `first` and `last`, as record_date has them."""
        return {"first": self.first.isoformat(), "last": self.last.isoformat()}
