"""Send fuzzed bodies through the server's own WSGI callable and keep account of the answers."""

from __future__ import annotations

import io
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import flask
import psutil

import api
from smartshopie_db.database import SmartShopieDB
from smartshopie_db.settings import load_settings
from tests.fuzz.bodies import Sent

KEY = "fuzz-key"
REFUSALS = {400, 401, 404, 405, 413, 415}  # in words; anything else but 200 is a defect


@dataclass
class Account:
    """What was answered so far."""

    kinds: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    accepted: int = 0
    duplicates: int = 0
    slowest: tuple[float, str] = (0.0, "")  # seconds of processor time, and of which kind


def open_server(url: str, **given: str) -> tuple[flask.Flask, SmartShopieDB]:
    """The API on a store, without its background threads; more settings by their short names."""
    words = {"DATABASE_URL": url, "WRITE_KEY": KEY, **given}
    settings = load_settings({f"SMARTSHOPIE_{name}": value for name, value in words.items()})
    db = SmartShopieDB(url, settings=settings).connect()
    server = flask.Flask("fuzzed", static_folder=None)
    api.register(server, db)
    return server, db


def post(server: flask.Flask, request: Sent) -> tuple[int, str, bytes]:
    """Status, media type and body of the answer."""
    said: dict[str, Any] = {}

    def start(status: str, headers: list[tuple[str, str]], _: Any = None) -> Any:
        said.update(status=int(status[:3]), headers={name.lower(): value for name, value in headers})

    environ = {
        "REQUEST_METHOD": "POST", "SCRIPT_NAME": "", "PATH_INFO": request.path, "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "127.0.0.1",
        "CONTENT_LENGTH": str(len(request.body)), "CONTENT_TYPE": "application/json", "HTTP_X_WRITE_KEY": KEY,
        "wsgi.version": (1, 0), "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": sys.stderr, "wsgi.multithread": True, "wsgi.multiprocess": False, "wsgi.run_once": False,
    }  # fmt: skip
    for name, value in request.headers.items():
        environ["CONTENT_TYPE" if name == "Content-Type" else "HTTP_" + name.upper().replace("-", "_")] = value
    answer: Iterable[bytes] = server.wsgi_app(environ, start)
    try:
        body = b"".join(answer)
    finally:
        if hasattr(answer, "close"):
            answer.close()
    return said["status"], said["headers"].get("content-type", ""), body


def check(server: flask.Flask, request: Sent, account: Account) -> None:
    """Send one body; an AssertionError says what is wrong with the answer."""
    began = time.thread_time()
    status, media_type, body = post(server, request)
    took = time.thread_time() - began
    if took > account.slowest[0]:
        account.slowest = (took, f"{request.kind}, {len(request.body):,} bytes")
    account.kinds[request.kind] += 1
    account.statuses[status] += 1
    said = json.loads(body)
    if status != 200:
        assert request.events is None, f"{status} {body!r} for {request.kind}: {request.body[:3000]!r}"
        assert status in REFUSALS, f"{status} {body!r} for {request.kind}: {request.body[:3000]!r}"
        assert media_type == "application/problem+json"
        assert said["code"]
        assert said["message"]
        return
    taken = said["accepted"] + said["duplicates"]
    assert request.events in (None, taken + len(said["rejected"]))
    assert taken >= request.good
    account.accepted += said["accepted"]
    account.duplicates += said["duplicates"]
    account.reasons.update(entry["code"] for entry in said["rejected"])


def stored(db: SmartShopieDB) -> tuple[int, int]:
    """Events in the store, and how often something was rejected."""
    events = db.engine.read("SELECT COUNT(*) FROM events").rows[0][0]
    times = db.engine.read("SELECT COALESCE(SUM(times), 0) FROM rejected_events").rows[0][0]
    return int(events), int(times)


def memory() -> float:
    """Megabytes of main memory that this process uses."""
    return float(psutil.Process().memory_info().rss / 2**20)
