"""Which days are added up together."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from smartshopie_db.rollups.schedule import BLOCK_DAYS, Work, blocks, runs

DAYS = st.sets(st.integers(0, 400), max_size=60)


def test_a_short_pause_does_not_end_a_run() -> None:
    assert runs([1, 2, 6, 12], gap=3) == [(1, 6), (12, 12)]
    assert runs([3, 1, 2, 5]) == [(1, 3), (5, 5)]


@given(DAYS, st.none() | st.integers(0, 400))
def test_dirty_days_and_snapshots_are_in_exactly_one_block(dirty: set[int], snapshots_from: int | None) -> None:
    plan = blocks(dirty, snapshots_from, 400)
    added = [day for block in plan for first, last in block.ranges for day in range(first, last + 1)]
    carried = [day for block in plan if block.snapshots for day in range(block.snapshots[0], block.snapshots[1] + 1)]
    assert dirty <= set(added)
    assert len(added) == len(set(added))
    assert carried == ([] if snapshots_from is None else list(range(snapshots_from, 401)))
    assert all(last - first < BLOCK_DAYS for block in plan for first, last in block.ranges)


def test_newly_covered_days_are_dirty_at_both_ends() -> None:
    work = Work((5, 20), (8, 17), frozenset({12, 30}), frozenset({14}), names=False)
    assert work.dirty((5, 20), ()) == {5, 6, 7, 12, 14, 18, 19, 20}
    assert work.snapshots_from((5, 20)) == 5  # whoever came earlier counts on every later day
    assert not work.shrunk


def test_a_day_more_carries_snapshots_on_from_the_day_that_was_newest() -> None:
    work = Work((5, 21), (5, 20), frozenset(), frozenset(), names=False)
    assert work.snapshots_from((5, 21)) == 21
    assert work.changed_from((5, 21), {21}) == 20  # it is no longer the newest


def test_nothing_marked_and_nothing_new_is_nothing_to_do() -> None:
    assert Work((5, 21), (5, 21), frozenset(), frozenset(), names=False).is_nothing
    assert Work(None, None, frozenset(), frozenset(), names=False).is_nothing
    assert not Work((5, 21), (5, 21), frozenset(), frozenset({99}), names=False).is_nothing


def test_a_range_that_shrank_is_noticed_at_either_end() -> None:
    marks = (frozenset[int](), frozenset[int]())
    assert Work((6, 20), (5, 20), *marks, names=False).shrunk
    assert Work((5, 19), (5, 20), *marks, names=False).shrunk
    assert Work(None, (5, 20), *marks, names=False).shrunk
    assert not Work((5, 20), None, *marks, names=False).shrunk
