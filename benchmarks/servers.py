"""Start and watch servers: our own and the peers."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

PROJECT = Path(__file__).resolve().parent.parent
PEERS = PROJECT / "benchmarks" / "peers"
PEER_PYTHON = PROJECT / ".venv" / "peers" / "bin" / "python"
WRITE_KEY = "a-key-for-measuring-only"
PATIENCE_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    port: int
    process: psutil.Process
    started_seconds: float  # from the start of the process to its first answer

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def cpu_seconds(self) -> float:
        """Processor time used so far by all its threads, to the nanosecond (Linux: the process's own clock)."""
        return time.clock_gettime((~self.process.pid << 3) | 2)

    def memory_mb(self) -> float:
        """Resident memory."""
        return float(self.process.memory_info().rss) / 2**20

    def get(self, path: str) -> bytes:
        """The body of an answer."""
        with urllib.request.urlopen(self.address + path, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310
            body: bytes = answer.read()
        return body


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(command: Sequence[str], port: int, log: Path, *, folder: Path = PROJECT) -> Iterator[Server]:
    """A server until the block ends; RuntimeError with its last words when it does not start."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as out:
        began = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=subprocess.STDOUT)
        try:
            wait_for(port, process, log)
            yield Server(port, psutil.Process(process.pid), time.perf_counter() - began)
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until the first page is answered."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.02)
    raise RuntimeError(f"the server did not start:\n{log.read_text(errors='replace')[-2000:]}")


def environment(store: Path, port: int) -> list[str]:
    """The program's settings, in front of a command."""
    return [
        "env", f"SMARTSHOPIE_DATABASE_URL=sqlite:///{store.resolve()}", f"SMARTSHOPIE_PORT={port}",
        f"SMARTSHOPIE_WRITE_KEY={WRITE_KEY}", "SMARTSHOPIE_HOST=127.0.0.1",
    ]  # fmt: skip


def ours(store: Path, logs: Path, *, plain: bool = False) -> AbstractContextManager[Server]:
    """Our program; unless `plain` with a hello-world route beside its own, to compare with."""
    port = free_port()
    program = ["app.py"] if plain else ["-m", "benchmarks.with_hello"]
    return running([*environment(store, port), sys.executable, *program], port, logs / "ours.log")


def stock_dash(store: Path, logs: Path) -> AbstractContextManager[Server]:
    """The same pages in stock Dash."""
    port = free_port()
    command = [str(PEER_PYTHON), "dash_page.py", str(store.resolve()), str(port)]
    return running(command, port, logs / "dash.log", folder=PEERS)


def streamlit(store: Path, logs: Path) -> AbstractContextManager[Server]:
    """The same pages in Streamlit."""
    port = free_port()
    command = [
        str(PEER_PYTHON), "-m", "streamlit", "run", "streamlit_page.py", "--server.port", str(port),
        "--server.address", "127.0.0.1", "--server.headless", "true", "--server.fileWatcherType", "none",
        "--server.enableWebsocketCompression", "true", "--browser.gatherUsageStats", "false",
        "--global.developmentMode", "false", "--", str(store.resolve()),
    ]  # fmt: skip
    return running(command, port, logs / "streamlit.log", folder=PEERS)
