"""The real program, made to die or to stop at a chosen point: `python -m tests.crashes.victim --log FILE ...`.

    --kill "before the commit:7"   kill -9 in the seventh transaction of the event door, before it is committed
    --kill "after the commit:7"    when the seventh is committed, before it is answered
    --kill "in a rollup:7"         before or after the seventh commit of rollups
    --hold FILE                    rollups stop after they took their turn, for as long as the file is there
    --deaf                         rollups begin when the door says so, not by looking into the store now and then

Each rollup and each death is a line of JSON in the log. All events are received at the same moment, so that two stores
can be compared.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import app as program
import smartshopie_db.ingest
import smartshopie_db.rollup
from smartshopie_db import worker
from smartshopie_db.database import SmartShopieDB
from smartshopie_db.engine import Engine, Transaction
from smartshopie_db.settings import load_settings

RECEIVED = 1_795_000_000_000  # 18 November 2026


class Log:
    def __init__(self, file: Path) -> None:
        self._file = file

    def write(self, **said: Any) -> None:
        with self._file.open("a") as log:
            log.write(json.dumps({"pid": os.getpid(), **said}) + "\n")


class Death:
    """Comes at the `count`-th passing of a point."""

    def __init__(self, point: str, count: int, log: Log) -> None:
        self._point, self._left, self._log = point, count, log
        self._lock = threading.Lock()

    def passing(self, point: str, where: str = "") -> None:
        if point != self._point:
            return
        with self._lock:
            self._left -= 1
            if self._left == 0:
                self._log.write(killed=point, where=where)
                os.kill(os.getpid(), signal.SIGKILL)


def lay_in_wait(death: Death) -> None:
    """Have death come by wherever something is committed."""
    who = threading.local()
    write, ingest, rollup = Engine.write, SmartShopieDB.ingest, SmartShopieDB.rollup

    @contextmanager
    def watched_write(self: Engine) -> Iterator[Transaction]:
        doing = getattr(who, "doing", "")
        with write(self) as transaction:
            yield transaction
            death.passing("before the commit" if doing == "ingest" else doing, "before a commit")
        if doing != "ingest":
            death.passing(doing, "after a commit")

    def watched_ingest(self: SmartShopieDB, *given: Any, **named: Any) -> Any:
        who.doing = "ingest"
        report = ingest(self, *given, **named)
        who.doing = ""
        death.passing("after the commit")
        return report

    def watched_rollup(self: SmartShopieDB, *given: Any, **named: Any) -> Any:
        who.doing = "in a rollup"
        try:
            return rollup(self, *given, **named)
        finally:
            who.doing = ""

    Engine.write, SmartShopieDB.ingest, SmartShopieDB.rollup = watched_write, watched_ingest, watched_rollup


def hold_rollups(log: Log, hold: Path) -> None:
    derive = smartshopie_db.rollup.derive

    def held(*given: Any, **named: Any) -> Any:
        if hold.exists():
            log.write(holding=True)
        while hold.exists():
            time.sleep(0.01)
        return derive(*given, **named)

    smartshopie_db.rollup.derive = held


def tell_of_rollups(log: Log) -> None:
    rollup = SmartShopieDB.rollup

    def told(self: SmartShopieDB, *given: Any, **named: Any) -> Any:
        report = rollup(self, *given, **named)
        log.write(visitors=report.visitors, days=report.days)
        return report

    SmartShopieDB.rollup = told


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--kill", default="never:0")
    parser.add_argument("--hold", type=Path)
    parser.add_argument("--deaf", action="store_true")
    options = parser.parse_args()
    log = Log(options.log)
    smartshopie_db.ingest.now_ms = lambda: RECEIVED
    worker.PAUSE_SECONDS = 0.05  # as many rollups as can be
    if options.deaf:
        worker.POLL_SECONDS = 3_600.0
    point, _, count = options.kill.partition(":")
    lay_in_wait(Death(point, int(count), log))
    if options.hold is not None:
        hold_rollups(log, options.hold)
    tell_of_rollups(log)
    settings = load_settings()
    program.serve(program.create_app(settings), settings, f"http://{settings.host}:{settings.port}")


if __name__ == "__main__":
    main()
