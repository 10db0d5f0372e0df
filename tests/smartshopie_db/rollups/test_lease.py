"""Only one rollup at a time, and no crash stops the next one."""

from __future__ import annotations

import json
import threading

import pytest

from smartshopie_db.clock import now_ms
from smartshopie_db.rollups import lease as leases
from tests.smartshopie_db.rollups.conftest import HandFilled


def stored_lease(store: HandFilled) -> dict | None:
    text = store.engine.get(leases.NAME)
    return None if text is None else json.loads(text)


def change_lease(store: HandFilled, **values: object) -> None:
    with store.engine.write() as transaction:
        transaction.set(leases.NAME, json.dumps((stored_lease(store) or {}) | values))


def test_the_lease_is_given_back_even_after_an_error(store: HandFilled) -> None:
    def fail() -> None:
        with leases.held(store.engine, 0):
            assert stored_lease(store) is not None
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert stored_lease(store) is None


def test_a_second_one_is_refused_while_the_first_runs(store: HandFilled) -> None:
    refused = []

    def try_it() -> None:
        try:
            with leases.held(store.engine, 0):
                refused.append(False)
        except leases.RollupRunning as error:
            refused.append("running" in str(error))

    with leases.held(store.engine, 0):
        thread = threading.Thread(target=try_it)
        thread.start()
        thread.join()
    assert refused == [True]


@pytest.mark.parametrize(
    "left_behind",
    [
        {"pid": 2**22 + 1},  # no such process
        {"started": 1.0},  # the number was given to another process
        {"host": "elsewhere", "until_ms": 1},  # ran out
        {"host": "elsewhere", "until_ms": 10**15},  # from a clock that was ahead
    ],
)
def test_what_a_crash_left_behind_is_taken_over(store: HandFilled, left_behind: dict[str, object]) -> None:
    with leases.held(store.engine, 0):
        change_lease(store, owner="crashed", **left_behind)
        with leases.held(store.engine, 0) as second, store.engine.write() as transaction:
            second.hold(transaction)


def test_another_machine_is_believed_until_its_lease_runs_out(store: HandFilled) -> None:
    change_lease(store, owner="o", host="elsewhere", pid=1, started=1.0, until_ms=now_ms() + 60_000)
    with pytest.raises(leases.RollupRunning), leases.held(store.engine, 0):
        pytest.fail("the lease was taken from another machine")


def test_an_unreadable_lease_is_none(store: HandFilled) -> None:
    with store.engine.write() as transaction:
        transaction.set(leases.NAME, "{")
    with leases.held(store.engine, 0):
        pass


def test_who_lost_the_lease_writes_nothing(store: HandFilled) -> None:
    def write(lease: leases.Lease) -> None:
        with store.engine.write() as transaction:
            transaction.set("data_version", "99")
            lease.hold(transaction)

    with leases.held(store.engine, 0) as lease:
        change_lease(store, owner="another")
        with pytest.raises(leases.RollupRunning):
            write(lease)
    assert store.engine.get("data_version") is None
    assert stored_lease(store)["owner"] == "another"
