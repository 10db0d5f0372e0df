"""The only reader of today's date, and the arithmetic of moments and local days.

A moment is integer milliseconds since 1970-01-01 UTC, a day is integer days since then in the store's time zone.
"""

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_SLOT_MS = 6 * HOUR_MS  # shorter than any two changes of an offset are apart


def now_ms() -> int:
    """The present moment."""
    return time.time_ns() // 1_000_000


def today(timezone: ZoneInfo) -> date:
    """The date on a calendar that hangs in this time zone."""
    return datetime.now(timezone).date()  # noqa: TID251 - this module is the one place that asks


def moment_of(when: datetime) -> int:
    """Milliseconds of an aware datetime, the part below a millisecond cut off."""
    since = when - _EPOCH
    return since.days * DAY_MS + since.seconds * 1000 + since.microseconds // 1000


def day_of(day: date) -> int:
    """A date as the integer that is stored."""
    return day.toordinal() - _EPOCH_ORDINAL


def date_of(day: int) -> date:
    """A stored integer as the date that it is."""
    return date.fromordinal(day + _EPOCH_ORDINAL)


def iso_day(day: int) -> str:
    """A stored integer as ISO text, the way `record_date` has it."""
    return date_of(day).isoformat()


class LocalTime:
    """Moments in one time zone. Offsets are remembered per six hours, so a conversion is a look into a dict.

    Safe to share between threads: two may compute the same offset, and both get the same one.
    """

    def __init__(self, timezone: str) -> None:
        self.zone = ZoneInfo(timezone)
        self._offsets: dict[int, int | None] = {}

    def day(self, ms: int) -> int:
        """The local day of a moment."""
        return (ms + self._offset(ms)) // DAY_MS

    def hour(self, ms: int) -> int:
        """The local hour of a moment, 0-23."""
        return (ms + self._offset(ms)) % DAY_MS // HOUR_MS

    def iso(self, ms: int) -> str:
        """A moment in RFC 3339 with the local offset, to the millisecond."""
        local = self._local(ms)
        offset = local.utcoffset()
        if offset is None or offset.seconds % 60:  # local mean time before railways: RFC 3339 has no seconds in offsets
            local = local.astimezone(UTC)
        return local.isoformat(timespec="milliseconds")

    def stretches(self, first: int, last: int) -> Iterator[tuple[int, int, int]]:
        """The stretches [start, end) of equal offset that cover the moments from first to last, with the offset."""
        start, offset = first, self._exact(first)
        while start <= last:
            end = self._next_change(start, last + 1)
            yield start, end, offset
            start, offset = end, self._exact(end)

    def _next_change(self, start: int, limit: int) -> int:
        """The first moment after start with another offset, or the limit."""
        offset, low = self._exact(start), start
        while low < limit:
            high = min(low + _SLOT_MS, limit)
            if self._exact(high) != offset:
                while high - low > 1:
                    middle = (low + high) // 2
                    low, high = (middle, high) if self._exact(middle) == offset else (low, middle)
                return high
            low = high
        return limit

    def _local(self, ms: int) -> datetime:
        return (_EPOCH + timedelta(milliseconds=ms)).astimezone(self.zone)

    def _offset(self, ms: int) -> int:
        slot = ms // _SLOT_MS
        try:
            known = self._offsets[slot]
        except KeyError:
            first, after = self._exact(slot * _SLOT_MS), self._exact((slot + 1) * _SLOT_MS)
            known = self._offsets[slot] = first if first == after else None
        return self._exact(ms) if known is None else known

    def _exact(self, ms: int) -> int:
        offset = self._local(ms).utcoffset() or timedelta()
        return offset // timedelta(milliseconds=1)
