"""The event door: POST /v1/track, identify, page, screen, group, alias, batch and import, as Segment's clients send.

How four official clients behave decides much here: only exactly 200 counts as success for all of them, a redirect
loses the batch, a 400 throws away up to a hundred good events, one labels gzipped JSON as a form, two write NaN.
"""

from __future__ import annotations

import base64
import binascii
import threading
import zlib
from collections.abc import Iterator
from typing import Any, Final

import flask
import orjson

from api.problems import RETRY_SECONDS, Problem
from smartshopie_db import client_json
from smartshopie_db.database import SmartShopieDB
from smartshopie_db.ingest import IngestReport
from smartshopie_db.keys import find_key
from smartshopie_db.worker import RollupWorker

ROUTES: Final = {
    "track": "t", "identify": "i", "page": "p", "screen": "s", "group": "g", "alias": "a", "batch": "b", "import": None,
}
"""Segment's routes and their short names."""

LARGEST_BODY: Final = 4 * 1024 * 1024  # bytes, decoded
MOST_MEMBERS: Final = 100  # of a gzipped body; what is left of it is copied for each
MOST_EVENTS: Final = 2_500  # in one batch
MOST_WAITING: Final = 24  # requests being stored or waiting for it
PLACE_SECONDS: Final = 0.5  # a burst waits that long for a place; one client that is refused thrice loses its events
NO_KEY: Final = (
    "Events need a write key: as the user name of Basic authentication, as writeKey in the body, or in X-Write-Key."
)
WRONG_KEY: Final = "This is not a write key of this store. `python -m smartshopie_db keys list` shows its keys."
CORS: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "POST, OPTIONS",
    "Access-Control-Allow-Headers": (
        "Authorization, Content-Type, Content-Encoding, X-Write-Key, X-Strict-Mode, X-Retry-Count"
    ),
    "Access-Control-Max-Age": "86400",
}
"""Any shop's page may send events: a write key can only write, and no cookie is looked at."""


class Door:
    """Takes requests, stores their events, and wakes the worker that rolls them up."""

    def __init__(self, db: SmartShopieDB, worker: RollupWorker | None) -> None:
        self._db = db
        self._worker = worker
        self._places = threading.BoundedSemaphore(MOST_WAITING)

    def view(self, route: str) -> flask.Response:
        """Answer one request: 200 exactly when everything accepted is committed to disk."""
        if flask.request.method == "OPTIONS":
            return flask.Response(status=200)
        body = read_body(flask.request)
        source = self._authorised(body)
        messages = list(messages_of(route, body))
        if len(messages) > MOST_EVENTS:
            words = f"The batch has {len(messages)} events; at most {MOST_EVENTS} are taken."
            raise Problem(413, words, code="too_many_events")
        strict = flask.request.headers.get("X-Strict-Mode") == "1"
        if not self._places.acquire(timeout=PLACE_SECONDS):
            raise Problem(
                429, f"Too many requests are waiting to be stored. Send this one again in {RETRY_SECONDS} seconds.",
                headers={"Retry-After": str(RETRY_SECONDS)},
            )  # fmt: skip
        try:
            report = self._db.ingest(messages, source=source, corrected=True, strict=strict)
        finally:
            self._places.release()
        if self._worker is not None and report.accepted:
            self._worker.wake()
        return answer(report, strict=strict)

    def _authorised(self, body: Any) -> str:
        """The source's name of whoever holds the key. Raises Problem(401)."""
        given = next(keys_of(flask.request, body), None)
        if given is None:
            raise Problem(401, NO_KEY)
        name = find_key(self._db.engine, given, self._db.settings.write_key)
        if name is None:
            raise Problem(401, WRONG_KEY)
        return f"http:{name}"


def read_body(request: flask.Request) -> Any:
    """The JSON of a request, whatever its Content-Type says. Raises Problem(400) or Problem(413)."""
    raw = request.stream.read(LARGEST_BODY + 1)
    encoding = request.headers.get("Content-Encoding", "").strip().lower()
    if encoding == "gzip" or raw[:2] == b"\x1f\x8b":
        raw = _gunzip(raw)
    elif encoding not in ("", "identity"):
        raise Problem(415, f"The Content-Encoding {encoding!r} is not taken; gzip is.")
    if len(raw) > LARGEST_BODY:
        raise Problem(413, f"The request has more than {LARGEST_BODY} bytes.")
    try:
        return client_json.parse(raw)
    except ValueError:
        raise Problem(400, "The body is not JSON.", code="malformed_json") from None


def _gunzip(raw: bytes) -> bytes:
    """Unpack all members (RFC 1952 allows several, one after the other) up to the limit and not a byte further."""
    plain = b""
    for _ in range(MOST_MEMBERS):
        unpacker = zlib.decompressobj(wbits=31)
        try:
            plain += unpacker.decompress(raw, LARGEST_BODY + 1 - len(plain))
        except zlib.error:
            raise Problem(400, "The body says it is gzip, but cannot be unpacked.", code="malformed_gzip") from None
        if len(plain) > LARGEST_BODY:
            return plain
        if not unpacker.eof:
            raise Problem(400, "The gzipped body ends too early.", code="malformed_gzip")
        raw = unpacker.unused_data
        if not raw.strip(b"\0"):  # zeros may fill up the end
            return plain
    raise Problem(400, f"The gzipped body has more than {MOST_MEMBERS} members.", code="malformed_gzip")


def messages_of(route: str, body: Any) -> Iterator[Any]:
    """The messages of a request. What a batch says about itself holds for each of its messages."""
    if not isinstance(body, dict):
        raise Problem(400, "The body must be a JSON object.", code="malformed_json")
    if route not in ("batch", "import"):
        yield {key: value for key, value in body.items() if key != "writeKey"} | {"type": route}
        return
    batch = body.get("batch")
    if not isinstance(batch, list):
        raise Problem(400, 'A batch is written {"batch": [...]}.', code="missing_batch")
    shared = body.get("context")
    for message in batch:
        if not isinstance(message, dict):
            yield message
            continue
        complete = {key: value for key, value in message.items() if key != "writeKey"}
        complete.setdefault("sentAt", body.get("sentAt"))
        if isinstance(shared, dict):
            own = complete.get("context")
            complete["context"] = {**shared, **own} if isinstance(own, dict) else shared
        yield complete


def keys_of(request: flask.Request, body: Any) -> Iterator[str]:
    """The key a request carries: Basic (with or without the colon), Bearer, X-Write-Key, ?writeKey= or in the body."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and given.strip():
        yield given.strip()
    if scheme.lower() == "basic":
        try:
            yield base64.b64decode(given, validate=False).decode("utf-8", "replace").partition(":")[0]
        except (ValueError, binascii.Error):
            raise Problem(401, "The Authorization header is not Basic authentication.") from None
    for found in (request.headers.get("X-Write-Key"), request.args.get("writeKey")):
        if found:
            yield found
    if isinstance(body, dict):
        batch = body.get("batch")
        for holder in (body, *(batch if isinstance(batch, list) else ())):
            if isinstance(holder, dict) and isinstance(holder.get("writeKey"), str):
                yield holder["writeKey"]
                return


def answer(report: IngestReport, *, strict: bool) -> flask.Response:
    """What became of the events; in strict mode one that is rejected makes the whole answer a 400."""
    rejected = [
        {"index": verdict.index, "messageId": verdict.message_id, "code": verdict.code, "message": verdict.message}
        for verdict in report.verdicts
        if verdict.status == "rejected"
    ]
    if strict and rejected:
        problem = Problem(400, f"{len(rejected)} of the events were rejected, so none was stored.", code="rejected")
        members = problem.members() | {"accepted": 0, "duplicates": 0, "rejected": rejected}
        return flask.Response(orjson.dumps(members), 400, content_type="application/problem+json")
    members = {"success": True, "accepted": report.accepted, "duplicates": report.duplicates, "rejected": rejected}
    return flask.Response(orjson.dumps(members), 200, content_type="application/json")


def allow_any_origin(response: flask.Response) -> flask.Response:
    """Let a shop's page read the answer, errors too."""
    if flask.request.path.startswith("/v1/"):
        response.headers.update(CORS)
    return response


def register(blueprint: flask.Blueprint, server: flask.Flask, db: SmartShopieDB, worker: RollupWorker | None) -> None:
    """Attach the door; without a worker (tests, one-off tools) events wait for the next rollup."""
    door = Door(db, worker)
    server.after_request(allow_any_origin)
    for route, short in ROUTES.items():
        for path in filter(None, (route, short)):
            blueprint.add_url_rule(
                f"/v1/{path}", f"ingest:{path}", lambda route=route: door.view(route), methods=["POST", "OPTIONS"],
                strict_slashes=False, provide_automatic_options=False,
            )  # fmt: skip
