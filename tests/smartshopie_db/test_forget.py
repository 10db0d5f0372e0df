"""Forgetting a person leaves no trace of it and every number as it was."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import make_url

from smartshopie_db.clock import moment_of
from smartshopie_db.engine import Engine
from smartshopie_db.facts import StoreFacts
from smartshopie_db.forget import PREFIX, Forgotten, forget_person
from smartshopie_db.ingest import ingest
from smartshopie_db.rollup import rebuild, rollup
from smartshopie_db.rollups.anew import DERIVED_TABLES
from smartshopie_db.rollups.tables import COVERED_TABLES
from tests.streams.stored import store_of_example

START = datetime(2026, 11, 1, 12, tzinfo=UTC)
NOW = moment_of(datetime(2026, 12, 1, tzinfo=UTC))
NAMES = {"visitor_id", "customer_id", "customer_name", "client_session_id"}
NUMBERS = (*DERIVED_TABLES, *COVERED_TABLES, "billing_payments", "products", "product_mentions", "event_sources")
Message = dict[str, Any]


def numbers(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """Every derived and summary table, without the columns that name somebody."""
    found = {}
    for table in NUMBERS:
        columns, rows = engine.read(f"SELECT * FROM {table}")
        places = [place for place, column in enumerate(columns) if column not in NAMES]
        found[table] = sorted((tuple(row[place] for place in places) for row in rows), key=repr)
    return found


def everything(engine: Engine) -> str:
    """All texts of all tables."""
    tables = (*NUMBERS, "events", "rejected_events", "identities", "aliases", "touched", "dirty_days")
    return "\n".join(repr(row) for table in tables for row in engine.read(f"SELECT * FROM {table}").rows)


def message(event: str | None, minute: float, who: Message, name: str, /, **more: Any) -> Message:
    properties = {key: value for key, value in more.items() if key not in ("traits", "context", "type", "previousId")}
    parts = {key: value for key, value in more.items() if key not in properties}
    said = {"type": "track", "event": event} if event else {"type": "page"}
    when = (START + timedelta(minutes=minute)).isoformat()
    return {**said, "messageId": name, "timestamp": when, "properties": properties, **who, **parts}


def ada(day: int = 0) -> list[Message]:
    """Ada on two devices, under an old and a new name, with a talk, an order and a refund; and a server's answers."""
    context = {
        "ip": "203.0.113.9", "userAgent": "Ada's phone", "page": {"url": "https://shop/ada"}, "sessionId": "sid-ada",
    }  # fmt: skip
    phone, laptop = {"anonymousId": "phone-ada"}, {"anonymousId": "laptop-ada", "userId": "ada@example.org"}
    old = {"userId": "ada-before"}
    at = day * 1440
    line = {"product_id": "p1", "name": "Night Cream", "category": "Skin", "price": 20, "quantity": 2, "card": "To Ada"}
    return [
        message(None, at, phone, "ada-1", context=context, title="Ada's basket"),
        message("Products Searched", at + 1, phone, "ada-2", context=context, query="cream for Ada Lovelace"),
        message("Product Viewed", at + 2, phone, "ada-3", context=context, product_id="p1", price=20, name="Cream",
                currency="USD"),
        message("Product Added", at + 3, phone, "ada-4", context=context, product_id="p1", note="Ada's"),
        message("Conversation Started", at + 4, phone, "ada-5", conversationId="talk-1", feature="chat"),
        message("Message Sent", at + 5, phone, "ada-6", conversationId="talk-1", text="I am Ada Lovelace"),
        message("Message Received", at + 5.1, {}, "ada-7", conversationId="talk-1", response_time_ms=700, model="m",
                confidence=0.5, text="Hello Ada Lovelace"),
        message("Recommendation Shown", at + 5.2, {}, "ada-8", conversationId="talk-1", product_id="p1", model="m"),
        message("Feedback Submitted", at + 6, phone, "ada-9", conversationId="talk-1", rating=4, comment="By Ada"),
        message("Conversation Handed Off", at + 7, {"userId": "agent"}, "ada-10", conversationId="talk-1",
                reason="Ada Lovelace is angry", context={"ip": "198.51.100.1"}),
        message("Signed Up", at + 8, laptop, "ada-11", email="ada@example.org", name="Ada Lovelace"),
        message(None, at + 9, laptop, "ada-12", type="identify",
                traits={"name": "Ada Lovelace", "email": "ada@example.org"}),
        message("Order Completed", at + 10, laptop, "ada-13", order_id="o-1", total=50, shipping=5, tax=5,
                products=[line], gift_note="To Ada", coupon="ADA10"),
        message("Order Refunded", at + 20, {}, "ada-14", order_id="o-1", revenue=5, reason="Ada Lovelace complained"),
        message("Product Viewed", at + 30, old, "ada-15", product_id="p2", category="Hair"),
        message(None, at + 40, {"userId": "ada@example.org"}, "ada-16", type="alias", previousId="ada-before"),
        message("Product Viewed", at + 45, {**phone, "userId": "ada@example.org"}, "ada-17", product_id="p1"),
    ]  # fmt: skip


def others() -> list[Message]:
    """A tablet that Ada and Ben share, and a message of Ben's that names Ada."""
    tablet = {"anonymousId": "tablet"}
    return [
        message("Product Viewed", 2000, tablet, "tablet-1", product_id="p1"),
        message("Product Viewed", 2010, {**tablet, "userId": "ada@example.org"}, "tablet-2", product_id="p1"),
        message("Product Viewed", 3000, tablet, "tablet-3", product_id="p1"),
        message("Order Completed", 3010, {**tablet, "userId": "ben"}, "tablet-4", order_id="o-2", revenue=7,
                traits={"name": "Ben"}),
        message("Invited", 3020, {"userId": "ben"}, "ben-1", friend="ada@example.org", context={"ip": "192.0.2.7"}),
        message(None, 3030, {"userId": "ben"}, "ben-2", type="identify", traits={"name": "Ben"}),
    ]  # fmt: skip


TRACES = (
    "Lovelace", "ada@", "Ada", "ada-before", "phone-ada", "laptop-ada", "sid-ada", "203.0.113.9", "shop/ada", "ADA10",
)  # fmt: skip


@pytest.fixture
def send(engine: Engine, facts: StoreFacts) -> Any:
    def send(*groups: list[Any], received_ms: int = NOW) -> Any:
        messages = [message for group in groups for message in group]
        report = ingest(engine, facts, messages, source="http", received_ms=received_ms)
        rollup(engine, facts)
        return report

    return send


def test_nothing_that_names_the_person_is_left_and_every_number_stays(
    engine: Engine, facts: StoreFacts, send: Any
) -> None:
    rejected = [
        {"type": "track", "messageId": "r1", "userId": "ada@example.org"}, {"type": "track", "messageId": "r2"},
        {"type": "track", "messageId": "r3", "context": {"traits": {"email": "ada@example.org"}}},
        {"type": "track", "properties": {"conversationId": "talk-1", "text": "Ada"}},
        {"type": "track", "userId": "x", "traits": "ada@example.org " * 5_000}, {"userId": "ada@example.org " * 5_000},
    ]  # fmt: skip
    send(ada(), others(), rejected)
    before = numbers(engine)
    done = forget_person(engine, facts, "ada@example.org")
    assert done == Forgotten(events=15, texts=5, orders=1, revenue_minor=3500, rejected=3)
    assert numbers(engine) == before
    said = everything(engine)
    cut = engine.read("SELECT body FROM rejected_events WHERE code = 'too_large'").rows
    for (body,) in cut:
        said = said.replace(repr(body), "")
    assert [trace for trace in TRACES if trace in said] == []
    rebuild(engine)
    assert numbers(engine) == before


def test_what_is_left_of_messages_is_what_numbers_need(engine: Engine, facts: StoreFacts, send: Any) -> None:
    send(ada(), others())
    forget_person(engine, facts, "ada-before")
    bodies = dict(engine.read("SELECT message_id, body FROM events").rows)
    left = {message_id: orjson.loads(body).get("properties", {}) for message_id, body in bodies.items()}
    assert all(set(orjson.loads(bodies[f"ada-{n}"])) <= {"properties"} for n in range(1, 18) if n != 10)
    assert left["ada-1"] == left["ada-2"] == left["ada-11"] == {}
    assert left["ada-3"] == {"product_id": "p1", "price": 20, "name": "Cream", "currency": "USD"}
    assert left["ada-6"] == {"conversationId": "talk-1"}
    assert left["ada-7"] == {"conversationId": "talk-1", "response_time_ms": 700, "model": "m", "confidence": 0.5}
    assert left["ada-9"] == {"conversationId": "talk-1", "rating": 4}
    assert orjson.loads(bodies["ada-10"]) == {
        "properties": {"conversationId": "talk-1"}, "context": {"ip": "198.51.100.1"},
    }  # fmt: skip
    line = {"product_id": "p1", "name": "Night Cream", "category": "Skin", "price": 20, "quantity": 2}
    assert left["ada-13"] == {"order_id": "o-1", "total": 50, "shipping": 5, "tax": 5, "products": [line]}
    assert left["ben-1"]["friend"].startswith(PREFIX)
    assert orjson.loads(bodies["tablet-4"])["traits"] == {"name": "Ben"}


def test_a_shared_tablet_stays_with_the_others(engine: Engine, facts: StoreFacts, send: Any) -> None:
    send(ada(), others())
    forget_person(engine, facts, "ada@example.org")
    told = engine.read("SELECT message_id, anonymous_id, user_id FROM events WHERE message_id LIKE 'tablet%'").rows
    assert {row[0] for row in told if row[1] == "tablet"} == {"tablet-3", "tablet-4"}
    assert engine.read("SELECT user_id FROM identities WHERE anonymous_id = 'tablet'").rows == [("ben",)]


def test_a_forgotten_person_is_not_known_any_more(engine: Engine, facts: StoreFacts, send: Any) -> None:
    send(ada(), others())
    assert forget_person(engine, facts, "nobody") is None
    assert forget_person(engine, facts, "ada@example.org") is not None
    for known_as in ("ada@example.org", "ada-before"):
        assert forget_person(engine, facts, known_as) is None


def test_who_comes_back_is_somebody_new_and_a_retry_counts_once(engine: Engine, facts: StoreFacts, send: Any) -> None:
    send(ada(), others())
    forget_person(engine, facts, "ada@example.org")
    before = numbers(engine)
    assert send(ada()).duplicates == len(ada())
    assert numbers(engine) == before
    customers = len(engine.read("SELECT 1 FROM visitors WHERE is_customer = 1").rows)
    send([message("Product Viewed", 9000, {"userId": "ada@example.org"}, "back", product_id="p1")])
    assert len(engine.read("SELECT 1 FROM visitors WHERE is_customer = 1").rows) == customers + 1
    first = engine.read("SELECT first_ms FROM visitors WHERE visitor_id = 'u:ada@example.org'").rows
    assert first == [(moment_of(START + timedelta(minutes=9000)),)]
    assert forget_person(engine, facts, "ada@example.org") == Forgotten(1, 0, 0, 0, 0)


def test_tombstones_are_not_made_from_ids(engine: Engine, facts: StoreFacts, send: Any) -> None:
    names = set()
    for _ in range(2):
        send([message("Product Viewed", 9000, {"userId": "eve"}, f"eve-{len(names)}", product_id="p1")])
        forget_person(engine, facts, "eve")
        names |= {row[0] for row in engine.read("SELECT user_id FROM events").rows}
    assert len(names) == 2
    assert all(name.startswith(PREFIX) for name in names)


def test_an_id_that_is_a_number_or_a_common_word_changes_nothing_else(
    engine: Engine, facts: StoreFacts, send: Any
) -> None:
    who, other = {"userId": "1"}, {"userId": "chat"}
    talk = {"conversationId": "1", "feature": "chat"}
    order = {"order_id": "1", "revenue": 1, "products": [{"product_id": "1", "price": 1, "quantity": "1"}]}
    send([
        message("Order Completed", 1, who, "a", **order), message("Conversation Started", 0, who, "b", **talk),
        message("Conversation Started", 0, other, "c", conversationId="x", feature="chat", customer_id="1", age="1"),
        message("Invited", 0, {"userId": "ben"}, "d", customer_id=1, age=1, names=["chat", "1"], by="chat"),
    ])  # fmt: skip
    before = numbers(engine)
    forget_person(engine, facts, "1")
    forget_person(engine, facts, "chat")
    assert numbers(engine) == before
    body = orjson.loads(engine.read("SELECT body FROM events WHERE message_id = 'd'").rows[0][0])["properties"]
    assert (body["age"], body["names"][1]) == (1, "1")
    assert body["by"].startswith(PREFIX)
    send([message("Order Refunded", 5, {}, "e", order_id="1")])
    assert engine.read("SELECT status FROM orders").rows == [("refunded",)]


def test_an_order_that_bears_the_persons_id_is_renamed_with_it(engine: Engine, facts: StoreFacts, send: Any) -> None:
    send([
        message("Conversation Started", 0, {"userId": "zoe-1"}, "a", conversationId="zoe-1"),
        message("Order Completed", 1, {"userId": "zoe-1"}, "b", order_id="zoe-1", revenue=3),
        message("Order Refunded", 9, {}, "c", order_id="zoe-1", revenue=1),
        message("Concern Detected", 2, {}, "d", conversationId="zoe-1", concern="acne"),
    ])  # fmt: skip
    forget_person(engine, facts, "zoe-1")
    assert "zoe-1" not in everything(engine)
    assert engine.read("SELECT reversed_minor, credited_feature FROM orders").rows == [(100, "chat")]
    incremental = numbers(engine)
    rebuild(engine)
    assert numbers(engine) == incremental


def test_rows_of_an_original_database_are_anonymised_too(engine: Engine, facts: StoreFacts) -> None:
    columns = (
        "interaction_id", "interaction_date", "record_date", "started_ms", "interaction_type", "customer_id",
        "customer_name", "activity_description", "source",
    )  # fmt: skip
    rows = [
        (f"i{name}", "2025-01-01T00:00:00Z", "2025-01-01", 0, "chat", name, name.title(), f"{name} asked", "imported")
        for name in ("ada", "ben")
    ]
    with engine.write() as transaction:
        transaction.append("customer_interactions", columns, rows)
    assert forget_person(engine, facts, "ada") == Forgotten(0, 0, 0, 0, 0)
    shown = engine.read(f"SELECT {', '.join(columns)} FROM customer_interactions ORDER BY interaction_id").rows
    assert (shown[0][5].startswith(PREFIX), shown[0][6:8]) == (True, (None, None))
    assert shown[1] == rows[1]


def test_a_message_that_waits_for_a_rollup_is_forgotten_too(engine: Engine, facts: StoreFacts, send: Any) -> None:
    send(ada())
    ingest(engine, facts, ada(2)[:1] + others(), source="http", received_ms=NOW)
    assert forget_person(engine, facts, "ada@example.org") is not None
    said = everything(engine)
    assert [trace for trace in TRACES if trace in said] == []
    assert engine.read("SELECT 1 FROM touched UNION SELECT 1 FROM dirty_days").rows == []


def test_the_bytes_of_the_file_do_not_name_the_person(
    engine: Engine, facts: StoreFacts, send: Any, store_url: str
) -> None:
    if engine.dialect != "sqlite":
        pytest.skip("PostgreSQL's vacuum overwrites what is deleted in its own time")
    send(ada(), others())
    forget_person(engine, facts, "ada@example.org")
    path = make_url(store_url).database or ""
    files = [open(path + ending, "rb").read() for ending in ("", "-wal")]  # noqa: PTH123, SIM115
    assert [trace for trace in TRACES for content in files if trace.encode() in content] == []


@given(seed=st.integers(0, 10**6))
@settings(max_examples=12)
def test_forgetting_anybody_leaves_every_number_of_any_stream(tmp_path_factory: Any, seed: int) -> None:
    with store_of_example(tmp_path_factory.mktemp("store"), seed) as (engine, facts, drawn):
        ingest(engine, facts, drawn.messages, source="http")
        rollup(engine, facts)
        before = numbers(engine)
        for (user,) in engine.read("SELECT DISTINCT user_id FROM events WHERE user_id IS NOT NULL").rows:
            forget_person(engine, facts, user)
            assert numbers(engine) == before
        users = engine.read("SELECT DISTINCT user_id FROM events WHERE user_id IS NOT NULL").rows
        assert all(user.startswith(PREFIX) for (user,) in users)
        rebuild(engine)
        assert numbers(engine) == before
