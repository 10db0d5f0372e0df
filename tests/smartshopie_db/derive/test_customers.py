from hypothesis import given
from hypothesis import strategies as st

from smartshopie_db.derive.customers import Placed, TakenBack, segment_moves, visitor_days

days = st.integers(0, 800)


@st.composite
def placed(draw: st.DrawFn) -> Placed:
    day = draw(days)
    cancelled_day = draw(st.none() | st.integers(day, day + 500))
    counts = draw(st.integers(0, 1))  # 0: an order in a foreign currency
    return Placed(day, cancelled_day, counts, counts * draw(st.integers(0, 500)))


taken_back = st.builds(TakenBack, days, st.integers(0, 100))


def judged(day: int, orders: list[Placed]) -> str:
    """The segment of a customer first seen on day 0, by the definition's words."""
    so_far = [order for order in orders if order.day <= day]
    standing = [order for order in so_far if order.cancelled_day is None or order.cancelled_day > day]
    if day - 29 <= 0 <= day and len(standing) <= 1:
        return "New Visitors"
    recent = [order for order in standing if day - 364 <= order.day <= day]
    return "Loyalists" if len(recent) >= 4 else "Returning Customers" if len(recent) >= 2 else "Occasional Users"


@given(st.lists(placed(), max_size=7), st.lists(taken_back, max_size=3))
def test_moves_add_up_to_what_a_judge_says_on_every_single_day(orders: list[Placed], taken: list[TakenBack]) -> None:
    rows = segment_moves("u:ann", 0, orders, taken)
    assert len({(row.day, row.segment_name) for row in rows}) == len(rows)
    for day in range(0, 1300, 3):
        sums: dict[str, list[int]] = {}
        for row in rows:
            if row.day <= day:
                total = sums.setdefault(row.segment_name, [0, 0, 0, 0])
                for place, amount in enumerate(row[3:]):
                    total[place] += amount
        revenue = sum(order.revenue_minor for order in orders if order.day <= day)
        net = revenue - sum(one.amount_minor for one in taken if one.day <= day)
        value = [1, sum(order.value_orders for order in orders if order.day <= day), revenue, net]
        assert {name: total for name, total in sums.items() if any(total)} == {judged(day, orders): value}


def test_a_customer_without_orders_is_new_for_thirty_days() -> None:
    rows = segment_moves("u:ann", 100, [], [])
    assert [row[1:4] for row in rows] == [
        (100, "New Visitors", 1), (130, "New Visitors", -1), (130, "Occasional Users", 1),
    ]  # fmt: skip


def test_an_order_leaves_the_look_back_after_365_days() -> None:
    rows = segment_moves("u:ann", 0, [Placed(40, None, 1, 100), Placed(50, None, 1, 100)], [])
    assert [row[1:4] for row in rows if row.day >= 50] == [
        (50, "Occasional Users", -1), (50, "Returning Customers", 1),
        (405, "Returning Customers", -1), (405, "Occasional Users", 1),
    ]  # fmt: skip


@given(st.lists(days, max_size=8), st.lists(placed(), max_size=5), st.lists(taken_back, max_size=3))
def test_days_add_up_to_sessions_orders_and_money(
    session_days: list[int], orders: list[Placed], taken: list[TakenBack]
) -> None:
    rows = visitor_days("u:ann", 0, session_days, orders, taken)
    assert sum(row.sessions for row in rows) == len(session_days)
    assert sum(row.orders for row in rows) == sum(order.value_orders for order in orders)
    assert sum(row.order_revenue_minor for row in rows) == sum(order.revenue_minor for order in orders)
    taken_away = sum(row.order_revenue_minor - row.net_revenue_minor for row in rows)
    assert taken_away == sum(one.amount_minor for one in taken)
    for row in rows:
        assert row.previous_day == max((day for day in session_days if day < row.day), default=None)
