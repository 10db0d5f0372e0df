"""A small HTTP load generator: one thread, many connections, keep-alive; it leaves the machine to the server."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import cycle


@dataclass(slots=True)
class Load:
    """What a load run saw: milliseconds of each answer, and how many were not 200."""

    seconds: float = 0.0
    times_ms: list[float] = field(default_factory=list)
    failures: int = 0

    @property
    def per_second(self) -> float:
        """Answers per second."""
        return len(self.times_ms) / self.seconds if self.seconds else 0.0


def request(
    path: str, *, body: bytes | None = None, headers: Sequence[tuple[str, str]] = (), encoding: str = "br"
) -> bytes:
    """A GET, or with a body a POST of JSON, as sent over the wire."""
    head = [
        f"{'GET' if body is None else 'POST'} {path} HTTP/1.1", "Host: 127.0.0.1", f"Accept-Encoding: {encoding}",
        *(f"{name}: {value}" for name, value in headers),
    ]  # fmt: skip
    if body is not None:
        head += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + (body or b"")


class Connection:
    """One client: sends a request, waits for the whole answer, sends the next."""

    def __init__(self, port: int, requests: Iterator[bytes]) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._requests = requests
        self._buffer = bytearray()
        self.sent_at = 0.0

    def send(self) -> bool:
        """Send the next request; False when there is none left."""
        raw = next(self._requests, None)
        if raw is None:
            return False
        self._buffer.clear()
        self.sent_at = time.perf_counter()
        self.socket.sendall(raw)
        return True

    def receive(self) -> int:
        """Take what is there; the status once the answer is complete, 0 before."""
        part = self.socket.recv(262_144)
        if not part:
            raise ConnectionError("the server closed the connection")
        self._buffer += part
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return 0
        head = bytes(self._buffer[:end]).lower()
        at = head.find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        return int(head[9:12]) if len(self._buffer) >= end + 4 + length else 0


@contextmanager
def listening(port: int, count: int) -> Iterator[None]:
    """So many event streams stay open for the block, as open pages hold them."""
    with ExitStack() as stack:
        for _ in range(count):
            stream = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            stream.sendall(request("/api/stream"))
            if not stream.recv(65_536).startswith(b"HTTP/1.1 200"):
                raise ConnectionError("the server refused a stream")
        yield


def run(port: int, requests: Iterable[bytes], *, clients: int, seconds: float, once: bool = False) -> Load:
    """Send `requests` from so many clients at once: over and over for some seconds, or with `once` each one time."""
    source = iter(requests) if once else cycle(tuple(requests))
    load, chooser = Load(), selectors.DefaultSelector()
    open_connections = [Connection(port, source) for _ in range(clients)]
    began = time.perf_counter()
    waiting = 0
    for one in open_connections:
        chooser.register(one.socket, selectors.EVENT_READ, one)
        waiting += one.send()
    while waiting:
        for key, _ in chooser.select(30):
            one = key.data
            status = one.receive()
            if not status:
                continue
            now = time.perf_counter()
            load.times_ms.append(1000 * (now - one.sent_at))
            load.failures += status != 200
            waiting -= 1
            if once or now - began < seconds:
                waiting += one.send()
    load.seconds = time.perf_counter() - began
    for one in open_connections:
        one.socket.close()
    return load
