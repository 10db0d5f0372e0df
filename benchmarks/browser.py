"""Drive Chromium through the overview and revenue pages of a site, and time what a user waits for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, Request, sync_playwright

SCRIPT = (Path(__file__).parent / "drawn.js").read_text(encoding="utf-8")
PERIODS = ("7d", "90d", "1y", "30d")
LIMIT_MS = 30_000
IDLE_MS = 1_500  # before what is measured: time in which a tab comes to rest, and a page may prefetch


@dataclass(frozen=True, slots=True)
class View:
    """What one page must show before the clock stops."""

    marker: str  # something that only this page has
    charts: int
    tables: int


@dataclass(frozen=True, slots=True)
class Site:
    """A site to measure: where things are on it."""

    name: str
    address: str
    overview: View
    revenue: View
    period: str  # selector of a period's control, with {}
    link: str  # selector of a page's link, with {} for its path
    pending: str  # what is visible while something is on its way


def our_site(address: str) -> Site:
    """Ours. Its rates of the assistant are drawn in HTML, so it has a chart less."""
    return Site(
        "ours", address, View("#overview", 2, 3), View("#revenue", 3, 2), "a[data-period='{}']",
        "nav a[href^='{}']", ".dash-graph--pending",
    )  # fmt: skip


def dash_site(address: str) -> Site:
    """Stock Dash."""
    return Site(
        "stock Dash", address, View("#satisfaction", 3, 3), View("#forecast", 3, 2), "label:has-text('{}')",
        "nav a[href='{}']", ".dash-graph--pending",
    )  # fmt: skip


def streamlit_site(address: str) -> Site:
    """Streamlit."""
    return Site(
        "Streamlit", address, View(".st-key-c", 3, 3), View(".st-key-f", 3, 2),
        "[data-testid=stRadio] label:has-text('{}')", "[data-testid=stSidebarNavLink][href$='{}']",
        "[data-stale=true]",
    )  # fmt: skip


@dataclass(slots=True)
class Visit:
    """A browser context on a site: what is timed in it, and what went over the wire."""

    site: Site
    page: Page
    session: CDPSession
    samples: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    bytes: float = 0.0
    requests: int = 0

    def wanted(self, view: View, before: list[str] | None = None) -> dict[str, Any]:
        """The condition under which the clock stops."""
        other = self.site.revenue if view is self.site.overview else self.site.overview
        return {
            "page": view.marker, "absent": other.marker, "charts": view.charts, "tables": view.tables,
            "pending": self.site.pending, "before": before,
        }  # fmt: skip

    def load(self, name: str, *, again: bool = False) -> None:
        """A load of the overview; the browser's clock starts with the navigation."""
        bytes_before, requests_before, cpu_before = self.bytes, self.requests, self._cpu()
        if again:
            self.page.reload(wait_until="commit")
        else:
            self.page.goto(self.site.address, wait_until="commit")
        self.samples[name].append(self._await(self.wanted(self.site.overview)))
        cpu = self._cpu()
        self.page.wait_for_timeout(200)  # the last bytes are counted a moment after they were used
        self.samples[f"{name}, MB"].append((self.bytes - bytes_before) / 1e6)
        self.samples[f"{name}, requests"].append(self.requests - requests_before)
        self.samples[f"{name}, CPU"].append(cpu - cpu_before if cpu > cpu_before else cpu)  # a new process starts at 0

    def act(self, name: str, view: View, do: Callable[[Page], None], *, new_data: bool) -> None:
        """Time from an action to the frame in which everything asked for is painted."""
        self.page.wait_for_timeout(IDLE_MS)
        before = self.page.evaluate("bench.remember()") if new_data else None
        cpu = self._cpu()
        self.page.evaluate("want => { window.waited = bench.wait(want); }", self.wanted(view, before))
        do(self.page)
        done = float(self.page.evaluate("window.waited"))
        self.samples[name].append(done - float(self.page.evaluate("bench.acted")))
        self.samples[f"{name}, CPU"].append(self._cpu() - cpu)

    def change_period(self, name: str, period: str) -> None:
        """Click on a period."""
        selector = self.site.period.format(period)
        self.act(name, self.site.overview, lambda page: page.click(selector), new_data=True)

    def open_page(self, name: str, view: View, path: str) -> None:
        """Click on a page's link."""
        selector = self.site.link.format(path)
        self.act(name, view, lambda page: page.click(selector), new_data=False)

    def choose_range(self, name: str, start: str, end: str) -> None:
        """Send the form of a custom range."""
        script = (
            "([start, end]) => { const form = document.querySelector('#range');"
            " form.elements.start.value = start; form.elements.end.value = end; form.requestSubmit(); }"
        )
        self.act(name, self.site.overview, lambda page: page.evaluate(script, [start, end]), new_data=True)

    def _await(self, want: Mapping[str, Any]) -> float:
        return float(self.page.evaluate("want => bench.wait(want)", dict(want)))

    def _cpu(self) -> float:
        """Milliseconds the page's main thread has worked; what waits for a core does not count."""
        metrics = self.session.send("Performance.getMetrics")["metrics"]
        return 1000 * next(float(one["value"]) for one in metrics if one["name"] == "TaskDuration")


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser for all visits."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def visit(
    browser: Browser, site: Site, *, latency_ms: float = 0.0, megabytes_per_second: float = 5.0
) -> Iterator[Visit]:
    """A new tab at rest, its cache empty; with a latency also with a limited rate."""
    context = browser.new_context(viewport={"width": 1366, "height": 900})
    context.add_init_script(SCRIPT)
    context.set_default_timeout(LIMIT_MS)
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    session.send("Network.enable")
    if latency_ms:
        rate = megabytes_per_second * 1e6
        session.send("Network.emulateNetworkConditions", {
            "offline": False, "latency": latency_ms, "downloadThroughput": rate, "uploadThroughput": rate,
        })  # fmt: skip
    seen = Visit(site, page, session)

    def count(event: Mapping[str, Any]) -> None:
        seen.bytes += float(event["encodedDataLength"])

    def count_request(_event: Mapping[str, Any]) -> None:
        seen.requests += 1

    page.wait_for_timeout(IDLE_MS)  # a new tab starts a process, some 200 ms of work that no site causes
    session.on("Network.loadingFinished", count)
    session.on("Network.requestWillBeSent", count_request)
    if site.name == "Streamlit":  # its data come over a socket
        session.on("Network.webSocketFrameReceived", lambda event: count_frame(seen, event))
    try:
        yield seen
    finally:
        context.close()


def count_frame(seen: Visit, event: Mapping[str, Any]) -> None:
    """Bytes of a socket's frame, before its compression (the protocol does not tell more)."""
    seen.bytes += len(event["response"]["payloadData"])


def captured(browser: Browser, site: Site, period: str) -> list[tuple[str, str]]:
    """The callbacks (path, body) that one change to a period sends."""
    found: list[tuple[str, str]] = []

    def keep(request: Request) -> None:
        if "_dash-update-component" in request.url and request.post_data:
            found.append((request.url.removeprefix(site.address), request.post_data))

    fresh = replace(site)
    with visit(browser, fresh) as seen:
        seen.load("load")
        seen.page.wait_for_timeout(IDLE_MS)
        seen.page.on("request", keep)
        seen.change_period("period", period)
        seen.page.wait_for_timeout(300)
    return [(path, body) for path, body in found if not is_live(body)]


def is_live(body: str) -> bool:
    """Whether a callback belongs to what our pages ask for by themselves: news, and pages opened ahead."""
    return any(f'"via":"{one}"' in body for one in ("live", "ahead"))
