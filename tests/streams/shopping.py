"""One store's life as messages: a few visitors over some weeks, dense in what goes wrong in real shops.

Everything random comes from the `random.Random` given, so that a seed or hypothesis decides it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

Message = dict[str, Any]

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

# product_id -> (name, category, price); categories are told by some events only
PRODUCTS = {
    "p1": ("Night Cream", "Skin", "24.90"),
    "p2": ("Day Cream", "Skin", "19.99"),
    "p3": ("Shampoo", "Hair", "9.95"),
    "p4": ("Serum", "Skin", "39.00"),
    "p5": ("Brush", "Tools", "0"),
    "p6": ("Hair Mask", "Hair", "14.333"),
    "p7": ("Mystery Box", None, "12.00"),
}
FEATURES = ("chat", "questionnaire", "image", "routine", "voice", None)
CONCERNS = (("acne", "skincare"), ("dryness", "skincare"), ("frizz", "haircare"), ("dandruff", "haircare"))
PAUSES = (0, 1, SECOND, 40 * SECOND, 5 * MINUTE, 29 * MINUTE, 30 * MINUTE - 1, 30 * MINUTE, 30 * MINUTE + 1, 2 * HOUR)


@dataclass
class Shop:
    """What a stream is made of."""

    random: Random
    timezone: str
    currency: str
    first: date
    days: int
    visitors: int = 4
    foreign: Sequence[str] = ("USD", "JPY", "KWD")
    messages: list[Message] = field(default_factory=list)
    orders: list[tuple[str, int, list[Message]]] = field(default_factory=list)  # id, time, lines
    shown: list[str] = field(default_factory=list)  # products recommended so far
    counter: int = 0

    # ------------------------------------------------------------------ choosing
    def one(self, values: Sequence[Any]) -> Any:
        return values[self.random.randrange(len(values))]

    def often(self, percent: int) -> bool:
        return self.random.randrange(100) < percent

    def between(self, low: int, high: int) -> int:
        return self.random.randint(low, high)

    # ------------------------------------------------------------------ time
    def at(self, day: int, hour: int, minute: int = 0) -> int:
        """The local time of a day of the stream in ms; hours may be 24 and more."""
        local = datetime.combine(self.first + timedelta(days=day), clock.min, tzinfo=ZoneInfo(self.timezone))
        return int(local.timestamp() * 1000) + hour * HOUR + minute * MINUTE

    @property
    def end(self) -> int:
        return self.at(self.days, 0) - 1

    # ------------------------------------------------------------------ messages
    def send(self, time: int, event: str | None, who: Message, **parts: Any) -> Message:
        """Add a message at `time` (inside the stream's days), with a messageId that does not tell its order."""
        self.counter += 1
        time = max(self.at(0, 0), min(time, self.end))
        stamp = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=time)
        message: Message = {
            "type": parts.pop("type", "track"),
            "messageId": f"{(self.counter * 7919) % 10007:05d}-{self.counter}",
            "timestamp": stamp.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            **who,
        }
        if event is not None:
            message["event"] = event
        message |= {key: value for key, value in parts.items() if value is not None}
        self.messages.append(message)
        return message


@dataclass
class Person:
    """A shopper with some devices; `user` is known to the shop only when they say so."""

    user: str | None
    devices: list[str]


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
            _visit(shop, person)
    for trouble in (_guest, _unknown_refund, _loose_facts, _product_request, _prediction, _invoice, _alias, _late_word):
        for _ in range(shop.between(*troubles)):
            trouble(shop, people)
    for order_id, time, lines in list(shop.orders):
        if shop.often(55):
            _take_back(shop, order_id, time, lines)
        if shop.often(20):
            for _ in range(shop.between(1, 2)):
                _update(shop, order_id, time)
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


def _who(person: Person, device: str | None, *, known: bool) -> Message:
    who: Message = {}
    if device is not None:
        who["anonymousId"] = device
    if known and person.user is not None:
        who["userId"] = person.user
    return who or {"anonymousId": person.devices[0]}


def _visit(shop: Shop, person: Person) -> None:
    """Some minutes or hours in the shop: views, a talk, a cart, an order, in changing company of ids."""
    device = shop.one(person.devices)
    time = _beginning(shop)
    session = f"s{shop.counter}" if shop.often(50) else None
    known = shop.often(30)
    talk: str | None = None
    for _ in range(shop.between(2, 9)):
        who = _who(person, None if known and shop.often(15) else device, known=known)
        context = {"sessionId": session} if session and shop.often(70) else None
        act = shop.one(("view", "view", "page", "talk", "add", "order", "login", "click", "nonsense"))
        if act == "talk":
            talk = talk if talk and shop.often(20) else f"c{shop.counter}"
            _talk(shop, time, who, context, talk)
        elif act == "order":
            _order(shop, time, who, context)
        elif act == "login":
            known = True
            shop.send(time, None, _who(person, device, known=True), type="identify", traits={"name": person.user})
        else:
            _browse(shop, time, who, context, act)
        time += shop.one(PAUSES)
    if session and shop.often(25):  # the tab is still open the next day
        pause = shop.one((20 * HOUR, DAY - 1, DAY, DAY + 1))
        shop.send(time + pause, None, _who(person, device, known=known), type="page", context={"sessionId": session})
    if talk and shop.often(50):  # the order comes at the edge of the seven days
        _order(shop, time + 7 * DAY + shop.one((-1, 0, 1, -HOUR, HOUR)), _who(person, device, known=known), None)


def _beginning(shop: Shop) -> int:
    """A start, often near a midnight, a daylight-saving change or on it."""
    day = shop.between(0, max(0, shop.days - 1))
    if shop.often(45):
        return shop.at(day, 23, shop.between(20, 59))
    if shop.often(15):
        return shop.at(day, 0)
    return shop.at(day, shop.between(0, 23), shop.between(0, 59))


def _product(shop: Shop, *, priced: int = 85, named: int = 70) -> Message:
    product_id = shop.one(shop.shown[-2:] if shop.shown and shop.often(40) else sorted(PRODUCTS))
    name, category, price = PRODUCTS[product_id]
    if shop.often(25):
        price = "8.50"  # today only
    product: Message = {"product_id": product_id, "name": name}
    if category and shop.often(named):
        product["category"] = category if shop.often(90) else "Sale"
    if shop.often(priced):
        product["price"] = float(price) if shop.often(50) else price
    return product


def _browse(shop: Shop, time: int, who: Message, context: Message | None, act: str) -> None:
    events = {"view": "Product Viewed", "add": "Product Added", "click": "Product Clicked"}
    if act in events:
        event = "Viewed Product" if act == "view" and shop.often(10) else events[act]
        shop.send(time, event, who, context=context, properties=_product(shop))
    elif act == "page":
        shop.send(time, None, who, type=shop.one(("page", "screen")), context=context)
    else:
        shop.send(time, "Wishlist Dreamt Of", who, context=context, properties={"why": None, "n": 3})


def _talk(shop: Shop, time: int, who: Message, context: Message | None, talk: str) -> None:
    """A conversation and what is said in it, partly by a server that knows the conversation's id alone."""
    started: Message = {"conversationId": talk}
    feature = shop.one(FEATURES)
    if feature:
        started["feature"] = feature
    shop.send(time, "Conversation Started", who, context=context, properties=started)

    def say(event: str, by_server: int = 30, **properties: Any) -> None:
        speaker = {} if shop.often(by_server) else who
        later = time + shop.one((0, SECOND, MINUTE, 10 * MINUTE, HOUR, 3 * DAY))
        told = {key: value for key, value in properties.items() if value is not None}
        shop.send(
            later, event, speaker, context=None if not speaker else context, properties={"conversationId": talk, **told}
        )

    for _ in range(shop.between(0, 2)):
        say("Message Sent", by_server=0)
        say(
            "Message Received",
            response_time_ms=shop.between(100, 4000) if shop.often(80) else None,
            model=shop.one(("m1", "m2", None)),
            confidence=shop.between(0, 1000) / 1000 if shop.often(60) else None,
        )
    if shop.often(50):
        concern, category = shop.one(CONCERNS)
        for _ in range(shop.between(1, 2)):
            say("Concern Detected", concern=concern, concern_category=category)
    for _ in range(shop.between(0, 2)):
        product_id = shop.one(sorted(PRODUCTS))
        say("Recommendation Shown", recommendation_id=f"r{shop.counter}", product_id=product_id)
        shop.shown.append(product_id)
        if shop.often(40):
            say("Recommendation Clicked", by_server=0, product_id=product_id)
    if shop.often(50):
        say(
            "Feedback Submitted",
            rating=shop.one((1, 2, 3.5, 4, 5)),
            aspect=shop.one((None, "overall", "product_match", "helpfulness")),
        )
    ending = shop.one((None, "Conversation Resolved", "Conversation Ended", "Conversation Handed Off"))
    if ending:
        say(ending, message_count=shop.between(0, 9) if ending == "Conversation Ended" else None)


def _lines(shop: Shop) -> list[Message]:
    lines = []
    for _ in range(shop.one((0, 1, 2, 2, 3))):
        line = _product(shop, priced=90, named=50)
        if shop.often(70):
            line["quantity"] = shop.one((1, 1, 2, 3, 0))
        if line["product_id"] not in {other["product_id"] for other in lines}:
            lines.append(line)
    return lines


def _order(shop: Shop, time: int, who: Message, context: Message | None) -> None:
    order_id = f"o{shop.counter}"
    lines = _lines(shop)
    properties: Message = {"order_id": order_id}
    if lines:
        properties["products"] = lines
    told = shop.one(("revenue", "revenue", "total", "subtotal", "nothing"))
    amount = shop.one(("0", "10", "25.5", "99.99", "0.01", "33.335", "120"))
    if told == "revenue":
        properties["revenue"] = amount if shop.often(50) else float(amount)
    if told in {"revenue", "total"} and shop.often(80):
        properties |= {"total": float(amount) + 7.5, "shipping": 5, "tax": 2.5}
    if told == "subtotal":
        properties["subtotal"] = amount
    if shop.often(15):
        properties["currency"] = shop.one(tuple(shop.foreign))
    elif shop.often(40):
        properties["currency"] = shop.currency
    name = "Completed Order" if shop.often(10) else "Order Completed"
    shop.send(time, name, who, context=context, properties=properties)
    shop.orders.append((order_id, time, lines))
    if shop.often(15):  # told again, with another amount: changes nothing
        again = {"order_id": order_id, "revenue": 5}
        shop.send(time + shop.one((1, MINUTE, DAY)), "Order Completed", who, context=context, properties=again)


def _take_back(shop: Shop, order_id: str, time: int, lines: list[Message]) -> None:
    """Refunds of parts, of all, of more than there was, before the order, and cancellations."""
    for _ in range(shop.between(1, 3)):
        properties: Message = {"order_id": order_id}
        how = shop.one(("revenue", "lines", "total", "all", "too much", "foreign", "cancel"))
        if how == "revenue":
            properties["revenue"] = shop.one(("3.33", 1, 10, "0.005"))
        elif how == "lines" and lines:
            properties["products"] = [{key: v for key, v in lines[0].items() if key != "category"}]
        elif how == "total":
            properties["total"] = shop.one((5, "12.34", 40))
        elif how == "too much":
            properties["revenue"] = 10_000
        elif how == "foreign":
            properties |= {"revenue": 2, "currency": shop.one(tuple(shop.foreign))}
        event = "Order Cancelled" if how == "cancel" else "Order Refunded"
        later = shop.one((-DAY, -1, 0, MINUTE, HOUR, DAY, 3 * DAY, 20 * DAY))
        who = {} if shop.often(60) else {"anonymousId": "back-office"}
        shop.send(time + later, event, who, properties=properties)


def _update(shop: Shop, order_id: str, time: int) -> None:
    properties: Message = {"order_id": order_id, "products": _lines(shop)}
    if shop.often(70):
        properties["revenue"] = shop.one((0, 15, 16, "44.44"))
    if not properties["products"]:
        del properties["products"]
    shop.send(time + shop.one((-HOUR, 0, HOUR, DAY)), "Order Updated", {}, properties=properties)


# ---------------------------------------------------------------------- what nobody expects
def _guest(shop: Shop, people: list[Person]) -> None:  # noqa: ARG001 - every trouble is called alike
    """An order, a view and a talk with neither id."""
    time = _beginning(shop)
    _order(shop, time, {}, None)
    _browse(shop, time, {}, None, shop.one(("view", "add")))
    if shop.often(50):
        _talk(shop, time - MINUTE, {}, None, f"c{shop.counter}")


def _unknown_refund(shop: Shop, people: list[Person]) -> None:
    person = shop.one(people)
    properties: Message = {"order_id": f"unknown{shop.counter}"}
    if shop.often(60):
        properties["products"] = _lines(shop)
    if shop.often(80):
        properties[shop.one(("revenue", "total"))] = "7.77"
    if shop.often(15):
        properties["currency"] = shop.one(tuple(shop.foreign))
    event = "Order Cancelled" if shop.often(20) else "Order Refunded"
    shop.send(_beginning(shop), event, _who(person, None, known=True) if shop.often(50) else {}, properties=properties)


def _loose_facts(shop: Shop, people: list[Person]) -> None:
    """Facts of a conversation that nobody started, and of none at all."""
    person = shop.one(people)
    who, time = _who(person, person.devices[0], known=False), _beginning(shop)
    talk: Message = {"conversationId": "nobody-started-this"} if shop.often(50) else {}
    concern, category = shop.one(CONCERNS)
    shop.send(time, "Concern Detected", who, properties={**talk, "concern": concern, "concern_category": category})
    shop.send(time + 1, "Feedback Submitted", who, properties={**talk, "rating": shop.between(1, 5)})
    shop.send(time + 2, "Recommendation Shown", who, properties={**talk, "product_id": shop.one(sorted(PRODUCTS))})
    shop.send(time + 3, "Message Received", who, properties={**talk, "response_time_ms": 500})


def _product_request(shop: Shop, people: list[Person]) -> None:
    person = shop.one(people)
    wish = {"product_name": shop.one(("Beard Oil", "Sun Milk")), "category": shop.one(("Hair", "Skin"))}
    shop.send(_beginning(shop), "Product Requested", _who(person, person.devices[0], known=True), properties=wish)


def _prediction(shop: Shop, people: list[Person]) -> None:  # noqa: ARG001
    for _ in range(shop.between(1, 3)):
        review = {"model": shop.one(("m1", "m2")), "predicted": shop.one("ab"), "actual": shop.one("ab")}
        shop.send(_beginning(shop), "Prediction Reviewed", {}, properties=review)


def _invoice(shop: Shop, people: list[Person]) -> None:  # noqa: ARG001
    bill = {
        "invoice_id": f"i{shop.counter}",
        "amount": 249,
        "currency": shop.currency,
        "description": "Plan",
        "status": "paid",
    }
    shop.send(_beginning(shop), "Invoice Paid", {}, properties=bill)


def _alias(shop: Shop, people: list[Person]) -> None:
    old, new = shop.one(people), shop.one(people)
    if new.user:
        previous = old.user if old.user and shop.often(50) else shop.one(old.devices)
        if previous != new.user:
            shop.send(_beginning(shop), None, {"userId": new.user, "previousId": previous}, type="alias")


def _late_word(shop: Shop, people: list[Person]) -> None:
    """What a store sends beside shopping: a group, a list that tells categories, one message without an id."""
    person = shop.one(people)
    who = _who(person, shop.one(person.devices), known=shop.often(50))
    shop.send(_beginning(shop), None, who, type="group", groupId="g")
    listed = {"products": [{"product_id": "p7", "category": "Surprises"}, {"product_id": "p5"}]}
    shop.send(_beginning(shop), "Product List Viewed", who, properties=listed)
    nameless = shop.send(_beginning(shop), "Wishlist Dreamt Of", who)
    del nameless["messageId"]
