"""GET /api/stream and /api/live: what is new, pushed as Server-Sent Events or asked for; the same JSON.

    {"success": true, "data": {
        "data_version": 12,            grows whenever a stored summary may have changed: time to ask for those anew
        "empty": false,                whether there is neither an event nor an imported row to show
        "events": 4711,                events received so far
        "events_until": "2026-...",    when the newest of them was received, in the store's time zone; null: none yet
        "rejected_until": null,        when the newest event that was refused came
        "active_sessions": 3,          sessions with an event in the last five minutes
        "activity": [...],             the newest rows of /api/customers/interactions
        "minute": {...}                the newest row of /api/realtime/system-health; null: no whole minute measured
    }}

A stream sends the whole object at once and whenever one of these changes; `id:` is a tag of its content (a client
that comes back with it is not told the same again), and a comment every 15 seconds keeps the connection open. One
thread of a server process watches the store, which other processes may write to, only while someone listens; all
streams get what it sees. Every stream holds one of the server's threads, so there are at most 32: the next is answered
503 with Retry-After, and asks /api/live (ETag, 304) instead. After an hour a stream ends and is asked for again,
which checks the key anew.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import flask
import orjson

from api.datasets import with_tag
from api.problems import Problem
from data.fetch import fetch, window_for
from data.presence import active_sessions, is_empty
from smartshopie_db.clock import LocalTime, now_ms
from smartshopie_db.database import SmartShopieDB
from smartshopie_db.errors import StoreError

log = logging.getLogger("smartshopie.live")

HUB: Final = "smartshopie.live"  # the key of server.extensions
MOST_STREAMS: Final = 32
LOOK_SECONDS: Final = 1.0  # between two looks at the store
COUNT_SECONDS: Final = 5.0  # between two counts of the active sessions when no event came in
PING_SECONDS: Final = 15.0
LONGEST_SECONDS: Final = 3600.0
RETRY_MS: Final = 3000
BUSY_SECONDS: Final = 60  # after which a refused client may try for a stream again
ACTIVITIES: Final = 6

Json = dict[str, Any]

CHANGES: Final = """
SELECT (SELECT value FROM store WHERE name = 'data_version'), (SELECT SUM(events) FROM event_sources),
       (SELECT MAX(last_received_ms) FROM event_sources), (SELECT MAX(received_ms) FROM rejected_events),
       (SELECT MAX(recorded_at) FROM realtime_metrics)
"""


@dataclass(frozen=True, slots=True)
class News:
    """The object as it is sent, and a tag of its content."""

    text: bytes
    tag: str

    def message(self) -> bytes:
        """One event of a stream."""
        return b"id: %b\ndata: %b\n\n" % (self.tag.encode(), self.text)


def read_news(db: SmartShopieDB, active: int) -> News:
    """Read the store now; `active`: sessions, counted before."""
    _, events, received, rejected, _ = db.engine.read(CHANGES).rows[0]
    window, local = window_for(db, {}), LocalTime(db.facts.timezone)
    minutes = fetch(db, "realtime/system-health", window).body["data"]
    text = orjson.dumps({"success": True, "data": {
        "data_version": db.data_version(),
        "empty": is_empty(db),
        "events": int(events or 0),
        "events_until": None if received is None else local.iso(int(received)),
        "rejected_until": None if rejected is None else local.iso(int(rejected)),
        "active_sessions": active,
        "activity": fetch(db, "customers/interactions", window, limit=ACTIVITIES).body["data"],
        "minute": minutes[-1] if minutes else None,
    }}, option=orjson.OPT_SERIALIZE_NUMPY)  # fmt: skip
    return News(text, hashlib.blake2b(text, digest_size=8).hexdigest())


class Hub:
    """Watches the store while someone listens, and tells all listeners."""

    def __init__(
        self, db: SmartShopieDB, *, look_seconds: float = LOOK_SECONDS, ping_seconds: float = PING_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._db, self._look_seconds, self._ping_seconds, self._clock = db, look_seconds, ping_seconds, clock
        self._changed = threading.Condition()  # guards what follows
        self._listeners = 0
        self._watcher: threading.Thread | None = None
        self._news: News | None = None
        self._stopped = False
        self._looking = threading.Lock()  # guards what follows
        self._looked = self._counted = float("-inf")
        self._seen: tuple[Any, ...] = ()
        self._told: tuple[Any, ...] = ()  # what was seen when the news were read
        self._active = 0

    def current(self) -> News:
        """What is known, at most one look old. Raises StoreError."""
        with self._looking:
            seen, news = self._look(), self._news
            if news is None or seen != self._told:
                news = read_news(self._db, self._active)
                with self._changed:
                    self._news = news
                    self._changed.notify_all()
                self._told = seen
            return news

    def mark(self) -> str:
        """What the news depend on, for who need not read them; at most one look old. Raises StoreError."""
        with self._looking:
            return repr(self._look())

    def _look(self) -> tuple[Any, ...]:
        """What can be seen of changes in the store, and the active sessions; looked at anew when that is due."""
        now = self._clock()
        if now - self._looked >= self._look_seconds:
            seen = self._db.engine.read(CHANGES).rows[0]
            if seen != self._seen or now - self._counted >= COUNT_SECONDS:
                self._active, self._counted = active_sessions(self._db, now_ms()), now
            self._seen, self._looked = seen, now
        return (*self._seen, self._active)

    @property
    def listeners(self) -> int:
        """How many streams are open."""
        return self._listeners

    @property
    def is_watching(self) -> bool:
        """Whether the watching thread runs."""
        return self._watcher is not None

    def join(self) -> bool:
        """Take a place among the listeners; False when there is none. Raises StoreError."""
        self.current()
        with self._changed:
            if self._stopped or self._listeners >= MOST_STREAMS:
                return False
            self._listeners += 1
            if self._watcher is None:
                self._watcher = threading.Thread(target=self._watch, name="live", daemon=True)
                self._watcher.start()
            return True

    def leave(self) -> None:
        """Give the place back."""
        with self._changed:
            self._listeners -= 1
            self._changed.notify_all()

    def stop(self) -> None:
        """End every stream; no new one begins."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def _watch(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(self._is_alone, self._look_seconds)
                if self._is_alone():
                    self._watcher = None
                    return
            try:
                self.current()
            except StoreError as error:
                log.warning("the store cannot be watched: %s", error)
            except Exception:
                log.exception("watching the store failed; it is tried again")

    def _is_alone(self) -> bool:
        return self._stopped or not self._listeners

    def stream(self, known: str | None, is_gone: Callable[[], bool]) -> Iterator[bytes]:
        """What one listener is sent. `known`: the tag it came with; `is_gone`: whether it has left."""
        began = said = self._clock()
        yield b"retry: %d\n\n" % RETRY_MS

        def is_news() -> bool:
            return self._stopped or (self._news is not None and self._news.tag != known)

        while self._clock() - began < LONGEST_SECONDS:
            with self._changed:
                self._changed.wait_for(is_news, self._look_seconds)
                news = self._news
            if self._stopped or is_gone():
                return
            if news is not None and news.tag != known:
                known, said = news.tag, self._clock()
                yield news.message()
            elif self._clock() - said >= self._ping_seconds:
                said = self._clock()
                yield b": ping\n\n"


def stream_view(hub: Hub) -> flask.Response:
    """A stream, or 503 when all places are taken."""
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}  # nginx would hold the stream back
    if flask.request.method == "HEAD":
        return flask.Response(headers=headers, content_type="text/event-stream")
    if not hub.join():
        words = "All streams are taken. Ask /api/live instead, and try again later."
        raise Problem(503, words, code="too_many_streams", headers={"Retry-After": str(BUSY_SECONDS)})
    gone = flask.request.environ.get("waitress.client_disconnected", bool)
    known = flask.request.headers.get("Last-Event-ID")
    response = flask.Response(hub.stream(known, gone), headers=headers, content_type="text/event-stream")
    response.call_on_close(hub.leave)  # also when the client leaves before the first word
    return response


def live_view(hub: Hub) -> flask.Response:
    """The object once."""
    text = hub.current().text
    return with_tag(flask.Response(text, mimetype="application/json"), text)


def register(blueprint: flask.Blueprint, server: flask.Flask, hub: Hub) -> None:
    """Both addresses; `server.extensions[HUB].stop()` ends the streams."""
    server.extensions[HUB] = hub
    blueprint.add_url_rule("/api/stream", "stream", lambda: stream_view(hub))
    blueprint.add_url_rule("/api/live", "live", lambda: live_view(hub))
