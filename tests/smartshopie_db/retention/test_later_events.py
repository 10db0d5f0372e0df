"""Later events count on top of what is frozen: orders, refunds, sessions, names."""

from datetime import timedelta
from typing import Any

from smartshopie_db.clock import iso_day
from smartshopie_db.engine import Engine
from smartshopie_db.facts import StoreFacts
from smartshopie_db.forget import forget_person
from tests.smartshopie_db.retention.conftest import FIRST, START, message, shopping
from tests.smartshopie_db.retention.tables import check, dump, summaries, value


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


def test_a_price_in_another_currency_is_not_compared_after_the_horizon_either(
    engine: Engine, send: Any, prune: Any
) -> None:
    send(
        message("Product Viewed", 1, "ada", product_id="a", category="Skin", price=9),
        message("Product Viewed", 2, "ada", product_id="b", category="Skin", price=9, currency="USD"),
        message("Product Viewed", 3, "ada", product_id="c", category="Hair", price=9, currency="EUR"),
        message("Recommendation Shown", 18, "ada", product_id="dear"),
        message("Recommendation Shown", 18.1, "ada", product_id="fine"),
    )  # fmt: skip
    prune(FIRST + 19)
    lines = [
        {"product_id": "dear", "category": "Skin", "price": 30},
        {"product_id": "fine", "category": "Hair", "price": 30},
    ]
    send(message("Order Completed", 20, "ada", order_id="o", products=lines))
    assert engine.read("SELECT upsell_minor FROM order_lines ORDER BY line").rows == [(0,), (2100,)]


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


def test_names_of_products_on_frozen_days_stay(engine: Engine, send: Any, prune: Any) -> None:
    send(*shopping(1, "ada", "o"), *shopping(6, "ada", "o2"))
    prune(FIRST + 5)
    send(message("Product Viewed", 7, "ada", product_id="p", name="Balm", category="Body"))
    found = engine.read("SELECT record_date, product_name, category FROM product_analytics ORDER BY 1").rows
    assert found[0][1:] == ("Cream", "Skin")
    assert {row[1:] for row in found[1:]} == {("Balm", "Body")}
