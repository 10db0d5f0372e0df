"""Answers are kept as long as they hold, and no longer."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import dash
import flask
import orjson
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import app as program
from api import remembered
from api.access import BEARER_FAILURES
from api.callbacks import CALLBACK
from api.measure import METER
from data import fetch as fetching
from smartshopie_db.database import SmartShopieDB
from smartshopie_db.settings import load_settings
from tests.api.conftest import AS_OF, message, shop_events


class Clock:
    """A time that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def whole(tmp_path: Path) -> dash.Dash:
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    settings = load_settings({"SMARTSHOPIE_DATABASE_URL": url, "SMARTSHOPIE_AS_OF": AS_OF})
    with SmartShopieDB(url, settings=settings) as database:
        database.ingest(shop_events(), source="http")
        database.rollup()
    return program.create_app(settings)


@pytest.fixture
def client(whole: dash.Dash) -> FlaskClient:
    return whole.server.test_client()


def opened(client: FlaskClient, path: str, search: str = "") -> TestResponse:
    """A page as the browser asks for it."""
    name = path.strip("/") or "overview"
    asked = dict(parse_qsl(search.removeprefix("?")))
    body = {
        "output": f"{name}-place.children", "outputs": {"id": f"{name}-place", "property": "children"},
        "inputs": [{"id": f"{name}-open", "property": "data", "value": {**asked, "via": "click"}}],
        "changedPropIds": [f"{name}-open.data"],
    }  # fmt: skip
    return client.post("/_dash-update-component", json=body)


def counted(server: flask.Flask) -> list[str]:
    """The endpoints that really work, as they do."""
    worked: list[str] = []
    for name in ("/_dash-update-component", "overview_kpis"):
        endpoint = next(rule.endpoint for rule in server.url_map.iter_rules() if name in (rule.rule, rule.endpoint[4:]))
        view = server.view_functions[endpoint]

        def watched(*values: Any, view: Any = view, name: str = name, **named: Any) -> Any:
            worked.append(name)
            return view(*values, **named)

        server.view_functions[endpoint] = watched
    return worked


def add_session(server: flask.Flask, number: int) -> None:
    db = server.config["STORE"]
    db.ingest([message(number, "page", f"new-{number}", f"{AS_OF}T10:00:00Z")], source="http")
    db.rollup()


def test_the_same_question_is_worked_out_once(whole: dash.Dash, client: FlaskClient) -> None:
    worked = counted(whole.server)
    first, again = (opened(client, "/revenue").get_data() for _ in range(2))
    assert first == again
    asked = [client.get("/api/overview/kpis?period=90d") for _ in range(3)]
    assert len({answer.get_data() for answer in asked}) == 1
    assert worked == ["/_dash-update-component", "overview_kpis"]


def test_after_a_commit_the_next_answer_carries_the_new_data_version(whole: dash.Dash, client: FlaskClient) -> None:
    db = whole.server.config["STORE"]
    for number in range(900, 903):
        before = client.get("/api/overview/kpis").get_json()["meta"]["data_version"]
        page = opened(client, "/").get_data()
        add_session(whole.server, number)
        after = client.get("/api/overview/kpis").get_json()["meta"]["data_version"]
        assert after == db.data_version() > before
        assert opened(client, "/").get_data() != page


def test_windows_pages_and_encodings_are_kept_apart(client: FlaskClient) -> None:
    for _ in range(2):
        assert client.get("/api/overview/kpis?period=7d").get_json()["meta"]["period"] == "7d"
        assert client.get("/api/overview/kpis?period=90d").get_json()["meta"]["period"] == "90d"
        assert b"revenue-summary" in opened(client, "/revenue").get_data()
        assert b"revenue-summary" not in opened(client, "/customers").get_data()
    plain = client.get("/api/conversions/trends?period=1y&grain=D")
    packed = client.get("/api/conversions/trends?period=1y&grain=D", headers={"Accept-Encoding": "gzip"})
    assert (plain.headers.get("Content-Encoding"), packed.headers.get("Content-Encoding")) == (None, "gzip")


def test_a_kept_answer_still_says_not_modified(client: FlaskClient) -> None:
    tag = client.get("/api/overview/kpis").headers["ETag"]
    client.get("/api/overview/kpis")
    answer = client.get("/api/overview/kpis", headers={"If-None-Match": tag})
    assert (answer.status_code, answer.get_data()) == (304, b"")


def test_kept_answers_carry_the_same_headers(client: FlaskClient) -> None:
    def lasting(answer: TestResponse) -> dict[str, str]:
        return {name: value for name, value in answer.headers.items() if name != "Date"}  # the server's to write

    first, again = (client.get("/api/overview/kpis") for _ in range(2))
    assert lasting(first) == lasting(again)
    first, again = (opened(client, "/") for _ in range(2))
    assert lasting(first) == lasting(again)


def test_who_asks_with_a_tag_first_fills_the_memory_too(whole: dash.Dash, client: FlaskClient) -> None:
    tag = client.get("/api/overview/kpis?period=7d").headers["ETag"]
    worked = counted(whole.server)
    for _ in range(2):
        answer = client.get("/api/overview/kpis?period=7d&_t=1", headers={"If-None-Match": tag})
        assert (answer.status_code, answer.get_data(), answer.headers["ETag"]) == (304, b"", tag)
    assert client.get("/api/overview/kpis?period=7d&_t=1").status_code == 200
    assert worked == ["overview_kpis"]


def test_answers_from_memory_are_counted_like_all_others(whole: dash.Dash, client: FlaskClient) -> None:
    meter = whole.server.extensions[METER]
    meter.drain()
    for _ in range(5):
        client.get("/api/overview/kpis")
        client.get("/api/config")
    tallies, median = meter.drain()
    assert {(route, method): tally.requests for (route, method, _), tally in tallies.items()} == {
        ("/api/overview/kpis", "GET"): 5, ("/api/config", "GET"): 5,
    }  # fmt: skip
    assert median is not None


def test_what_no_data_version_counts_is_kept_for_a_second(
    whole: dash.Dash, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, worked = Clock(), []
    monkeypatch.setattr(whole.server.wsgi_app._memory, "clock", clock)  # type: ignore[attr-defined]
    real = fetching.fetch

    def watched(db: SmartShopieDB, name: str, *values: Any, **options: Any) -> Any:
        worked.append(name)
        return real(db, name, *values, **options)

    monkeypatch.setattr("api.datasets.fetch", watched)
    names = ["billing/summary", "config", "realtime/system-health"]
    for now, times in ((0.0, 1), (1.0, 1), (1.1, 2)):
        clock.now = now
        assert [client.get(f"/api/{name}").status_code for name in names] == [200] * 3
        assert sorted(worked) == sorted(names * times)


def test_what_this_server_writes_is_seen_at_once_where_no_data_version_counts(
    whole: dash.Dash, client: FlaskClient
) -> None:
    db = whole.server.config["STORE"]
    for number in range(3):
        rows = client.get("/api/ingest/rejected").get_json()["data"]
        assert sum(row["times"] for row in rows) == number
        db.ingest([{"type": "nothing", "messageId": f"bad{number}"}], source="http")


def test_an_unknown_host_is_refused_a_kept_answer(client: FlaskClient) -> None:
    for _ in range(2):
        assert client.get("/api/overview/kpis").status_code == 200
    assert client.get("/api/overview/kpis", headers={"Host": "elsewhere.example"}).status_code == 400


def test_other_origins_are_kept_apart(tmp_path: Path) -> None:
    shop = "https://shop.example"
    words = {"SMARTSHOPIE_DATABASE_URL": f"sqlite:///{tmp_path / 'shop.db'}", "SMARTSHOPIE_CORS_ORIGINS": shop}
    client = program.create_app(load_settings(words)).server.test_client()
    for _ in range(2):
        for origin, allowed in ((shop, shop), ("https://other.example", None)):
            answer = client.get("/api/overview/kpis", headers={"Origin": origin})
            assert answer.headers.get("Access-Control-Allow-Origin") == allowed


def test_a_page_that_failed_is_read_anew(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr("components.card.fetch", broken)
        assert b"could not be read" in opened(client, "/revenue").get_data()
    assert b"could not be read" not in opened(client, "/revenue").get_data()


def test_a_kept_page_needs_the_key_as_well(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    words = {"SMARTSHOPIE_DATABASE_URL": url, "SMARTSHOPIE_READ_KEY": "r" * 32}
    client = program.create_app(load_settings(words)).server.test_client()
    bearer = {"Authorization": f"Bearer {'r' * 32}"}
    for _ in range(2):
        assert client.get("/api/overview/kpis", headers=bearer).status_code == 200
    assert client.get("/api/overview/kpis").status_code == 401
    assert client.get("/api/overview/kpis", headers={"Authorization": "Bearer wrong"}).status_code == 401
    client.post("/sign-in", data={"key": "r" * 32})
    assert client.get("/api/overview/kpis").status_code == 200


def test_who_guesses_keys_waits_for_kept_answers_too(tmp_path: Path) -> None:
    words = {"SMARTSHOPIE_DATABASE_URL": f"sqlite:///{tmp_path / 'shop.db'}", "SMARTSHOPIE_READ_KEY": "r" * 32}
    client = program.create_app(load_settings(words)).server.test_client()
    right, wrong = ({"Authorization": f"Bearer {sign * 32}"} for sign in "rw")
    assert client.get("/api/overview/kpis", headers=right).status_code == 200
    for _ in range(BEARER_FAILURES):
        assert client.get("/api/overview/kpis", headers=wrong).status_code == 401
    assert client.get("/api/overview/kpis", headers=right).status_code == 429


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'{"inputs": 3}', b'{"output": 1, "inputs": [{}]}', b'{"inputs": []}',
     b'{"output": [], "inputs": [{"value": {"via": "click"}}]}', b'{"output": "o", "inputs": [{"value": "click"}]}',
     b'{"output": "o", "inputs": [{"value": [["via", "click"], ["period", "7d"]]}]}'],
)  # fmt: skip
def test_what_dash_does_not_send_is_left_to_dash(body: bytes) -> None:
    made = flask.Request.from_values(CALLBACK, method="POST", data=body)
    assert remembered.question(made.environ) is None


def test_what_no_page_asks_is_not_kept_as_the_answer_to_a_page(client: FlaskClient) -> None:
    body = {
        "output": "revenue-place.children", "outputs": {"id": "revenue-place", "property": "children"},
        "inputs": [{"id": "revenue-open", "property": "data", "value": [["via", "click"], ["period", "7d"]]}],
        "changedPropIds": ["revenue-open.data"],
    }  # fmt: skip
    assert b'"data-query":""' in client.post(CALLBACK, json=body).get_data()  # pairs ask for nothing
    assert b'"data-query":"period=7d"' in opened(client, "/revenue", "?period=7d").get_data()


def asked_for(via: str, shown: str = "") -> remembered.Key | None:
    value = {"period": "7d", "via": via}
    state = [{"id": "overview", "property": "data-shown", "value": shown}]
    body = {"output": "o", "inputs": [{"id": "period", "property": "data", "value": value}], "state": state}
    made = flask.Request.from_values(CALLBACK, method="POST", data=orjson.dumps(body))
    return remembered.question(made.environ)


def kept(content: bytes = b"1", *, until: float) -> remembered.Kept:
    return remembered.Kept(content, [], until)


def test_of_a_period_change_only_the_window_counts() -> None:
    assert asked_for("click", "one window") == asked_for("click", "another") == asked_for("ahead") is not None
    assert asked_for("retry") is asked_for("live") is None


def test_the_first_page_is_kept_as_well(whole: dash.Dash, client: FlaskClient) -> None:
    first, again = (client.get("/_dash-layout?path=/revenue&period=7d").get_data() for _ in range(2))
    assert first == again
    assert b'"id":"revenue"' in first
    add_session(whole.server, 950)
    assert client.get("/_dash-layout?path=/revenue&period=7d").get_data() != first


def test_answers_of_another_state_are_gone_and_late_ones_are_not_kept() -> None:
    memory, old, new = remembered.Memory(), (1, "2026-03-31"), (2, "2026-03-31")
    assert memory.get(("a",), old) is None
    memory.keep(("a",), old, kept(until=math.inf))
    assert memory.get(("a",), old) is not None
    assert memory.get(("a",), new) is None
    memory.keep(("a",), old, kept(until=math.inf))  # was asked before the change
    assert memory.get(("a",), new) is None


def test_an_answer_grows_old() -> None:
    clock = Clock()
    memory, state = remembered.Memory(clock), (1, "2026-03-31")
    memory.get(("a",), state)
    memory.keep(("a",), state, kept(until=9))
    clock.now = 10
    assert memory.get(("a",), state) is None


def test_memory_has_a_bound() -> None:
    memory, state = remembered.Memory(), (1, "2026-03-31")
    memory.get(("0",), state)
    size = remembered.MOST_BYTES // 20 - remembered.ENTRY_BYTES - 2
    for number in range(40):
        memory.keep((str(number),), state, kept(bytes(size), until=math.inf))
    left = [number for number in range(40) if memory.get((str(number),), state)]
    assert left == list(range(20, 40))


def test_small_answers_to_many_questions_have_the_bound_as_well() -> None:
    memory, state = remembered.Memory(), (1, "2026-03-31")
    memory.get(("0",), state)
    most = remembered.MOST_BYTES // (remembered.ENTRY_BYTES + 1_000)
    for number in range(most + 500):
        memory.keep((f"{number:01000}",), state, kept(b"", until=math.inf))
        memory.keep((f"{number:01000}",), state, kept(b"", until=math.inf))  # anew is not once more
    left = [number for number in range(most + 500) if memory.get((f"{number:01000}",), state)]
    assert left == list(range(500, most + 500))


def test_a_question_that_is_long_is_answered_and_not_kept(whole: dash.Dash, client: FlaskClient) -> None:
    worked = counted(whole.server)
    for _ in range(2):
        assert client.get(f"/api/overview/kpis?_t={'x' * 200_000}").status_code == 200
        assert client.get("/api/overview/kpis", headers={"Origin": "x" * 5_000}).status_code == 200
    assert worked == ["overview_kpis"] * 4
