"""The horizon: what is older is rejected, it never moves back, and pruning that was cut off goes on."""

from collections.abc import Callable
from typing import Any

import pytest

from smartshopie_db import retention
from smartshopie_db.database import SmartShopieDB
from smartshopie_db.engine import Engine
from smartshopie_db.errors import StoreMismatch
from smartshopie_db.facts import StoreFacts, read_facts
from smartshopie_db.ingest import HorizonMoved, ingest
from smartshopie_db.replay import replay
from smartshopie_db.rollup import rebuild, rollup
from smartshopie_db.settings import load_settings
from smartshopie_db.worker import RollupWorker
from tests.smartshopie_db.retention.conftest import FAR, FIRST, message, shopping
from tests.smartshopie_db.retention.tables import check, summaries, value


def test_events_before_the_horizon_are_rejected_from_then_on(
    engine: Engine, facts: StoreFacts, send: Any, prune: Any
) -> None:
    send(*shopping(6, "ada", "o"))
    prune(FIRST + 5)
    late = send(message(None, 4.99, "ada"), message(None, 5, "ada"))
    assert [verdict.code for verdict in late.verdicts] == ["before_retention", None]
    assert replay(engine, facts).accepted == 0
    assert value(engine, "SELECT COUNT(*) FROM rejected_events") == 1


def test_the_horizon_never_moves_back(
    engine: Engine, facts: StoreFacts, send: Any, prune: Any, on_day: Callable[[int], None]
) -> None:
    send(*shopping(1, "ada", "o"), *shopping(6, "ada", "o2"))
    prune(FIRST + 5)
    on_day(FIRST + 10)
    rollup(engine, facts, retention_days=9)
    assert {engine.get(name) for name in ("horizon_day", "frozen_day", "pruned_day")} == {str(FIRST + 5)}


def test_a_batch_that_was_read_before_the_horizon_moved_is_asked_for_again(
    engine: Engine, facts: StoreFacts, send: Any, prune: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(*shopping(6, "ada", "o"))
    prune(FIRST + 5)
    monkeypatch.setattr(Engine, "get", lambda *_: None)  # as it was before the horizon moved
    with pytest.raises(HorizonMoved):
        ingest(engine, facts, [message(None, 1, "ada")], source="http", received_ms=FAR)


def test_a_store_that_was_left_alone_goes_on_with_days_without_events(engine: Engine, send: Any, prune: Any) -> None:
    send(*shopping(1, "ada", "o"))
    prune(FIRST + 60)
    before = summaries(engine)
    send(*shopping(70, "ada", "o2"))
    assert summaries(engine, before=FIRST + 2) == before
    assert value(engine, "SELECT COUNT(*) FROM overview_kpis") == 70
    sizes = engine.read("SELECT record_date, SUM(segment_size) FROM customer_segments GROUP BY record_date").rows
    assert {size for _, size in sizes} == {1}
    check(engine)


def test_pruning_that_was_cut_off_goes_on_with_the_next_rollup(
    engine: Engine, send: Any, prune: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(*shopping(1, "ada", "o"), *shopping(2, "ben", "o2"), *shopping(6, "ada", "o3"))
    expected = summaries(engine)
    monkeypatch.setattr(retention, "CHUNK", 2)

    def fail(*_: Any) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(retention, "_keep_links", fail)
        with pytest.raises(RuntimeError):
            prune(FIRST + 5)
    rebuild(engine)
    assert summaries(engine) == expected
    assert value(engine, "SELECT COUNT(*) FROM events") == 9
    prune(FIRST + 5)
    assert value(engine, "SELECT COUNT(*) FROM events") == 3
    assert summaries(engine) == expected


def test_a_pruned_store_is_not_counted_in_another_way(
    engine: Engine, facts: StoreFacts, send: Any, prune: Any
) -> None:
    send(*shopping(1, "ada", "o"))
    prune(FIRST + 5)
    with pytest.raises(StoreMismatch, match="frozen"):
        rebuild(engine, timezone="Asia/Tokyo")
    assert read_facts(engine.read) == facts
    rebuild(engine, timezone="UTC", currency="EUR")  # as it is


def test_the_background_worker_has_work_when_a_day_is_to_be_frozen(
    store_url: str, engine: Engine, send: Any, on_day: Callable[[int], None]
) -> None:
    send(*shopping(1, "ada", "o"))
    with SmartShopieDB(settings=load_settings({"SMARTSHOPIE_RETENTION_DAYS": "3"}), database=store_url) as db:
        on_day(FIRST + 9)
        worker = RollupWorker(db)
        assert worker.work_waits()
        db.rollup()
        assert not worker.work_waits()
        assert value(engine, "SELECT COUNT(*) FROM events") == 0
        on_day(FIRST + 10)
        assert worker.work_waits()
