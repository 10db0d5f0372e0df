"""Security headers on every answer, and cross-origin reading for the origins that a setting lists."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable

import flask

INLINE_SCRIPT = re.compile(r"<script(?![^>]*\b(?:src=|type=.application/json))[^>]*>(.*?)</script>", re.DOTALL)
PREFLIGHT_SECONDS = 600
SCRIPT_SOURCES = "CSP_SCRIPT_SOURCES"  # the key of server.config: a function that names the pages' inline scripts


def source_hash(text: str) -> str:
    """The CSP source that allows exactly this inline script or style."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def page_policy(script_hashes: Iterable[str]) -> str:
    """The policy of the dashboard's pages.

    Styles may be inline: React and plotly.js write style attributes and rules whose text is not known beforehand.
    Scripts may not: only our own files and the inline scripts that Dash puts into its page, by hash.
    """
    return "; ".join((
        "default-src 'self'", " ".join(("script-src 'self'", *script_hashes)), "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:", "font-src 'self' data:", "connect-src 'self'", "object-src 'none'",
        "base-uri 'none'", "form-action 'self'", "frame-ancestors 'self'",
    ))


FILE_POLICY = "default-src 'none'; frame-ancestors 'none'"  # of whatever is no HTML


def inline_scripts(html: str) -> list[str]:
    """The inline scripts of an HTML text (data blocks such as JSON are not scripts)."""
    return INLINE_SCRIPT.findall(html)


def add_security(response: flask.Response) -> flask.Response:
    """Set what is not set yet."""
    if not response.headers.get("Content-Security-Policy"):
        html = response.mimetype == "text/html"
        sources = flask.current_app.config.get(SCRIPT_SOURCES, tuple) if html else tuple
        policy = page_policy(sources()) if html else FILE_POLICY
        response.headers["Content-Security-Policy"] = policy
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-cache"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    if response.mimetype == "text/html":  # the others mean nothing elsewhere
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=()"
    return response


def listed_origin(origins: tuple[str, ...]) -> str | None:
    """The request's origin if the setting lists it (or *) and the address is open to other origins."""
    origin = flask.request.headers.get("Origin")
    reads = flask.request.path == "/api" or flask.request.path.startswith("/api/")
    return origin if reads and origin and (origin in origins or "*" in origins) else None


def is_preflight() -> bool:
    """Whether the request asks, without a key, if a read from another origin would be allowed."""
    asked = flask.request.headers.get("Access-Control-Request-Method")
    return flask.request.method == "OPTIONS" and asked in {"GET", "HEAD"}


def register(server: flask.Flask, origins: tuple[str, ...]) -> None:
    """Install the headers; `origins`: who else may read /api."""
    server.after_request(add_security)
    if not origins:
        return

    @server.before_request
    def answer_preflight() -> flask.Response | None:
        origin = listed_origin(origins)
        if origin is None or not is_preflight():
            return None
        return flask.Response(status=204, headers={
            "Access-Control-Allow-Methods": "GET, HEAD", "Access-Control-Allow-Headers": "Authorization, If-None-Match",
            "Access-Control-Max-Age": str(PREFLIGHT_SECONDS),
        })

    @server.after_request
    def allow_listed(response: flask.Response) -> flask.Response:
        if flask.request.path.startswith("/api"):
            response.vary.add("Origin")
        origin = listed_origin(origins)
        if origin is not None and (flask.request.method in {"GET", "HEAD"} or is_preflight()):
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = "ETag, Content-Disposition, Retry-After"
        return response
