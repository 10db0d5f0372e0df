"""HTTP without a browser: what period changes and API calls cost the server, and how many it answers."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from random import Random
from statistics import median
from zoneinfo import ZoneInfo

from benchmarks import browser, load, servers
from benchmarks.pages import change_data
from benchmarks.results import Results, percentile
from data.catalogue import CATALOGUE
from smartshopie_db.clock import today

CLIENTS = 8
SESSIONS = 20
COLD_DAYS = 9
SERVED = [name for name, dataset in CATALOGUE.items() if dataset.kind != "flat"]
Callbacks = dict[str, list[bytes]]


def measure(results: Results, store: Path, logs: Path, *, seconds: float, peers: bool) -> None:
    """Start the server and measure all of it."""
    with servers.ours(store, logs, plain=True) as server:
        results.add("start", "python app.py until its first page", "s", [server.started_seconds])
        results.add("memory", "after the first page", "MB", [server.memory_mb()])
    with servers.ours(store, logs) as server:
        callbacks = recorded(browser.our_site(server.address))
        period_cpu(results, server, callbacks)
        with load.listening(server.port, SESSIONS):
            switching(results, "ours, their streams open", server, callbacks, seconds)
        cold_endpoints(results, "API", server)
        warm_endpoints(results, server, seconds)
        with load.listening(server.port, SESSIONS):
            switching(results, "ours, again", server, callbacks, seconds)
        results.add("memory", "after all of these requests", "MB", [server.memory_mb()])
    if peers:
        with servers.stock_dash(store, logs) as server:
            callbacks = recorded(browser.dash_site(server.address))
            switching(results, "stock Dash", server, callbacks, seconds)
            results.add("memory", "stock Dash after the same", "MB", [server.memory_mb()])


def recorded(site: browser.Site) -> Callbacks:
    """The requests that a change to each period sends, recorded in a browser."""
    with browser.chromium() as chromium:
        return {
            period: [load.request(path, body=body.encode()) for path, body in browser.captured(chromium, site, period)]
            for period in ("7d", "90d", "1y")
        }


def cpu_ms(server: servers.Server, requests: Sequence[bytes]) -> float:
    """The server's processor time for these requests, one after the other."""
    before = server.cpu_seconds()
    load.run(server.port, requests, clients=1, seconds=0, once=True)
    return 1000 * (server.cpu_seconds() - before)


def period_cpu(results: Results, server: servers.Server, callbacks: Callbacks) -> None:
    """Server CPU of a period change: remembered, and right after the data changed."""
    for period, requests in callbacks.items():
        if not requests:
            continue  # the page answered from its own memory
        cpu_ms(server, requests)
        warm = [cpu_ms(server, requests * 20) / 20 for _ in range(5)]
        results.add("server", f"CPU per change to {period}, remembered", "ms", warm)
        changed = []
        for _ in range(5):
            change_data(server)
            time.sleep(0.3)  # the worker is done with the commit
            changed.append(cpu_ms(server, requests))
        results.add("server", f"CPU per change to {period}, right after a data change", "ms", changed)


def switching(results: Results, name: str, server: servers.Server, callbacks: Callbacks, seconds: float) -> None:
    """Sessions that switch periods at once; a switch is all the callbacks it sends."""
    every = [one for requests in callbacks.values() for one in requests]
    if not every:
        return
    per_switch = len(every) / len(callbacks)
    load.run(server.port, every, clients=2, seconds=0, once=True)
    seen = load.run(server.port, every, clients=SESSIONS, seconds=max(seconds, 2))
    section = f"{SESSIONS} users"
    results.add(section, f"{name}: period switches per second", "/s", [seen.per_second / per_switch])
    results.add(section, f"{name}: median of an answer", "ms", [percentile(seen.times_ms, 0.5)])
    results.add(section, f"{name}: p99 of an answer", "ms", [percentile(seen.times_ms, 0.99)])
    results.add(section, f"{name}: memory with these sessions", "MB", [server.memory_mb()])
    if seen.failures:
        raise RuntimeError(f"{name}: {seen.failures} answers were not 200")


def cold_endpoints(results: Results, section: str, server: servers.Server) -> None:
    """Server CPU of the first answer for a window of one year, per dataset.

    Each day in another order: what comes after an answer that read a lot finds the caches full of it.
    """
    newest = today(ZoneInfo("UTC")) - timedelta(days=2)
    load.run(server.port, [load.request(f"/api/{name}?period=1y") for name in SERVED], clients=1, seconds=0, once=True)
    samples: dict[str, list[float]] = {name: [] for name in SERVED}
    order = Random(1)  # noqa: S311 - the same orders every time
    for number in range(COLD_DAYS):
        day = newest - timedelta(days=number)
        for name in order.sample(SERVED, len(SERVED)):
            samples[name].append(cpu_ms(server, [load.request(f"/api/{name}?period=1y&as_of={day}")]))
    for name, times in samples.items():
        results.add(section, f"{name}: CPU of a first answer, 1y", "ms", times)
    results.add(section, "all datasets: CPU of a first answer, 1y", "ms", map(median, samples.values()))


def warm_endpoints(results: Results, server: servers.Server, seconds: float) -> None:
    """Requests per second with 8 clients beside a hello-world route of the same server."""
    hello = [load.request("/hello-world")]
    load.run(server.port, hello, clients=CLIENTS, seconds=seconds)
    ratios, speeds, worst, greetings = [], [], 0.0, []
    for name in SERVED:
        asked = [load.request(f"/api/{name}?period=30d")]
        load.run(server.port, asked, clients=1, seconds=0, once=True)
        greeting = load.run(server.port, hello, clients=CLIENTS, seconds=seconds / 2)
        seen = load.run(server.port, asked, clients=CLIENTS, seconds=seconds)
        again = load.run(server.port, hello, clients=CLIENTS, seconds=seconds / 2)
        base = (greeting.per_second + again.per_second) / 2
        greetings.append(base)
        speeds.append(seen.per_second)
        ratios.append(seen.per_second / base)
        worst = max(worst, percentile(seen.times_ms, 0.99))
        results.add("API", f"{name}: requests per second of hello-world's", "ratio", [ratios[-1]])
        results.add("API", f"{name}: p50", "ms", [percentile(seen.times_ms, 0.5)])
        results.add("API", f"{name}: p99", "ms", [percentile(seen.times_ms, 0.99)])
    results.add("API", "hello-world: requests per second", "/s", greetings)
    results.add("API", "all datasets: requests per second", "/s", speeds)
    results.add("API", "all datasets: of hello-world's", "ratio", ratios)
    results.add("API", "the slowest p99 of all datasets", "ms", [worst])
