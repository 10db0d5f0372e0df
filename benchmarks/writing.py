"""Events coming in: over HTTP, from a file, and rolled up on small and large stores."""

from __future__ import annotations

import csv
import gc
import gzip
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import TypeVar

from benchmarks import browser, load, servers, stores
from benchmarks.requests import recorded
from benchmarks.results import Results, percentile

CLIENTS = 16
BATCH = 100
NEW_EVENTS = 10_000
ROLLUPS = 5
RETAIL = servers.PROJECT.parent / "shared" / "data" / "uci_online_retail" / "online_retail.csv.gz"
COLUMNS = 8
Item = TypeVar("Item")


def parts(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """The items in lists of `size`."""
    source = iter(items)
    while part := list(islice(source, size)):
        yield part


def ingest(results: Results, store: Path, work: Path, *, events: int) -> None:
    """16 clients in batches of 100, each answer durable, while a dashboard changes its period ten times a second."""
    copy = stores.copied(store, work / "ingest.db")
    bodies = [
        json.dumps({"batch": part, "writeKey": servers.WRITE_KEY}).encode()
        for part in parts(stores.new_events(events, seed=71, days=20), BATCH)
    ]
    with servers.ours(copy, work) as server:
        switches = [one for requests in recorded(browser.our_site(server.address)).values() for one in requests]
        done, waits = threading.Event(), []

        def watch() -> None:
            while not done.is_set():
                chosen = switches[len(waits) % len(switches)]
                seen = load.run(server.port, [chosen], clients=1, seconds=0, once=True)
                waits.extend(seen.times_ms)
                done.wait(0.1)

        watcher = threading.Thread(target=watch)
        if switches:
            watcher.start()
        requests = [load.request("/v1/batch", body=body) for body in bodies]
        seen = load.run(server.port, requests, clients=CLIENTS, seconds=0, once=True)
        done.set()
        if switches:
            watcher.join()
    stored = stores.event_count(copy) - stores.event_count(store)
    section = "ingest"
    results.add(section, "HTTP: events per second, stored durably", "/s", [stored / seen.seconds])
    results.add(section, "HTTP: median of an answer to 100 events", "ms", [percentile(seen.times_ms, 0.5)])
    results.add(section, "HTTP: p99 of an answer to 100 events", "ms", [percentile(seen.times_ms, 0.99)])
    results.add(section, "HTTP: answers that asked to come back (429)", "", [seen.failures])
    if waits:
        results.add(section, "a dashboard meanwhile: p95 of a period change", "ms", [percentile(waits, 0.95)])


def import_file(results: Results, work: Path, *, rows: int | None) -> None:
    """Online Retail through the importer, and its rows with a bare executemany, one after the other."""
    if not RETAIL.is_file():
        print(f"  {RETAIL} is not here: the import is not measured")
        return
    source = RETAIL if rows is None else first_rows(rows, work / "online_retail.csv")
    target = work / "import.db"
    for old in work.glob("import.db*"):
        old.unlink()
    command = [*servers.environment(target, 0)[:2], sys.executable, "-m", "smartshopie_db", "import", str(source),
               "--format", "online-retail", "--no-rollup"]  # fmt: skip
    began = time.perf_counter()
    process = subprocess.Popen(command, cwd=servers.PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    if status:
        raise RuntimeError("the import failed")
    bare, count = bare_insert(source, work / "bare.db")
    section = "import"
    results.add(section, "Online Retail: rows per second", "/s", [count / seconds])
    results.add(section, "Online Retail: events per second", "/s", [stores.event_count(target) / seconds])
    results.add(section, "the same rows, bare sqlite3 executemany", "/s", [count / bare])
    results.add(section, "rows per second, of the bare executemany's", "ratio", [bare / seconds])
    results.add(section, "peak memory", "MB", [usage.ru_maxrss / 1024])


def first_rows(count: int, target: Path) -> Path:
    """The beginning of the file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(RETAIL, "rt", encoding="utf-8") as source, target.open("w", encoding="utf-8") as sink:
        sink.writelines(islice(source, count + 1))
    return target


def bare_insert(source: Path, target: Path) -> tuple[float, int]:
    """Seconds to read the rows and insert them under a unique text id, 5,000 per durable commit; how many."""
    target.unlink(missing_ok=True)
    open_text = gzip.open if source.suffix == ".gz" else open
    began, count = time.perf_counter(), 0
    with closing(sqlite3.connect(target)) as connection, open_text(source, "rt", encoding="utf-8", newline="") as text:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"CREATE TABLE rows (id TEXT PRIMARY KEY, {', '.join(f'c{at}' for at in range(COLUMNS))})")
        reader = csv.reader(text)
        next(reader)
        insert = f"INSERT INTO rows VALUES ({', '.join('?' * (COLUMNS + 1))})"
        for part in parts(reader, 5_000):
            connection.executemany(insert, [(f"line:{count + at}", *row) for at, row in enumerate(part)])
            connection.commit()
            count += len(part)
    return time.perf_counter() - began, count


def rollups(results: Results, sized: Sequence[Path], work: Path, *, events: int = NEW_EVENTS) -> None:
    """Rolling up the same new events of the last two days on stores of different sizes over the same days."""
    gc.collect()
    gc.freeze()  # as the server does at its start: looking through the modules again is no work of a rollup
    medians = []
    for store in sized:
        held = stores.event_count(store)
        samples = []
        with stores.opened(stores.copied(store, work / "rollup.db")) as db:
            db.rollup()  # what the making left
            for number in range(ROLLUPS):
                db.ingest(stores.new_events(events, seed=900 + number), source="http:bench", verdicts=False)
                began = time.process_time()
                db.rollup()
                samples.append(time.process_time() - began)
        results.add("rollup", f"{events:,} new events on {held:,}: CPU", "s", samples)
        medians.append(statistics.median(samples))
    if len(medians) > 1:
        results.add("rollup", "largest store / smallest store", "ratio", [medians[-1] / medians[0]])
