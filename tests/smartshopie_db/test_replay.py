from datetime import UTC, datetime
from typing import Any

import pytest

from smartshopie_db.clock import DAY_MS, moment_of
from smartshopie_db.engine import Engine
from smartshopie_db.facts import StoreFacts
from smartshopie_db.ingest import ingest
from smartshopie_db.replay import ReplayReport, replay

NOW = moment_of(datetime(2026, 11, 22, 12, tzinfo=UTC))


def reject(engine: Engine, facts: StoreFacts, code: str, message: dict[str, Any]) -> None:
    """Have a message rejected that is accepted once the code that refused it is mended."""
    bad = {**message, "type": f"unknown-{code}"}
    ingest(engine, facts, [bad], source="http", received_ms=NOW)
    with engine.write() as transaction:  # the mending
        transaction.execute(
            "UPDATE rejected_events SET code = :code, body = REPLACE(body, :wrong, 'page') WHERE body LIKE :like",
            {"code": code, "wrong": f"unknown-{code}", "like": f"%unknown-{code}%"},
        )


def test_what_is_accepted_after_a_fix_leaves_the_rejected_ones(engine: Engine, facts: StoreFacts) -> None:
    sent = {"timestamp": "2026-11-01T00:00:00Z", "sentAt": "2026-11-22T11:00:00Z"}
    reject(engine, facts, "a", {"messageId": "m1", "userId": "u", **sent})
    ingest(engine, facts, [{"type": "track", "messageId": "m2"}, 5], source="http")
    assert replay(engine, facts) == ReplayReport(tried=3, accepted=1)
    rows = engine.read("SELECT message_id, source, received_ms, occurred_ms FROM events").rows
    corrected = moment_of(datetime(2026, 11, 1, 1, tzinfo=UTC))  # by its clock, as when it came
    assert rows == [("m1", "http", NOW, corrected)]
    assert engine.read("SELECT code, times FROM rejected_events ORDER BY code").rows == [
        ("missing_event", 1), ("not_an_object", 1),
    ]  # fmt: skip


def test_only_those_with_one_code_are_tried_when_a_code_is_given(engine: Engine, facts: StoreFacts) -> None:
    reject(engine, facts, "a", {"messageId": "m1"})
    reject(engine, facts, "b", {"messageId": "m2"})
    assert replay(engine, facts, code="b") == ReplayReport(tried=1, accepted=1)
    assert engine.read("SELECT message_id FROM events").rows == [("m2",)]


def test_what_came_in_another_way_meanwhile_is_not_stored_twice(engine: Engine, facts: StoreFacts) -> None:
    reject(engine, facts, "a", {"messageId": "m1", "userId": "late"})
    ingest(engine, facts, [{"type": "page", "messageId": "m1", "userId": "first"}], source="http")
    replay(engine, facts)
    assert engine.read("SELECT user_id FROM events").rows == [("first",)]
    assert engine.read("SELECT COUNT(*) FROM rejected_events").rows == [(0,)]


def test_a_message_that_was_cut_stays_rejected(engine: Engine, facts: StoreFacts) -> None:
    ingest(engine, facts, [{"type": "page", "messageId": "m1", "properties": {"x": "y" * 40_000}}], source="http")
    assert replay(engine, facts) == ReplayReport(tried=1, accepted=0)
    assert engine.read("SELECT code, times FROM rejected_events").rows == [("too_large", 1)]


def test_what_is_older_than_events_are_kept_stays_rejected_also_when_it_was_not_when_it_came(
    engine: Engine, facts: StoreFacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smartshopie_db.replay.now_ms", lambda: NOW + 30 * DAY_MS)
    ingest(
        engine, facts, [{"type": "page", "messageId": "old", "timestamp": "2026-09-01T00:00:00Z"}], source="http",
        received_ms=NOW, retention_days=40,
    )  # fmt: skip
    reject(engine, facts, "a", {"messageId": "was-new", "timestamp": "2026-11-01T00:00:00Z"})
    reject(engine, facts, "b", {"messageId": "new", "timestamp": "2026-11-20T00:00:00Z"})
    assert replay(engine, facts, retention_days=40) == ReplayReport(tried=3, accepted=1)
    assert engine.read("SELECT message_id FROM events").rows == [("new",)]
    assert engine.read("SELECT code, times FROM rejected_events ORDER BY code").rows == [
        ("a", 1), ("before_retention", 1),
    ]  # fmt: skip
    assert replay(engine, facts).accepted == 2  # the setting is gone, and nothing was deleted yet
