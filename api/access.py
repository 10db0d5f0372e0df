"""Who may read: everyone on this machine, or whoever holds the read key (as a bearer token or a sign-in cookie)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

import flask
from itsdangerous import BadSignature, URLSafeTimedSerializer

from api import sign_in
from api.problems import Problem, speaks_json
from smartshopie_db.database import SmartShopieDB

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

    MayRead = Callable[[WSGIEnvironment], bool]

COOKIE = "smartshopie_session"
COOKIE_SECONDS = 12 * 3600
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
OPEN_PATHS = frozenset({"/sign-in", "/sign-out", "/api/health"})
FORM_FAILURES, BEARER_FAILURES, FAILURE_SECONDS = 10, 60, 60  # per address


class Failures:
    """Counts wrong keys per address within the last minute; `limit` of them and the next is not looked at."""

    MOST_ADDRESSES = 10_000

    def __init__(self, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.limit, self.clock = limit, clock
        self._seen: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def wait(self, address: str) -> int:
        """Whole seconds until this address may try again; 0: now."""
        with self._lock:
            times, now = self._seen.get(address), self.clock()
            while times and times[0] <= now - FAILURE_SECONDS:
                times.popleft()
            if not times:
                self._seen.pop(address, None)
                return 0
            return 0 if len(times) < self.limit else int(times[0] + FAILURE_SECONDS - now) + 1

    def add(self, address: str) -> None:
        """Remember a wrong key. The oldest address is forgotten when there are too many."""
        with self._lock:
            if address not in self._seen and len(self._seen) >= self.MOST_ADDRESSES:
                self._seen.pop(next(iter(self._seen)))
            self._seen.setdefault(address, deque(maxlen=self.limit)).append(self.clock())


def cookie_secret(db: SmartShopieDB) -> str:
    """The store's random secret for signed cookies; made at the first start, the same for every worker."""
    known = db.engine.get("cookie_secret")
    if known is None:
        with db.engine.write() as transaction:
            rows = transaction.read("SELECT value FROM store WHERE name = 'cookie_secret'").rows
            known = str(rows[0][0]) if rows else secrets.token_urlsafe(32)
            transaction.set("cookie_secret", known)
    return str(known)


def safe_next(address: str | None) -> str:
    """A path of this site to go to after signing in; anything else becomes the first page."""
    if not address or not address.startswith("/") or address[1:2] in {"/", "\\"}:
        return "/"
    if "\\" in address or any(ord(sign) < 32 or ord(sign) == 127 for sign in address):
        return "/"
    parts = urlsplit(address)
    if parts.scheme or parts.netloc or parts.path in {"/sign-in", "/sign-out"}:
        return "/"
    return parts.path + (f"?{parts.query}" if parts.query else "")


def host_name(header: str) -> str:
    """The name in a Host header: without port, brackets and a last dot, lower case."""
    name = header[1:].partition("]")[0] if header.startswith("[") else header.partition(":")[0]
    return name.rstrip(".").lower()


def check_hosts(server: flask.Flask, bound_to: str) -> MayRead:
    """Refuse names that are not this machine's: a page elsewhere may point its own name here (DNS rebinding)."""
    known = LOOPBACK | {bound_to.strip("[]").lower()}

    def is_known(environ: WSGIEnvironment) -> bool:
        header = environ.get("HTTP_HOST")
        return header is None or host_name(header) in known

    @server.before_request
    def refuse_unknown_host() -> None:
        if not is_known(flask.request.environ):
            raise Problem(
                400, "This server answers to localhost, 127.0.0.1 and [::1] only; to serve it under another name, "
                "set SMARTSHOPIE_READ_KEY.", code="unknown_host",
            )

    return is_known


def bearer_key(request: flask.Request) -> str | None:
    """What a request carries as its key."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    return given if scheme.lower() == "bearer" else None


class Gate:
    """Lets a request through that carries the read key or a cookie that was given for it."""

    def __init__(self, read_key: str, secret: str) -> None:
        self._key = read_key.encode()
        # both parts matter: a new key ends all sessions, and a cookie does not help to guess the key
        derived = hmac.new(secret.encode(), self._key, hashlib.sha256).hexdigest()
        self._signer = URLSafeTimedSerializer(derived, salt="sign-in")
        self.form_failures, self.bearer_failures = Failures(FORM_FAILURES), Failures(BEARER_FAILURES)

    def right(self, given: str) -> bool:
        """Compare in constant time."""
        return hmac.compare_digest(given.strip().encode(errors="replace"), self._key)

    def cookie(self) -> str:
        """A signed value that says when it was given."""
        return str(self._signer.dumps("reader"))

    def signed_in(self, request: flask.Request) -> bool:
        """Whether the request carries a cookie that is ours and not too old."""
        value = request.cookies.get(COOKIE)
        if not value:
            return False
        try:
            return bool(self._signer.loads(value, max_age=COOKIE_SECONDS) == "reader")
        except BadSignature:
            return False

    def bearer(self) -> bool:
        """Whether the request carries the key; a wrong one is counted. Raises Problem(429)."""
        given = bearer_key(flask.request)
        if given is None:
            return False
        address = flask.request.remote_addr or ""
        if wait := self.bearer_failures.wait(address):
            raise Problem(429, headers={"Retry-After": str(wait)})
        if self.right(given):
            return True
        self.bearer_failures.add(address)
        return False

    def knows(self, environ: WSGIEnvironment) -> bool:
        """Whether `check` would let a request pass because of its cookie or key; it counts and refuses nothing."""
        request = flask.Request(environ)
        if self.signed_in(request):
            return True
        given = bearer_key(request)
        return given is not None and not self.bearer_failures.wait(request.remote_addr or "") and self.right(given)

    def check(self) -> flask.Response | None:
        """Let a request pass (None), send a reader to the sign-in page, or raise Problem(401)."""
        path = flask.request.path
        if path in OPEN_PATHS or path == "/v1" or path.startswith("/v1/"):  # /v1 asks for write keys itself
            return None
        if self.signed_in(flask.request) or self.bearer():
            return None
        if speaks_json(path) or path.startswith(("/_dash-", "/assets/")) or flask.request.method not in {"GET", "HEAD"}:
            raise Problem(401, headers={"WWW-Authenticate": 'Bearer realm="SmartShopie Analytics"'})
        query = flask.request.query_string.decode("latin-1")
        wanted = safe_next(path + (f"?{query}" if query else ""))
        target = "/sign-in" if wanted == "/" else "/sign-in?" + urlencode({"next": wanted})
        response = flask.redirect(target, 303)
        response.headers["Cache-Control"] = "no-store"
        return response  # type: ignore[return-value]  # werkzeug's Response is Flask's here


def came_from_elsewhere() -> bool:
    """Whether a browser says that another site sent this form."""
    return flask.request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}


def signed_in_answer(gate: Gate, target: str) -> flask.Response:
    """Give the cookie and go on."""
    response = flask.Response(status=303, headers={"Location": target, "Cache-Control": "no-store"})
    response.set_cookie(
        COOKIE, gate.cookie(), max_age=COOKIE_SECONDS, httponly=True, samesite="Lax", path="/",
        secure=flask.request.is_secure,  # what a trusted proxy forwards as https counts as well
    )
    return response


def sign_in_view(gate: Gate) -> flask.Response:
    """GET shows the form, POST looks at the key."""
    target = safe_next(flask.request.values.get("next"))
    if flask.request.method in {"GET", "HEAD"}:
        return signed_in_redirect(target) if gate.signed_in(flask.request) else sign_in.form(target)
    address = flask.request.remote_addr or ""
    if came_from_elsewhere():
        return sign_in.form(target, "Please sign in on this page itself.", 403)
    if wait := gate.form_failures.wait(address):
        answer = sign_in.form(target, f"Too many wrong keys. Try again in {wait} seconds.", 429)
        answer.headers["Retry-After"] = str(wait)
        return answer
    if not gate.right(flask.request.form.get("key", "")):
        gate.form_failures.add(address)
        return sign_in.form(target, "This is not the read key. Whoever set up this server knows it.", 401)
    return signed_in_answer(gate, target)


def signed_in_redirect(target: str) -> flask.Response:
    """Who is signed in needs no form."""
    return flask.Response(status=303, headers={"Location": target, "Cache-Control": "no-store"})


def sign_out_view() -> flask.Response:
    """GET asks, POST forgets the cookie (a link or a prefetch must not sign anyone out)."""
    if flask.request.method in {"GET", "HEAD"}:
        return sign_in.farewell()
    response = flask.Response(status=303, headers={"Location": "/sign-in", "Cache-Control": "no-store"})
    if not came_from_elsewhere():
        response.delete_cookie(COOKIE, path="/", httponly=True, samesite="Lax")
    return response


def register(server: flask.Flask, db: SmartShopieDB) -> MayRead:
    """With a read key: ask for it everywhere. Without: answer to this machine's own names only.

    Returns the same rule for what is answered before Flask sees it: whether a request would be let through.
    """
    settings = db.settings
    server.secret_key = cookie_secret(db)
    if settings.read_key is None:
        return check_hosts(server, settings.host)
    gate = Gate(settings.read_key, server.secret_key)
    server.before_request(gate.check)
    server.add_url_rule("/sign-in", "sign_in", lambda: sign_in_view(gate), methods=["GET", "POST"])
    server.add_url_rule("/sign-out", "sign_out", sign_out_view, methods=["GET", "POST"])
    return gate.knows
