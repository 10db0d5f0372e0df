from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartshopie_db.derive.orders import Order, read_order, read_orphan
from smartshopie_db.derive.rows import Event

from .making import DAY, event


def completed(at: int = 0, **told: Any) -> Event:
    return event("Order Completed", at, order_id="o", **told)


def refund(at: int, **told: Any) -> Event:
    return event("Order Refunded", at, order_id="o", **told)


def cancelled(at: int, **told: Any) -> Event:
    return event("Order Cancelled", at, order_id="o", **told)


def read(*events: Event, currency: str = "EUR") -> Order:
    order = read_order(sorted(events), currency)
    assert order is not None
    return order


LINES = [{"product_id": "p1", "price": 10, "quantity": 2}, {"product_id": "p2", "price": "5.005"}]


@pytest.mark.parametrize(
    ("told", "minor"),
    [
        ({"revenue": 12.5, "total": 99, "subtotal": 1, "products": LINES}, 1250),
        ({"total": 30, "shipping": 5, "tax": 2.5, "subtotal": 1}, 2250),
        ({"total": 30}, 3000),
        ({"subtotal": "9.995", "products": LINES}, 1000),
        ({"products": LINES}, 2501),
        ({}, 0),
        ({"revenue": "many", "total": None, "subtotal": 7}, 700),
    ],
)
def test_revenue_is_taken_from_the_first_that_is_given(told: dict[str, Any], minor: int) -> None:
    assert read(completed(**told)).revenue_minor == minor


def test_an_order_without_lines_is_one_line_of_nothing_in_particular() -> None:
    order = read(completed(revenue=5))
    assert [(line.product_id, line.category, line.quantity) for line in order.lines] == [(None, None, 1)]
    assert order.line_revenues == (500,)


def test_an_order_is_unknown_while_only_updates_and_refunds_are_there() -> None:
    assert read_order([event("Order Updated", order_id="o", revenue=5), refund(1)], "EUR") is None


def test_a_tracked_order_wins_over_an_earlier_one_from_an_order_file() -> None:
    order = read(completed(0, source="orders:shopify", revenue=7, currency="USD"), completed(5, revenue=9))
    assert (order.event.occurred_ms, order.revenue_minor, order.currency) == (5, 900, "USD")


def test_an_order_file_fills_revenue_and_lines_that_the_tracked_one_lacks() -> None:
    order = read(completed(5), completed(9, source="orders:shopify", total=7, products=LINES))
    assert (order.revenue_minor, order.total_minor, len(order.lines)) == (700, 700, 2)


def test_a_second_tracked_completion_changes_nothing() -> None:
    order = read(completed(0, revenue=5), completed(1, revenue=9, products=LINES))
    assert (order.revenue_minor, len(order.lines)) == (500, 1)


def test_the_latest_update_replaces_what_it_gives_and_nothing_else() -> None:
    first = event("Order Updated", 10, order_id="o", revenue=1, products=LINES)
    assert read(completed(revenue=5, products=LINES[:1]), first).revenue_minor == 100
    second = event("Order Updated", 20, order_id="o", products=LINES)
    order = read(completed(revenue=5, products=LINES[:1]), first, second)
    assert (order.revenue_minor, len(order.lines)) == (500, 2)


def test_an_update_from_before_the_order_is_applied_when_the_order_comes() -> None:
    assert read(event("Order Updated", 0, order_id="o", revenue=1), completed(10, revenue=5)).revenue_minor == 100


def test_an_update_in_another_currency_changes_nothing_nor_hides_an_earlier_one() -> None:
    placed = completed(revenue=100, currency="EUR", products=LINES[:1])
    foreign = event("Order Updated", 20, order_id="o", revenue=11_000, currency="jpy", products=LINES)
    assert read(placed, foreign) == read(placed)
    earlier = event("Order Updated", 10, order_id="o", revenue=90)
    assert read(placed, earlier, foreign).revenue_minor == 9000
    same = event("Order Updated", 30, order_id="o", revenue=80, currency="eur")
    assert read(placed, earlier, foreign, same).revenue_minor == 8000


def test_an_update_of_an_order_in_another_currency_than_the_stores_is_in_the_orders() -> None:
    update = event("Order Updated", 10, order_id="o", revenue=90)
    assert read(completed(revenue=100, currency="USD"), update).revenue_minor == 9000
    told = event("Order Updated", 20, order_id="o", revenue=80, currency="EUR")
    assert read(completed(revenue=100, currency="USD"), update, told).revenue_minor == 9000
    foreign = event("Order Updated", 10, order_id="o", revenue=5, currency="USD")
    assert read(completed(revenue=100), foreign).revenue_minor == 10_000  # no currency: the store's


def test_an_order_file_fills_nothing_that_is_in_another_currency() -> None:
    file = completed(9, source="orders:shopify", revenue=5000, currency="JPY", products=LINES)
    order = read(completed(5, currency="EUR"), file)
    assert (order.currency, order.revenue_minor, order.total_minor, len(order.lines)) == ("EUR", 0, None, 1)
    second = completed(10, source="orders:export", revenue=30, products=LINES)
    assert read(completed(5, currency="EUR"), file, second).revenue_minor == 3000
    assert read(completed(5), file).currency == "JPY"  # the tracked one says none


@pytest.mark.parametrize(
    ("told", "taken"),
    [
        ({"revenue": 3, "total": 9}, 300),
        ({"products": [{"price": 2, "quantity": 2}], "total": 9}, 400),
        ({"products": [{"product_id": "p1"}], "total": 30}, 2500),  # lines without a price give no sum
        ({"total": 15}, 1250),
        ({"total": "0.01"}, 1),
        ({}, 2500),
        ({"revenue": 99}, 2500),
        ({"revenue": 3, "currency": "USD"}, 0),
        ({"revenue": 3, "currency": "EUR"}, 300),
    ],
)
def test_a_refund_takes_what_it_names_and_never_more_than_is_left(told: dict[str, Any], taken: int) -> None:
    order = read(completed(total=30, shipping=5, products=LINES), refund(DAY, **told))
    assert order.reversed_minor == taken


def test_a_refund_by_total_of_an_order_without_a_total_takes_the_total_itself() -> None:
    assert read(completed(revenue=20), refund(1, total=15)).reversed_minor == 1500


def test_reversals_apply_in_order_of_time_and_a_cancellation_takes_the_rest() -> None:
    order = read(completed(revenue=20), cancelled(20), refund(10, revenue=5), refund(30, revenue=5))
    assert [(one.kind, one.amount_minor) for one in order.reversals] == [
        ("refund", 500), ("cancellation", 1500), ("refund", 0),
    ]  # fmt: skip
    assert (order.status, order.cancelled_day) == ("cancelled", 0)


def test_a_reversal_dated_before_its_order_is_applied_at_the_order() -> None:
    order = read(completed(3 * DAY, revenue=20), refund(DAY, message_id="b", revenue=5), cancelled(0, message_id="c"))
    assert [(one.occurred_ms, one.day, one.amount_minor) for one in order.reversals] == [
        (3 * DAY, 3, 500), (3 * DAY, 3, 1500),
    ]  # fmt: skip
    assert order.cancelled_day == 3


@pytest.mark.parametrize(
    ("events", "status"),
    [
        ([], "placed"),
        ([refund(1, revenue=1)], "partially refunded"),
        ([refund(1)], "refunded"),
        ([refund(1), cancelled(2)], "cancelled"),
        ([refund(1, revenue=0)], "placed"),
        ([refund(1, currency="USD")], "placed"),
    ],
)
def test_the_status_says_what_became_of_the_order(events: list[Event], status: str) -> None:
    assert read(completed(revenue=20), *events).status == status


def test_a_refund_of_an_unknown_order_counts_in_full() -> None:
    assert read_orphan(refund(0, revenue=5), "EUR").amount_minor == 500
    assert read_orphan(refund(0, products=LINES), "EUR").line_amounts == (2001, 500)
    assert read_orphan(refund(0, total=4), "EUR").amount_minor == 400
    assert read_orphan(refund(0), "EUR").amount_minor == 0
    assert read_orphan(refund(0, revenue=5, currency="USD"), "EUR").amount_minor == 0
    assert read_orphan(cancelled(0, revenue=5), "EUR").amount_minor == 0


amounts = st.decimals(min_value=0, max_value=50, places=3, allow_nan=False).map(str)
line_lists = st.lists(
    st.fixed_dictionaries({"price": amounts, "quantity": st.integers(0, 3)}), max_size=4
)
orders = st.fixed_dictionaries({"products": line_lists}, optional={"revenue": amounts, "total": amounts})
reversals = st.lists(
    st.tuples(
        st.sampled_from(["Order Refunded", "Order Cancelled"]),
        st.integers(-2, 5),
        st.fixed_dictionaries({}, optional={"revenue": amounts, "total": amounts, "products": line_lists}),
    ),
    max_size=4,
)


@given(orders, reversals)
def test_lines_add_up_to_the_order_and_nothing_is_taken_twice(
    told: dict[str, Any], taken: list[tuple[str, int, dict[str, Any]]]
) -> None:
    order = read(completed(**told), *(event(name, day * DAY, order_id="o", **body) for name, day, body in taken))
    assert sum(order.line_revenues) == order.revenue_minor
    assert sum(one.amount_minor for one in order.reversals) == order.reversed_minor <= order.revenue_minor
    assert all(sum(one.line_amounts) == one.amount_minor >= 0 for one in order.reversals)
    if order.reversed_minor == order.revenue_minor and order.reversals:
        by_line = [sum(parts) for parts in zip(*(one.line_amounts for one in order.reversals), strict=True)]
        assert by_line == list(order.line_revenues)
