"""Answers kept as the bytes that went out: whoever asks the same again gets them until the data version grows.

Kept are the JSON of datasets and what pages and period changes send, for everybody alike: no answer depends on who
asks. Of a period change nothing but the window counts: which one the page showed before changes no byte.
The outermost layer of the server does it, so that an answer from memory costs nothing of Flask; who may not read is
left to the gate, and what is answered here is measured like everything else.
"""

from __future__ import annotations

import io
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import flask
import orjson
from werkzeug.http import is_resource_modified, remove_entity_headers

from api.callbacks import CALLBACK
from api.datasets import SERVED
from api.live import Hub
from api.measure import METER
from smartshopie_db.clock import now_ms, today
from smartshopie_db.database import SmartShopieDB
from smartshopie_db.errors import StoreError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LAYOUT: Final = "/_dash-layout"
LARGEST_QUESTION: Final = 16_384  # bytes of a callback's body
LARGEST_ANSWER: Final = 1_000_000  # bytes
LONGEST_KEY: Final = 4_096  # characters of a question with its headers; a page's are a tenth of it
ENTRY_BYTES: Final = 1_500  # what an answer takes besides its content and its question, mostly headers
MOST_BYTES: Final = 16 * 1024 * 1024  # of all entries together; the one asked for longest ago goes first
PAGE_SECONDS: Final = 30.0  # that a page is kept: some of it counts from the moment it was made
BRIEF_SECONDS: Final = 1.0  # that a dataset is kept which no data version counts; what this process writes ends it
MARK: Final = "smartshopie.not_kept"  # set in the environment of a request whose answer is not to be kept
ALWAYS: Final = frozenset(f"/api/{name}" for name, dataset in SERVED.items() if dataset.cached)
"""Datasets that the data version tells all about."""
BRIEFLY: Final = frozenset(f"/api/{name}" for name in SERVED) - ALWAYS

Key = tuple[str, ...]
State = tuple[int, str]
"""Data version and today's date: what answers depend on besides the question."""
Headers = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it went out (200), and until when it holds (monotonic seconds)."""

    content: bytes
    headers: Headers
    until: float


class Memory:
    """Answers of one state of the store, safe to share between threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
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
            if found is None or found.until < self.clock():
                return None
            self._answers.move_to_end(key)
            return found

    def keep(self, key: Key, state: State, answer: Kept) -> None:
        """Remember an answer, unless the state has changed since the question came."""
        if sum(map(len, key)) > LONGEST_KEY or len(answer.content) > LARGEST_ANSWER:
            return
        with self._lock:
            if state != self._state:
                return
            old = self._answers.pop(key, None)
            self._answers[key] = answer
            self._bytes += weight(key, answer) - (weight(key, old) if old else 0)
            while self._bytes > MOST_BYTES:
                self._bytes -= weight(*self._answers.popitem(last=False))


def weight(key: Key, answer: Kept) -> int:
    """About how many bytes an entry takes."""
    return len(answer.content) + sum(map(len, key)) + ENTRY_BYTES


def question(environ: WSGIEnvironment) -> Key | None:
    """What is asked, without what changes no byte of the answer; None for what is not kept."""
    path, method = environ.get("PATH_INFO", ""), environ["REQUEST_METHOD"]
    if method == "GET" and (path in ALWAYS or path in BRIEFLY or path == LAYOUT):
        return path, environ.get("QUERY_STRING", "")
    if method != "POST" or path != CALLBACK:
        return None
    length = environ.get("CONTENT_LENGTH") or ""
    if not (length.isascii() and length.isdigit() and int(length) <= LARGEST_QUESTION):
        return None
    text = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = io.BytesIO(text)  # for who answers
    try:
        return callback_question(orjson.loads(text))
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError, ValueError):
        return None  # Dash says what is wrong with it


def callback_question(body: dict[str, Any]) -> Key | None:
    """A page that is opened, or one whose period was chosen; None for what comes by itself or after a failure.

    Also None, or an error that says so, for what no page sends: an answer to it must not become one to a page.
    """
    (given,) = body["inputs"]
    output, asked = body["output"], given["value"].copy()
    if not isinstance(output, str) or not isinstance(asked, dict) or asked.pop("via", None) not in {"click", "ahead"}:
        return None
    return CALLBACK, output, orjson.dumps(asked, option=orjson.OPT_SORT_KEYS).decode()


class Remembering:
    """The server with a memory in front of it: asks it, else passes the request on and keeps what comes back."""

    def __init__(
        self, server: flask.Flask, db: SmartShopieDB, hub: Hub, may_read: Callable[[WSGIEnvironment], bool]
    ) -> None:
        self._server: WSGIApplication = server.wsgi_app
        self._db, self._hub, self._may_read = db, hub, may_read
        self._meter = server.extensions[METER]
        self._memory = Memory()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        began = time.perf_counter()
        asked = question(environ)
        if asked is None or not self._may_read(environ):
            return self._server(environ, start_response)
        try:
            key, state, seconds = self._exactly(asked, environ)
        except StoreError:
            return self._server(environ, start_response)  # whoever answers says so
        kept = self._memory.get(key, state)
        if kept is None:
            return self._work(key, state, seconds, environ, start_response)
        status, content = said(kept, environ, start_response)
        if asked[0].startswith("/api/"):
            self._meter.record(asked[0], "GET", time.perf_counter() - began, status, now_ms())
        return content

    def _exactly(self, asked: Key, environ: WSGIEnvironment) -> tuple[Key, State, float]:
        """All that the answer depends on: question and headers, state; and for how many seconds it holds then."""
        state = (self._db.data_version(), today(ZoneInfo(self._db.facts.timezone)).isoformat())
        key = (*asked, environ.get("HTTP_ACCEPT_ENCODING", ""), environ.get("HTTP_ORIGIN", ""))
        if asked[0] in ALWAYS:
            return key, state, math.inf
        if asked[0] in BRIEFLY:
            return (*key, str(self._db.engine.commits)), state, BRIEF_SECONDS
        # a page also shows what is new, and how it was reached
        reached = environ["wsgi.url_scheme"], environ.get("HTTP_HOST", "")
        return (*key, *reached, self._hub.mark()), state, PAGE_SECONDS

    def _work(
        self, key: Key, state: State, seconds: float, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Let the server answer, and keep a good answer. Whether the client has it already is seen to here."""
        until = self._memory.clock() + seconds
        inner = {name: value for name, value in environ.items() if name != "HTTP_IF_NONE_MATCH"}
        with self._db.engine.snapshot():  # a page reads many datasets: all of them of one moment
            status, headers, content = whole(self._server, inner)
        good = status.startswith("200 ") and not any(name.lower() == "set-cookie" for name, _ in headers)
        if not good or MARK in inner:
            start_response(status, headers)
            return [content]
        answer = Kept(bytes(memoryview(content)), headers, until)  # a copy: what orjson writes has up to 8 KB of room
        self._memory.keep(key, state, answer)
        return said(answer, environ, start_response)[1]


def whole(application: WSGIApplication, environ: WSGIEnvironment) -> tuple[str, Headers, bytes]:
    """Status, headers and all bytes of an answer."""
    told: list[tuple[str, Headers]] = []

    def listen(status: str, headers: Headers, _failure: Any = None) -> Callable[[bytes], object]:
        told.append((status, headers))
        return parts.append

    parts: list[bytes] = []
    answer = application(environ, listen)
    try:
        parts.extend(answer)
    finally:
        getattr(answer, "close", lambda: None)()
    return *told[-1], b"".join(parts)


def said(kept: Kept, environ: WSGIEnvironment, start_response: StartResponse) -> tuple[int, list[bytes]]:
    """Begin an answer from memory; its status and its bytes. 304 where the client has the same already."""
    headers = kept.headers.copy()
    if "HTTP_IF_NONE_MATCH" in environ and not is_resource_modified(environ, etag=dict(headers).get("ETag")):
        remove_entity_headers(headers)
        start_response("304 NOT MODIFIED", headers)
        return 304, []
    start_response("200 OK", headers)
    return 200, [kept.content]


def register(
    server: flask.Flask, db: SmartShopieDB, hub: Hub, may_read: Callable[[WSGIEnvironment], bool]
) -> None:
    """Put the memory in front of the server; `may_read`: whether the gate would let a request through."""
    server.wsgi_app = Remembering(server, db, hub, may_read)  # type: ignore[method-assign]

    @server.after_request
    def look(response: flask.Response) -> flask.Response:
        if flask.g.get("failed"):  # a card that could not be read is read anew next time
            flask.request.environ[MARK] = True
        return response
