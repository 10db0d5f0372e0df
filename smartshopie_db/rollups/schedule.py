"""Which days are to be added up, and which of them together: pure arithmetic on integer days."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

BLOCK_DAYS: Final = 31
WORTH_SKIPPING: Final = 3
"""Clean days in a row that are added up anew rather than asked around: a query costs more than a day."""

Range = tuple[int, int]


class Block(NamedTuple):
    """About a month: the ranges to add up, and the range of days whose snapshots are carried forward (or None)."""

    ranges: list[Range]
    snapshots: Range | None


def runs(days: Iterable[int], gap: int = 0) -> list[Range]:
    """First and last days of the stretches of `days`; up to `gap` missing days do not end one."""
    found: list[Range] = []
    for day in sorted(set(days)):
        if found and day - found[-1][1] <= gap + 1:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found


def blocks(dirty: Iterable[int], snapshots_from: int | None, newest: int) -> list[Block]:
    """The work in order of days. `dirty` are covered days; snapshots run from `snapshots_from` to `newest`."""
    by_block: dict[int, list[int]] = {}
    for day in dirty:
        by_block.setdefault(day // BLOCK_DAYS, []).append(day)
    numbers = set(by_block)
    if snapshots_from is not None:
        numbers |= set(range(snapshots_from // BLOCK_DAYS, newest // BLOCK_DAYS + 1))
    result = []
    for number in sorted(numbers):
        snapshots = None
        if snapshots_from is not None:
            first, last = max(snapshots_from, number * BLOCK_DAYS), min(newest, (number + 1) * BLOCK_DAYS - 1)
            snapshots = (first, last) if first <= last else None
        result.append(Block(runs(by_block.get(number, ()), WORTH_SKIPPING), snapshots))
    return result


@dataclass(frozen=True, slots=True)
class Work:
    """What derivation left to do: marks of days, of snapshots from a day on, of product names.

    `covered`: first and newest day of the events, None without any; `before`: so far. Days before `since` are frozen.
    """

    covered: Range | None
    before: Range | None
    marked: frozenset[int]
    snapshot_marks: frozenset[int]
    names: bool
    since: int | None = None

    @property
    def is_nothing(self) -> bool:
        """The tables are as they should be."""
        return self.covered == self.before and not (self.marked or self.snapshot_marks or self.names)

    @property
    def changed(self) -> frozenset[int]:
        """The days that derivation changed, frozen ones apart."""
        days = self.marked | self.snapshot_marks
        return days if self.since is None else frozenset(day for day in days if day >= self.since)

    @property
    def shrunk(self) -> bool:
        """Days that were covered are no longer."""
        if self.before is None:
            return False
        return self.covered is None or self.before[0] < self.covered[0] or self.before[1] > self.covered[1]

    def dirty(self, covered: Range, more: Iterable[int]) -> set[int]:
        """The covered days to add up: those marked, those newly covered, and `more`."""
        first, newest = covered
        old_first, old_newest = self.before or (newest + 1, newest)
        new = {*range(first, min(old_first, newest + 1)), *range(max(first, old_newest + 1), newest + 1)}
        since = first if self.since is None else max(first, self.since)
        return {day for day in new.union(self.changed, more) if since <= day <= newest}

    def snapshots_from(self, covered: Range) -> int | None:
        """The first covered day whose snapshots may differ; None when none do."""
        first, newest = covered
        if self.before is None or self.before[0] != first:
            return first
        marks = [max(first, day, self.since or day) for day in self.snapshot_marks]
        return min((day for day in [*marks, self.before[1] + 1] if day <= newest), default=None)

    def changed_from(self, covered: Range, dirty: Iterable[int]) -> int:
        """The first day whose month-end figures may differ: also the day that is, or was, the newest."""
        if self.before is None or self.before[0] != covered[0]:
            return covered[0]
        newest = (covered[1], self.before[1]) if covered != self.before else (covered[1],)
        found = min(*dirty, *newest, covered[1])
        return found if self.since is None else max(found, self.since)
