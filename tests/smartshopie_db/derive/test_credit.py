from decimal import Decimal
from typing import Any

from smartshopie_db.derive.conversations import Conversation, read_conversation
from smartshopie_db.derive.credit import Attribution, LineCredit, Moments, View, line_credits
from smartshopie_db.derive.orders import Order, read_order

from .making import DAY, event

WEEK = 7 * DAY


def conversation(at: int, name: str = "c", feature: str = "chat") -> Conversation:
    found = read_conversation([event("Conversation Started", at, conversation_id=name, feature=feature)])
    assert found is not None
    return found


def order(at: int, *lines: dict[str, Any], revenue: float | None = None) -> Order:
    found = read_order([event("Order Completed", at, order_id="o", products=list(lines), revenue=revenue)], "EUR")
    assert found is not None
    return found


def test_credit_goes_to_the_last_conversation_within_the_window_both_ends_included() -> None:
    attribution = Attribution([conversation(0, "a"), conversation(DAY, "b")], WEEK)
    assert [found and found.conversation_id for found in map(attribution.credited, [-1, 0, DAY - 1, DAY])] == [
        None, "a", "a", "b",
    ]  # fmt: skip
    assert attribution.credited(DAY + WEEK) is not None
    assert attribution.credited(DAY + WEEK + 1) is None


def test_of_conversations_at_the_same_moment_the_greater_id_is_credited() -> None:
    found = Attribution([conversation(0, "b"), conversation(0, "a")], WEEK).credited(5)
    assert found is not None
    assert found.conversation_id == "b"


def test_a_cart_is_recovered_by_a_later_order_within_a_week() -> None:
    attribution = Attribution([conversation(10)], WEEK)
    assert attribution.recovery(0, [0]) == (0, 0)  # at the same moment is not later
    assert attribution.recovery(0, [WEEK + 1]) == (0, 0)
    assert attribution.recovery(0, [0, WEEK]) == (1, 1)
    assert attribution.recovery(0, [9, 20]) == (1, 0)  # the first such order counts
    assert attribution.recovery(10, [20]) == (1, 0)  # the conversation began with the last event, not after it
    assert attribution.recovery(5, [10]) == (1, 1)


def test_a_span_of_a_week_includes_both_its_ends() -> None:
    moments = Moments([("p", WEEK), ("p", 50 * DAY)])
    assert moments.within_week_after("p", 0)
    assert moments.within_week_after("p", WEEK)
    assert not moments.within_week_after("p", WEEK + 1)
    assert not moments.within_week_after("q", 0)


SHOWN = {"p1": [(DAY, "s1"), (2 * DAY, "s2")]}
P1 = {"product_id": "p1", "price": 30, "quantity": 2}
P2 = {"product_id": "p2", "price": 5}


def test_the_other_lines_of_an_order_with_a_recommended_product_are_cross_sold() -> None:
    credits_by_line = line_credits(order(3 * DAY, P1, P2), ["Skin", "Hair"], SHOWN, [])
    assert credits_by_line == [LineCredit(0, 0), LineCredit(500, 0)]


def test_nothing_is_cross_sold_without_a_recommendation_in_the_week_before() -> None:
    for at in (DAY - 1, 2 * DAY + WEEK + 1):
        assert line_credits(order(at, P1, P2), ["Skin", "Hair"], SHOWN, []) == [LineCredit(0, 0)] * 2
    assert line_credits(order(2 * DAY + WEEK, P1, P2), ["Skin", "Hair"], SHOWN, [])[1] == LineCredit(500, 0)


def test_upsell_compares_with_the_last_view_of_the_category_before_the_first_recommendation() -> None:
    views = [
        View(0, "v1", "Skin", Decimal(10)), View(5, "v2", "Skin", Decimal(20)),
        View(6, "v3", "Hair", Decimal(1)), View(DAY + 1, "v4", "Skin", Decimal(1)),
    ]  # fmt: skip
    assert line_credits(order(3 * DAY, P1), ["Skin"], SHOWN, views) == [LineCredit(0, 2000)]


def test_there_is_no_upsell_without_a_view_or_a_price_or_a_gain() -> None:
    assert line_credits(order(3 * DAY, P1), ["Skin"], SHOWN, [])[0].upsell_minor == 0
    assert line_credits(order(3 * DAY, P1), ["Skin"], SHOWN, [View(0, "v", "Skin", None)])[0].upsell_minor == 0
    dearer = [View(0, "v", "Skin", Decimal(31))]
    assert line_credits(order(3 * DAY, P1), ["Skin"], SHOWN, dearer)[0].upsell_minor == 0


