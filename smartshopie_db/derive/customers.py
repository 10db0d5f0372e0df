"""A visitor's days, and when a customer moves between segments (docs/definitions.md, Customers)."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from smartshopie_db.derive.rows import SegmentMoveRow, VisitorDayRow

NEW_DAYS = 30  # a customer is new on the day it is first seen and the 29 after it
LOOK_BACK_DAYS = 365  # an order counts on its day and the 364 after it
NEW, LOYAL, RETURNING, OCCASIONAL = "New Visitors", "Loyalists", "Returning Customers", "Occasional Users"


class Placed(NamedTuple):
    """An order of a visitor: `value_orders` is 1 and the revenue counts only in the store's currency."""

    day: int
    cancelled_day: int | None
    value_orders: int
    revenue_minor: int


class TakenBack(NamedTuple):
    """What a reversal took from a visitor's revenue on a day, in the store's currency."""

    day: int
    amount_minor: int


def visitor_days(
    visitor_id: str, first_day: int, session_days: Iterable[int], placed: Sequence[Placed], taken: Sequence[TakenBack],
    previous: int | None = None,
) -> list[VisitorDayRow]:  # fmt: skip
    """One row per day on which the visitor had a session, an order in the store's currency, or money moved.

    `previous` is the last day with a session before those given.
    """
    sessions: dict[int, int] = {}
    for day in session_days:
        sessions[day] = sessions.get(day, 0) + 1
    money: dict[int, list[int]] = {}
    for order in placed:
        _add(money, order.day, order.value_orders, order.revenue_minor, order.revenue_minor)
    for reversal in taken:
        _add(money, reversal.day, 0, 0, -reversal.amount_minor)
    is_customer = int(visitor_id.startswith("u:"))
    rows = []
    for day in sorted(sessions.keys() | money.keys()):
        orders, revenue, net = money.get(day, (0, 0, 0))
        count = sessions.get(day, 0)
        if count or orders or revenue or net:
            rows.append(VisitorDayRow(visitor_id, day, is_customer, first_day, previous, count, orders, revenue, net))
        if count:
            previous = day
    return rows


def _add(money: dict[int, list[int]], day: int, orders: int, revenue: int, net: int) -> None:
    sums = money.setdefault(day, [0, 0, 0])
    sums[0] += orders
    sums[1] += revenue
    sums[2] += net


def segment(days_known: int, standing: int, recent: int) -> str:
    """The segment of a customer first seen so many days ago, by its orders that are not cancelled.

    `standing` are those so far, `recent` those of the last 365 days.
    """
    if days_known < NEW_DAYS and standing <= 1:
        return NEW
    return LOYAL if recent >= 4 else RETURNING if recent >= 2 else OCCASIONAL


def segment_moves(
    visitor_id: str, first_day: int, placed: Sequence[Placed], taken: Sequence[TakenBack]
) -> list[SegmentMoveRow]:
    """Every change of a customer's segment or of the value in it; all rows up to a day add up to that day."""
    changes = _changes(first_day, placed, taken)
    rows: list[SegmentMoveRow] = []
    place: str | None = None
    standing = recent = orders = revenue = net = 0
    for day in sorted(changes):
        change = changes[day]
        before = (orders, revenue, net)
        standing, recent = standing + change[0], recent + change[1]
        orders, revenue, net = orders + change[2], revenue + change[3], net + change[4]
        now_in = segment(day - first_day, standing, recent)
        if now_in == place:
            if any(change[2:]):
                rows.append(SegmentMoveRow(visitor_id, day, now_in, 0, change[2], change[3], change[4]))
            continue
        if place is not None:
            rows.append(SegmentMoveRow(visitor_id, day, place, -1, -before[0], -before[1], -before[2]))
        rows.append(SegmentMoveRow(visitor_id, day, now_in, 1, orders, revenue, net))
        place = now_in
    return rows


def _changes(first_day: int, placed: Iterable[Placed], taken: Iterable[TakenBack]) -> dict[int, list[int]]:
    """By day: by how much standing orders, recent orders, orders, order revenue and net revenue change."""
    changes = {first_day: [0] * 5, first_day + NEW_DAYS: [0] * 5}

    def add(day: int, *amounts: int) -> None:
        changes[day] = [now + more for now, more in zip(changes.get(day, [0] * 5), amounts, strict=True)]

    for order in placed:
        add(order.day, 1, 1, order.value_orders, order.revenue_minor, order.revenue_minor)
        leaves = order.day + LOOK_BACK_DAYS
        if order.cancelled_day is not None:
            add(order.cancelled_day, -1, 0, 0, 0, 0)
            leaves = min(leaves, order.cancelled_day)
        add(leaves, 0, -1, 0, 0, 0)
    for reversal in taken:
        add(reversal.day, 0, 0, 0, 0, -reversal.amount_minor)
    return changes
