"""What the stored body of an event says: texts, exact numbers, lines. Anything unusable counts as missing."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from smartshopie_db import events
from smartshopie_db.derive.rows import Event
from smartshopie_db.properties import MEASURES


def properties(event: Event) -> dict[str, Any]:
    """The properties of an event, empty where it has none or they were not read."""
    return part(event, "properties")


def part(event: Event, name: str) -> dict[str, Any]:
    """One part of the body: properties, traits or context."""
    found = event.body.get(name) if event.body is not None else None
    return found if isinstance(found, dict) else {}


def text(source: Mapping[str, Any], *names: str) -> str | None:
    """The first of these values that is a text with something in it, or a number written as one."""
    for name in names:
        found = events.text(source.get(name))
        if found is not None:
            return found
    return None


def number(value: object) -> Decimal | None:
    """A finite number from its decimal text."""
    return events.number(value)


def currency_of(source: Mapping[str, Any]) -> str | None:
    """The currency that is given, in capitals."""
    found = text(source, "currency")
    return found.upper() if found else None


def counts_in(source: Mapping[str, Any], currency: str) -> bool:
    """Whether the amounts given are in this currency; they are where none is given."""
    return (currency_of(source) or currency) == currency


def price_in(source: Mapping[str, Any], currency: str) -> Decimal | None:
    """The price that is given; None where it is in another currency."""
    return number(source.get("price")) if counts_in(source, currency) else None


def measured(source: Mapping[str, Any], name: str, factor: int = 1) -> int | None:
    """A measured value times `factor`, rounded half up to an integer; None where it cannot be true."""
    found = number(source.get(name))
    low, high = MEASURES[name]
    return None if found is None or not low <= found <= high else int((found * factor * 2 + 1) // 2)


class Line(NamedTuple):
    """One line of an order or a refund, as the event gives it."""

    product_id: str | None
    product_name: str | None
    category: str | None
    price: Decimal | None
    quantity: Decimal

    @property
    def worth(self) -> Decimal:
        """Price x quantity in units of the currency; a missing price is 0."""
        return self.price * self.quantity if self.price is not None else Decimal(0)


def lines(source: Mapping[str, Any]) -> list[Line]:
    """The lines that properties list, in their order."""
    listed = source.get("products")
    return [_line(entry) for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []


def _line(entry: Mapping[str, Any]) -> Line:
    price, quantity = number(entry.get("price")), number(entry.get("quantity"))
    return Line(
        product_id=text(entry, "product_id"),
        product_name=text(entry, "name", "product_name"),
        category=text(entry, "category"),
        price=price if price is not None and price >= 0 else None,
        quantity=quantity if quantity is not None and quantity >= 0 else Decimal(1),
    )
