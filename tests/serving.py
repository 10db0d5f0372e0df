"""A real server in a thread of a test."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import Any

import flask

from api.live import HUB


def begin(server: Any) -> str:
    """Let a waitress server answer; returns its address."""
    threading.Thread(target=server.run, daemon=True).start()
    return f"http://127.0.0.1:{server.effective_port}"


def end(server: Any, program: flask.Flask) -> None:
    """End its streams and close it, in its own thread: the loop there must not meet a closed socket."""
    program.extensions[HUB].stop()
    with suppress(OSError):  # it was awake, and is closed already
        server.trigger.pull_trigger(server.close)
