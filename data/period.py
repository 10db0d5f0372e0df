"""Windows and their buckets: which days `90d` is, what comes before it, and how it is cut into days, weeks, months."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final, Literal, NamedTuple, cast

Grain = Literal["D", "W", "M"]

PERIODS: Final[Mapping[str, int]] = {"7d": 7, "30d": 30, "90d": 90, "1y": 365}
GRAINS: Final[Mapping[str, str]] = {"D": "day", "W": "week", "M": "month"}
WINDOW_PARAMETERS: Final = ("period", "start", "end", "as_of", "grain")  # what names a window in a query
DEFAULT_PERIOD: Final = "30d"
CUSTOM: Final = "custom"
LONGEST_RANGE_DAYS: Final = 1100
EARLIEST: Final = date(1970, 1, 1)
LATEST: Final = date(2199, 12, 31)

_ISO_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ONE_DAY: Final = timedelta(days=1)


class PeriodError(ValueError):
    """A request for days (or an option of a dataset) that cannot be answered; the text is written for its sender."""


class Bucket(NamedTuple):
    """A day, week or month of a window: `start` is its calendar start, `first`..`last` its days inside the window."""

    start: date
    first: date
    last: date
    partial: bool


@dataclass(frozen=True, slots=True)
class Window:
    """Whole days from `start` to `end`, both included; `today` is the unfinished day of the store's time zone."""

    period: str
    start: date
    end: date
    grain: Grain
    as_of: date
    today: date

    @property
    def days(self) -> int:
        """Number of days, at least 1."""
        return (self.end - self.start).days + 1

    def shifted(self, days: int) -> Window:
        """The same number of days, moved by `days` (negative: into the past)."""
        by = timedelta(days=days)
        return replace(self, start=self.start + by, end=self.end + by, as_of=self.as_of + by)

    def before(self) -> Window:
        """The equally long window that ends the day before this one starts."""
        return self.shifted(-self.days)

    def compared(self) -> tuple[Window, Window] | None:
        """Both sides of a comparison (now, before), whole days only.

        When the window reaches into today, its days from today on are left out, and as many of the window before;
        None when nothing is left.
        """
        before = self.before()
        if self.end < self.today:
            return self, before
        whole = (self.today - self.start).days
        if whole < 1:
            return None
        tail = timedelta(days=self.days - whole)
        return replace(self, end=self.end - tail), replace(before, end=before.end - tail)

    def buckets(self) -> list[Bucket]:
        """The window in calendar order, cut at days, Mondays or first days of a month."""
        found: list[Bucket] = []
        start = bucket_start(self.start, self.grain)
        while start <= self.end:
            following = _next_start(start, self.grain)
            first, last = max(start, self.start), min(following - _ONE_DAY, self.end)
            cut = first > start or last < following - _ONE_DAY
            found.append(Bucket(start, first, last, cut or start <= self.today < following))
            start = following
        return found


def bucket_start(day: date, grain: Grain) -> date:
    """The day, the Monday or the first of the month that `day` belongs to."""
    if grain == "D":
        return day
    if grain == "W":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1)


def resolve(
    *,
    period: str | None = None,
    start: str | None = None,
    end: str | None = None,
    as_of: str | None = None,
    grain: str | None = None,
    today: date,
) -> Window:
    """The window that the texts of a request name; raises PeriodError with a sentence for the sender."""
    chosen_grain = _grain(grain)
    if start is not None or end is not None:
        return _custom(period, start, end, as_of, chosen_grain, today)
    name = DEFAULT_PERIOD if period is None else period
    if name not in PERIODS:
        raise PeriodError(f"Unknown period {_shown(name)}: use {_choices(PERIODS)}, or start and end.")
    last = today if as_of is None else _date("as_of", as_of)
    first = last - timedelta(days=PERIODS[name] - 1)
    return Window(name, first, last, chosen_grain or _period_grain(name), last, today)


def _custom(
    period: str | None, start: str | None, end: str | None, as_of: str | None, grain: Grain | None, today: date
) -> Window:
    if start is None or end is None:
        missing, given = ("start", "end") if start is None else ("end", "start")
        raise PeriodError(f"{given} is given without {missing}: a range needs both, as YYYY-MM-DD.")
    for name, value in (("period", period), ("as_of", as_of)):
        if value is not None:
            raise PeriodError(f"{name} cannot stand together with start and end: leave one of them out.")
    first, last = _date("start", start), _date("end", end)
    if first > last:
        raise PeriodError(f"start ({first}) is after end ({last}).")
    days = (last - first).days + 1
    if days > LONGEST_RANGE_DAYS:
        raise PeriodError(f"{first} to {last} is {days} days: a range has at most {LONGEST_RANGE_DAYS}.")
    return Window(CUSTOM, first, last, grain or _range_grain(days), last, today)


def _period_grain(name: str) -> Grain:
    return cast("Grain", {"90d": "W", "1y": "M"}.get(name, "D"))


def _range_grain(days: int) -> Grain:
    if days <= 31:
        return "D"
    return "W" if days <= 182 else "M"


def _grain(text: str | None) -> Grain | None:
    if text is not None and text not in GRAINS:
        raise PeriodError(f"Unknown grain {_shown(text)}: use D (days), W (weeks) or M (months).")
    return cast("Grain | None", text)


def _date(name: str, text: str) -> date:
    try:
        day = date.fromisoformat(text) if _ISO_DATE.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None:
        raise PeriodError(f"{name} is {_shown(text)}, which is not a date: write it as YYYY-MM-DD.")
    if not EARLIEST <= day <= LATEST:
        raise PeriodError(f"{name} is {day}: dates go from {EARLIEST} to {LATEST}.")
    return day


def _next_start(start: date, grain: Grain) -> date:
    if grain == "D":
        return start + _ONE_DAY
    if grain == "W":
        return start + timedelta(days=7)
    return start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)


def _choices(names: Mapping[str, int]) -> str:
    return ", ".join(names)


def _shown(text: str) -> str:
    """A sender's text, quoted and cut to a readable length."""
    return repr(text if len(text) <= 40 else text[:40] + "...")
