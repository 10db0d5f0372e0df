"""Stores of a given size: the demo shop with more or fewer visitors over the same days; made once and kept."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from benchmarks.servers import PROJECT
from smartshopie_db import clock
from smartshopie_db.database import SmartShopieDB
from smartshopie_db.demo.story import Story, tell
from smartshopie_db.plan import load_plan
from smartshopie_db.settings import load_settings

EVENTS_PER_VISITOR_DAY = 5.88  # of the demo shop: 506,909 events of 118 visitors a day on 731 days


def seeded(folder: Path, days: int, visitors: float) -> tuple[Path, float | None]:
    """A store of the demo shop up to today, and the seconds its making took (None: it was there)."""
    folder.mkdir(parents=True, exist_ok=True)
    today = clock.today(ZoneInfo("UTC"))
    path = folder / f"demo-{today}-{days}-{visitors:g}.db"
    if path.exists():
        return path, None
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    began = time.perf_counter()
    command = [sys.executable, "seed_demo_data.py", "--days", str(days), "--visitors-per-day", str(visitors),
               "--database", str(part), "--quiet"]  # fmt: skip
    subprocess.run(command, cwd=PROJECT, check=True, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - began
    part.rename(path)
    return path, seconds


def copied(store: Path, target: Path) -> Path:
    """A copy to write into."""
    target.parent.mkdir(parents=True, exist_ok=True)
    for old in target.parent.glob(target.name + "*"):
        old.unlink()
    with closing(sqlite3.connect(store)) as source, closing(sqlite3.connect(target)) as sink:
        source.backup(sink)
    return target


def opened(path: Path) -> SmartShopieDB:
    """The store behind a file, not connected yet."""
    url = f"sqlite:///{path.resolve()}"
    return SmartShopieDB(url, settings=load_settings({"SMARTSHOPIE_DATABASE_URL": url}))


def event_count(path: Path) -> int:
    """How many events a store holds."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return int(connection.execute("SELECT SUM(events) FROM event_sources").fetchone()[0] or 0)


def new_events(count: int, *, seed: int, days: int = 2) -> list[dict[str, Any]]:
    """Events of another shop's visitors on the last whole days; no store of `seeded` has them."""
    last = clock.day_of(clock.today(ZoneInfo("UTC"))) - 1  # today may be a minute old
    visitors = max(10.0, 2 * count / EVENTS_PER_VISITOR_DAY / days)
    story = Story(seed=seed, visitors_per_day=visitors, timezone="UTC", currency="EUR", plan=load_plan(None))

    def messages() -> Iterator[dict[str, Any]]:
        for _, of_the_day in tell(story, last - days + 1, last, clock.now_ms()):
            share = -(-count // days)
            step = max(1, len(of_the_day) // share)  # all through the day
            yield from list(of_the_day)[::step][:share]

    found = list(islice(messages(), count))
    for message in found:  # other people than the store's: a seed gives ids that may meet
        for name in ("userId", "anonymousId"):
            if message.get(name):
                message[name] = f"{message[name]}-{seed}"
        message["messageId"] = f"{message['messageId']}-{seed}"
    return found
