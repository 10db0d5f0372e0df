"""Whatever a crash leaves is finished by the next rollup."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import pytest

from smartshopie_db.engine import Transaction
from smartshopie_db.facts import read_facts
from smartshopie_db.rollup import rebuild, rollup
from smartshopie_db.rollups import lease as leases
from tests.smartshopie_db.rollups.conftest import HandFilled
from tests.smartshopie_db.rollups.receiving import (
    anew,
    assert_same,
    purchase,
    receive,
    run,
    shop,
    summaries,
)


class CrashError(Exception):
    """The power went."""


@pytest.fixture
def crash_at(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, int]]:
    """Let the n-th write transaction fail just before it commits; `seen` counts them."""
    state = {"at": 0, "seen": 0}
    original = leases.Lease.hold

    def hold(self: leases.Lease, transaction: Transaction) -> None:
        original(self, transaction)
        state["seen"] += 1
        if state["seen"] == state["at"]:
            raise CrashError

    monkeypatch.setattr(leases.Lease, "hold", hold)
    yield state
    state["at"] = 0


def test_a_crash_anywhere_is_repaired_by_the_next_call(sqlite_store: HandFilled, crash_at: dict[str, int]) -> None:
    messages = shop(75, seed=4)
    receive(sqlite_store, messages[:200])
    run(sqlite_store)
    receive(sqlite_store, messages[200:])
    crashes = 0
    for at in range(1, 30):
        crash_at |= {"at": at, "seen": 0}
        try:
            run(sqlite_store)
        except CrashError:
            crashes += 1
            receive(sqlite_store, purchase(5000 + at * 10, at, "3"))
        else:
            break
    assert crashes > 3
    crash_at["at"] = 0
    run(sqlite_store)
    assert_same(summaries(sqlite_store), anew(sqlite_store))


def test_a_rebuild_in_another_time_zone_that_crashed_anywhere_is_finished_by_a_rollup(
    sqlite_store: HandFilled, crash_at: dict[str, int]
) -> None:
    """The days of everything move: a row of the old ones that nothing leads to any more would be counted for ever."""
    engine = sqlite_store.engine
    receive(sqlite_store, shop(12))
    run(sqlite_store)
    crashes = 0
    for at in range(1, 30):
        zone = ("Pacific/Kiritimati", "Pacific/Pago_Pago")[at % 2]
        crash_at |= {"at": at, "seen": 0}
        with suppress(CrashError):
            rebuild(engine, wait_seconds=0, timezone=zone)
        crashes += crash_at["seen"] == at
        crash_at["at"] = 0
        rollup(engine, read_facts(engine.read), wait_seconds=0)
        found, days = summaries(sqlite_store), engine.read("SELECT * FROM visitor_days ORDER BY day, visitor_id").rows
        rebuild(engine, wait_seconds=0)
        assert days == engine.read("SELECT * FROM visitor_days ORDER BY day, visitor_id").rows, at
        assert_same(found, summaries(sqlite_store))
    assert crashes > 18


def test_a_rebuild_that_crashed_is_finished_by_a_rollup(sqlite_store: HandFilled, crash_at: dict[str, int]) -> None:
    receive(sqlite_store, shop(40))
    run(sqlite_store)
    before = summaries(sqlite_store)
    for at in (2, 10, 20, 22):
        crash_at |= {"at": at, "seen": 0}
        with pytest.raises(CrashError):
            anew(sqlite_store)
        crash_at["at"] = 0
        run(sqlite_store)
        assert_same(summaries(sqlite_store), before)
