"""Windows, the window before, buckets and covered days, from the words of the same names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

LENGTHS = {"7d": 7, "30d": 30, "90d": 90, "1y": 365}
GRAINS = {"7d": "D", "30d": "D", "90d": "W", "1y": "M"}


@dataclass(frozen=True)
class Days:
    """Whole days, both ends included; `last` before `first` means none."""

    first: date
    last: date

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.first <= day <= self.last

    def __len__(self) -> int:
        return max(0, (self.last - self.first).days + 1)

    def moved(self, days: int) -> Days:
        return Days(self.first + timedelta(days), self.last + timedelta(days))

    def and_also(self, other: Days) -> Days:
        return Days(max(self.first, other.first), min(self.last, other.last))


@dataclass(frozen=True)
class Bucket:
    start: date
    days: Days
    partial: bool


@dataclass(frozen=True)
class Window:
    days: Days
    grain: str
    today: date

    def before(self) -> Days:
        return self.days.moved(-len(self.days))

    def buckets(self) -> list[Bucket]:
        """Buckets in order; nothing outside the window is in one."""
        result = []
        day = self.days.first
        while day <= self.days.last:
            start, end = calendar_bucket(day, self.grain)
            whole = Days(start, end)
            inside = whole.and_also(self.days)
            result.append(Bucket(start, inside, inside != whole or self.today in whole))
            day = end + timedelta(1)
        return result


def calendar_bucket(day: date, grain: str) -> tuple[date, date]:
    """First and last day of the day, Monday week or month around `day`."""
    if grain == "D":
        return day, day
    if grain == "W":
        monday = day - timedelta(day.weekday())
        return monday, monday + timedelta(6)
    first = day.replace(day=1)
    return first, next_month(first) - timedelta(1)


def next_month(first: date) -> date:
    return (first + timedelta(31)).replace(day=1)


def window(
    *,
    today: date,
    period: str | None = None,
    start: date | None = None,
    end: date | None = None,
    as_of: date | None = None,
    grain: str | None = None,
) -> Window:
    """N whole days ending with the as-of day, or a range of one's own."""
    if start is not None and end is not None:
        days = Days(start, end)
        own = "D" if len(days) <= 31 else "W" if len(days) <= 182 else "M"
    else:
        last = as_of or today
        days = Days(last - timedelta(LENGTHS[period or "30d"] - 1), last)
        own = GRAINS[period or "30d"]
    return Window(days, grain or own, today)
