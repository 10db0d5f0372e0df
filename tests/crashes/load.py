"""A shop's messages, sent by several senders who send again what was not acknowledged, as real clients do."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from datetime import date
from http.client import HTTPException
from itertools import islice
from typing import Any

from smartshopie_db.clock import day_of
from smartshopie_db.demo.story import Story, tell
from tests.clients.running import Server
from tests.crashes.victim import RECEIVED

SENDERS = 3
BATCH = 6  # messages of a request
FIRST_DAY = day_of(date(2026, 1, 1))
Message = dict[str, Any]


def shop_messages() -> Iterator[Message]:
    """An endless stream (some hundred days) of a small shop, the same every time."""
    for _, messages in tell(Story(visitors_per_day=25.0), FIRST_DAY, FIRST_DAY + 300, RECEIVED):
        yield from messages


class Load:
    """What was sent, acknowledged, and has to be sent again."""

    def __init__(self) -> None:
        self._source = shop_messages()
        self._again: deque[list[Message]] = deque()
        self._lock = threading.Lock()
        self.sent: list[Message] = []
        self.acknowledged: set[str] = set()
        self.answers = 0
        self.refusals = 0

    def _take(self, *, new: bool) -> list[Message]:
        with self._lock:
            if self._again:
                return self._again.popleft()
            batch = list(islice(self._source, BATCH)) if new else []
            self.sent += batch
            return batch

    def _work(self, server: Server, new: bool, answered: Callable[[], None]) -> None:
        while batch := self._take(new=new):
            try:
                server.post(batch)
            except (OSError, HTTPException):
                with self._lock:
                    self._again.append(batch)
                    self.refusals += 1
                if server.process.poll() is not None:
                    return
            else:
                with self._lock:
                    self.acknowledged.update(message["messageId"] for message in batch)
                    self.answers += 1
                answered()

    def run(self, server: Server, *, new: bool = True, answered: Callable[[], None] = lambda: None) -> None:
        """Send until the server is gone or, with new=False, until all is acknowledged that was sent before."""
        senders = [threading.Thread(target=self._work, args=(server, new, answered)) for _ in range(SENDERS)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
