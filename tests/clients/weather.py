"""The real program with bad weather: `python -m tests.clients.weather --log FILE 503:10:30 429:20:30 restart:40`.

Each step begins when so many requests to the event door were answered with 200: for so many seconds it answers 503 or
429 as the door itself does, or it ends the program by SIGTERM. With --successor it serves as soon as the port is free.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import app as program
from api.problems import RETRY_SECONDS, Problem
from smartshopie_db.settings import load_settings


@dataclass
class Step:
    what: str
    after: int
    seconds: float = 0.0

    @classmethod
    def read(cls, text: str) -> Step:
        what, after, *seconds = text.split(":")
        return cls(what, int(after), float(seconds[0]) if seconds else 0.0)


class Weather:
    """Stands between the server and the program."""

    def __init__(self, inner: Callable[..., Iterable[bytes]], steps: list[Step], log: Path) -> None:
        self._inner, self._steps, self._log = inner, steps, log
        self._answered = 0
        self._until: float | None = None
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if not environ["PATH_INFO"].startswith("/v1/"):
            return self._inner(environ, start)
        status = self._now()
        if status is not None:
            with self._lock, self._log.open("a") as log:
                log.write(f"{status}\n")
            return Problem(status, headers={"Retry-After": str(RETRY_SECONDS)}).response()(environ, start)

        def counting(line: str, *rest: Any) -> Any:
            self._count(line)
            return start(line, *rest)

        return self._inner(environ, counting)

    def _count(self, status_line: str) -> None:
        with self._lock:
            self._answered += status_line.startswith("200")
            with self._log.open("a") as log:
                log.write(f"{status_line[:3]} answered\n")
                if self._steps and self._steps[0].what == "restart" and self._answered >= self._steps[0].after:
                    self._steps.pop(0)
                    log.write("restart\n")
                    os.kill(os.getpid(), signal.SIGTERM)  # this answer may still arrive, or not

    def _now(self) -> int | None:
        """The status to refuse a request with at this moment, if it is to be refused."""
        with self._lock:
            if not self._steps or self._answered < self._steps[0].after or self._steps[0].what == "restart":
                return None
            if self._until is None:
                self._until = time.monotonic() + self._steps[0].seconds
            if time.monotonic() < self._until:
                return int(self._steps[0].what)
            self._steps.pop(0)
            self._until = None
        return self._now()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("steps", nargs="*", type=Step.read)
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--successor", action="store_true")
    options = parser.parse_args()
    settings = load_settings()
    app = program.create_app(settings)
    app.server.wsgi_app = Weather(app.server.wsgi_app, options.steps, options.log)  # type: ignore[method-assign]
    address = f"http://{settings.host}:{settings.port}"
    if options.successor:
        program.say(f"waits for {address}")
        wait_for(settings.host, settings.port)
    program.serve(app, settings, address)


def wait_for(host: str, port: int) -> None:
    """Come back when the port is free."""
    while True:
        with socket.socket() as asked:
            asked.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                asked.bind((host, port))
            except OSError:
                time.sleep(0.01)
            else:
                return


if __name__ == "__main__":
    main()
