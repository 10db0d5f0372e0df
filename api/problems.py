"""Errors as RFC 9457 problem details: the same members for every error under /api and /v1."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import flask
import orjson
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from smartshopie_db.errors import StoreUnavailable

log = logging.getLogger("smartshopie.api")

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
RETRY_SECONDS = 5  # a busy or restarting store is usually back by then; clients give up after so many refusals
SENTENCES = {
    400: "The request could not be understood.",
    401: "This address needs a key: send it as 'Authorization: Bearer KEY'.",
    404: "There is nothing at this address. GET /api lists what there is.",
    405: "This address does not take this method.",
    413: "The request is too large.",
    415: "The request's encoding or media type is not taken here.",
    429: "Too many attempts. Try again later.",
    500: "Something went wrong on the server. It has been logged.",
    503: "The store cannot be read at the moment. Try again shortly.",
}
CODES = {
    400: "bad_request", 401: "unauthorized", 404: "not_found", 405: "method_not_allowed", 413: "too_large",
    415: "unsupported_media_type", 429: "too_many_requests", 500: "internal_error", 503: "store_unavailable",
}


class Problem(Exception):  # noqa: N818 - the word of RFC 9457
    """An error to tell the client about, in words that were written for it."""

    def __init__(
        self,
        status: int,
        detail: str | None = None,
        *,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status = status
        self.detail = detail or SENTENCES.get(status, HTTPStatus(status).phrase + ".")
        self.code = code or CODES.get(status, HTTPStatus(status).phrase.lower().replace(" ", "_"))
        self.headers = dict(headers or {})
        super().__init__(self.detail)

    def members(self) -> dict[str, Any]:
        """The JSON object of RFC 9457, and the members older clients read."""
        return {
            "type": f"/api/docs#problem-{self.code}", "title": HTTPStatus(self.status).phrase, "status": self.status,
            "detail": self.detail, "code": self.code, "success": False, "message": self.detail,
        }

    def response(self) -> flask.Response:
        """The answer as application/problem+json; never stored by a cache."""
        headers = {"Cache-Control": "no-store", **self.headers}
        return flask.Response(
            orjson.dumps(self.members()), self.status, headers, content_type="application/problem+json"
        )


def speaks_json(path: str) -> bool:
    """Whether a path belongs to the API, where every answer is JSON."""
    return path in {"/api", "/v1"} or path.startswith(("/api/", "/v1/"))


def of_exception(error: Exception) -> Problem:
    """The problem that stands for an exception; its own text stays in the log."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, StoreUnavailable):
        log.warning("store unavailable: %s", error)
        return Problem(503, headers={"Retry-After": str(RETRY_SECONDS)})
    if isinstance(error, MethodNotAllowed):
        return nothing_or_other_methods()
    if isinstance(error, HTTPException) and error.code is not None:
        return Problem(error.code)
    log.error("%s %s failed", flask.request.method, flask.request.path, exc_info=error)
    return Problem(500)


def answer(error: Exception) -> Any:
    """Turn any exception of a request into an answer: problem+json for the API, one sentence for pages."""
    if isinstance(error, HTTPException) and (error.code is None or error.code < 400):
        return error  # a redirect
    if isinstance(error, Problem) or speaks_json(flask.request.path):
        return of_exception(error).response()
    if isinstance(error, HTTPException):
        return error
    problem = of_exception(error)
    return flask.Response(problem.detail + "\n", problem.status, problem.headers, mimetype="text/plain")


def nothing_here(**_: str) -> flask.Response:
    """Every address under /api and /v1 that no other rule takes."""
    raise nothing_or_other_methods()


def nothing_or_other_methods() -> Problem:
    """405 where another method would find something, else 404."""
    adapter = flask.globals.request_ctx.url_adapter
    allowed = set()
    for method in METHODS:
        try:
            endpoint = adapter.match(method=method)[0] if adapter else ""
        except HTTPException:
            continue
        if flask.current_app.view_functions.get(endpoint) is not nothing_here:
            allowed.add(method)
    return Problem(405, headers={"Allow": ", ".join(sorted({*allowed, "OPTIONS"}))}) if allowed else Problem(404)


def refuse_garbled_query() -> None:
    """Bytes that are not UTF-8 cannot be read as parameters by anyone; percent-encoded ones can."""
    try:
        flask.request.query_string.decode()
    except UnicodeDecodeError:
        raise Problem(400, "The query holds bytes that are not UTF-8.", code="invalid_query") from None


def register_errors(server: flask.Flask) -> None:
    """Answer every error in words."""
    server.register_error_handler(HTTPException, answer)
    server.register_error_handler(Exception, answer)
    server.register_error_handler(Problem, answer)  # Dash's debug mode takes Exception for its tracebacks
    server.before_request(refuse_garbled_query)


def register_rest(server: flask.Flask) -> None:
    """Answer every unknown address under /api and /v1 in JSON; Dash would answer them with its page."""
    for rule in ("/api/", "/api/<path:rest>", "/v1", "/v1/", "/v1/<path:rest>"):
        server.add_url_rule(
            rule, f"nothing:{rule}", nothing_here, methods=["GET"], strict_slashes=False,
            provide_automatic_options=False,
        )
