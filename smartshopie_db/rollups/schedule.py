"""Which days are added up together: pure arithmetic on integer days."""

from __future__ import annotations

from collections.abc import Iterable
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
