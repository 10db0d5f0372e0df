"""What is new: asked for, and as a stream."""

import http.client
import json
import threading
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from typing import Any

import flask
import pytest
import waitress
from flask.testing import FlaskClient

from api import live
from api.live import HUB, MOST_STREAMS, Hub
from smartshopie_db.clock import LocalTime, now_ms
from smartshopie_db.database import SmartShopieDB
from smartshopie_db.errors import StoreUnavailable
from smartshopie_db.settings import load_settings
from tests import serving
from tests.api.conftest import Serve, message

WAIT = 30  # seconds after which a test gives up; never waited for


def told(part: bytes) -> dict[str, Any]:
    """The data of one event of a stream."""
    (line,) = [line for line in part.splitlines() if line.startswith(b"data: ")]
    return json.loads(line[6:])["data"]


def view_now(number: int) -> dict[str, Any]:
    return message(number, "page", f"now{number}", LocalTime("UTC").iso(now_ms()))


@pytest.fixture
def server(serve: Serve, store_url: str) -> Iterator[flask.Flask]:
    """A server on an empty store of its own, on each engine."""
    server = serve(DATABASE_URL=store_url)
    yield server
    server.extensions[HUB].stop()
    server.config["STORE"].close()


@pytest.fixture
def database(server: flask.Flask) -> SmartShopieDB:
    """Its store."""
    return server.config["STORE"]


@pytest.fixture
def hub(database: SmartShopieDB) -> Iterator[Hub]:
    """A hub that looks often."""
    hub = Hub(database, look_seconds=0.01)
    yield hub
    hub.stop()


# ---------------------------------------------------------------------- asked for
def test_an_empty_store_says_so(server: flask.Flask) -> None:
    data = server.test_client().get("/api/live").get_json()["data"]
    assert data == {
        "data_version": 0, "empty": True, "events": 0, "events_until": None, "rejected_until": None,
        "active_sessions": 0, "activity": [], "minute": None,
    }  # fmt: skip


def test_what_is_new_is_what_the_endpoints_say(client: FlaskClient) -> None:
    data = client.get("/api/live").get_json()["data"]
    assert data["empty"] is False
    assert data["data_version"] == client.get("/api/overview/kpis").get_json()["meta"]["data_version"]
    assert data["activity"] == client.get("/api/customers/interactions?limit=6").get_json()["data"]
    sources = client.get("/api/config").get_json()["data"]
    assert data["events"] == sum(source["events_total"] for source in sources)


def test_an_unchanged_answer_is_not_sent_twice(server: flask.Flask) -> None:
    client = server.test_client()
    tag = client.get("/api/live").headers["ETag"]
    again = client.get("/api/live", headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")


def test_events_and_refusals_are_new_at_once(database: SmartShopieDB) -> None:
    hub = Hub(database, look_seconds=0)
    database.ingest([view_now(1), {"type": "track", "userId": "u"}], source="http")
    data = json.loads(hub.current().text)["data"]
    assert (data["events"], data["active_sessions"], data["empty"]) == (1, 1, True)  # not added up yet
    assert data["events_until"] is not None
    assert data["rejected_until"] is not None
    database.rollup()
    data = json.loads(hub.current().text)["data"]
    assert (data["data_version"], data["empty"]) == (database.data_version(), False)


def test_imported_days_alone_are_not_nothing(database: SmartShopieDB) -> None:
    database.add_overview_kpis(record_date="2026-03-01", total_customers=5)
    assert json.loads(Hub(database).current().text)["data"]["empty"] is False


def test_the_store_is_looked_at_once_a_second_for_all(database: SmartShopieDB) -> None:
    seconds = [0.0]
    hub = Hub(database, clock=lambda: seconds[0])
    first = hub.current()
    database.ingest([view_now(1)], source="http")
    assert hub.current() is first
    seconds[0] = live.LOOK_SECONDS
    assert hub.current() is not first


def test_the_mark_changes_when_the_news_do_and_reads_none_of_them(
    database: SmartShopieDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub, read = Hub(database, look_seconds=0), []
    real = live.read_news
    monkeypatch.setattr(live, "read_news", lambda *given: (read.append(given), real(*given))[1])
    marks = [hub.mark(), hub.mark()]
    database.ingest([view_now(1)], source="http")
    marks += [hub.mark(), hub.mark()]
    assert (len(set(marks[:2])), len(set(marks[2:])), len(set(marks)), read) == (1, 1, 2, [])
    assert hub.current() is hub.current()
    assert len(read) == 1


def test_sessions_that_fall_silent_are_counted_again(database: SmartShopieDB, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = [0.0]
    database.ingest([view_now(1)], source="http")
    hub = Hub(database, clock=lambda: seconds[0])
    assert json.loads(hub.current().text)["data"]["active_sessions"] == 1
    later = now_ms() + 6 * 60_000
    monkeypatch.setattr(live, "now_ms", lambda: later)
    seconds[0] = live.COUNT_SECONDS
    assert json.loads(hub.current().text)["data"]["active_sessions"] == 0


# ---------------------------------------------------------------------- a stream
def test_a_stream_begins_with_what_is_known_and_goes_on_with_what_changes(hub: Hub, database: SmartShopieDB) -> None:
    assert hub.join()
    stream = hub.stream(None, bool)
    assert next(stream) == b"retry: 3000\n\n"
    first = next(stream)
    assert first.startswith(b"id: ")
    assert first.endswith(b"\n\n")
    assert told(first)["events"] == 0
    database.ingest([view_now(1)], source="http")
    assert told(next(stream))["events"] == 1
    hub.leave()


def test_every_listener_is_told(hub: Hub, database: SmartShopieDB) -> None:
    streams = [hub.stream(None, bool) for _ in range(5) if hub.join()]
    for stream in streams:
        next(stream)
        next(stream)
    database.ingest([view_now(1)], source="http")
    assert [told(next(stream))["events"] for stream in streams] == [1] * 5


def test_who_comes_back_is_not_told_the_same_again(hub: Hub, database: SmartShopieDB) -> None:
    assert hub.join()
    stream = hub.stream(hub.current().tag, bool)
    next(stream)
    database.ingest([view_now(1)], source="http")
    assert told(next(stream))["events"] == 1


def test_a_quiet_stream_is_kept_open_by_comments(database: SmartShopieDB) -> None:
    hub = Hub(database, look_seconds=0.01, ping_seconds=0)
    assert hub.join()
    stream = hub.stream(hub.current().tag, bool)
    next(stream)
    assert next(stream) == b": ping\n\n"
    hub.stop()


def test_a_stream_ends_when_its_reader_has_gone_or_the_server_stops(hub: Hub) -> None:
    tag = hub.current().tag
    assert list(hub.stream(tag, lambda: True)) == [b"retry: 3000\n\n"]
    hub.stop()
    assert list(hub.stream(None, bool)) == [b"retry: 3000\n\n"]
    assert not hub.join()


def test_a_stream_ends_after_an_hour(database: SmartShopieDB) -> None:
    seconds = [0.0]
    hub = Hub(database, clock=lambda: seconds[0])
    hub.current()
    stream = hub.stream(None, bool)
    assert told(b"".join((next(stream), next(stream))))["events"] == 0
    seconds[0] = live.LONGEST_SECONDS
    assert list(stream) == []


def test_nobody_watches_when_nobody_listens(hub: Hub) -> None:
    assert not hub.is_watching
    assert hub.join()
    watcher = hub._watcher
    assert watcher is not None
    hub.leave()
    watcher.join(WAIT)
    assert not hub.is_watching
    assert hub.join()
    assert hub.is_watching


def test_a_store_that_fails_for_a_while_is_watched_on(
    hub: Hub, database: SmartShopieDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert hub.join()
    stream = hub.stream(hub.current().tag, bool)
    next(stream)
    failures, failed, look = [StoreUnavailable("locked"), ValueError("odd")], threading.Event(), hub._look

    def fail_twice(*given: Any) -> Any:
        if failures:
            raise failures.pop()
        failed.set()
        return look(*given)

    monkeypatch.setattr(hub, "_look", fail_twice)
    assert failed.wait(WAIT)
    database.ingest([view_now(1)], source="http")
    assert told(next(stream))["events"] == 1


# ---------------------------------------------------------------------- over HTTP
@pytest.fixture
def port(server: flask.Flask) -> Iterator[int]:
    """A real server, with the threads that the program gives it."""
    running = waitress.create_server(
        server, host="127.0.0.1", port=0, threads=MOST_STREAMS + 8, channel_request_lookahead=1
    )
    serving.begin(running)
    yield running.effective_port
    serving.end(running, server)


def listen(port: int, path: str = "/api/stream") -> tuple[HTTPConnection, HTTPResponse]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT)
    connection.request("GET", path)
    return connection, connection.getresponse()


def next_event(answer: HTTPResponse) -> dict[str, Any]:
    while not (line := answer.readline()).startswith(b"data: "):
        assert line, "the stream ended"
    return json.loads(line[6:])["data"]


def test_an_event_sent_over_http_is_told_to_the_listeners(port: int, server: flask.Flask) -> None:
    _, answer = listen(port)
    assert answer.headers["Content-Type"] == "text/event-stream"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert next_event(answer)["events"] == 0
    server.config["STORE"].ingest([view_now(1)], source="http")
    assert next_event(answer)["events"] == 1


def test_more_than_the_most_streams_are_told_to_ask_instead_until_one_leaves(port: int, server: flask.Flask) -> None:
    hub = server.extensions[HUB]
    opened = [listen(port) for _ in range(MOST_STREAMS)]
    assert [answer.status for _, answer in opened] == [200] * MOST_STREAMS
    _, refused = listen(port)
    assert refused.status == 503
    assert int(refused.headers["Retry-After"]) > 0
    assert json.loads(refused.read())["code"] == "too_many_streams"
    _, asked = listen(port, "/api/live")
    assert asked.status == 200
    connection, answer = opened.pop()
    answer.close()
    connection.close()
    with hub._changed:
        assert hub._changed.wait_for(lambda: hub.listeners < MOST_STREAMS, WAIT)
    assert listen(port)[1].status == 200


def test_streams_end_with_the_server(port: int, server: flask.Flask) -> None:
    _, answer = listen(port)
    next_event(answer)
    watcher = server.extensions[HUB]._watcher
    server.extensions[HUB].stop()
    while answer.readline():
        pass
    watcher.join(WAIT)
    assert not watcher.is_alive()


def test_asking_for_the_head_takes_no_place(server: flask.Flask) -> None:
    answer = server.test_client().head("/api/stream")
    assert (answer.status_code, answer.mimetype) == (200, "text/event-stream")
    assert server.extensions[HUB].listeners == 0


def test_the_place_is_given_back_even_if_nothing_was_read(server: flask.Flask) -> None:
    answer = server.test_client().get("/api/stream")
    assert server.extensions[HUB].listeners == 1
    answer.close()
    assert server.extensions[HUB].listeners == 0


def test_reading_needs_the_key_where_there_is_one(serve: Serve) -> None:
    client = serve(READ_KEY="secret-read-key").test_client()
    for path in ("/api/live", "/api/stream"):
        assert client.get(path).status_code == 401
        with client.get(path, headers={"Authorization": "Bearer secret-read-key"}) as answer:
            assert answer.status_code == 200


def test_other_origins_may_listen_where_the_setting_lists_them(serve: Serve) -> None:
    client = serve(CORS_ORIGINS="https://shop.example").test_client()
    with client.get("/api/stream", headers={"Origin": "https://shop.example"}) as answer:
        assert answer.headers["Access-Control-Allow-Origin"] == "https://shop.example"
    with client.get("/api/stream", headers={"Origin": "https://other.example"}) as answer:
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_another_process_is_heard_too(hub: Hub, database: SmartShopieDB) -> None:
    assert hub.join()
    stream = hub.stream(hub.current().tag, bool)
    next(stream)
    with SmartShopieDB(database.url, settings=load_settings({})) as other:
        other.ingest([view_now(1)], source="import:segment")
    assert told(next(stream))["events"] == 1
