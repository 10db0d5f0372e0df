"""Which days are added up together."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from smartshopie_db.rollups.schedule import BLOCK_DAYS, blocks, runs

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
