"""What an order was worth and what was taken back (docs/definitions.md, Orders)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from smartshopie_db.derive.bodies import Line, counts_in, currency_of, lines, number, properties
from smartshopie_db.derive.rows import Event
from smartshopie_db.money import spread, to_minor

KINDS = {"Order Refunded": "refund", "Order Cancelled": "cancellation"}
_NO_LINES = (Line(None, None, None, None, Decimal(1)),)


@dataclass(frozen=True, slots=True)
class Reversal:
    """A refund or cancellation as applied: amounts in the order's currency, dated no earlier than the order."""

    event: Event
    kind: str
    occurred_ms: int
    day: int
    amount_minor: int
    line_amounts: tuple[int, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """A known order: amounts in its own currency."""

    order_id: str
    event: Event
    currency: str
    revenue_minor: int
    total_minor: int | None
    lines: tuple[Line, ...]
    line_revenues: tuple[int, ...]
    reversals: tuple[Reversal, ...] = ()
    reversed_minor: int = 0
    status: str = "placed"
    cancelled_day: int | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What was taken back by reversals on frozen days, which are not applied again."""

    amount_minor: int = 0
    refunded: bool = False
    cancelled_day: int | None = None
    message_ids: frozenset[str] = frozenset()


_NOTHING = Taken()


@dataclass(frozen=True, slots=True)
class _Stated:
    """Revenue and total that an event gives by one of revenue, total, subtotal."""

    revenue: Decimal
    total: Decimal | None


def winner(events: Sequence[Event]) -> Event | None:
    """The event that makes an order known: the first tracked one, else the first from an order file."""
    completed = [event for event in events if event.event == "Order Completed"]
    return min(completed, key=lambda event: (event.from_order_file, event), default=None)


def read_order(events: Sequence[Event], store_currency: str, before: Taken = _NOTHING) -> Order | None:
    """The order that all ordered events with its order_id add up to; None while it is not known."""
    known_by = winner(events)
    if known_by is None or known_by.order_id is None:
        return None
    told = [properties(known_by)]
    if not known_by.from_order_file:
        told += [properties(e) for e in events if e.event == "Order Completed" and e.from_order_file]
    currency = next((given for body in told if (given := currency_of(body))), store_currency)
    told = [body for body in told if counts_in(body, currency)]
    bought = next((listed for body in told if (listed := lines(body))), [])
    stated = next((amounts for body in told if (amounts := _stated(body))), None)
    revenue, total = (stated.revenue, stated.total) if stated else (_worth(bought), None)
    updates = [e for e in events if e.event == "Order Updated" and counts_in(properties(e), currency)]
    if updates:
        update = properties(max(updates))
        bought = lines(update) or bought
        restated = _stated(update)
        if restated:
            revenue, total = restated.revenue, restated.total if restated.total is not None else total
    revenue_minor, total_minor = minor(revenue, currency), None if total is None else minor(total, currency)
    final = tuple(bought) or _NO_LINES
    shares = tuple(spread(revenue_minor, _weights(final)))
    placed = Order(known_by.order_id, known_by, currency, revenue_minor, total_minor, final, shares)
    return reverse(placed, events, before)


def reverse(order: Order, events: Sequence[Event], before: Taken = _NOTHING) -> Order:
    """The order with its reversals applied in the order of (time, messageId), none before the order itself."""
    weights: Sequence[Decimal | int] = order.line_revenues if order.revenue_minor > 0 else _weights(order.lines)
    applied: list[Reversal] = []
    taken, taken_by_line = before.amount_minor, spread(before.amount_minor, weights)
    any_refund, cancelled_day = before.refunded, before.cancelled_day
    for moment, _, event, kind in sorted(_dated(order.event, events)):
        if event.message_id in before.message_ids:
            continue
        body = properties(event)
        counts = counts_in(body, order.currency)
        left = max(0, order.revenue_minor - taken)
        amount = min(left, max(0, _asked(body, kind, order, left))) if counts else 0
        taken += amount
        now_by_line = spread(taken, weights)
        line_amounts = tuple(now - before for now, before in zip(now_by_line, taken_by_line, strict=True))
        taken_by_line = now_by_line
        day = max(event.day, order.event.day)
        applied.append(Reversal(event, kind, moment, day, amount, line_amounts, order.lines))
        if kind == "cancellation":
            cancelled_day = day if cancelled_day is None else cancelled_day
        else:
            any_refund = any_refund or counts
    if cancelled_day is not None:
        status = "cancelled"
    elif any_refund and taken >= order.revenue_minor:
        status = "refunded"
    else:
        status = "partially refunded" if taken else "placed"
    return replace(order, reversals=tuple(applied), reversed_minor=taken, status=status, cancelled_day=cancelled_day)


def _dated(known_by: Event, events: Sequence[Event]) -> list[tuple[int, str, Event, str]]:
    found = []
    for event in events:
        kind = KINDS.get(event.event or "")
        if kind:
            moment = max(event.occurred_ms, known_by.occurred_ms)
            found.append((moment, event.message_id, event, kind))
    return found


def _asked(body: Mapping[str, Any], kind: str, order: Order, left: int) -> int:
    """What a reversal of a known order asks for, in minor units of the order's currency."""
    if kind == "cancellation":
        return left
    direct = _refund_by_revenue_or_lines(body)
    if direct is not None:
        return minor(direct, order.currency)
    total = number(body.get("total"))
    if total is None:
        return left
    asked = minor(total, order.currency)
    if not order.total_minor:
        return asked
    doubled = 2 * asked * order.revenue_minor
    return (doubled + order.total_minor) // (2 * order.total_minor)


def read_orphan(event: Event, store_currency: str) -> Reversal:
    """A reversal of an order that is not known: a refund counts in full, a cancellation takes nothing."""
    body = properties(event)
    kind = KINDS[event.event or ""]
    amount = 0
    if kind == "refund" and counts_in(body, store_currency):
        stated = _refund_by_revenue_or_lines(body)
        if stated is None:
            stated = number(body.get("total"))
        amount = max(0, minor(stated or Decimal(0), store_currency))
    listed = tuple(lines(body)) or _NO_LINES
    line_amounts = tuple(spread(amount, _weights(listed)))
    return Reversal(event, kind, event.occurred_ms, event.day, amount, line_amounts, listed)


def _refund_by_revenue_or_lines(body: Mapping[str, Any]) -> Decimal | None:
    revenue = number(body.get("revenue"))
    if revenue is not None:
        return revenue
    priced = [line for line in lines(body) if line.price is not None]
    return _worth(priced) if priced else None


def _stated(body: Mapping[str, Any]) -> _Stated | None:
    """Revenue by `revenue`, else `total - shipping - tax`, else `subtotal`; None where none of the three is given."""
    revenue, total, subtotal = number(body.get("revenue")), number(body.get("total")), number(body.get("subtotal"))
    if revenue is not None:
        return _Stated(revenue, total)
    if total is not None:
        return _Stated(total - (number(body.get("shipping")) or 0) - (number(body.get("tax")) or 0), total)
    return None if subtotal is None else _Stated(subtotal, None)


def _worth(listed: Sequence[Line]) -> Decimal:
    return sum((line.worth for line in listed), Decimal(0))


def _weights(listed: Sequence[Line]) -> list[Decimal]:
    """Price x quantity; all zero: quantity (spread() itself takes all zero again as equal)."""
    by_worth = [line.worth for line in listed]
    return by_worth if any(by_worth) else [line.quantity for line in listed]


def minor(amount: Decimal, currency: str) -> int:
    """Minor units; an amount beyond what a store can hold counts as missing, so that it cannot stop a derivation."""
    try:
        return to_minor(amount, currency)
    except ValueError:
        return 0
