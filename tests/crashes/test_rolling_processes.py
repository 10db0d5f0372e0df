"""Rollups of real server processes: soon after events come in, one at a time, and after a crash."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from smartshopie_db import worker
from smartshopie_db.engine import Engine
from tests.clients.running import Server
from tests.crashes.load import shop_messages

VICTIM = "tests.crashes.victim"
MARKS = "SELECT (SELECT COUNT(*) FROM touched) + (SELECT COUNT(*) FROM dirty_days)"
SESSIONS = "SELECT COALESCE(SUM(sessions), 0) FROM conversion_trends WHERE source = 'events'"
PATIENCE = 240  # seconds until something that does not come is a failure


@pytest.fixture
def serve(folder: Path) -> Iterator[Callable[..., Server]]:
    """Start servers on one store; each ends with the test."""
    started: list[Server] = []

    def start(*arguments: str) -> Server:
        server = Server(folder, VICTIM, "--log", str(folder / "log"), *arguments)
        started.append(server)
        return server.ready()

    yield start
    for server in started:
        if server.process.poll() is None:
            server.stop()


def until(condition: Callable[[], Any], what: str) -> Any:
    """Ask other processes again and again."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.02)
    raise AssertionError(f"{what} did not come to pass")


def log_of(folder: Path) -> list[dict[str, Any]]:
    file = folder / "log"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def asked(server: Server, sql: str) -> int:
    engine = Engine.open(server.url, create=False)
    try:
        return int(engine.read(sql).rows[0][0])
    finally:
        engine.close()


def page(visitor: str) -> dict[str, Any]:
    return {
        "type": "page", "messageId": f"page-of-{visitor}", "anonymousId": visitor, "timestamp": "2026-10-01T10:00:00Z"
    }  # fmt: skip


def is_rolled_up(server: Server, sessions: int) -> bool:
    return asked(server, MARKS) == 0 and asked(server, f"{SESSIONS}") == sessions


def test_the_door_wakes_the_worker_which_pauses_for_a_second(serve: Callable[..., Server]) -> None:
    assert worker.PAUSE_SECONDS == 1.0
    server = serve("--deaf")  # so that only the door can have woken it
    for number in range(3):
        server.post([page(f"v{number}")])
        until(lambda number=number: is_rolled_up(server, number + 1), f"rollup {number}")


def test_two_servers_share_the_work_do_none_of_it_twice_and_take_events_meanwhile(
    serve: Callable[..., Server], folder: Path
) -> None:
    hold = folder / "hold"
    one, other = serve("--hold", str(hold)), serve()
    hold.touch()
    one.post([page("first")])
    until(lambda: any(line.get("holding") for line in log_of(folder)) or asked(one, MARKS) == 0, "a rollup")
    for number in range(10):  # whoever has the turn holds it, and the doors stay open
        one.post([page(f"one-{number}")])
        other.post([page(f"other-{number}")])
    hold.unlink()
    until(lambda: is_rolled_up(one, 21), "the rollup of all")
    assert one.stop() == other.stop() == 0
    derived = sum(line.get("visitors", 0) for line in log_of(folder))
    assert derived == 21


def test_who_dies_with_its_turn_taken_loses_nothing_and_is_followed_at_once(
    serve: Callable[..., Server], folder: Path
) -> None:
    hold = folder / "hold"
    hold.touch()
    dying = serve("--hold", str(hold), "--deaf")
    dying.post([page(f"v{number}") for number in range(5)])
    until(lambda: any(line.get("holding") for line in log_of(folder)), "a rollup")
    dying.kill()
    assert asked(dying, MARKS) > 0
    assert asked(dying, SESSIONS) == 0
    following = serve("--deaf")  # the start alone makes it look for work
    until(lambda: is_rolled_up(following, 5), "the rollup of the follower")


def test_rollups_keep_up_while_two_servers_take_a_stream(serve: Callable[..., Server], folder: Path) -> None:
    servers = serve(), serve()
    messages = list(islice(shop_messages(), 1_200))
    for number, first in enumerate(range(0, len(messages), 12)):
        servers[number % 2].post(messages[first : first + 12])
    until(lambda: asked(servers[0], MARKS) == 0, "the last rollup")
    assert asked(servers[0], "SELECT COUNT(*) FROM events") == len(messages)
    assert len([line for line in log_of(folder) if line.get("days")]) > 1
    assert not [line for server in servers for line in server.complaints()]
