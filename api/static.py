"""Static files from memory, compressed once; dynamic answers compressed when they are large."""

from __future__ import annotations

import gzip
import hashlib
import os
import queue
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

import brotli  # type: ignore[import-untyped]  # ships no types
import flask
from dash.fingerprint import check_fingerprint

from api import plotly_script

SUITES, ASSETS, BOOTSTRAP = "/_dash-component-suites/", "/assets/", "/bootstrap/static/"
PLOTLY = SUITES + "plotly/package_data/plotly.min.js"
FIRST, BEST, DYNAMIC = 5, 11, 4  # brotli: the first answer, all later ones, and what is made for one request
SMALLEST = 1_000  # bytes; below, the headers outweigh the gain
FOREVER = "public, max-age=31536000, immutable"
TEXTUAL = (
    "text/", "application/json", "application/javascript", "application/problem+json", "application/xml",
    "image/svg+xml", "application/manifest+json",
)


@dataclass(slots=True)
class File:
    """One static file: its bytes, plain and compressed as asked for so far."""

    content: bytes
    content_type: str
    modified: int | None  # whole seconds; None for files of packages, which do not change while running
    tag: str
    encoded: dict[str, bytes] = field(default_factory=dict)

    def encode(self, encoding: str) -> bytes:
        """The bytes in `encoding` ('br', 'gzip' or 'identity'); made at the first request."""
        if encoding == "identity":
            return self.content
        if encoding not in self.encoded:
            quick = brotli.compress(self.content, quality=FIRST) if encoding == "br" else gzip.compress(self.content, 6)
            self.encoded.setdefault(encoding, quick)
        return self.encoded[encoding]

    def improve(self) -> None:
        """Replace quick encodings by the smallest ones."""
        for encoding in tuple(self.encoded):
            best = brotli.compress(self.content, quality=BEST) if encoding == "br" else gzip.compress(self.content, 9)
            self.encoded[encoding] = best


class Shelf:
    """The static files that were asked for, by path without fingerprint."""

    def __init__(self, assets_folder: Path) -> None:
        self._assets = assets_folder
        self._files: dict[str, File] = {}
        self._waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._worker: threading.Thread | None = None

    def modified(self, path: str) -> int | None:
        """When an asset was changed, in whole seconds; None for other files."""
        if not path.startswith(ASSETS):
            return None
        try:
            return int((self._assets / path.removeprefix(ASSETS)).stat().st_mtime)
        except (OSError, ValueError):
            return -1

    def get(self, path: str) -> File | None:
        """A file that was put here and has not changed since."""
        file = self._files.get(path)
        return file if file is not None and file.modified == self.modified(path) else None

    def put(self, path: str, content: bytes, content_type: str) -> File:
        """Keep a file that the server has just read."""
        if path == PLOTLY:
            content = plotly_script.fitted(content)
        tag = hashlib.blake2b(content, digest_size=12).hexdigest()
        file = File(content, content_type, self.modified(path), tag)
        self._files[path] = file
        return file

    def answer(self, path: str, file: File, *, forever: bool) -> flask.Response:
        """The file in the best encoding the client takes, or 304."""
        encoding = chosen_encoding() if compressible(file.content_type, len(file.content)) else "identity"
        new = encoding != "identity" and encoding not in file.encoded
        response = flask.Response(file.encode(encoding), content_type=file.content_type)
        if new:
            self._improve_later(path)
        if encoding != "identity":
            response.headers["Content-Encoding"] = encoding
        response.vary.add("Accept-Encoding")
        response.headers["Cache-Control"] = FOREVER if forever else "no-cache"
        response.set_etag(f"{file.tag}-{encoding}")
        response.make_conditional(flask.request)
        return response

    def _improve_later(self, path: str) -> None:
        self._waiting.put(path)
        with self._lock:
            if self._worker is None:
                self._worker = threading.Thread(target=self._improve_all, name="compress", daemon=True)
                self._worker.start()

    def _improve_all(self) -> None:
        """Compress as well as possible, one file after the other, when nothing else needs the processor."""
        if sys.platform == "linux":
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)  # on Linux this is the thread alone
        while True:
            file = self._files.get(self._waiting.get())
            if file is not None:
                file.improve()


def chosen_encoding() -> str:
    """The encoding to answer this request in."""
    accepted = flask.request.accept_encodings
    if accepted["br"] > 0:
        return "br"
    return "gzip" if accepted["gzip"] > 0 else "identity"


def compressible(content_type: str, size: int) -> bool:
    """Whether compressing is worth it."""
    return size >= SMALLEST and content_type.startswith(TEXTUAL) and not content_type.startswith("text/event-stream")


def without_fingerprint(path: str) -> tuple[str, bool]:
    """The path of a package's file as it is on the disk, and whether it carried a fingerprint."""
    plain, marked = check_fingerprint(path)  # type: ignore[no-untyped-call]  # Dash is not typed here
    return str(plain), bool(marked)


def key_of(path: str) -> str | None:
    """The path of a static file without its fingerprint; None for everything else."""
    if path.startswith(SUITES):
        return without_fingerprint(path)[0]
    return path if path.startswith((ASSETS, BOOTSTRAP)) else None


def never_changes(path: str, modified: int | None) -> bool:
    """Whether the URL changes with the file: a package file's fingerprint, an asset's own time of change in ?m=."""
    if path.startswith(SUITES):
        return without_fingerprint(path)[1]
    return modified is not None and flask.request.args.get("m", "").partition(".")[0] == str(modified)


def register(server: flask.Flask, assets_folder: Path) -> None:
    """Answer static files from memory and compress the rest on the way out."""
    shelf = Shelf(assets_folder)

    @server.before_request
    def from_memory() -> flask.Response | None:
        path = flask.request.path
        key = key_of(path)
        file = shelf.get(key) if key and flask.request.method in {"GET", "HEAD"} else None
        return shelf.answer(key, file, forever=never_changes(path, file.modified)) if key and file else None

    @server.after_request
    def keep_or_compress(response: flask.Response) -> flask.Response:
        if response.status_code != 200 or "Content-Encoding" in response.headers or "Content-Range" in response.headers:
            return response
        path = flask.request.path
        key = key_of(path)
        if key is None:
            return compressed(response)
        if flask.request.method != "GET" or shelf.get(key) is not None:
            return response
        response.direct_passthrough = False
        file = shelf.put(key, response.get_data(), response.content_type or "application/octet-stream")
        return shelf.answer(key, file, forever=never_changes(path, file.modified))


def compressed(response: flask.Response) -> flask.Response:
    """Compress a whole (not streamed) text answer of some size."""
    if response.is_streamed or response.direct_passthrough:
        return response
    content = response.get_data()
    if not compressible(response.content_type or "", len(content)):
        return response
    response.vary.add("Accept-Encoding")
    encoding = chosen_encoding()
    if encoding == "identity":
        return response
    response.set_data(brotli.compress(content, quality=DYNAMIC) if encoding == "br" else gzip.compress(content, 6))
    response.headers["Content-Encoding"] = encoding
    return response
