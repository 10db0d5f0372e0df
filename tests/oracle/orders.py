"""Orders, their lines, what is taken back, and the credit. Written from "Order", "Reversal", "Category of a line" and
"AI-credited order" of the definitions and from "Orders" and "Credit" of docs/definitions.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

from tests.oracle.reading import Calendar, Event, minor_units, number, products, text

UNCATEGORISED = "Uncategorised"


def spread(amount: int, weights: Sequence[Decimal | int]) -> list[int]:
    """Floor of each share, the remainder to the largest weight, the lowest line number on a tie."""
    exact = [Fraction(weight) for weight in weights]
    if sum(exact) == 0:
        exact = [Fraction(1)] * len(exact)
    shares = [(amount * weight / sum(exact)).__floor__() for weight in exact]
    shares[exact.index(max(exact))] += amount - sum(shares)
    return shares


class Categories:
    """Which category a product has at a moment, from every event that gave one."""

    def __init__(self, events: list[Event]) -> None:
        self.given: dict[str, list[tuple[int, str]]] = {}
        for event in events:
            said: dict[str, str] = {}
            for part in [event.properties, *products(event)]:
                product, category = text(part.get("product_id")), text(part.get("category"))
                if product and category:
                    said.setdefault(product, category)
            for product, category in said.items():
                self.given.setdefault(product, []).append((event.time, category))

    def at(self, time: int, product: str | None, own: str | None) -> str:
        """Its own, else the latest at or before, else the earliest after."""
        if own:
            return own
        given = self.given.get(product or "", [])
        before = [category for given_at, category in given if given_at <= time]
        if before:
            return before[-1]
        return given[0][1] if given else UNCATEGORISED


@dataclass
class Line:
    product: str | None
    name: str | None
    category: str
    quantity: Decimal
    price: Decimal | None
    revenue: int = 0  # minor units of the order's currency
    cross_sell: int = 0
    upsell: int = 0

    @property
    def value(self) -> Decimal:
        return (self.price or Decimal(0)) * self.quantity


def lines_of(event: Event, time: int, categories: Categories) -> list[Line]:
    """Its listed lines; an order without lines is one Uncategorised line."""
    lines = []
    for part in products(event):
        product = text(part.get("product_id"))
        quantity = number(part.get("quantity"))
        lines.append(
            Line(
                product=product,
                name=text(part.get("name")),
                category=categories.at(time, product, text(part.get("category"))),
                quantity=Decimal(1) if quantity is None else quantity,
                price=number(part.get("price")),
            )
        )
    return lines or [Line(None, None, UNCATEGORISED, Decimal(1), None)]


def weights_of(lines: list[Line]) -> list[Decimal]:
    """Price x quantity; all zero: by quantity."""
    values = [line.value for line in lines]
    return values if any(values) else [line.quantity for line in lines]


@dataclass
class Reversal:
    id: str
    time: int
    day: date
    amount: int
    lines: list[tuple[Line, int]]
    cancels: bool
    visitor: str
    order: Order | None


@dataclass
class Order:
    order_id: str
    event: Event
    visitor: str
    day: date
    currency: str
    in_store_currency: bool
    revenue: int
    total: int | None
    lines: list[Line]
    reversals: list[Reversal] = field(default_factory=list)
    feature: str | None = None  # of the conversation it is credited to

    @property
    def money(self) -> int:
        """Its revenue where it counts: another currency than the store's counts nowhere."""
        return self.revenue if self.in_store_currency else 0

    def cancelled_by(self, day: date) -> bool:
        return any(reversal.cancels and reversal.day <= day for reversal in self.reversals)


def told_revenue(event: Event) -> Decimal | None:
    """`revenue`, else `total - shipping - tax`, else `subtotal`."""
    said = {key: number(event.properties.get(key)) for key in ("revenue", "total", "shipping", "tax", "subtotal")}
    if said["revenue"] is not None:
        return said["revenue"]
    if said["total"] is not None:
        return said["total"] - (said["shipping"] or 0) - (said["tax"] or 0)
    return said["subtotal"]


def said_currency(event: Event) -> str | None:
    """The currency of its amounts, in capitals; None where it says none."""
    said = text(event.properties.get("currency"))
    return said.strip().upper() or None if said else None


class OrderBook:
    """All orders and reversals of a store."""

    def __init__(
        self, events: list[Event], visitor: dict[str, str], calendar: Calendar, currency: str, categories: Categories
    ) -> None:
        self.visitor, self.calendar, self.currency, self.categories = visitor, calendar, currency, categories
        told: dict[str, list[Event]] = {}
        for event in events:
            if event.order_id and event.name and event.name.startswith("Order "):
                told.setdefault(event.order_id, []).append(event)
        self.orders: list[Order] = []
        self.reversals: list[Reversal] = []
        for order_id, stories in told.items():
            completed = [event for event in stories if event.name == "Order Completed"]
            taken = [event for event in stories if event.name in {"Order Refunded", "Order Cancelled"}]
            if completed:
                updates = [event for event in stories if event.name == "Order Updated"]
                order = self._order(order_id, completed, updates)
                self.orders.append(order)
                self._reverse(order, taken)
            else:
                self._reverse_unknown([event for event in taken if event.name == "Order Refunded"])

    def _order(self, order_id: str, completed: list[Event], updates: list[Event]) -> Order:
        first = min(completed, key=lambda event: (event.order_file, event.at))
        told = [first] if first.order_file else [first, *(event for event in completed if event.order_file)]
        currency = next((currency for event in told if (currency := said_currency(event))), self.currency)
        told = [event for event in told if said_currency(event) in {None, currency}]
        update = next((event for event in reversed(updates) if said_currency(event) in {None, currency}), None)
        placed = next((event for event in told if products(event)), first)
        lines = lines_of(placed, first.time, self.categories)
        amounts = [told_revenue(event) for event in (update, *told) if event is not None]
        revenue = next((amount for amount in amounts if amount is not None), None)
        if revenue is None:
            revenue = sum((line.value for line in lines), Decimal(0))
        if update is not None and products(update):
            lines = lines_of(update, first.time, self.categories)
        totals = [number(event.properties.get("total")) for event in (update, *told) if event is not None]
        total = next((amount for amount in totals if amount is not None), None)
        order = Order(
            order_id=order_id,
            event=first,
            visitor=self.visitor[first.id],
            day=self.calendar.day(first.time),
            currency=currency,
            in_store_currency=currency == self.currency,
            revenue=minor_units(revenue, currency),
            total=None if total is None else minor_units(total, currency),
            lines=lines,
        )
        for line, share in zip(lines, spread(order.revenue, weights_of(lines)), strict=True):
            line.revenue = share
        return order

    def _reverse(self, order: Order, taken: list[Event]) -> None:
        """Apply refunds and cancellations, in the order of (time, messageId), none before its order."""
        left, so_far = order.revenue, 0
        lines_so_far = [0] * len(order.lines)
        weights: Sequence[Decimal | int] = [line.revenue for line in order.lines]
        weights = weights if any(weights) else weights_of(order.lines)
        for event in sorted(taken, key=lambda event: (max(event.time, order.event.time), event.id)):
            time = max(event.time, order.event.time)
            amount = self._taken(order, event, left)
            left, so_far = left - amount, so_far + amount
            lines_now = spread(so_far, weights)
            shares = [now - then for now, then in zip(lines_now, lines_so_far, strict=True)]
            lines_so_far = lines_now
            if not order.in_store_currency:
                amount, shares = 0, [0] * len(shares)
            reversal = Reversal(
                id=event.id,
                time=time,
                day=self.calendar.day(time),
                amount=amount,
                lines=list(zip(order.lines, shares, strict=True)),
                cancels=event.name == "Order Cancelled",
                visitor=order.visitor,
                order=order,
            )
            order.reversals.append(reversal)
            self.reversals.append(reversal)

    def _taken(self, order: Order, event: Event, left: int) -> int:
        if said_currency(event) not in {None, order.currency}:
            return 0
        if event.name == "Order Cancelled":
            return left
        revenue, total = (number(event.properties.get(key)) for key in ("revenue", "total"))
        if revenue is not None:
            amount = minor_units(revenue, order.currency)
        elif (listed := self._listed(event)) is not None:
            amount = minor_units(listed, order.currency)
        elif total is not None and order.total:
            exact = minor_units(total, order.currency) * Fraction(order.revenue, order.total)
            amount = (exact + Fraction(1, 2)).__floor__()
        elif total is not None:
            amount = minor_units(total, order.currency)
        else:
            amount = left
        return min(amount, left)

    def _listed(self, event: Event) -> Decimal | None:
        """The sum of its lines' price x quantity; lines without any price say no amount."""
        prices = [line.value for line in lines_of(event, event.time, self.categories) if line.price is not None]
        return sum(prices, Decimal(0)) if prices else None

    def _reverse_unknown(self, refunds: list[Event]) -> None:
        """A refund of an unknown order counts in full on its own day, credited to nobody."""
        for event in refunds:
            lines = lines_of(event, event.time, self.categories)
            said = [number(event.properties.get("revenue"))]
            said.append(self._listed(event))
            said.append(number(event.properties.get("total")))
            amount = minor_units(next((value for value in said if value is not None), Decimal(0)), self.currency)
            if said_currency(event) not in {None, self.currency}:
                amount = 0
            day = self.calendar.day(event.time)
            shares = list(zip(lines, spread(amount, weights_of(lines)), strict=True))
            visitor = self.visitor[event.id]
            self.reversals.append(
                Reversal(event.id, event.time, day, amount, shares, cancels=False, visitor=visitor, order=None)
            )
