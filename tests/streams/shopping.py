"""One store's life as messages: a few visitors over some weeks, dense in what goes wrong in real shops.

Everything random comes from the `random.Random` given, so that a seed or hypothesis decides it.
"""

from __future__ import annotations

from datetime import date
from random import Random

from tests.streams.orders import take_back, update
from tests.streams.shop import Message, Person, Shop
from tests.streams.troubles import TROUBLES
from tests.streams.visits import visit


def stream(
    random: Random,
    *,
    timezone: str = "Europe/Berlin",
    currency: str = "EUR",
    first: date = date(2026, 3, 2),
    days: int = 20,
    visitors: int = 4,
    visits: int = 3,
    troubles: tuple[int, int] = (0, 2),
) -> list[Message]:
    """The messages of a store, in no particular order of time; each kind of `troubles` comes that often."""
    shop = Shop(random, timezone, currency, first, days, visitors)
    people = _people(shop)
    for person in people:
        for _ in range(shop.between(1, visits)):
            visit(shop, person)
    for trouble in TROUBLES:
        for _ in range(shop.between(*troubles)):
            trouble(shop, people)
    for order_id, time, lines in list(shop.orders):
        if shop.often(55):
            take_back(shop, order_id, time, lines)
        if shop.often(20):
            for _ in range(shop.between(1, 2)):
                update(shop, order_id, time)
    if shop.messages and (troubles[0] or shop.often(60)):  # the same message twice
        shop.messages.extend(dict(shop.one(shop.messages)) for _ in range(shop.between(1, 3)))
    return shop.messages


def _people(shop: Shop) -> list[Person]:
    people = []
    for index in range(shop.visitors):
        devices = (
            [f"phone{index}"] + (["tablet"] if shop.often(40) else []) + ([f"pc{index}"] if shop.often(30) else [])
        )
        people.append(Person(None if shop.often(15) else f"user{index}", devices))
    return people
