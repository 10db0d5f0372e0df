"""Old events go, and what was made of them stays: frozen days, and later days on top of them."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartshopie_db import retention
from smartshopie_db.clock import DAY_MS, LocalTime, day_of, iso_day, moment_of
from smartshopie_db.database import SmartShopieDB
from smartshopie_db.engine import Engine
from smartshopie_db.errors import StoreMismatch
from smartshopie_db.facts import StoreFacts, change_facts, open_facts
from smartshopie_db.forget import forget_person
from smartshopie_db.ingest import HorizonMoved, ingest
from smartshopie_db.replay import replay
from smartshopie_db.rollup import DERIVED_TABLES, rebuild, rollup
from smartshopie_db.rollups.tables import COVERED_TABLES
from smartshopie_db.settings import load_settings
from smartshopie_db.worker import RollupWorker
from tests.streams.strategies import example

START = datetime(2026, 3, 1, tzinfo=UTC)
FIRST = day_of(START.date())
FAR = moment_of(datetime(2030, 1, 1, tzinfo=UTC))
Message = dict[str, Any]
Tables = dict[str, list[tuple[Any, ...]]]


def dump(engine: Engine, tables: tuple[str, ...] = (*DERIVED_TABLES, *COVERED_TABLES, "billing_payments")) -> Tables:
    return {table: sorted(engine.read(f"SELECT * FROM {table}").rows, key=repr) for table in tables}


def summaries(engine: Engine, *, before: int | None = None) -> Tables:
    """The summary tables, up to a day."""
    condition = "" if before is None else f"WHERE record_date < '{iso_day(before)}'"
    return {
        table: sorted(engine.read(f"SELECT * FROM {table} {condition}").rows, key=repr) for table in COVERED_TABLES
    }


@pytest.fixture
def on_day(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Make it noon (UTC) of a day for whoever prunes."""
    return lambda day: monkeypatch.setattr(retention, "now_ms", lambda: day * DAY_MS + DAY_MS // 2)


@pytest.fixture
def prune(engine: Engine, facts: StoreFacts, on_day: Callable[[int], None]) -> Callable[[int], None]:
    """Roll up and freeze the days before one."""

    def prune(horizon: int) -> None:
        on_day(horizon + 10)
        rollup(engine, facts, retention_days=10)

    return prune


@pytest.fixture
def send(engine: Engine, facts: StoreFacts) -> Any:
    def send(*messages: Message) -> Any:
        report = ingest(engine, facts, messages, source="http", received_ms=FAR)
        rollup(engine, facts)
        return report

    return send


def message(event: str | None, day: float, who: str | None, /, **properties: Any) -> Message:
    """A message `day` days after the first day's beginning."""
    given = {key: properties.pop(key) for key in ("traits", "context", "messageId", "anonymousId") if key in properties}
    name = {"type": "track", "event": event} if event else {"type": "page"}
    when = (START + timedelta(days=day)).isoformat()
    ids = {"userId": who} if who else {}
    made = hashlib.sha256(f"{event}-{day}-{who}-{given} {properties.get('order_id')}".encode()).hexdigest()
    return {"messageId": made, "timestamp": when, "properties": properties, **name, **ids, **given}


def shopping(day: float, who: str, order: str, price: int = 20) -> list[Message]:
    line = {"product_id": "p", "price": price, "category": "Skin", "name": "Cream"}
    return [
        message("Product Viewed", day, who, **line),
        message("Conversation Started", day + 0.001, who, conversationId=f"c-{order}"),
        message("Order Completed", day + 0.002, who, order_id=order, revenue=price, products=[line]),
    ]


def value(engine: Engine, sql: str) -> Any:
    return engine.read(sql).rows[0][0]


# ------------------------------------------------------------------ nothing changes


def cut(engine: Engine, facts: StoreFacts, horizon: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(retention, "now_ms", lambda: retention.start_of(facts, horizon + 5) + 3600_000)
        rollup(engine, facts, retention_days=5)


@given(seed=st.integers(0, 10**6), share=st.floats(0.1, 1.1), again=st.floats(0, 0.5))
@settings(max_examples=25)
def test_pruning_changes_no_number_and_what_is_kept_gives_the_same_again(
    tmp_path_factory: Any, seed: int, share: float, again: float
) -> None:
    with made(tmp_path_factory, seed) as (engine, facts, drawn):
        ingest(engine, facts, drawn.messages, source="http", received_ms=FAR)
        rollup(engine, facts)
        expected = dump(engine)
        first = day_of(drawn.first)
        for part in (share, share + again):
            horizon = first + int(drawn.days * part)
            cut(engine, facts, horizon)
            assert dump(engine) == expected
            rebuild(engine, facts)
            assert dump(engine) == expected
            left = engine.read("SELECT order_id, conversation_id FROM events WHERE day < :day", {"day": horizon})
            assert all(any(row) for row in left.rows)


@contextmanager
def made(tmp_path_factory: Any, seed: int) -> Iterator[tuple[Engine, StoreFacts, Any]]:
    drawn = example(Random(seed))  # noqa: S311 - the same stream every time
    engine = Engine.open(f"sqlite:///{tmp_path_factory.mktemp('store') / 'store.db'}")
    try:
        engine.apply_schema()
        named = {"SMARTSHOPIE_TIMEZONE": drawn.timezone, "SMARTSHOPIE_CURRENCY": drawn.currency}
        yield engine, open_facts(engine, load_settings(named)), drawn
    finally:
        engine.close()


@given(seed=st.integers(0, 10**6), keep=st.integers(1, 12))
@settings(max_examples=12)
def test_with_a_horizon_that_moves_every_day_frozen_days_stay_and_totals_agree(
    tmp_path_factory: Any, seed: int, keep: int
) -> None:
    """Messages come in their order, some days apart, and each time the horizon moves: the strictest life of a store."""
    with made(tmp_path_factory, seed) as (engine, facts, drawn):
        local, by_day = LocalTime(facts.timezone), {}
        for one in drawn.messages:
            by_day.setdefault(local.day(moment_of(datetime.fromisoformat(one["timestamp"]))), []).append(one)
        frozen: tuple[int, Tables] = (0, {})
        for day in sorted(by_day):
            ingest(engine, facts, by_day[day], source="http", received_ms=FAR)
            cut(engine, facts, day - keep)
            assert summaries(engine, before=frozen[0]) == (frozen[1] or summaries(engine, before=frozen[0]))
            newest = int(engine.get("newest_day") or 0)  # days without events behind it are still to be counted
            horizon = min(day - keep, newest + 1)
            frozen = (horizon, summaries(engine, before=horizon))
            check(engine)
        expected = dump(engine)
        rebuild(engine, facts)
        assert dump(engine) == expected


def check(engine: Engine) -> None:
    """The invariants of every covered day, in the tables."""

    def by_day(sql: str) -> dict[str, Any]:
        return {row[0]: row[1] for row in engine.read(sql).rows if row[1]}

    kpis = "FROM overview_kpis"
    equal = (
        (f"SELECT record_date, ai_interactions {kpis}",
         "SELECT record_date, SUM(count) FROM interaction_types GROUP BY record_date"),
        (f"SELECT record_date, ai_interactions {kpis}",
         "SELECT record_date, total_interactions FROM interaction_summary"),
        (f"SELECT record_date, revenue_impact_minor {kpis}",
         "SELECT record_date, SUM(revenue_amount_minor) FROM revenue_attribution GROUP BY record_date"),
        (f"SELECT record_date, revenue_impact_minor {kpis}",
         "SELECT record_date, SUM(ai_attributed_revenue_minor) FROM category_revenue GROUP BY record_date"),
        (f"SELECT record_date, revenue_impact_minor {kpis}",
         "SELECT record_date, revenue_impact_minor FROM revenue_summary"),
        (f"SELECT record_date, sessions {kpis}", "SELECT record_date, sessions FROM conversion_trends"),
        (f"SELECT record_date, conversions {kpis}", "SELECT record_date, conversions FROM conversion_analytics"),
        ("SELECT record_date, ai_attributed_conversions FROM conversion_trends",
         "SELECT record_date, ai_driven_conversions FROM conversion_analytics"),
        (f"SELECT record_date, total_customers {kpis}",
         "SELECT record_date, SUM(segment_size) FROM customer_segments GROUP BY record_date"),
        (f"SELECT record_date, total_customers {kpis}",
         "SELECT record_date, SUM(customers) FROM customer_lifetime_value GROUP BY record_date"),
        ("SELECT record_date, net_revenue_minor FROM revenue_summary",
         "SELECT record_date, SUM(revenue_amount_minor) FROM category_revenue GROUP BY record_date"),
        ("SELECT record_date, SUM(net_revenue_minor) FROM customer_segments GROUP BY record_date",
         "SELECT record_date, SUM(net_revenue_minor) FROM customer_lifetime_value GROUP BY record_date"),
        (f"SELECT record_date, sessions {kpis}",
         "SELECT record_date, all_count FROM conversion_funnel WHERE stage_order = 0"),
    )  # fmt: skip
    for one, other in equal:
        assert by_day(one) == by_day(other), (one, other)
    customers = value(engine, "SELECT COUNT(*) FROM visitors WHERE is_customer = 1")
    assert value(engine, "SELECT total_customers FROM overview_kpis ORDER BY record_date DESC LIMIT 1") == customers


# ------------------------------------------------------------------ what comes later


def test_a_later_order_is_credited_to_a_conversation_before_the_horizon(engine: Engine, send: Any, prune: Any) -> None:
    send(message("Conversation Started", 4.9, "ada", conversationId="c", feature="routine"))
    prune(FIRST + 5)
    send(message("Order Completed", 5.1, "ada", order_id="o", revenue=10))
    found = engine.read("SELECT credited_feature, credited_conversation_id FROM orders").rows
    assert found == [("routine", "c")]
    assert value(engine, "SELECT outcome FROM conversations") == "Browsing"  # frozen
    assert value(engine, "SELECT revenue_amount_minor FROM revenue_attribution") == 1000


def test_a_session_goes_on_behind_the_horizon(engine: Engine, send: Any, prune: Any) -> None:
    send(message("Product Viewed", 4.99, "ada", product_id="p"), message("Product Viewed", 4.5, "eve", product_id="p"))
    prune(FIRST + 5)
    send(message("Order Completed", 5.005, "ada", order_id="o"), message("Product Viewed", 5.01, "eve", product_id="p"))
    found = engine.read("SELECT visitor_id, day FROM sessions ORDER BY visitor_id, day").rows
    assert found == [("u:ada", FIRST + 4), ("u:eve", FIRST + 4), ("u:eve", FIRST + 5)]
    assert value(engine, "SELECT session_id FROM orders") == value(
        engine, "SELECT session_id FROM sessions WHERE visitor_id = 'u:ada'"
    )
    days = dict(engine.read("SELECT record_date, conversions FROM conversion_trends").rows)
    assert set(days.values()) == {0}  # the session's day is frozen


def test_a_named_session_goes_on_over_several_horizons(engine: Engine, send: Any, prune: Any) -> None:
    for number in range(9):
        send(message(None, 1 + number * 0.9, "ada", context={"sessionId": "s"}))
        prune(FIRST + int(number * 0.9))
    assert value(engine, "SELECT COUNT(*) FROM sessions") == 1
    send(message(None, 1 + 8 * 0.9 + 1, "ada", context={"sessionId": "s"}))
    assert value(engine, "SELECT COUNT(*) FROM sessions") == 2


def test_refunds_take_what_is_left_of_a_frozen_order(engine: Engine, send: Any, prune: Any) -> None:
    send(*shopping(1, "ada", "o"), message("Order Refunded", 2, None, order_id="o", revenue=5))
    prune(FIRST + 5)
    before = summaries(engine, before=FIRST + 3)  # the newest day is before the horizon
    send(message("Order Refunded", 6, None, order_id="o", revenue=8), message("Order Refunded", 7, None, order_id="o"))
    taken = engine.read("SELECT day, amount_minor, credited_feature FROM reversals ORDER BY day").rows
    assert [row[1] for row in taken] == [500, 800, 700]
    assert {row[2] for row in taken} == {"chat"}
    assert engine.read("SELECT status, reversed_minor, day FROM orders").rows == [("refunded", 2000, FIRST + 1)]
    assert value(engine, "SELECT SUM(amount_minor) FROM reversal_lines WHERE category = 'Skin'") == 2000
    assert value(engine, "SELECT SUM(net_revenue_minor) FROM visitor_days") == 0
    assert summaries(engine, before=FIRST + 3) == before
    check(engine)


def test_a_cancelled_frozen_order_stands_no_more(engine: Engine, send: Any, prune: Any) -> None:
    send(*shopping(1, "ada", "o1"), *shopping(2, "ada", "o2"))
    prune(FIRST + 5)
    send(message("Order Cancelled", 6, "agent", order_id="o2"))
    newest = iso_day(FIRST + 6)
    found = engine.read(
        "SELECT segment_name, segment_size, net_revenue_minor FROM customer_segments "
        f"WHERE record_date = '{newest}' AND segment_size > 0 ORDER BY segment_name"
    ).rows
    assert found == [("New Visitors", 2, 2000)]
    assert value(engine, "SELECT cancelled_day FROM orders WHERE order_id = 'o2'") == FIRST + 6
    check(engine)


def test_an_order_counts_after_what_an_early_refund_took(engine: Engine, send: Any, prune: Any) -> None:
    send(message("Order Refunded", 2, None, order_id="late", revenue=5))
    prune(FIRST + 5)
    refund = message("Order Refunded", 7, None, order_id="late")
    send(message("Order Completed", 6, "ada", order_id="late", revenue=20), refund)
    assert value(engine, "SELECT SUM(net_revenue_minor) FROM revenue_summary") == 0
    assert [row[0] for row in engine.read("SELECT amount_minor FROM reversals ORDER BY day").rows] == [500, 1500]


def test_what_comes_too_late_changes_nothing(engine: Engine, send: Any, prune: Any) -> None:
    send(*shopping(1, "ada", "o"), message("Product Viewed", 6, "ben", product_id="q"))
    prune(FIRST + 5)
    expected = dump(engine)
    send(
        message("Order Updated", 6, "ben", order_id="o", revenue=99),
        message("Order Completed", 6, "ben", order_id="o"), message("Order Completed", 7, "ada", order_id="o"),
        message("Feedback Submitted", 6, "ben", conversationId="c-o", rating=1),
        message("Conversation Resolved", 6, "ben", conversationId="c-o"),
    )  # fmt: skip
    numbers = dump(engine)
    for table in ("orders", "order_lines", "conversations", "ratings", "visitors"):
        assert numbers[table] == expected[table], table
    assert value(engine, "SELECT SUM(net_revenue_minor) FROM revenue_summary") == 2000
    check(engine)


def test_a_person_keeps_its_first_day_its_visits_and_its_worth(engine: Engine, send: Any, prune: Any) -> None:
    send(*shopping(1, "ada", "o1"), *shopping(2, "ada", "o2"))
    prune(FIRST + 5)
    assert value(engine, "SELECT COUNT(*) FROM events") == 0
    send(*shopping(6, "ada", "o3"), message(None, 6.5, "ada", traits={"name": "Ada"}))
    assert engine.read("SELECT first_day, customer_name FROM visitors").rows == [(FIRST + 1, "Ada")]
    days = engine.read("SELECT day, previous_day, first_day FROM visitor_days ORDER BY day").rows
    first = FIRST + 1
    assert days == [(first, None, first), (first + 1, first, first), (first + 5, first + 1, first)]
    newest = engine.read(
        "SELECT segment_name, orders FROM customer_segments "
        f"WHERE record_date = '{iso_day(FIRST + 6)}' AND segment_size = 1"
    ).rows
    assert newest == [("Returning Customers", 3)]
    assert value(engine, "SELECT SUM(new_customers) FROM overview_kpis") == 1
    check(engine)


def test_upsell_compares_with_a_price_seen_before_the_horizon(engine: Engine, send: Any, prune: Any) -> None:
    send(
        message("Product Viewed", 1, "ada", product_id="cheap", category="Skin", price="10.50"),
        message("Product Viewed", 2, "ada", product_id="other", category="Hair", price=1),
        message("Product Viewed", 3, "ada", product_id="cheap", category="Skin", price="9.50"),
        message("Conversation Started", 18, "ada", conversationId="c"),
        message("Recommendation Shown", 18.1, None, conversationId="c", product_id="dear"),
        message("Product Viewed", 18.2, "ada", product_id="dear", category="Skin", price=30),
    )  # fmt: skip
    prune(FIRST + 17)
    prune(FIRST + 19)
    line = {"product_id": "dear", "category": "Skin", "price": 30, "quantity": 2}
    send(message("Order Completed", 20, "ada", order_id="o", products=[line, {"product_id": "x", "price": 5}]))
    found = engine.read("SELECT upsell_minor, cross_sell_minor FROM order_lines ORDER BY line").rows
    assert found == [(4100, 0), (0, 500)]
    assert value(engine, "SELECT COUNT(*) FROM frozen_views") == 3  # of the first two in Skin only the last is of use


def test_a_shared_tablet_stays_with_who_signed_in_last(engine: Engine, send: Any, prune: Any) -> None:
    tablet = "tablet"
    send(message(None, 1, "ada", anonymousId=tablet), message(None, 2, "ben", anonymousId=tablet))
    prune(FIRST + 5)
    send(message(None, 6, None, anonymousId=tablet))
    assert value(engine, "SELECT visitor_id FROM events") == "u:ben"
    assert value(engine, "SELECT COUNT(*) FROM visitors") == 2


def test_a_name_learned_later_is_that_of_the_frozen_visitor(
    engine: Engine, facts: StoreFacts, send: Any, prune: Any
) -> None:
    send(*shopping(1, "zoe", "o"))
    prune(FIRST + 5)
    alias = {"type": "alias", "messageId": "al", "previousId": "zoe", "userId": "zoe2",
             "timestamp": (START + timedelta(days=6)).isoformat()}  # fmt: skip
    send(alias, message(None, 7, "zoe2"))
    assert engine.read("SELECT visitor_id, first_day FROM visitors").rows == [("u:zoe", FIRST + 1)]
    check(engine)
    assert forget_person(engine, facts, "zoe2") is not None
    assert "zoe" not in repr(dump(engine)["visitors"] + dump(engine)["orders"])


def test_a_link_learned_later_leaves_frozen_days_to_the_anonymous_visitor(
    engine: Engine, send: Any, prune: Any
) -> None:
    send(message(None, 1, None, anonymousId="phone"))
    prune(FIRST + 5)
    send(message(None, 6, "ada", anonymousId="phone"), message(None, 6.1, None, anonymousId="phone"))
    found = engine.read("SELECT visitor_id, is_customer, first_day FROM visitors ORDER BY 1").rows
    assert found == [("a:phone", 0, FIRST + 1), ("u:ada", 1, FIRST + 6)]


def test_a_forgotten_person_is_forgotten_on_frozen_days_too(
    engine: Engine, facts: StoreFacts, send: Any, prune: Any
) -> None:
    send(*shopping(1, "zoe", "o"), message(None, 1.1, "zoe", traits={"name": "Zoe"}), message(None, 9, "ben"))
    prune(FIRST + 5)  # (a name that no random hexadecimal tombstone can hold)
    done = forget_person(engine, facts, "zoe")
    assert done is not None
    assert (done.events, done.orders, done.revenue_minor) == (0, 1, 2000)
    assert "zoe" not in repr(dump(engine)).lower()
    assert "zoe" not in repr(engine.read("SELECT * FROM frozen_views").rows)
    check(engine)


# ------------------------------------------------------------------ the horizon


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
    engine: Engine, facts: StoreFacts, send: Any, prune: Any, monkeypatch: pytest.MonkeyPatch
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
    rebuild(engine, facts)
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
        change_facts(engine, "Asia/Tokyo", None, None)
    assert change_facts(engine, "UTC", "EUR", None) == facts


def test_names_of_products_on_frozen_days_stay(engine: Engine, send: Any, prune: Any) -> None:
    send(*shopping(1, "ada", "o"), *shopping(6, "ada", "o2"))
    prune(FIRST + 5)
    send(message("Product Viewed", 7, "ada", product_id="p", name="Balm", category="Body"))
    found = engine.read("SELECT record_date, product_name, category FROM product_analytics ORDER BY 1").rows
    assert found[0][1:] == ("Cream", "Skin")
    assert {row[1:] for row in found[1:]} == {("Balm", "Body")}


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
