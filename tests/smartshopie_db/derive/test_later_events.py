"""Single cases on a store, most in two steps: what was derived is derived anew when later events say more."""

from collections.abc import Mapping
from typing import Any

from smartshopie_db.clock import iso_day
from smartshopie_db.engine import Engine

from .putting import FIRST_DAY, put, put_and_derive
from .tangle import DAY, MINUTE, START_MS, Message

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
    bought = said("Order Completed", 5, TABLET, order_id="o")
    put_and_derive(engine, said("Product Viewed", 0, TABLET, product_id="p"), bought)
    assert column(engine, "SELECT visitor_id FROM visitors") == ["a:tablet"]
    put_and_derive(engine, said("Cart Viewed", MINUTE, TABLET | ANN))
    for table in ("visitors", "sessions", "product_views", "orders", "visitor_days", "segment_moves"):
        assert set(column(engine, f"SELECT visitor_id FROM {table}")) == {"u:ann"}, table


def test_an_anonymous_event_of_a_linked_id_is_its_users_from_the_start(engine: Engine) -> None:
    put_and_derive(engine, said("Cart Viewed", 0, TABLET | ANN))
    put_and_derive(engine, said("Product Viewed", DAY, TABLET, product_id="p"))
    assert column(engine, "SELECT visitor_id FROM product_views") == ["u:ann"]
    assert column(engine, "SELECT visitor_id FROM visitors") == ["u:ann"]


def test_events_of_a_shared_tablet_go_to_who_signs_in_next(engine: Engine) -> None:
    put(engine, [said("Cart Viewed", 10 * MINUTE, TABLET | ANN), said("Product Viewed", 0, TABLET, product_id="p")])
    put_and_derive(engine, said("Product Viewed", 20 * MINUTE, TABLET, product_id="q"))
    put_and_derive(engine, said("Cart Viewed", 30 * MINUTE, TABLET | BOB))
    owners_now = column(engine, "SELECT product_id, visitor_id FROM product_views ORDER BY product_id")
    assert owners_now == [("p", "u:ann"), ("q", "u:bob")]


def test_a_later_alias_renames_everybody_it_joins(engine: Engine) -> None:
    def alias(at: int, previous: str, user: str) -> Message:
        return said("", at, {"userId": user}) | {"type": "alias", "previousId": previous}

    put_and_derive(engine, said("Cart Viewed", 0, ANN), said("Cart Viewed", 0, BOB), alias(1, "ann", "bob"))
    assert column(engine, "SELECT visitor_id FROM visitors") == ["u:bob"]
    put_and_derive(engine, alias(2, "bob", "cat"))
    assert column(engine, "SELECT visitor_id FROM visitors") == ["u:cat"]


def test_a_refund_waits_for_its_order_and_is_then_applied_anew(engine: Engine) -> None:
    put_and_derive(engine, said("Order Refunded", DAY, BOB, order_id="o", revenue=30))
    assert column(engine, "SELECT visitor_id, order_known, amount_minor FROM reversals") == [("u:bob", 0, 3000)]
    assert column(engine, "SELECT category, amount_minor FROM reversal_lines") == [("Uncategorised", 3000)]
    put_and_derive(engine, said("Order Completed", 0, ANN, order_id="o", revenue=20))
    assert column(engine, "SELECT visitor_id, order_known, amount_minor FROM reversals") == [("u:ann", 1, 2000)]
    nets = "SELECT visitor_id, net_revenue_minor FROM visitor_days ORDER BY day"
    assert column(engine, nets) == [("u:ann", 2000), ("u:ann", -2000)]


def test_an_order_moves_to_the_visitor_of_an_earlier_event(engine: Engine) -> None:
    put_and_derive(engine, said("Order Completed", DAY, BOB, order_id="o", revenue=20))
    put_and_derive(engine, said("Order Completed", 0, ANN, order_id="o", revenue=30))
    assert column(engine, "SELECT visitor_id, revenue_minor FROM orders") == [("u:ann", 3000)]
    by_visitor = "SELECT visitor_id, orders FROM visitor_days ORDER BY visitor_id"
    assert column(engine, by_visitor) == [("u:ann", 1), ("u:bob", 0)]


def test_facts_move_into_their_conversation_when_it_becomes_known(engine: Engine) -> None:
    told = {"conversationId": "c"}
    put_and_derive(
        engine,
        said("Concern Detected", DAY, {}, concern="acne", **told),
        said("Concern Detected", DAY, {}, concern="acne", **told),
        said("Feedback Submitted", DAY, BOB, rating=4, **told),
        said("Recommendation Shown", DAY, BOB, product_id="p", **told),
    )
    assert column(engine, "SELECT day, feature FROM ratings") == [(FIRST_DAY + 1, "other")]
    assert len(column(engine, "SELECT concern_key FROM concerns")) == 2
    put_and_derive(engine, said("Conversation Started", 0, ANN, feature="image", **told))
    assert column(engine, "SELECT day, feature FROM ratings") == [(FIRST_DAY, "image")]
    assert column(engine, "SELECT concern_key, day FROM concerns") == [("c:c", FIRST_DAY)]
    assert column(engine, "SELECT visitor_id, day FROM recommendations") == [("u:ann", FIRST_DAY)]


def test_a_category_learned_late_reaches_lines_and_views_without_one(engine: Engine) -> None:
    line = {"product_id": "p", "price": 5}
    put(engine, [said("Order Completed", DAY, ANN, order_id="o", products=[line])])
    put(engine, [said("Product Viewed", DAY, BOB, product_id="p")])
    put_and_derive(engine, said("Order Refunded", DAY, BOB, order_id="x", products=[line]))
    put_and_derive(engine, said("Product Clicked", 9 * DAY, {"userId": "cat"}, product_id="p", category="Skin"))
    for table in ("order_lines", "product_views", "reversal_lines"):
        assert column(engine, f"SELECT category FROM {table}") == ["Skin"], table
    put_and_derive(engine, said("Product Clicked", 0, {"userId": "cat"}, product_id="p", category="Hair"))
    for table in ("order_lines", "product_views", "reversal_lines"):
        assert column(engine, f"SELECT category FROM {table}") == ["Hair"], table


def test_guests_have_conversations_and_orders_but_are_no_visitors(engine: Engine) -> None:
    put_and_derive(
        engine,
        said("Conversation Started", 0, {}, conversationId="c"),
        said("Order Completed", 1, {}, order_id="o", revenue=5),
        said("Product Viewed", 2, {}, product_id="p"),
    )
    assert column(engine, "SELECT session_id, outcome FROM conversations") == [(None, "Browsing")]
    assert column(engine, "SELECT session_id, credited_feature, revenue_minor FROM orders") == [(None, None, 500)]
    assert column(engine, "SELECT session_id FROM product_views") == [None]
    for table in ("visitors", "sessions", "visitor_days", "segment_moves"):
        assert column(engine, f"SELECT visitor_id FROM {table}") == []


def test_a_recommendation_by_a_server_counts_for_the_visitor_of_the_conversation(engine: Engine) -> None:
    told = {"conversationId": "c", "product_id": "p"}
    put_and_derive(
        engine,
        said("Conversation Started", 0, ANN, conversationId="c", feature="routine"),
        said("Recommendation Shown", MINUTE, {"userId": "server"}, **told),
        said("Product Added", 2 * MINUTE, ANN, product_id="p"),
        said("Order Completed", DAY, ANN, order_id="o", products=[{"product_id": "p", "price": 7}, {"price": 3}]),
    )
    in_session = "SELECT COUNT(*) FROM recommendations r JOIN sessions s ON s.session_id = r.session_id"
    assert column(engine, in_session) == [1]
    assert column(engine, "SELECT visitor_id, purchased FROM recommendations") == [("u:ann", 1)]
    assert column(engine, "SELECT recommended, matched, outcome FROM conversations") == [(1, 1, "Converted")]
    lines = "SELECT credited_feature, cross_sell_minor FROM order_lines ORDER BY line"
    assert column(engine, lines) == [("routine", 0), ("routine", 300)]
    carts = "SELECT has_product_added, recovered, recovered_via_ai FROM sessions ORDER BY first_ms"
    assert column(engine, carts) == [(1, 1, 0), (0, 0, 0)]


def test_a_view_is_after_a_recommendation_of_the_same_session_only(engine: Engine) -> None:
    put_and_derive(
        engine,
        said("Product Viewed", 0, ANN, product_id="p"),
        said("Recommendation Shown", MINUTE, ANN, product_id="p"),
        said("Product Viewed", 2 * MINUTE, ANN, product_id="p"),
        said("Product Viewed", 3 * MINUTE, ANN, product_id="q"),
        said("Product Viewed", DAY, ANN, product_id="p"),
    )
    assert column(engine, "SELECT after_recommendation FROM product_views ORDER BY occurred_ms") == [0, 1, 0, 0]


def test_a_name_learned_late_marks_the_days_of_the_visitors_conversations(plain: Engine) -> None:
    put_and_derive(plain, said("Conversation Started", 0, ANN, conversationId="c"))
    with plain.write() as transaction:
        transaction.execute("DELETE FROM dirty_days")
    traits = {"firstName": "Ann", "lastName": "Lee"}
    put_and_derive(plain, said("", 5 * DAY, ANN) | {"type": "identify", "traits": traits})
    assert column(plain, "SELECT customer_name FROM visitors") == ["Ann Lee"]
    assert column(plain, "SELECT kind, day FROM dirty_days") == [("day", FIRST_DAY)]


def test_orders_in_another_currency_have_no_money_anywhere(engine: Engine) -> None:
    lines = [{"product_id": "p", "price": 7, "quantity": 2}]
    put_and_derive(
        engine,
        said("Order Completed", 0, ANN, order_id="o", currency="USD", products=lines),
        said("Order Refunded", DAY, ANN, order_id="o", revenue=3),
    )
    columns = "in_store_currency, revenue_minor, reversed_minor, status"
    assert column(engine, f"SELECT {columns} FROM orders") == [(0, 1400, 300, "partially refunded")]
    assert column(engine, "SELECT quantity, revenue_minor FROM order_lines") == [(2.0, 0)]
    assert column(engine, "SELECT amount_minor FROM reversals") == [0]
    assert column(engine, "SELECT orders, order_revenue_minor, net_revenue_minor FROM visitor_days") == [(0, 0, 0)]


def test_of_several_messages_about_an_invoice_the_latest_counts(engine: Engine) -> None:
    put_and_derive(engine, said("Invoice Paid", DAY, {}, invoice_id="i", amount="49.5", status="paid"))
    put_and_derive(engine, said("Invoice Paid", 0, BOB, invoice_id="i", amount=1, status="open"))
    columns = "payment_date, amount_minor, currency, status, source"
    assert column(engine, f"SELECT {columns} FROM billing_payments") == [
        (iso_day(FIRST_DAY + 1), 4950, "EUR", "paid", "events")
    ]
