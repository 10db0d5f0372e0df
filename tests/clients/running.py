"""Server processes for tests: the real program, or the program with a test's hooks around it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
KEY = "WRITEKEY123"  # also the one in the captured requests
LONGEST_START = 180  # seconds; a machine may be very busy


def environment(**given: str) -> dict[str, str]:
    """This process's environment with these settings."""
    return dict(os.environ) | {f"SMARTSHOPIE_{name}": value for name, value in given.items()}  # noqa: TID251


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


class RefusedError(OSError):
    """The server answered, but not with 200."""


class Server:
    """A process that serves a store; `module` and `arguments` say which hooks it has."""

    def __init__(
        self, folder: Path, module: str = "app", *arguments: str, port: int | None = None, **given: str
    ) -> None:
        self.port = port or free_port()
        self.store = folder / "store.db"
        self.url = f"sqlite:///{self.store}"
        settings = {"DATABASE_URL": self.url, "WRITE_KEY": KEY, "PORT": str(self.port), **given}
        self._log = (folder / "server.log").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments], cwd=PROJECT, env=environment(**settings),
            stdout=subprocess.PIPE, stderr=self._log, text=True,
        )  # fmt: skip

    def ready(self, said: str = "listens on") -> Server:
        """Wait until it says so: that it listens, or, a successor, first that it "waits for" the port."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if said in line:
                return self
        raise AssertionError(f"the server ended with {self.process.wait()}: {Path(self._log.name).read_text()[-2000:]}")

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def post(self, messages: list[Any], timeout: float = 60) -> dict[str, Any]:
        """Send a batch; OSError or HTTPException when it is not answered with 200."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request("POST", "/v1/batch", json.dumps({"batch": messages}), {"X-Write-Key": KEY})
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        if answer.status != 200:
            raise RefusedError(f"{answer.status} {body!r}")
        said: dict[str, Any] = json.loads(body)
        return said

    def complaints(self) -> list[str]:
        """What it logged of errors and of rollups that were put off."""
        said = Path(self._log.name).read_text(encoding="utf-8").splitlines()
        return [line for line in said if " ERROR " in line or "put off" in line or "Traceback" in line]

    def stop(self) -> int:
        """End it as an operator would, and wait; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self._ended()

    def kill(self) -> None:
        self.process.kill()
        self._ended()

    def _ended(self) -> int:
        code = self.process.wait(timeout=LONGEST_START)
        if self.process.stdout is not None:
            self.process.stdout.close()
        self._log.close()
        return code
