"""Rows of order lines, put together to the events of their orders."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final

from smartshopie_db.importers.mapping import Mapping
from smartshopie_db.importers.steps import BadRow, fingerprint

Fields = dict[str, str]
Products = dict[str, Fields]
Record = Sequence[str]
"""The values of a row, in the order of the table's columns."""

KEPT: Final = 8_192  # products at their prices; some 5 MB


class OrderLines:
    """Reads the order lines of one table.

    A shop says the same product at the same price and the same quantity again and again: what such texts mean is kept
    for the next line that has them.
    """

    def __init__(self, names: Sequence[str], mapping: Mapping, products: Products | None = None) -> None:
        self._names, self._mapping, self._products = names, mapping, products or {}
        place = {name: at for at, name in enumerate(names)}
        self._time = place[mapping.columns["time"]]
        self._quantity = place.get(mapping.columns.get("quantity", ""))
        self._product_names = [column for _, column in mapping.product_columns if column in place]
        self._product_texts = _picker([place[column] for column in self._product_names])
        self._product = lru_cache(KEPT)(self._read_product)
        self._sold, self._returned = lru_cache(KEPT)(_read_number), lru_cache(KEPT)(_read_returned)

    def order_or_refund(self, order_id: str, rows: Sequence[Record]) -> tuple[list[dict[str, Any]], list[BadRow]]:
        """Turn the rows of one order into its event. Rows that are no sale come back as bad, with the reason.

        An order counts once, so one that misses a line could never be completed: where a row cannot be read there is
        no event, and every row of the order is bad.
        """
        mapping = self._mapping
        refund = mapping.refund_prefix is not None and order_id.startswith(mapping.refund_prefix)
        lines: list[dict[str, Any]] = []
        wrong: dict[int, str] = {}  # what is wrong with a row, by its place among the rows
        unreadable = False
        times: set[str] = set()
        said = None
        number = self._returned if refund else self._sold
        for place, row in enumerate(rows):
            try:
                priced, words = self._product(self._product_texts(row))
                quantity, written = number(row[self._quantity] or "1" if self._quantity is not None else "1")
                if row[self._time] != said:  # most lines of an order share their time
                    time, said = mapping.moment(row[self._time]), row[self._time]
            except (ArithmeticError, ValueError):
                unreadable, words = True, "its price, quantity or time cannot be read"
            else:
                if not words and quantity <= 0:
                    words = f"its quantity is {quantity}, which is no {'return' if refund else 'sale'}"
            if words:
                wrong[place] = words
            else:
                lines.append({**priced, "quantity": written})
                times.add(time)
        if unreadable:
            wrong = {place: wrong.get(place, "another row of the order cannot be read") for place in range(len(rows))}
        code = "unreadable_order" if unreadable else "no_sale"
        bad = [
            BadRow(code, f"A row of order {order_id}: {words}.", dict(zip(self._names, rows[place], strict=False)))
            for place, words in wrong.items()
        ]
        if unreadable or not lines:
            return [], bad
        return [self._event(order_id, rows[0], lines, min(times), refund=refund)], bad

    def _event(
        self, order_id: str, row: Record, lines: list[dict[str, Any]], time: str, *, refund: bool
    ) -> dict[str, Any]:
        mapping, first = self._mapping, dict(zip(self._names, row, strict=False))
        properties: dict[str, Any] = {"order_id": order_id, "products": lines}
        currency = first.get(mapping.columns.get("currency", ""), "") or mapping.currency
        if currency:
            properties["currency"] = currency
        return {
            "type": "track", "event": "Order Refunded" if refund else "Order Completed",
            "messageId": fingerprint(mapping.name, order_id), "timestamp": time, "properties": properties,
            **who(first, mapping),
        }  # fmt: skip

    def _read_product(self, texts: tuple[str, ...]) -> tuple[dict[str, Any], str]:
        """A line without its quantity, and what is wrong with its price ('': nothing)."""
        fields = dict(zip(self._product_names, texts, strict=True))
        price, written = _read_number(fields.get(self._mapping.columns["price"]) or "0")
        line = product(fields, self._mapping, self._products) | {"price": written}
        return line, f"its price is {price}, below zero" if price < 0 else ""


def product(row: Fields, mapping: Mapping, products: Products) -> dict[str, Any]:
    """What a row says of its product, completed from the catalogue."""
    found = {name: value for name, column in mapping.product_columns if (value := row.get(column))}
    if products:
        known = products.get(found.get("product_id", ""), {})
        found |= {name: value for name, value in known.items() if name not in found}
    return found


def who(row: Fields, mapping: Mapping) -> dict[str, Any]:
    """Whom a row is about, as the parts of a message that say it."""
    found: dict[str, Any] = {}
    for key, field in (("user_id", "userId"), ("anonymous_id", "anonymousId")):
        value = row.get(mapping.columns.get(key, ""), "")
        if value:
            found[field] = value
    session = row.get(mapping.columns.get("session_id", ""), "")
    return found | ({"context": {"sessionId": session}} if session else {})


def _picker(places: list[int]) -> Callable[[Record], tuple[str, ...]]:
    """A function that gives the values at these places of a row."""
    if len(places) < 2:  # itemgetter would give a single value bare
        return lambda row: tuple(row[place] for place in places)
    return itemgetter(*places)


def _read_number(text: str) -> tuple[Decimal, int | float | str]:
    """A number, and how an event says it. Raises ArithmeticError or ValueError for what is none."""
    found = Decimal(text)
    if not found.is_finite():
        raise ValueError(f"{text} is no amount")
    return found, _written(found)


def _read_returned(text: str) -> tuple[Decimal, int | float | str]:
    """The same for quantities of a refund, where what comes back is negative."""
    found = -_read_number(text)[0]
    return found, _written(found)


def _written(amount: Decimal) -> int | float | str:
    """An amount as a JSON number where that says exactly the same, else as text. Numbers are checked quicker."""
    near = float(amount)
    if near.is_integer() and abs(near) < 2**53:
        return int(amount) if near == amount else str(amount)
    return near if Decimal(repr(near)) == amount else str(amount)
