"""Derivation on a store: whatever the order and the batches of arrival, the tables are those of the events alone."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest

from smartshopie_db.clock import iso_day
from smartshopie_db.derive import derive, identity, owners
from smartshopie_db.derive.changes import TABLES
from smartshopie_db.engine import Engine, Transaction
from smartshopie_db.facts import StoreFacts
from smartshopie_db.ingest import ingest

from .tangle import DAY, MINUTE, START_MS, Message, tangle

NOW_MS = START_MS + 100 * DAY
FACTS = StoreFacts("UTC", "EUR", 7, 1, None)
FIRST_DAY = START_MS // DAY
Dump = dict[str, list[tuple[Any, ...]]]


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[Engine]:
    """A store on SQLite to compare with."""
    engine = Engine.open(f"sqlite:///{tmp_path / 'plain.db'}")
    engine.apply_schema()
    yield engine
    engine.close()


def put(engine: Engine, messages: Sequence[Message]) -> None:
    """Ingest; a fixed part of the messages comes from an order file."""
    for source in ("api", "orders:shopify"):
        batch = [message for message in messages if source_of(message) == source]
        if batch:
            ingest(engine, FACTS, batch, source=source, received_ms=NOW_MS)


def source_of(message: Message) -> str:
    is_order = message.get("event", "").startswith("Order")
    return "orders:shopify" if is_order and message["messageId"][0] in "012" else "api"


def dump(engine: Engine) -> Dump:
    """Every derived row, and whose each event is."""
    tables = {
        table.name: sorted(engine.read(f"SELECT {', '.join(table.row._fields)} FROM {table.name}").rows, key=repr)
        for table in TABLES
    }
    tables["billing_payments"] = sorted(engine.read("SELECT * FROM billing_payments").rows)
    tables["events"] = sorted(engine.read("SELECT message_id, visitor_id FROM events").rows)
    return tables


def from_nothing(engine: Engine, messages: Sequence[Message]) -> Dump:
    put(engine, messages)
    derive(engine, FACTS)
    return dump(engine)


def in_batches(random: Random, messages: Sequence[Message]) -> Iterator[list[Message]]:
    """The messages in another order, in batches of any size."""
    left = random.sample(messages, len(messages))
    while left:
        size = random.randrange(1, max(2, len(messages) // 3))
        yield left[:size]
        left = left[size:]


def make_portions_small(random: Random, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smartshopie_db.derive.CHUNK_VISITORS", random.choice((1, 2, 2000)))
    monkeypatch.setattr(identity, "PORTION", random.choice((1, 500)))
    monkeypatch.setattr(owners, "PORTION", random.choice((1, 2000)))


@pytest.mark.parametrize("seed", range(8))
def test_any_order_and_any_batches_give_the_tables_from_nothing(
    engine: Engine, plain: Engine, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    random = Random(seed)  # noqa: S311
    messages = tangle(random, random.randrange(20, 160), days=random.choice((2, 6, 40)))
    expected = from_nothing(plain, messages)
    make_portions_small(random, monkeypatch)
    for batch in in_batches(random, messages):
        put(engine, batch)
        if random.random() < 0.8:
            derive(engine, FACTS)
    derive(engine, FACTS)
    assert dump(engine) == expected
    assert engine.read("SELECT * FROM touched").rows == []


class PowerCutError(Exception):
    """The power is cut."""


def cut_power(engine: Engine, random: Random, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = engine.write

    @contextmanager
    def write() -> Iterator[Transaction]:
        if random.random() < 0.2:
            raise PowerCutError
        with whole() as transaction:
            yield transaction
            if random.random() < 0.2:
                raise PowerCutError

    monkeypatch.setattr(engine, "write", write)


@pytest.mark.parametrize("seed", range(6))
def test_nothing_is_lost_when_the_power_is_cut_between_or_within_transactions(
    plain: Engine, engine: Engine, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    random = Random(1000 + seed)  # noqa: S311
    messages = tangle(random, 120)
    expected = from_nothing(plain, messages)
    make_portions_small(random, monkeypatch)
    for batch in in_batches(random, messages):
        put(engine, batch)
        with monkeypatch.context() as powered:
            cut_power(engine, random, powered)
            for _ in range(4):
                with suppress(PowerCutError):
                    derive(engine, FACTS)
    derive(engine, FACTS)
    assert dump(engine) == expected


@pytest.mark.parametrize("seed", range(6))
def test_events_that_come_while_deriving_are_derived_at_the_latest_next_time(
    plain: Engine, engine: Engine, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    random = Random(2000 + seed)  # noqa: S311
    messages = tangle(random, 120)
    expected = from_nothing(plain, messages)
    make_portions_small(random, monkeypatch)
    batches = in_batches(random, messages)

    def meanwhile(_done: int, _total: int) -> None:
        if random.random() < 0.5:
            put(engine, next(batches, []))

    for batch in batches:
        put(engine, batch)
        derive(engine, FACTS, meanwhile)
    derive(engine, FACTS)
    assert dump(engine) == expected


@pytest.mark.parametrize("seed", range(6))
def test_the_days_of_all_rows_that_change_are_to_be_added_up(plain: Engine, seed: int) -> None:
    random = Random(3000 + seed)  # noqa: S311
    days = {table.name: table.row._fields.index("day") for table in TABLES if "day" in table.row._fields}
    for batch in in_batches(random, tangle(random, 120)):
        put(plain, batch)
        before = dump(plain)
        with plain.write() as transaction:
            transaction.execute("DELETE FROM dirty_days")
        derive(plain, FACTS)
        after, marked = dump(plain), set(plain.read("SELECT kind, day FROM dirty_days").rows)
        snapshot = min((day for kind, day in marked if kind == "snapshot"), default=10**6)
        for name, place in days.items():
            changed = {row[place] for row in set(before[name]) ^ set(after[name])}
            if name == "segment_moves":
                assert all(day >= snapshot for day in changed)
            else:
                assert {("day", day) for day in changed} <= marked, name
        people = [{(row[0], row[1], row[3]) for row in tables["visitors"]} for tables in (before, after)]
        assert all(first_day >= snapshot for _, is_customer, first_day in people[0] ^ people[1] if is_customer)


def test_deriving_twice_writes_nothing_the_second_time(plain: Engine) -> None:
    messages = tangle(Random(1), 150)  # noqa: S311
    from_nothing(plain, messages)
    with plain.write() as transaction:
        transaction.execute("DELETE FROM dirty_days")
        transaction.execute(
            "INSERT INTO touched (kind, key, batch) SELECT DISTINCT 'visitor', visitor_id, 1 FROM events"
        )
    report = derive(plain, FACTS)
    assert (report.visitors > 0, report.rows) == (True, 0)
    assert plain.read("SELECT * FROM dirty_days").rows == []


# ------------------------------------------------------------------ single cases, each in two rollups


_numbers = iter(range(10**6))


def said(event: str, at: int, who: Mapping[str, str], /, **properties: Any) -> Message:
    moment = START_MS + at
    return {
        "type": "track", "event": event, "messageId": f"9-{next(_numbers):04d}", "timestamp": moment,
        "properties": properties, **who,
    }  # fmt: skip


ANN, BOB, TABLET = {"userId": "ann"}, {"userId": "bob"}, {"anonymousId": "tablet"}


def column(engine: Engine, sql: str) -> list[Any]:
    return [row[0] if len(row) == 1 else tuple(row) for row in engine.read(sql).rows]


def test_a_visitor_whose_events_all_become_a_users_vanishes(engine: Engine) -> None:
    put(engine, [said("Product Viewed", 0, TABLET, product_id="p"), said("Order Completed", 5, TABLET, order_id="o")])
    derive(engine, FACTS)
    assert column(engine, "SELECT visitor_id FROM visitors") == ["a:tablet"]
    put(engine, [said("Cart Viewed", MINUTE, TABLET | ANN)])
    derive(engine, FACTS)
    for table in ("visitors", "sessions", "product_views", "orders", "visitor_days", "segment_moves"):
        assert set(column(engine, f"SELECT visitor_id FROM {table}")) == {"u:ann"}, table


def test_an_anonymous_event_of_a_linked_id_is_its_users_from_the_start(engine: Engine) -> None:
    put(engine, [said("Cart Viewed", 0, TABLET | ANN)])
    derive(engine, FACTS)
    put(engine, [said("Product Viewed", DAY, TABLET, product_id="p")])
    derive(engine, FACTS)
    assert column(engine, "SELECT visitor_id FROM product_views") == ["u:ann"]
    assert column(engine, "SELECT visitor_id FROM visitors") == ["u:ann"]


def test_events_of_a_shared_tablet_go_to_who_signs_in_next(engine: Engine) -> None:
    put(engine, [said("Cart Viewed", 10 * MINUTE, TABLET | ANN), said("Product Viewed", 0, TABLET, product_id="p")])
    put(engine, [said("Product Viewed", 20 * MINUTE, TABLET, product_id="q")])
    derive(engine, FACTS)
    put(engine, [said("Cart Viewed", 30 * MINUTE, TABLET | BOB)])
    derive(engine, FACTS)
    owners_now = column(engine, "SELECT product_id, visitor_id FROM product_views ORDER BY product_id")
    assert owners_now == [("p", "u:ann"), ("q", "u:bob")]


def test_a_later_alias_renames_everybody_it_joins(engine: Engine) -> None:
    def alias(at: int, previous: str, user: str) -> Message:
        return said("", at, {"userId": user}) | {"type": "alias", "previousId": previous}

    put(engine, [said("Cart Viewed", 0, ANN), said("Cart Viewed", 0, BOB), alias(1, "ann", "bob")])
    derive(engine, FACTS)
    assert column(engine, "SELECT visitor_id FROM visitors") == ["u:bob"]
    put(engine, [alias(2, "bob", "cat")])
    derive(engine, FACTS)
    assert column(engine, "SELECT visitor_id FROM visitors") == ["u:cat"]


def test_a_refund_waits_for_its_order_and_is_then_applied_anew(engine: Engine) -> None:
    put(engine, [said("Order Refunded", DAY, BOB, order_id="o", revenue=30)])
    derive(engine, FACTS)
    assert column(engine, "SELECT visitor_id, order_known, amount_minor FROM reversals") == [("u:bob", 0, 3000)]
    assert column(engine, "SELECT category, amount_minor FROM reversal_lines") == [("Uncategorised", 3000)]
    put(engine, [said("Order Completed", 0, ANN, order_id="o", revenue=20)])
    derive(engine, FACTS)
    assert column(engine, "SELECT visitor_id, order_known, amount_minor FROM reversals") == [("u:ann", 1, 2000)]
    nets = "SELECT visitor_id, net_revenue_minor FROM visitor_days ORDER BY day"
    assert column(engine, nets) == [("u:ann", 2000), ("u:ann", -2000)]


def test_an_order_moves_to_the_visitor_of_an_earlier_event(engine: Engine) -> None:
    put(engine, [said("Order Completed", DAY, BOB, order_id="o", revenue=20)])
    derive(engine, FACTS)
    put(engine, [said("Order Completed", 0, ANN, order_id="o", revenue=30)])
    derive(engine, FACTS)
    assert column(engine, "SELECT visitor_id, revenue_minor FROM orders") == [("u:ann", 3000)]
    by_visitor = "SELECT visitor_id, orders FROM visitor_days ORDER BY visitor_id"
    assert column(engine, by_visitor) == [("u:ann", 1), ("u:bob", 0)]


def test_facts_move_into_their_conversation_when_it_becomes_known(engine: Engine) -> None:
    told = {"conversationId": "c"}
    put(
        engine,
        [
            said("Concern Detected", DAY, {}, concern="acne", **told),
            said("Concern Detected", DAY, {}, concern="acne", **told),
            said("Feedback Submitted", DAY, BOB, rating=4, **told),
            said("Recommendation Shown", DAY, BOB, product_id="p", **told),
        ],
    )
    derive(engine, FACTS)
    assert column(engine, "SELECT day, feature FROM ratings") == [(FIRST_DAY + 1, "other")]
    assert len(column(engine, "SELECT concern_key FROM concerns")) == 2
    put(engine, [said("Conversation Started", 0, ANN, feature="image", **told)])
    derive(engine, FACTS)
    assert column(engine, "SELECT day, feature FROM ratings") == [(FIRST_DAY, "image")]
    assert column(engine, "SELECT concern_key, day FROM concerns") == [("c:c", FIRST_DAY)]
    assert column(engine, "SELECT visitor_id, day FROM recommendations") == [("u:ann", FIRST_DAY)]


def test_a_category_learned_late_reaches_lines_and_views_without_one(engine: Engine) -> None:
    line = {"product_id": "p", "price": 5}
    put(engine, [said("Order Completed", DAY, ANN, order_id="o", products=[line])])
    put(engine, [said("Product Viewed", DAY, BOB, product_id="p")])
    put(engine, [said("Order Refunded", DAY, BOB, order_id="x", products=[line])])
    derive(engine, FACTS)
    put(engine, [said("Product Clicked", 9 * DAY, {"userId": "cat"}, product_id="p", category="Skin")])
    derive(engine, FACTS)
    for table in ("order_lines", "product_views", "reversal_lines"):
        assert column(engine, f"SELECT category FROM {table}") == ["Skin"], table
    put(engine, [said("Product Clicked", 0, {"userId": "cat"}, product_id="p", category="Hair")])
    derive(engine, FACTS)
    for table in ("order_lines", "product_views", "reversal_lines"):
        assert column(engine, f"SELECT category FROM {table}") == ["Hair"], table


def test_guests_have_conversations_and_orders_but_are_no_visitors(engine: Engine) -> None:
    put(
        engine,
        [
            said("Conversation Started", 0, {}, conversationId="c"),
            said("Order Completed", 1, {}, order_id="o", revenue=5),
            said("Product Viewed", 2, {}, product_id="p"),
        ],
    )
    derive(engine, FACTS)
    assert column(engine, "SELECT session_id, outcome FROM conversations") == [(None, "Browsing")]
    assert column(engine, "SELECT session_id, credited_feature, revenue_minor FROM orders") == [(None, None, 500)]
    assert column(engine, "SELECT session_id FROM product_views") == [None]
    for table in ("visitors", "sessions", "visitor_days", "segment_moves"):
        assert column(engine, f"SELECT visitor_id FROM {table}") == []


def test_a_recommendation_by_a_server_counts_for_the_visitor_of_the_conversation(engine: Engine) -> None:
    told = {"conversationId": "c", "product_id": "p"}
    put(
        engine,
        [
            said("Conversation Started", 0, ANN, conversationId="c", feature="routine"),
            said("Recommendation Shown", MINUTE, {"userId": "server"}, **told),
            said("Product Added", 2 * MINUTE, ANN, product_id="p"),
            said("Order Completed", DAY, ANN, order_id="o", products=[{"product_id": "p", "price": 7}, {"price": 3}]),
        ],
    )
    derive(engine, FACTS)
    in_session = "SELECT COUNT(*) FROM recommendations r JOIN sessions s ON s.session_id = r.session_id"
    assert column(engine, in_session) == [1]
    assert column(engine, "SELECT visitor_id, purchased FROM recommendations") == [("u:ann", 1)]
    assert column(engine, "SELECT recommended, matched, outcome FROM conversations") == [(1, 1, "Converted")]
    lines = "SELECT credited_feature, cross_sell_minor FROM order_lines ORDER BY line"
    assert column(engine, lines) == [("routine", 0), ("routine", 300)]
    carts = "SELECT has_product_added, recovered, recovered_via_ai FROM sessions ORDER BY first_ms"
    assert column(engine, carts) == [(1, 1, 0), (0, 0, 0)]


def test_a_view_is_after_a_recommendation_of_the_same_session_only(engine: Engine) -> None:
    put(
        engine,
        [
            said("Product Viewed", 0, ANN, product_id="p"),
            said("Recommendation Shown", MINUTE, ANN, product_id="p"),
            said("Product Viewed", 2 * MINUTE, ANN, product_id="p"),
            said("Product Viewed", 3 * MINUTE, ANN, product_id="q"),
            said("Product Viewed", DAY, ANN, product_id="p"),
        ],
    )
    derive(engine, FACTS)
    assert column(engine, "SELECT after_recommendation FROM product_views ORDER BY occurred_ms") == [0, 1, 0, 0]


def test_a_name_learned_late_marks_the_days_of_the_visitors_conversations(plain: Engine) -> None:
    put(plain, [said("Conversation Started", 0, ANN, conversationId="c")])
    derive(plain, FACTS)
    with plain.write() as transaction:
        transaction.execute("DELETE FROM dirty_days")
    put(plain, [said("", 5 * DAY, ANN) | {"type": "identify", "traits": {"firstName": "Ann", "lastName": "Lee"}}])
    derive(plain, FACTS)
    assert column(plain, "SELECT customer_name FROM visitors") == ["Ann Lee"]
    assert column(plain, "SELECT kind, day FROM dirty_days") == [("day", FIRST_DAY)]


def test_orders_in_another_currency_have_no_money_anywhere(engine: Engine) -> None:
    lines = [{"product_id": "p", "price": 7, "quantity": 2}]
    put(
        engine,
        [
            said("Order Completed", 0, ANN, order_id="o", currency="USD", products=lines),
            said("Order Refunded", DAY, ANN, order_id="o", revenue=3),
        ],
    )
    derive(engine, FACTS)
    columns = "in_store_currency, revenue_minor, reversed_minor, status"
    assert column(engine, f"SELECT {columns} FROM orders") == [(0, 1400, 300, "partially refunded")]
    assert column(engine, "SELECT quantity, revenue_minor FROM order_lines") == [(2.0, 0)]
    assert column(engine, "SELECT amount_minor FROM reversals") == [0]
    assert column(engine, "SELECT orders, order_revenue_minor, net_revenue_minor FROM visitor_days") == [(0, 0, 0)]


def test_of_several_messages_about_an_invoice_the_latest_counts(engine: Engine) -> None:
    put(engine, [said("Invoice Paid", DAY, {}, invoice_id="i", amount="49.5", status="paid")])
    derive(engine, FACTS)
    put(engine, [said("Invoice Paid", 0, BOB, invoice_id="i", amount=1, status="open")])
    derive(engine, FACTS)
    columns = "payment_date, amount_minor, currency, status, source"
    assert column(engine, f"SELECT {columns} FROM billing_payments") == [
        (iso_day(FIRST_DAY + 1), 4950, "EUR", "paid", "events")
    ]
