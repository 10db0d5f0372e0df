from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from smartshopie_db.clock import moment_of
from smartshopie_db.engine import Engine
from smartshopie_db.ingest import StoreFacts, ingest
from smartshopie_db.retention import forget_older, forget_person
from smartshopie_db.rollup import rebuild, rollup

START = datetime(2026, 11, 1, 12, tzinfo=UTC)
TABLES = (
    "overview_kpis", "conversion_trends", "customer_interactions", "revenue_attribution", "interaction_types",
    "visitors", "sessions", "conversations", "orders", "order_lines", "reversals", "visitor_days", "segment_moves",
)  # fmt: skip


def shopping(who: dict[str, str], day: int, name: str) -> list[dict[str, Any]]:
    """A conversation and an order of somebody."""

    def message(event: str, minute: int, **properties: Any) -> dict[str, Any]:
        when = START + timedelta(days=day, minutes=minute)
        return {"type": "track", "event": event, "messageId": f"{name}-{event}", "timestamp": when.isoformat(),
                "properties": properties, **who}  # fmt: skip

    return [
        message("Conversation Started", 0, conversationId=f"c-{name}"),
        message("Order Completed", 5, order_id=f"o-{name}", revenue=10, products=[{"product_id": "p"}]),
        message("Order Refunded", 9, order_id=f"o-{name}", revenue=1),
    ]


def stored(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    return {table: sorted(engine.read(f"SELECT * FROM {table}").rows, key=repr) for table in TABLES}


@pytest.fixture
def send(engine: Engine, facts: StoreFacts) -> Any:
    def send(*groups: list[Any]) -> None:
        ingest(engine, facts, [message for group in groups for message in group], source="http")
        rollup(engine, facts)

    return send


def test_after_forgetting_old_events_the_numbers_are_those_of_the_rest(
    engine: Engine, facts: StoreFacts, send: Any
) -> None:
    send(shopping({"userId": "u1"}, 3, "late"))
    send(shopping({"userId": "u1"}, 2, "kept"))
    expected = stored(engine)
    send(shopping({"userId": "u1"}, 0, "old"), shopping({"anonymousId": "a"}, 1, "older"), [{"type": "track"}])
    assert stored(engine) != expected
    assert forget_older(engine, moment_of(START + timedelta(days=1, hours=1))) == 6
    rollup(engine, facts)
    assert stored(engine) == expected
    rebuild(engine, facts)
    assert stored(engine) == expected


def test_nothing_of_a_forgotten_person_is_left(engine: Engine, facts: StoreFacts, send: Any) -> None:
    others = [shopping({"userId": "other"}, 0, "other"), shopping({"anonymousId": "stranger"}, 2, "stranger")]
    send(*others)
    expected = stored(engine)
    alias = {"type": "alias", "messageId": "al", "previousId": "old-name", "userId": "ada"}
    alias["timestamp"] = START.isoformat()
    send(
        shopping({"anonymousId": "tablet-ada"}, 0, "before"), shopping({"userId": "old-name"}, 1, "first"), [alias],
        shopping({"userId": "ada", "anonymousId": "tablet-ada"}, 1, "known"),
        [{"type": "track", "userId": "ada"}, {"type": "track", "userId": "x", "traits": "ada" * 20_000}, 5],
    )  # fmt: skip
    assert forget_person(engine, "ada") == 10
    rollup(engine, facts)
    assert stored(engine) == expected
    tables = engine.read("SELECT COUNT(*) FROM events").rows + engine.read("SELECT COUNT(*) FROM identities").rows
    assert tables == [(6,), (0,)]
    assert engine.read("SELECT COUNT(*) FROM aliases").rows == [(0,)]
    assert [row[0] for row in engine.read("SELECT code FROM rejected_events ORDER BY code").rows] == [
        "not_an_object", "too_large",
    ]  # fmt: skip


def test_a_person_nobody_knows_leaves_everything_as_it_is(engine: Engine, send: Any) -> None:
    send(shopping({"userId": "u"}, 0, "u"))
    before = stored(engine)
    assert forget_person(engine, "nobody") == 0
    assert stored(engine) == before
