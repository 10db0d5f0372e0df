"""The pages in Chromium: loads, page and period changes, right after a data change, on a store that changes."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from playwright.sync_api import Browser

from benchmarks import browser, load, servers
from benchmarks.results import Results
from smartshopie_db.clock import LocalTime, now_ms

COMMIT_SECONDS = 2.0
VERSION_PATIENCE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured."""

    rounds: int
    latencies: Sequence[float]
    peers: bool


def measure(results: Results, store: Path, logs: Path, plan: Plan) -> None:
    """All figures of the pages; each round visits every site once, so that all meet the same machine."""
    with ExitStack() as stack:
        ours = stack.enter_context(servers.ours(store, logs))
        sites = [browser.our_site(ours.address)]
        if plan.peers:
            sites.append(browser.dash_site(stack.enter_context(servers.stock_dash(store, logs)).address))
            sites.append(browser.streamlit_site(stack.enter_context(servers.streamlit(store, logs)).address))
        chromium = stack.enter_context(browser.chromium())
        for site in sites:
            ours_ready(chromium, site)  # the first visit of all fills caches of files: not counted
        for latency in plan.latencies:
            rounds(results, chromium, sites, plan.rounds, latency)
        after_changes(results, chromium, sites[0], ours, plan.rounds)
        while_it_commits(results, chromium, sites[0], ours, plan.rounds)


def ours_ready(chromium: Browser, site: browser.Site) -> None:
    """Visit once."""
    with browser.visit(chromium, site) as seen:
        seen.load("first")


def rounds(results: Results, chromium: Browser, sites: Sequence[browser.Site], count: int, latency: float) -> None:
    """Loads, periods, pages, a custom range, a reload."""
    samples: dict[str, dict[str, list[float]]] = {site.name: defaultdict(list) for site in sites}
    for _ in range(count):
        for site in sites:
            with browser.visit(chromium, site, latency_ms=latency) as seen:
                walk(seen)
                for name, values in seen.samples.items():
                    samples[site.name][name] += values
    section = f"{latency:g} ms"
    for site in sites:
        for name, values in samples[site.name].items():
            unit = "MB" if name.endswith("MB") else "" if name.endswith("requests") else "ms"
            results.add(section, f"{site.name}: {name}", unit, values)
        periods = [value for period in browser.PERIODS for value in samples[site.name][f"period {period}"]]
        results.add(section, f"{site.name}: period, all four", "ms", periods)
        work = [value for period in browser.PERIODS for value in samples[site.name][f"period {period}, CPU"]]
        results.add(section, f"{site.name}: period, all four, CPU", "ms", work)
    for peer in sites[1:]:
        for what in ("cold load", "reload", "period, all four", "period, all four, CPU", "page", "page seen before"):
            results.ratio(section, f"ours / {peer.name}: {what}", f"ours: {what}", f"{peer.name}: {what}")


def walk(seen: browser.Visit) -> None:
    """One visit."""
    site = seen.site
    seen.load("cold load")
    for period in browser.PERIODS:
        seen.change_period(f"period {period}", period)
    seen.open_page("page", site.revenue, "/revenue")
    seen.open_page("page seen before", site.overview, "/")
    if site.name == "ours":
        end = date.fromisoformat(str(seen.page.get_attribute("[data-end]", "data-end"))) - timedelta(days=9)
        seen.choose_range("custom range", str(end - timedelta(days=41)), str(end))
    seen.load("reload", again=True)


def send(server: servers.Server) -> None:
    """A page view of somebody new through the door: it changes the day's sessions, and so the data version."""
    name = uuid.uuid4().hex
    event = {"type": "page", "messageId": name, "anonymousId": name, "timestamp": LocalTime("UTC").iso(now_ms())}
    body = json.dumps({"batch": [event], "writeKey": servers.WRITE_KEY}).encode()
    answers = load.run(server.port, [load.request("/v1/batch", body=body)], clients=1, seconds=0, once=True)
    if answers.failures:
        raise RuntimeError("the event door refused an event")


def data_version(server: servers.Server) -> int:
    """The version that the API answers with."""
    return int(json.loads(server.get("/api/overview/kpis"))["meta"]["data_version"])


def change_data(server: servers.Server) -> None:
    """Send an event and wait until the pages' numbers are new."""
    before = data_version(server)
    send(server)
    until = time.monotonic() + VERSION_PATIENCE_SECONDS
    while data_version(server) == before:
        if time.monotonic() > until:
            raise RuntimeError("the data version did not grow after an event")
        time.sleep(0.05)


def after_changes(results: Results, chromium: Browser, site: browser.Site, server: servers.Server, count: int) -> None:
    """Each action right after the data changed: nothing is remembered any more."""
    samples: dict[str, list[float]] = defaultdict(list)
    with browser.visit(chromium, site) as seen:
        seen.load("cold load")
        for _ in range(count):
            for period in browser.PERIODS:
                change_data(server)
                seen.change_period("period", period)
            change_data(server)
            seen.open_page("page", site.revenue, "/revenue")
            change_data(server)
            seen.open_page("page seen before", site.overview, "/")
            change_data(server)
            seen.load("reload", again=True)
        samples.update(seen.samples)
    for name in ("period", "page", "page seen before", "reload"):
        results.add("changed", f"ours, right after a data change: {name}", "ms", samples[name])


@contextmanager
def committing(server: servers.Server) -> Iterator[None]:
    """An event every two seconds, until the block ends."""
    done = threading.Event()

    def work() -> None:
        while not done.wait(COMMIT_SECONDS):
            send(server)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def while_it_commits(
    results: Results, chromium: Browser, site: browser.Site, server: servers.Server, count: int
) -> None:
    """The same walk on a store that commits every two seconds."""
    samples: dict[str, list[float]] = defaultdict(list)
    with committing(server):
        for _ in range(count):
            with browser.visit(chromium, site) as seen:
                walk(seen)
                for name, values in seen.samples.items():
                    samples["period" if name in {f"period {one}" for one in browser.PERIODS} else name] += values
    for name in ("cold load", "period", "page", "page seen before", "custom range", "reload"):
        results.add("commits", f"ours, a commit every 2 s: {name}", "ms", samples[name])
