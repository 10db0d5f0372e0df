"""Only one rollup at a time, over all threads, processes and machines that share a store.

The lease is a row of the table `store`. It runs out by itself when its holder stops renewing it, and is taken over at
once when its holder was a process of this machine that is gone: a crash never leaves a store that cannot be rolled up.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import psutil

from smartshopie_db.clock import now_ms
from smartshopie_db.errors import StoreUnavailable

if TYPE_CHECKING:
    from smartshopie_db.engine import Engine, Transaction

NAME: Final = "rollup_lease"
LEASE_MS: Final = 120_000
RENEW_SECONDS: Final = 20.0
ASK_AGAIN_SECONDS: Final = 0.2
_READ: Final = "SELECT value FROM store WHERE name = 'rollup_lease'"


class RollupRunning(StoreUnavailable):
    """Another rollup holds the lease."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A held lease."""

    owner: str

    def hold(self, transaction: Transaction) -> None:
        """Renew the lease inside a transaction. Raises RollupRunning when it was lost, so that nothing is written."""
        stored = _parse(transaction.read(_READ).rows)
        if stored is None or stored["owner"] != self.owner:
            raise RollupRunning("This rollup lost its turn to another one, which repeats what is missing.")
        transaction.set(NAME, json.dumps(stored | {"until_ms": now_ms() + LEASE_MS}))

    def release(self, transaction: Transaction) -> None:
        """Give the lease back, if it is still held."""
        stored = _parse(transaction.read(_READ).rows)
        if stored is not None and stored["owner"] == self.owner:
            transaction.execute("DELETE FROM store WHERE name = 'rollup_lease'")


@contextmanager
def held(engine: Engine, wait_seconds: float) -> Iterator[Lease]:
    """Wait for the lease, keep it while the block runs, give it back. Raises RollupRunning when the wait is over."""
    lease = Lease(uuid.uuid4().hex)
    deadline = time.monotonic() + wait_seconds
    while not _taken(engine, lease):
        if time.monotonic() >= deadline:
            raise RollupRunning("Another rollup is running on this store. Try again in a moment.")
        time.sleep(ASK_AGAIN_SECONDS)
    over = threading.Event()
    keeper = threading.Thread(target=_keep, args=(engine, lease, over), name="rollup-lease", daemon=True)
    keeper.start()
    try:
        yield lease
    finally:
        over.set()
        keeper.join()
        with suppress(StoreUnavailable), engine.write() as transaction:  # else it runs out by itself
            lease.release(transaction)


def _keep(engine: Engine, lease: Lease, over: threading.Event) -> None:
    """Renew the lease while deriving takes long; a busy store is asked again in time, a lost lease is not renewed."""
    while not over.wait(RENEW_SECONDS):
        with suppress(StoreUnavailable), engine.write() as transaction:
            lease.hold(transaction)


def _taken(engine: Engine, lease: Lease) -> bool:
    """Take the lease if nobody holds it."""
    with engine.write() as transaction:
        stored = _parse(transaction.read(_READ).rows)
        if stored is not None and _is_alive(stored):
            return False
        process = psutil.Process()
        transaction.set(NAME, json.dumps({
            "owner": lease.owner, "host": socket.gethostname(), "pid": os.getpid(), "started": process.create_time(),
            "until_ms": now_ms() + LEASE_MS,
        }))  # fmt: skip
        return True


def _is_alive(stored: dict[str, object]) -> bool:
    until, pid = stored.get("until_ms"), stored.get("pid")
    if not isinstance(until, int) or until < now_ms() or until > now_ms() + 2 * LEASE_MS:  # or the clock was set back
        return False
    if stored.get("host") != socket.gethostname() or not isinstance(pid, int):
        return True
    try:
        return bool(psutil.Process(pid).create_time() == stored.get("started"))
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True


def _parse(rows: list[tuple[object, ...]]) -> dict[str, object] | None:
    """The stored lease; what cannot be read counts as none."""
    if not rows:
        return None
    try:
        stored = json.loads(str(rows[0][0]))
    except ValueError:
        return None
    return stored if isinstance(stored, dict) and "owner" in stored else None
