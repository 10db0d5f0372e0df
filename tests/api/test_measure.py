"""The server measures itself."""

from collections.abc import Iterator

import flask
import pytest

from api import measure
from api.measure import MINUTE_MS, Meter, Sampler, Tally, moment, write_minute, write_tallies
from smartshopie_db.clock import DAY_MS, now_ms
from smartshopie_db.database import SmartShopieDB
from smartshopie_db.errors import StoreUnavailable
from tests.api.conftest import Serve

NOON = 20_500 * DAY_MS + DAY_MS // 2


@pytest.fixture
def server(serve: Serve, store_url: str) -> Iterator[flask.Flask]:
    """A server on an empty store of its own, on each engine."""
    server = serve(DATABASE_URL=store_url)
    yield server
    server.config["STORE"].close()


@pytest.fixture
def database(server: flask.Flask) -> SmartShopieDB:
    """Its store."""
    return server.config["STORE"]


def rows(database: SmartShopieDB, table: str) -> list[dict]:
    found = database.engine.read(f"SELECT * FROM {table} ORDER BY 1")
    return [dict(zip(found.columns, row, strict=True)) for row in found.rows]


def test_known_routes_are_counted_and_unknown_ones_are_not(server: flask.Flask) -> None:
    client = server.test_client()
    for path in ("/api/health", "/api/overview/kpis?period=7d", "/api/overview/kpis?period=x", "/api/typo", "/nothing"):
        client.get(path)
    client.head("/api/health")
    tallies, median = server.extensions[measure.METER].drain()
    counted = {(route, method): (tally.requests, tally.errors) for (route, method, _day), tally in tallies.items()}
    assert counted == {
        ("/api/health", "GET"): (1, 0),
        ("/api/health", "HEAD"): (1, 0),
        ("/api/overview/kpis", "GET"): (2, 0),
    }
    assert median is not None
    assert median > 0


def test_a_server_error_counts_as_one(server: flask.Flask) -> None:
    server.config["STORE"].close()
    server.test_client().get("/api/health")
    tallies, _ = server.extensions[measure.METER].drain()
    assert [tally.errors for tally in tallies.values()] == [1]


def test_the_median_is_of_the_minute_and_draining_empties() -> None:
    meter = Meter()
    for seconds in (0.001, 0.002, 0.1):
        meter.record("/api/x", "GET", seconds, 200, NOON)
    tallies, median = meter.drain()
    assert median == 2.0
    assert tallies == {("/api/x", "GET", 20_500): Tally(3, 0, 103_000, NOON)}
    assert meter.drain() == ({}, None)


def test_counts_of_two_processes_add_up(database: SmartShopieDB) -> None:
    for tally in (Tally(3, 1, 6_000, NOON), Tally(1, 0, 2_000, NOON + 1000)):
        write_tallies(database, {("/api/x", "GET", 20_500): tally}, "http://127.0.0.1:8050")
    (row,) = rows(database, "api_endpoints")
    assert (row["request_count"], row["error_count"], row["response_us_sum"]) == (4, 1, 8_000)
    assert (row["avg_response_ms"], row["error_rate"], row["success_rate"]) == (2.0, 25.0, 75.0)
    assert (row["record_date"], row["last_checked"]) == ("2026-02-16", "2026-02-16T12:00:01Z")
    assert (row["base_url"], row["source"]) == ("http://127.0.0.1:8050", "events")


def test_each_day_has_its_own_row(database: SmartShopieDB) -> None:
    meter = Meter()
    meter.record("/api/x", "GET", 0.001, 200, NOON)
    meter.record("/api/x", "GET", 0.001, 200, NOON + DAY_MS)
    write_tallies(database, meter.drain()[0], "http://localhost")
    assert [row["record_date"] for row in rows(database, "api_endpoints")] == ["2026-02-16", "2026-02-17"]


def event(kind: str, visitor: str | None, ago_ms: int, session: str | None = None, **properties: object) -> dict:
    named = {"type": "page"} if kind == "page" else {"type": "track", "event": kind}
    return {
        "messageId": f"{kind}-{visitor}-{ago_ms}-{session}",
        **named,
        "timestamp": moment(NOON - ago_ms),
        "properties": properties,
        **({"userId": visitor} if visitor else {}),
        **({"context": {"sessionId": session}} if session else {}),
    }


def test_a_minute_tells_sessions_and_conversions(database: SmartShopieDB) -> None:
    database.ingest([
        event("page", "ann", 10_000, "s1"), event("page", "ann", 20_000, "s2"), event("page", "ann", 21_000),
        event("page", "bob", 200_000), event("page", "cid", 301_000, "s3"),
        event("Message Received", "dan", 10_000, "s4"),
        event("Order Refunded", "eve", 10_000, order_id="o9", revenue=1),
        event("Order Completed", "ann", 5_000, "s1", order_id="o1", revenue=1),
        event("Order Completed", "ann", 4_000, "s1", order_id="o2", revenue=1),
        event("Order Completed", "bob", 190_000, order_id="o3", revenue=1),
        event("Order Completed", None, 5_000, order_id="o4", revenue=1),
    ], source="http", received_ms=NOON)  # fmt: skip
    write_minute(database, NOON, 12.5)
    (row,) = rows(database, "realtime_metrics")
    assert row["recorded_at"] == "2026-02-16T12:00:00Z"
    assert row["active_sessions"] == 3  # ann's two and bob's; a message of the assistant or a refund opens none
    assert row["conversions_per_min"] == 1  # ann's session, once; bob's order was earlier, a guest has no session
    assert row["api_response_time_ms"] == 12.5
    assert 0 <= row["cpu_usage_pct"] <= 100
    assert 0 < row["memory_usage_pct"] <= 100


def test_a_minute_without_requests_has_no_response_time(database: SmartShopieDB) -> None:
    write_minute(database, NOON, None)
    (row,) = rows(database, "realtime_metrics")
    assert row["api_response_time_ms"] is None
    assert (row["active_sessions"], row["conversions_per_min"]) == (0, 0)


def test_thirty_days_are_kept(database: SmartShopieDB) -> None:
    for day in (0, 1, 30, 31):
        write_minute(database, NOON + day * DAY_MS, 1.0)
    assert [row["recorded_at"][:10] for row in rows(database, "realtime_metrics")] == [
        "2026-02-17",
        "2026-03-18",
        "2026-03-19",
    ]


def test_counts_wait_for_a_store_that_is_busy(database: SmartShopieDB, monkeypatch: pytest.MonkeyPatch) -> None:
    meter = Meter()
    meter.record("/api/x", "GET", 0.002, 200, NOON)
    sampler = Sampler(database, meter, "http://localhost")

    def busy(*_given: object) -> None:
        raise StoreUnavailable("The store is busy.")

    with monkeypatch.context() as patched:
        patched.setattr(measure, "write_tallies", busy)
        sampler.write(NOON)
    meter.record("/api/x", "GET", 0.002, 200, NOON)
    sampler.write(NOON + MINUTE_MS)
    (row,) = rows(database, "api_endpoints")
    assert row["request_count"] == 2


def test_stopping_writes_what_is_left(server: flask.Flask, database: SmartShopieDB) -> None:
    sampler = Sampler(database, server.extensions[measure.METER], "http://localhost")
    sampler.start()
    server.test_client().get("/api/health")
    sampler.stop()
    assert [row["endpoint_name"] for row in rows(database, "api_endpoints")] == ["/api/health"]


def test_the_measured_minutes_are_what_the_api_shows(server: flask.Flask, database: SmartShopieDB) -> None:
    last = now_ms() // MINUTE_MS * MINUTE_MS
    for minute in (1, 0):
        write_minute(database, last - minute * MINUTE_MS, 3.0)
    client = server.test_client()
    shown = client.get("/api/realtime/system-health").get_json()["data"]
    assert [row["recorded_at"] for row in shown][-2:] == [moment(last - MINUTE_MS), moment(last)]
    newer = client.get(f"/api/realtime/system-health?since={moment(last - MINUTE_MS)}").get_json()["data"]
    assert [row["recorded_at"] for row in newer] == [moment(last)]


def test_the_counted_routes_are_what_the_api_shows(server: flask.Flask, database: SmartShopieDB) -> None:
    write_tallies(database, {("/api/x", "GET", 20_543): Tally(4, 1, 8_000, NOON)}, "http://localhost")
    (row,) = server.test_client().get("/api/realtime/api-endpoints").get_json()["data"]
    assert (row["endpoint_name"], row["method"], row["request_count"]) == ("/api/x", "GET", 4)
    assert (row["avg_response_ms"], row["error_rate"], row["success_rate"]) == (2.0, 25.0, 75.0)
