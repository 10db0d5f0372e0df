"""A burst of requests waits for its turn instead of being sent away: one client gives up after three refusals."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import flask
import pytest

import api
from api import ingest as door
from smartshopie_db.database import SmartShopieDB
from smartshopie_db.settings import load_settings


@pytest.fixture
def db(tmp_path: Path) -> Iterator[SmartShopieDB]:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    settings = load_settings({"SMARTSHOPIE_DATABASE_URL": url, "SMARTSHOPIE_WRITE_KEY": "key"})
    with SmartShopieDB(url, settings=settings) as opened:
        yield opened


def test_who_finds_all_places_taken_waits_for_one(db: SmartShopieDB, monkeypatch: pytest.MonkeyPatch) -> None:
    entered, leave, really = threading.Semaphore(0), threading.Event(), SmartShopieDB.ingest

    def slow(self: SmartShopieDB, *given: Any, **named: Any) -> Any:
        entered.release()
        leave.wait(60)
        return really(self, *given, **named)

    monkeypatch.setattr(SmartShopieDB, "ingest", slow)
    monkeypatch.setattr(door, "PLACE_SECONDS", 60)
    server = flask.Flask("burst", static_folder=None)
    api.register(server, db)

    def post(number: int) -> int:
        body = json.dumps({"batch": [{"type": "page", "messageId": f"m{number}"}]})
        return server.test_client().post("/v1/batch", data=body, headers={"X-Write-Key": "key"}).status_code

    crowd = door.MOST_WAITING + 8
    with ThreadPoolExecutor(crowd) as senders:
        answers = [senders.submit(post, number) for number in range(crowd)]
        for _ in range(door.MOST_WAITING):
            assert entered.acquire(timeout=60)
        assert not entered.acquire(blocking=False)  # no more are let in at once
        leave.set()
        assert {answer.result() for answer in answers} == {200}
    assert db.engine.read("SELECT COUNT(*) FROM events").rows[0][0] == crowd
