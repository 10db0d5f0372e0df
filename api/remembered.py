"""Answers kept as the bytes that went out: whoever asks the same again gets them until the data version grows.

Kept are the JSON of datasets and what pages and period changes send, for everybody alike: no answer depends on who
asks. Of a period change nothing but the window counts: which one the page showed before changes no byte.
"""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

import flask
import orjson

from api.datasets import SERVED
from api.live import Hub
from api.static import compressed
from smartshopie_db.clock import today
from smartshopie_db.database import SmartShopieDB
from smartshopie_db.errors import StoreError

CALLBACK: Final = "/_dash-update-component"
LAYOUT: Final = "/_dash-layout"
LARGEST_QUESTION: Final = 16_384  # bytes of a callback's body
LARGEST_ANSWER: Final = 1_000_000  # bytes
MOST_BYTES: Final = 16 * 1024 * 1024  # of all answers together; the one asked for longest ago goes first
SECONDS: Final = 30.0  # that a page is kept: some of it counts from the moment it was made
HEADERS: Final = ("Content-Type", "Content-Encoding", "Cache-Control", "ETag", "Vary")
ALWAYS: Final = frozenset(f"/api/{name}" for name, dataset in SERVED.items() if dataset.cached)
"""Datasets that the data version tells all about."""

Key = tuple[str, ...]
State = tuple[int, str]
"""Data version and today's date: what answers depend on besides the question."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it went out, and until when it holds (monotonic seconds)."""

    content: bytes
    headers: tuple[tuple[str, str], ...]
    until: float


class Memory:
    """Answers of one state of the store, safe to share between threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._answers: OrderedDict[Key, Kept] = OrderedDict()
        self._state: State | None = None
        self._bytes = 0

    def get(self, key: Key, state: State) -> Kept | None:
        """What was answered to this question in this state."""
        with self._lock:
            if state != self._state:
                self._answers.clear()
                self._state, self._bytes = state, 0
            found = self._answers.get(key)
            if found is None or found.until < self._clock():
                return None
            self._answers.move_to_end(key)
            return found

    def keep(
        self, key: Key, state: State, content: bytes, headers: tuple[tuple[str, str], ...], seconds: float
    ) -> None:
        """Remember an answer, unless the state has changed since the question came."""
        with self._lock:
            if state != self._state or len(content) > LARGEST_ANSWER:
                return
            old = self._answers.pop(key, None)
            self._answers[key] = Kept(content, headers, self._clock() + seconds)
            self._bytes += len(content) - (len(old.content) if old else 0)
            while self._bytes > MOST_BYTES:
                self._bytes -= len(self._answers.popitem(last=False)[1].content)


def question(request: flask.Request) -> Key | None:
    """What is asked, without what changes no byte of the answer; None for what is not kept."""
    if request.method == "GET" and (request.path in ALWAYS or request.path == LAYOUT):
        return request.path, request.query_string.decode("latin-1")
    if request.method != "POST" or request.path != CALLBACK or (request.content_length or 0) > LARGEST_QUESTION:
        return None
    try:
        body = orjson.loads(request.get_data())
        return callback_question(body)
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError, ValueError):
        return None  # Dash says what is wrong with it


def callback_question(body: dict[str, Any]) -> Key | None:
    """A page that is opened, or one whose period was chosen; None for what comes by itself or after a failure."""
    (given,) = body["inputs"]
    asked = dict(given["value"])
    if asked.pop("via", None) not in {"click", "ahead"}:
        return None
    return body["output"], orjson.dumps(asked, option=orjson.OPT_SORT_KEYS).decode()


def register(server: flask.Flask, db: SmartShopieDB, hub: Hub) -> None:
    """Answer from memory where that can be; installed behind the gate and behind the static files."""
    memory = Memory()

    @server.before_request
    def answer_again() -> flask.Response | None:
        asked = question(flask.request)
        if asked is None:
            return None
        key = (*asked, flask.request.environ.get("HTTP_ACCEPT_ENCODING", ""))
        try:
            state = (db.data_version(), today(ZoneInfo(db.facts.timezone)).isoformat())
            if asked[0] not in ALWAYS:  # a page also shows what is new, and how it was reached
                key += (flask.request.headers.get("Origin", flask.request.host_url), hub.current().tag)
        except StoreError:
            return None  # whoever answers says so
        kept = memory.get(key, state)
        if kept is None:
            flask.g.to_keep = (key, state)
            return None
        response = flask.Response(kept.content, headers=kept.headers)
        if "HTTP_IF_NONE_MATCH" in flask.request.environ:
            response.make_conditional(flask.request)
        return response

    @server.after_request
    def keep(response: flask.Response) -> flask.Response:
        key, state = flask.g.pop("to_keep", (None, None))
        if key is None or response.status_code != 200 or response.is_streamed or "Set-Cookie" in response.headers:
            return response
        if flask.g.get("failed"):  # a card that could not be read is read anew next time
            return response
        response = compressed(response)
        headers = tuple((name, response.headers[name]) for name in HEADERS if name in response.headers)
        memory.keep(key, state, response.get_data(), headers, math.inf if key[0] in ALWAYS else SECONDS)
        return response
