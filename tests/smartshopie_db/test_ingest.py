import itertools
import json
import multiprocessing
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smartshopie_db.clock import DAY_MS, moment_of
from smartshopie_db.engine import Engine
from smartshopie_db.events import Rejection
from smartshopie_db.facts import StoreFacts, open_facts
from smartshopie_db.ingest import IngestReport, ingest, keep_rejected
from smartshopie_db.settings import load_settings

START = datetime(2026, 11, 20, 12, tzinfo=UTC)
NOW = moment_of(datetime(2026, 11, 22, 12, tzinfo=UTC))
_ids = itertools.count(1)


def track(name: str = "Product Viewed", minute: int = 0, **more: Any) -> dict[str, Any]:
    message = {"type": "track", "event": name, "messageId": f"m{next(_ids)}", "anonymousId": "a1"}
    return {**message, "timestamp": (START + timedelta(minutes=minute)).isoformat(), **more}


def product(category: str | None = None, name: str | None = None, minute: int = 0, **more: Any) -> dict[str, Any]:
    return track(minute=minute, properties={"product_id": "p1", "category": category, "name": name}, **more)


@pytest.fixture
def send(engine: Engine, facts: StoreFacts) -> Any:
    def send(*messages: Any, source: str = "http", **options: Any) -> IngestReport:
        return ingest(engine, facts, messages, source=source, received_ms=NOW, **options)

    return send


def marks(engine: Engine, *kinds: str) -> set[tuple[str, str]]:
    """The marks made since the last call."""
    found = engine.read("SELECT kind, key FROM touched WHERE kind IN :kinds", {"kinds": kinds}).rows
    with engine.write() as transaction:
        transaction.execute("DELETE FROM touched")
    return {(row[0], row[1]) for row in found}


def tables(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """What is stored, apart from marks and batch numbers."""
    names = ("events", "identities", "aliases", "product_mentions", "products", "rejected_events")
    return {name: sorted(engine.read(f"SELECT * FROM {name}").rows, key=repr) for name in names}


# ------------------------------------------------------------------ once


def test_an_event_is_stored_with_all_its_columns(engine: Engine, send: Any) -> None:
    message = track(
        "Order Completed", userId="u1", context={"sessionId": "s1"},
        properties={"order_id": 7, "revenue": 5, "conversationId": "c1", "note": "zero\x00and\ud800half"},
    )  # fmt: skip
    assert send(message).accepted == 1
    (row,) = engine.read("SELECT * FROM events").rows
    at = moment_of(START)
    assert row[:13] == (
        message["messageId"], "track", "Order Completed", at, NOW, at // DAY_MS, "u1", "a1", "u:u1", "s1", "c1", "7",
        "http",
    )  # fmt: skip
    assert json.loads(row[13])["properties"]["note"] == "zero\ufffdand\ufffdhalf"


def test_a_message_id_counts_once_inside_a_batch_and_across_batches_and_the_first_one_stays(
    engine: Engine, send: Any
) -> None:
    first, second, third = (track(messageId="same", anonymousId=who) for who in ("first", "second", "third"))
    report = send(first, second)
    assert [verdict.status for verdict in report.verdicts] == ["accepted", "duplicate"]
    assert (report.accepted, report.duplicates, report.rejected) == (1, 1, 0)
    assert send(third).duplicates == 1
    assert engine.read("SELECT anonymous_id FROM events").rows == [("first",)]
    assert engine.read("SELECT events FROM event_sources").rows == [(1,)]


def test_a_duplicate_touches_nothing(engine: Engine, send: Any) -> None:
    message = track(userId="u1")
    send(message)
    marks(engine)
    before = engine.get("batch")
    send({**message, "userId": "u2"})
    assert engine.read("SELECT COUNT(*) FROM touched").rows == [(0,)]
    assert engine.get("batch") == before
    assert engine.read("SELECT user_id FROM identities").rows == [("u1",)]


def test_the_verdicts_stand_in_the_order_of_the_events(send: Any) -> None:
    good, bad = track(), {"type": "track", "messageId": "bad"}
    report = send(good, bad, 5, good, track())
    assert [(v.index, v.status, v.code) for v in report.verdicts] == [
        (0, "accepted", None), (1, "rejected", "missing_event"), (2, "rejected", "not_an_object"),
        (3, "duplicate", None), (4, "accepted", None),
    ]  # fmt: skip
    assert report.verdicts[1].message_id == "bad"
    assert send(bad, verdicts=False).verdicts == []


def test_nothing_sent_is_nothing_stored(engine: Engine, send: Any) -> None:
    assert send() == IngestReport(0, 0, 0, [])
    assert engine.get("batch") is None


def test_threads_that_send_the_same_events_store_each_once(engine: Engine, send: Any) -> None:
    messages = [track() for _ in range(200)]
    reports: list[IngestReport] = []
    threads = [
        threading.Thread(target=lambda: reports.extend(send(*messages[n : n + 40]) for n in range(0, 200, 40)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(report.accepted for report in reports) == 200
    assert sum(report.duplicates for report in reports) == 600
    assert engine.read("SELECT COUNT(*) FROM events").rows == [(200,)]


def _send_from_elsewhere(url: str, messages: list[dict[str, Any]], counts: Any) -> None:
    engine = Engine.open(url, create=False)
    facts = open_facts(engine, load_settings({}))
    counts.put(sum(ingest(engine, facts, messages[n : n + 25], source="http").accepted for n in range(0, 100, 25)))
    engine.close()


def test_processes_that_send_the_same_events_store_each_once(engine: Engine, facts: StoreFacts, store_url: str) -> None:
    assert facts.timezone == "UTC"
    messages = [track() for _ in range(100)]
    context = multiprocessing.get_context("spawn")
    counts = context.Queue()
    workers = [context.Process(target=_send_from_elsewhere, args=(store_url, messages, counts)) for _ in range(2)]
    for worker in workers:
        worker.start()
    total = sum(counts.get(timeout=60) for _ in workers)
    for worker in workers:
        worker.join()
    assert total == 100
    assert engine.read("SELECT COUNT(*) FROM events").rows == [(100,)]


# ------------------------------------------------------------------ rejected


def test_one_bad_event_does_not_lose_the_others(engine: Engine, send: Any) -> None:
    report = send(track(), track("Order Completed"), track(), source="shop")
    assert (report.accepted, report.rejected) == (2, 1)
    rows = engine.read("SELECT source, code, times, received_ms, body FROM rejected_events").rows
    assert [row[:4] for row in rows] == [("shop", "missing_order", 1, NOW)]
    assert json.loads(rows[0][4])["event"] == "Order Completed"


def test_the_same_mistake_is_one_row_that_counts(engine: Engine, facts: StoreFacts, send: Any) -> None:
    bad = {"type": "track", "messageId": "bad"}
    send(bad, bad)
    ingest(engine, facts, [bad], source="http", received_ms=NOW - 5)
    send(bad, source="other")
    rows = engine.read("SELECT source, times, received_ms FROM rejected_events ORDER BY source").rows
    assert rows == [("http", 3, NOW), ("other", 1, NOW)]


def test_strict_stores_nothing_of_a_batch_with_a_bad_event_and_names_only_the_bad_one(
    engine: Engine, send: Any
) -> None:
    report = send(track(), {"type": "track"}, strict=True)
    assert (report.accepted, report.rejected) == (0, 1)
    assert [(verdict.index, verdict.code) for verdict in report.verdicts] == [(1, "missing_event")]
    assert all(rows == [] for rows in tables(engine).values())
    assert send(track(), strict=True).accepted == 1


def test_events_older_than_they_are_kept_are_rejected(send: Any) -> None:
    assert send(track(), retention_days=1).verdicts[0].code == "before_retention"
    assert send(track(), retention_days=2).accepted == 1


def test_rows_of_a_file_that_are_no_events_are_kept_too(engine: Engine) -> None:
    rejection = Rejection("no_sale", "It is \x00 no sale.", None, '{"row": "\ud800"}')
    with engine.write() as transaction:
        keep_rejected(transaction, [rejection], "orders:x", NOW)
    (row,) = engine.read("SELECT code, message, body, source FROM rejected_events").rows
    assert row == ("no_sale", "It is \ufffd no sale.", '{"row": "\ufffd"}', "orders:x")


# ------------------------------------------------------------------ marks


def test_an_event_touches_its_visitor_its_conversation_and_its_order(engine: Engine, send: Any) -> None:
    send(
        track("Message Sent", properties={"conversationId": "c1"}),
        track("Order Completed", userId="u1", anonymousId=None, properties={"order_id": "o1", "revenue": 1}),
        track("Checkout Started", messageId="g", anonymousId=None, properties={"order_id": "o2"}),
    )
    assert marks(engine, "visitor", "conversation", "order", "identity", "alias") == {
        ("visitor", "a:a1"), ("visitor", "u:u1"), ("visitor", "g:g"), ("conversation", "c1"), ("order", "o1"),
    }  # fmt: skip


def test_a_mark_carries_the_newest_batch_that_made_it(engine: Engine, send: Any) -> None:
    send(track(), track(anonymousId="a2"))
    send(track())
    found = engine.read("SELECT key, batch FROM touched WHERE kind = 'visitor' ORDER BY key").rows
    assert found == [("a:a1", 2), ("a:a2", 1)]
    assert engine.get("batch") == "2"


def test_a_link_touches_an_identity_when_it_is_new_or_when_several_share_it(engine: Engine, send: Any) -> None:
    send(track())
    assert marks(engine, "identity") == set()
    send(track(userId="u1"))
    assert marks(engine, "identity") == {("identity", "a1")}
    send(track(userId="u1"))
    assert marks(engine, "identity") == set()
    send(track(userId="u2"))
    assert marks(engine, "identity") == {("identity", "a1")}
    send(track(userId="u1"))
    assert marks(engine, "identity") == {("identity", "a1")}
    assert engine.read("SELECT user_id FROM identities ORDER BY user_id").rows == [("u1",), ("u2",)]


def test_an_alias_touches_both_sides_and_links_the_previous_id(engine: Engine, send: Any) -> None:
    send({"type": "alias", "messageId": "al", "previousId": "old", "userId": "new", "timestamp": START.isoformat()})
    assert marks(engine, "alias", "identity", "visitor") == {
        ("alias", "old"), ("alias", "new"), ("identity", "old"), ("visitor", "u:new"),
    }  # fmt: skip
    assert engine.read("SELECT * FROM aliases").rows == [("al", moment_of(START), "old", "new")]


# ------------------------------------------------------------------ products


def test_the_newest_name_and_category_of_a_product_are_known_whatever_the_order(engine: Engine, send: Any) -> None:
    send(product("Care", "Serum", 5))
    send(product("Hair", None, 9), product(None, "Old", 1))
    row = engine.read("SELECT product_name, name_ms, category, category_ms FROM products").rows[0]
    at = moment_of(START)
    assert row == ("Serum", at + 5 * 60_000, "Hair", at + 9 * 60_000)
    assert len(engine.read("SELECT * FROM product_mentions").rows) == 2


@pytest.mark.parametrize(
    ("before", "new", "is_touched"),
    [
        ([], ("A", 5), True), ([("A", 1)], ("A", 5), False), ([("A", 1)], ("B", 5), True),
        ([("A", 9)], ("A", 5), False), ([("A", 9)], ("B", 5), True), ([("A", 1), ("B", 9)], ("B", 5), True),
        ([("A", 1), ("B", 9)], ("A", 5), True), ([("A", 1), ("B", 3), ("B", 9)], ("B", 5), False),
    ],
)  # fmt: skip
def test_a_product_is_touched_when_its_category_can_be_another_one_at_some_moment(
    engine: Engine, send: Any, before: list[tuple[str, int]], new: tuple[str, int], is_touched: bool
) -> None:
    for category, minute in before:
        send(product(category, None, minute))
    marks(engine)
    send(product(new[0], None, new[1]))
    assert marks(engine, "product") == ({("product", "p1")} if is_touched else set())


CATEGORIES = st.lists(st.tuples(st.sampled_from("AB"), st.integers(0, 6)), min_size=1, max_size=6)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CATEGORIES, CATEGORIES)
def test_a_product_that_is_not_touched_has_the_same_category_at_every_moment(
    engine: Engine, send: Any, before: list[tuple[str, int]], new: list[tuple[str, int]]
) -> None:
    def lookup() -> list[str | None]:
        rows = engine.read("SELECT occurred_ms, message_id, category FROM product_mentions ORDER BY 1, 2").rows
        moments = [moment_of(START) + minute * 60_000 for minute in range(-1, 8)]
        return [
            next((row[2] for row in reversed(rows) if row[0] <= moment), rows[0][2] if rows else None)
            for moment in moments
        ]

    with engine.write() as transaction:
        for table in ("events", "products", "product_mentions", "touched"):
            transaction.execute(f"DELETE FROM {table}")
    send(*(product(category, None, minute) for category, minute in before))
    marks(engine)
    then = lookup()
    send(*(product(category, None, minute) for category, minute in new))
    if not marks(engine, "product"):
        assert lookup() == then


def test_a_new_name_touches_the_product_and_the_same_name_does_not(engine: Engine, send: Any) -> None:
    send(product("A", "Serum", 1))
    marks(engine)
    send(product("A", "Serum", 2))
    assert marks(engine, "product") == set()
    send(product("A", "Serum 30 ml", 3))
    assert marks(engine, "product") == {("product", "p1")}
    send(product("A", "Old name", 0))
    assert marks(engine, "product") == set()


# ------------------------------------------------------------------ sources, and any order


def test_how_much_came_from_where_is_counted_by_source_and_local_day_of_receipt(engine: Engine) -> None:
    facts = open_facts(engine, load_settings({"SMARTSHOPIE_TIMEZONE": "Asia/Tokyo"}))
    late = moment_of(datetime(2026, 11, 21, 16, tzinfo=UTC))  # the 22nd in Tokyo
    ingest(engine, facts, [track(minute=1), track(minute=9)], source="http", received_ms=late)
    ingest(engine, facts, [track(minute=5)], source="http", received_ms=late - 1000)
    ingest(engine, facts, [track(minute=5)], source="shop", received_ms=late)
    newest = moment_of(START) + 9 * 60_000
    day = (late + 9 * 3_600_000) // DAY_MS
    rows = engine.read("SELECT * FROM event_sources ORDER BY source").rows
    assert rows == [("http", day, 3, late, newest), ("shop", day, 1, late, newest - 4 * 60_000)]


def some_messages() -> list[dict[str, Any]]:
    return [
        product("A", "One", 1, userId="u1"), product("B", None, 2), product(None, "Two", 3, anonymousId="a2"),
        track("Order Completed", 4, userId="u2", properties={"order_id": 1, "products": [{"product_id": 1}]}),
        {"type": "alias", "messageId": "al", "userId": "u1", "previousId": "u2", "timestamp": START.isoformat()},
        {"type": "page", "messageId": "pg", "anonymousId": "a2", "userId": "u2", "timestamp": START.isoformat()},
        {"type": "track", "messageId": "wrong"},
    ]  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(st.data())
def test_what_is_stored_does_not_depend_on_the_order_or_the_batches(engine: Engine, send: Any, data: Any) -> None:
    messages = some_messages()

    def store(batches: list[list[dict[str, Any]]]) -> dict[str, list[tuple[Any, ...]]]:
        with engine.write() as transaction:
            for table in tables(engine):
                transaction.execute(f"DELETE FROM {table}")
        for batch in batches:
            send(*batch)
        return tables(engine)

    expected = store([messages])
    shuffled = data.draw(st.permutations(messages))
    cut = data.draw(st.integers(0, len(messages)))
    assert store([shuffled[:cut], shuffled[cut:]]) == expected


def test_a_batch_that_cannot_be_committed_leaves_no_trace(
    engine: Engine, send: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smartshopie_db.ingest._count_sources", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        send(track(userId="u1"), {"type": "track"})
    assert all(rows == [] for rows in tables(engine).values())
    assert engine.read("SELECT COUNT(*) FROM touched").rows == [(0,)]


def test_ids_as_long_as_allowed_fit_into_every_index(engine: Engine, send: Any) -> None:
    wide = "".join(chr(0x1F300 + number) for number in range(500))  # four bytes each, and nothing to compress
    message = track(
        messageId=wide[:100], anonymousId=wide[:255], userId=wide[1:256],
        properties={"conversationId": wide[:255], "product_id": wide, "category": wide},
        context={"sessionId": wide[:255]},
    )  # fmt: skip
    assert send(message).accepted == 1
    assert Counter(kind for kind, _ in marks(engine, "visitor", "identity", "conversation", "product")) == Counter(
        ["visitor", "identity", "conversation", "product"]
    )
