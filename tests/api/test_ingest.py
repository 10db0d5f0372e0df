"""The event door: what official clients send is stored once, and every answer is one they understand."""

from __future__ import annotations

import base64
import gzip
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import flask
import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

import api
from api.ingest import LARGEST_BODY, MOST_EVENTS, MOST_MEMBERS, MOST_WAITING
from api.problems import RETRY_SECONDS
from smartshopie_db.database import SmartShopieDB
from smartshopie_db.errors import StoreUnavailable
from smartshopie_db.keys import add_key, key_hash, revoke_key

JSON = "application/json"


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmartShopieDB]:
    with SmartShopieDB(tmp_path_factory.mktemp("door") / "store.db") as opened:
        yield opened


@pytest.fixture(scope="module")
def key(db: SmartShopieDB) -> str:
    return add_key(db.engine, "shop")


@pytest.fixture(scope="module")
def client(db: SmartShopieDB) -> FlaskClient:
    server = flask.Flask("door")
    api.register(server, db)
    return server.test_client()


def basic(key: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()}


def track(message_id: str, **more: Any) -> dict[str, Any]:
    return {"type": "track", "event": "Tested", "messageId": message_id, "anonymousId": "a1", **more}


def post(client: FlaskClient, key: str, path: str, body: Any, **more: Any) -> TestResponse:
    return client.post(path, data=json.dumps(body), headers=basic(key), content_type=JSON, **more)


def stored(db: SmartShopieDB, message_id: str) -> list[tuple[Any, ...]]:
    return db.engine.read("SELECT type, event, source FROM events WHERE message_id = :id", {"id": message_id}).rows


@pytest.mark.parametrize(
    ("path", "kind"),
    [("track", "track"), ("t", "track"), ("identify", "identify"), ("i", "identify"), ("page", "page"), ("p", "page"),
     ("screen", "screen"), ("s", "screen"), ("group", "group"), ("g", "group"), ("alias", "alias"), ("a", "alias")],
)  # fmt: skip
def test_every_route_stores_one_message_of_its_type(
    client: FlaskClient, db: SmartShopieDB, key: str, path: str, kind: str
) -> None:
    body = {"event": "Tested", "messageId": f"route-{path}", "userId": "u1", "previousId": "p1"}
    answer = post(client, key, f"/v1/{path}", body)
    assert (answer.status_code, answer.json["accepted"]) == (200, 1)
    assert stored(db, f"route-{path}")[0][0] == kind
    assert stored(db, f"route-{path}")[0][2] == "http:shop"


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/b", "/v1/import", "/v1/batch/"])
def test_a_batch_is_answered_with_what_became_of_it(client: FlaskClient, key: str, path: str) -> None:
    good = track(f"batch-{path}")
    answer = post(client, key, path, {"batch": [good, {"type": "track"}, good, "no event"]})
    assert answer.status_code == 200
    assert (answer.json["success"], answer.json["accepted"], answer.json["duplicates"]) == (True, 1, 1)
    assert [(entry["index"], entry["code"]) for entry in answer.json["rejected"]] == [
        (1, "missing_event"), (3, "not_an_object"),
    ]  # fmt: skip


def ways(key: str) -> list[tuple[str, dict[str, Any]]]:
    bare = base64.b64encode(key.encode()).decode()
    return [
        ("basic", {"headers": basic(key)}),
        ("basic without the colon", {"headers": {"Authorization": f"Basic {bare}"}}),
        ("bearer", {"headers": {"Authorization": f"Bearer {key}"}}),
        ("header", {"headers": {"X-Write-Key": key}}),
        ("query", {"query_string": {"writeKey": key}}),
        ("body", {"body": {"writeKey": key}}),
    ]


def test_the_key_may_come_in_each_of_the_ways_clients_send_it(client: FlaskClient, db: SmartShopieDB, key: str) -> None:
    for name, way in ways(key):
        body = {"batch": [track(f"way-{name}")]} | way.pop("body", {})
        answer = client.post("/v1/batch", data=json.dumps(body), content_type="text/plain", **way)
        assert (answer.status_code, name) == (200, name)
        assert stored(db, f"way-{name}")


def test_a_wrong_a_missing_and_a_revoked_key_are_refused(client: FlaskClient, db: SmartShopieDB) -> None:
    revoked = add_key(db.engine, "old shop")
    revoke_key(db.engine, "old shop")
    for wrong in ("nonsense", revoked, "ünïcode"):
        answer = client.post("/v1/batch", json={"batch": [], "writeKey": wrong})
        assert answer.status_code == 401
        assert answer.content_type == "application/problem+json"
        assert answer.json["code"] == "unauthorized"
        assert answer.json["message"]
    assert client.post("/v1/batch", json={"batch": []}).status_code == 401


def test_a_write_key_cannot_read(client: FlaskClient, key: str) -> None:
    for method in ("get", "put", "delete", "patch"):
        answer = getattr(client, method)("/v1/batch", headers=basic(key))
        assert answer.status_code == 405
        assert "POST" in answer.headers["Allow"]


def test_gzip_is_unpacked_whatever_the_content_type_says(client: FlaskClient, db: SmartShopieDB, key: str) -> None:
    packed = gzip.compress(json.dumps({"batch": [track("gz-1")]}).encode())
    answer = client.post(
        "/v1/batch", data=packed, headers=basic(key) | {"Content-Encoding": "gzip"},
        content_type="application/x-www-form-urlencoded",
    )  # fmt: skip
    assert answer.json["accepted"] == 1
    assert stored(db, "gz-1")


def test_a_gzip_bomb_stops_at_the_limit_and_a_torn_one_is_refused(client: FlaskClient, key: str) -> None:
    bomb = gzip.compress(b'{"batch": [' + b" " * (LARGEST_BODY * 50) + b"]}")
    headers = basic(key) | {"Content-Encoding": "gzip"}
    assert client.post("/v1/batch", data=bomb, headers=headers).status_code == 413
    torn = gzip.compress(json.dumps({"batch": [track("torn")]}).encode())[:-9]
    answer = client.post("/v1/batch", data=torn, headers=headers)
    assert (answer.status_code, answer.json["code"]) == (400, "malformed_gzip")


def test_gzip_may_have_several_members(client: FlaskClient, db: SmartShopieDB, key: str) -> None:
    def sent(packed: bytes) -> TestResponse:
        return client.post("/v1/batch", data=packed, headers=basic(key) | {"Content-Encoding": "gzip"})

    text = json.dumps({"batch": [track("members-1")]}).encode()
    parts = [gzip.compress(text[at : at + 10]) for at in range(0, len(text), 10)]
    assert sent(b"".join(parts) + bytes(12)).json["accepted"] == 1
    assert stored(db, "members-1")
    for wrong in (b"".join(parts)[:-9], b"".join(parts) + b"more", gzip.compress(b"") * (MOST_MEMBERS + 1)):
        assert (sent(wrong).status_code, sent(wrong).json["code"]) == (400, "malformed_gzip")
    half = gzip.compress(b" " * (LARGEST_BODY // 2 + 1))
    assert sent(half * 2).status_code == 413


def test_nan_and_infinity_count_as_missing_and_the_batch_is_not_lost(
    client: FlaskClient, db: SmartShopieDB, key: str
) -> None:
    numbers = '{"price": NaN, "depth": Infinity, "height": -Infinity}'
    first = '{"type": "track", "event": "Product Viewed", "messageId": "nan-1", "properties": ' + numbers + "}"
    body = '{"batch": [' + first + ', {"type": "page", "messageId": "nan-2"}]}'
    answer = client.post("/v1/batch", data=body, headers=basic(key))
    assert (answer.status_code, answer.json["accepted"]) == (200, 2)
    kept = db.engine.read("SELECT body FROM events WHERE message_id = 'nan-1'").rows[0][0]
    assert "NaN" not in kept


def test_a_retry_counts_once(client: FlaskClient, db: SmartShopieDB, key: str) -> None:
    for _ in range(3):
        answer = post(client, key, "/v1/batch", {"batch": [track("again-1"), track("again-2")]})
        assert answer.status_code == 200
    assert (answer.json["accepted"], answer.json["duplicates"]) == (0, 2)
    assert len(stored(db, "again-1")) == 1


def test_strict_mode_stores_nothing_of_a_batch_with_a_bad_event(
    client: FlaskClient, db: SmartShopieDB, key: str
) -> None:
    body = {"batch": [track("strict-1"), {"type": "track", "messageId": "strict-2"}]}
    answer = client.post("/v1/batch", json=body, headers=basic(key) | {"X-Strict-Mode": "1"})
    assert answer.status_code == 400
    assert [entry["code"] for entry in answer.json["rejected"]] == ["missing_event"]
    assert not stored(db, "strict-1")
    assert post(client, key, "/v1/batch", body).json["accepted"] == 1


def test_a_batch_that_is_too_long_is_refused_and_one_at_the_limit_is_not(client: FlaskClient, key: str) -> None:
    body = {"batch": [{"type": "page", "messageId": f"many-{number}"} for number in range(MOST_EVENTS + 1)]}
    answer = post(client, key, "/v1/batch", body)
    assert (answer.status_code, answer.json["code"]) == (413, "too_many_events")
    assert post(client, key, "/v1/batch", {"batch": body["batch"][1:]}).json["accepted"] == MOST_EVENTS


def test_one_large_event_is_rejected_by_itself(client: FlaskClient, key: str) -> None:
    large = track("large-1", properties={"text": "x" * 40_000})
    answer = post(client, key, "/v1/batch", {"batch": [large, track("large-2")]})
    assert (answer.json["accepted"], answer.json["rejected"][0]["code"]) == (1, "too_large")


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b"3", b"nonsense", b"\xff\xfe", b"[" * 100_000, b'{"batch": 3}'])
def test_what_is_no_batch_is_a_400_in_words(client: FlaskClient, key: str, body: bytes) -> None:
    answer = client.post("/v1/batch", data=body, headers=basic(key))
    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"
    assert answer.json["message"]


def test_times_are_corrected_by_the_senders_clock(client: FlaskClient, db: SmartShopieDB, key: str) -> None:
    an_hour_slow = {"timestamp": "2026-01-01T10:00:00Z"}
    body = {"batch": [track("clock-1", **an_hour_slow)], "sentAt": "2026-01-01T10:00:05Z"}
    post(client, key, "/v1/batch", body)
    query = "SELECT received_ms - occurred_ms FROM events WHERE message_id = 'clock-1'"
    assert db.engine.read(query).rows == [(5000,)]


def test_what_a_batch_says_of_its_context_holds_for_its_messages(
    client: FlaskClient, db: SmartShopieDB, key: str
) -> None:
    post(client, key, "/v1/batch", {"batch": [track("context-1")], "context": {"sessionId": "s77"}})
    query = "SELECT client_session_id FROM events WHERE message_id = 'context-1'"
    assert db.engine.read(query).rows == [("s77",)]


def test_any_page_may_send_and_no_answer_is_a_redirect(client: FlaskClient, key: str) -> None:
    preflight = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}
    asked = client.options("/v1/batch", headers=preflight)
    assert asked.status_code == 200
    assert asked.headers["Access-Control-Allow-Origin"] == "*"
    assert "X-Write-Key" in asked.headers["Access-Control-Allow-Headers"]
    assert client.post("/v1/batch", json={}).headers["Access-Control-Allow-Origin"] == "*"
    for path in ("/v1/batch/", "/v1//batch", "/v1/unknown", "/v1"):
        assert client.post(path, json={}, headers=basic(key)).status_code not in range(300, 400)


def test_a_locked_store_is_a_503_that_says_when_to_come_back(
    client: FlaskClient, db: SmartShopieDB, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: object, **__: object) -> None:
        raise StoreUnavailable("The store is locked.")

    monkeypatch.setattr(SmartShopieDB, "ingest", locked)
    answer = post(client, key, "/v1/batch", {"batch": [track("locked-1")]})
    assert answer.status_code == 503
    assert answer.headers["Retry-After"].isdigit()
    assert not stored(db, "locked-1")


def test_too_many_at_once_are_asked_to_come_back(
    client: FlaskClient, db: SmartShopieDB, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered, leave = threading.Semaphore(0), threading.Event()
    really = SmartShopieDB.ingest

    def slow(self: SmartShopieDB, *given: Any, **named: Any) -> Any:
        entered.release()
        leave.wait(60)
        return really(self, *given, **named)

    monkeypatch.setattr(SmartShopieDB, "ingest", slow)
    senders = [
        threading.Thread(target=post, args=(client, key, "/v1/batch", {"batch": [track(f"crowd-{number}")]}))
        for number in range(MOST_WAITING)
    ]
    for sender in senders:
        sender.start()
    for _ in senders:
        assert entered.acquire(timeout=60)
    answer = post(client, key, "/v1/batch", {"batch": [track("crowd-late")]})
    leave.set()
    for sender in senders:
        sender.join()
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, str(RETRY_SECONDS))
    assert all(stored(db, f"crowd-{number}") for number in range(MOST_WAITING))
    assert not stored(db, "crowd-late")


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(field=st.sampled_from(["messageId", "type", "event", "userId", "properties", "context", "timestamp", "sentAt"]),
       value=JSON_VALUES)  # fmt: skip
def test_a_message_with_one_field_of_anything_never_breaks_the_door(
    client: FlaskClient, key: str, field: str, value: Any
) -> None:
    order = {"event": "Order Completed", "properties": {"order_id": "o1", "revenue": 5}}
    message = track("fuzzed") | order | {field: value}
    answer = post(client, key, "/v1/batch", {"batch": [message]})
    assert answer.status_code == 200
    assert answer.json["accepted"] + answer.json["duplicates"] + len(answer.json["rejected"]) == 1


def test_every_captured_request_of_official_clients_is_taken(
    client: FlaskClient, db: SmartShopieDB, real_data: Path
) -> None:
    captures = (real_data / "segment_http_captures" / "captures.ndjson").read_text(encoding="utf-8").splitlines()
    columns = ("name", "key_hash", "last_four", "created_ms", "revoked_ms")
    with db.engine.write() as transaction:
        transaction.append("write_keys", columns, [("captured", key_hash("WRITEKEY123"), "Y123", 0, None)])
    seen = 0
    for line in captures:
        capture = json.loads(line)
        if not capture.get("body") or capture["method"] != "POST":
            continue
        sent = {"authorization", "content-type"}
        headers = {name: value for name, value in capture["headers"] if name.lower() in sent}
        body = capture["body"]
        body["batch"] = [message for message in body["batch"] if isinstance(message, dict)]  # "... 98 more" is a note
        answer = client.post(capture["path"], data=json.dumps(body), headers=headers)
        assert answer.status_code == 200, capture
        assert answer.json["rejected"] == [], capture
        seen += 1
    assert seen > 50
