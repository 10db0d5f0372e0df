"""The server measured by itself: requests per route, and once a minute a row of realtime_metrics."""

from __future__ import annotations

import logging
import statistics
import threading
import time
from collections import deque
from dataclasses import dataclass, field

import flask
import psutil

from data.presence import MINUTE_MS, active_sessions, ordering_sessions
from smartshopie_db.clock import DAY_MS, LocalTime, iso_day, now_ms
from smartshopie_db.database import SmartShopieDB
from smartshopie_db.errors import StoreError

log = logging.getLogger("smartshopie.measure")

KEPT_DAYS = 30
MOST_TIMES = 10_000  # of one minute, for its median
METER = "smartshopie.meter"  # the key of server.extensions
_UTC = LocalTime("UTC")

ADD_REQUESTS = """
INSERT INTO api_endpoints (endpoint_name, method, record_date, source, base_url, last_checked, request_count,
    daily_calls, error_count, response_us_sum, avg_response_ms, error_rate, success_rate)
VALUES (:route, :method, :day, 'events', :base_url, :at, :requests, :requests, :errors, :micros,
    :micros / 1000.0 / :requests, 100.0 * :errors / :requests, 100.0 - 100.0 * :errors / :requests)
ON CONFLICT (endpoint_name, method, record_date, source) DO UPDATE SET
    base_url = excluded.base_url, last_checked = excluded.last_checked,
    request_count = api_endpoints.request_count + excluded.request_count,
    daily_calls = api_endpoints.daily_calls + excluded.daily_calls,
    error_count = api_endpoints.error_count + excluded.error_count,
    response_us_sum = api_endpoints.response_us_sum + excluded.response_us_sum,
    avg_response_ms = (api_endpoints.response_us_sum + excluded.response_us_sum) / 1000.0
        / (api_endpoints.request_count + excluded.request_count),
    error_rate = 100.0 * (api_endpoints.error_count + excluded.error_count)
        / (api_endpoints.request_count + excluded.request_count),
    success_rate = 100.0 - 100.0 * (api_endpoints.error_count + excluded.error_count)
        / (api_endpoints.request_count + excluded.request_count)
"""


@dataclass(slots=True)
class Tally:
    """Requests of one route and method on one UTC day; an error is an answer of 500 or above."""

    requests: int = 0
    errors: int = 0
    micros: int = 0
    last_ms: int = 0

    def add(self, requests: int, errors: int, micros: int, at_ms: int) -> None:
        """Add up."""
        self.requests += requests
        self.errors += errors
        self.micros += micros
        self.last_ms = max(self.last_ms, at_ms)


Tallies = dict[tuple[str, str, int], Tally]
"""By route, method and day (UTC, days since 1970-01-01)."""


@dataclass(slots=True)
class Meter:
    """Counts requests in memory until somebody drains it. A request waits for no more than an addition."""

    tallies: Tallies = field(default_factory=dict)
    millis: deque[float] = field(default_factory=lambda: deque(maxlen=MOST_TIMES))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def record(self, route: str, method: str, seconds: float, status: int, at_ms: int) -> None:
        """Count one answer."""
        with self.lock:
            tally = self.tallies.setdefault((route, method, at_ms // DAY_MS), Tally())
            tally.add(1, int(status >= 500), round(seconds * 1e6), at_ms)
            self.millis.append(seconds * 1e3)

    def drain(self) -> tuple[Tallies, float | None]:
        """What was counted since the last time, and the median milliseconds (None without requests)."""
        with self.lock:
            tallies, self.tallies = self.tallies, {}
            times = list(self.millis)
            self.millis.clear()
        return tallies, round(statistics.median(times), 3) if times else None

    def put_back(self, tallies: Tallies) -> None:
        """Keep what could not be written for the next time."""
        with self.lock:
            for key, tally in tallies.items():
                kept = self.tallies.setdefault(key, Tally())
                kept.add(tally.requests, tally.errors, tally.micros, tally.last_ms)


def moment(ms: int) -> str:
    """RFC 3339 in UTC with a Z, to the second: compares as text, and carries no plus sign into a URL."""
    return _UTC.iso(ms)[:19] + "Z"


def write_tallies(db: SmartShopieDB, tallies: Tallies, base_url: str) -> None:
    """Add the counts to the day's rows; several processes may add to the same ones."""
    with db.engine.write() as transaction:
        for (route, method, day), tally in sorted(tallies.items()):
            transaction.execute(ADD_REQUESTS, {
                "route": route, "method": method, "day": iso_day(day), "base_url": base_url,
                "at": moment(tally.last_ms), "requests": tally.requests, "errors": tally.errors, "micros": tally.micros,
            })


def write_minute(db: SmartShopieDB, until_ms: int, median_ms: float | None) -> None:
    """One row for the minute that ended at `until_ms`; rows older than 30 days go."""
    row = {
        "recorded_at": moment(until_ms), "active_sessions": active_sessions(db, until_ms),
        "api_response_time_ms": median_ms,
        "cpu_usage_pct": psutil.cpu_percent(), "memory_usage_pct": psutil.virtual_memory().percent,
        "conversions_per_min": ordering_sessions(db, until_ms),
    }
    oldest = {"oldest": moment(until_ms - KEPT_DAYS * DAY_MS)}
    with db.engine.write() as transaction:
        transaction.upsert("realtime_metrics", tuple(row), [tuple(row.values())], ["recorded_at"])
        transaction.execute("DELETE FROM realtime_metrics WHERE recorded_at < :oldest", oldest)


class Sampler:
    """A thread that writes down every full minute what the meter counted; requests never wait for it."""

    def __init__(self, db: SmartShopieDB, meter: Meter, base_url: str) -> None:
        self._db, self._meter, self._base_url = db, meter, base_url
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="measure", daemon=True)

    def start(self) -> None:
        """Begin; the first row comes with the next full minute."""
        self._thread.start()

    def stop(self) -> None:
        """End, and write the counts that are left."""
        self._stopping.set()
        self._thread.join(timeout=5)
        self.write(None)

    def write(self, until_ms: int | None) -> None:
        """Write the counts, and with `until_ms` the minute's row. A store that cannot be written loses no counts."""
        tallies, median = self._meter.drain()
        try:
            if tallies:
                write_tallies(self._db, tallies, self._base_url)
                tallies = {}
            if until_ms is not None:
                write_minute(self._db, until_ms, median)
        except StoreError as error:
            log.warning("this minute's measurements could not be written: %s", error)
            self._meter.put_back(tallies)
        except Exception:
            log.exception("measuring failed")
            self._meter.put_back(tallies)

    def _run(self) -> None:
        psutil.cpu_percent()  # measures from one call to the next of the same thread: the first only starts the clock
        while not self._stopping.wait((MINUTE_MS - now_ms() % MINUTE_MS) / 1000):
            self.write(now_ms() // MINUTE_MS * MINUTE_MS)


def register(server: flask.Flask) -> None:
    """Time every answer of the API's known routes."""
    meter = server.extensions[METER] = Meter()

    @server.before_request
    def start_clock() -> None:
        flask.g.started = time.perf_counter()

    @server.after_request
    def count(response: flask.Response) -> flask.Response:
        rule = flask.request.url_rule
        if rule is not None and rule.rule.startswith(("/api/", "/v1/")) and "<" not in rule.rule:
            seconds = time.perf_counter() - flask.g.get("started", time.perf_counter())
            meter.record(rule.rule, flask.request.method, seconds, response.status_code, now_ms())
        return response
