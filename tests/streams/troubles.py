"""What nobody expects of a shop, and what stores send besides."""

from __future__ import annotations

from tests.streams.orders import order_lines, place_order
from tests.streams.shop import CONCERNS, HOUR, MINUTE, PRODUCTS, Message, Person, Shop
from tests.streams.visits import browse, converse


def _guest(shop: Shop, people: list[Person]) -> None:  # noqa: ARG001 - every trouble is called alike
    """An order, a view and a talk with neither id."""
    time = shop.beginning()
    place_order(shop, time, {}, None)
    browse(shop, time, {}, None, shop.one(("view", "add")))
    if shop.often(50):
        converse(shop, time - MINUTE, {}, None, f"c{shop.counter}")


def _unknown_refund(shop: Shop, people: list[Person]) -> None:
    person = shop.one(people)
    properties: Message = {"order_id": f"unknown{shop.counter}"}
    if shop.often(60):
        properties["products"] = order_lines(shop)
    if shop.often(80):
        properties[shop.one(("revenue", "total"))] = "7.77"
    if shop.often(15):
        properties["currency"] = shop.one(tuple(shop.foreign))
    event = "Order Cancelled" if shop.often(20) else "Order Refunded"
    shop.send(shop.beginning(), event, person.ids(None, known=True) if shop.often(50) else {}, properties=properties)


def _loose_facts(shop: Shop, people: list[Person]) -> None:
    """Facts of a conversation that nobody started, and of none at all."""
    person = shop.one(people)
    who, time = person.ids(person.devices[0], known=False), shop.beginning()
    talk: Message = {"conversationId": "nobody-started-this"} if shop.often(50) else {}
    concern, category = shop.one(CONCERNS)
    shop.send(time, "Concern Detected", who, properties={**talk, "concern": concern, "concern_category": category})
    shop.send(time + 1, "Feedback Submitted", who, properties={**talk, "rating": shop.between(1, 5)})
    shop.send(time + 2, "Recommendation Shown", who, properties={**talk, "product_id": shop.one(sorted(PRODUCTS))})
    shop.send(time + 3, "Message Received", who, properties={**talk, "response_time_ms": 500})


def _product_request(shop: Shop, people: list[Person]) -> None:
    person = shop.one(people)
    wish = {"product_name": shop.one(("Beard Oil", "Sun Milk")), "category": shop.one(("Hair", "Skin"))}
    shop.send(shop.beginning(), "Product Requested", person.ids(person.devices[0], known=True), properties=wish)


def _prediction(shop: Shop, people: list[Person]) -> None:  # noqa: ARG001
    for _ in range(shop.between(1, 3)):
        review = {"model": shop.one(("m1", "m2")), "predicted": shop.one("ab"), "actual": shop.one("ab")}
        shop.send(shop.beginning(), "Prediction Reviewed", {}, properties=review)


def _invoice(shop: Shop, people: list[Person]) -> None:  # noqa: ARG001
    bill = {
        "invoice_id": f"i{shop.counter}",
        "amount": 249,
        "currency": shop.currency,
        "description": "Plan",
        "status": "paid",
    }
    shop.send(shop.beginning(), "Invoice Paid", {}, properties=bill)


def _alias(shop: Shop, people: list[Person]) -> None:
    old, new = shop.one(people), shop.one(people)
    if new.user:
        previous = old.user if old.user and shop.often(50) else shop.one(old.devices)
        if previous != new.user:
            shop.send(shop.beginning(), None, {"userId": new.user, "previousId": previous}, type="alias")


def _late_word(shop: Shop, people: list[Person]) -> None:
    """What a store sends beside shopping: a group, a list that tells categories, one message without an id."""
    person = shop.one(people)
    who = person.ids(shop.one(person.devices), known=shop.often(50))
    shop.send(shop.beginning(), None, who, type="group", groupId="g")
    listed = {"products": [{"product_id": "p7", "category": "Surprises"}, {"product_id": "p5"}]}
    shop.send(shop.beginning(), "Product List Viewed", who, properties=listed)
    nameless = shop.send(shop.beginning(), "Wishlist Dreamt Of", who)
    del nameless["messageId"]


def _better_sold(shop: Shop, people: list[Person]) -> None:
    """A product looked at, priced in any currency, then a dearer one of its category recommended and bought."""
    person = shop.one(people)
    who, time = person.ids(person.devices[0], known=shop.often(50)), shop.beginning()
    seen: Message = {"product_id": "p2", "category": "Skin", "price": shop.one(("8.50", 19.99))}
    if shop.often(40):
        seen["currency"] = shop.one((*shop.foreign, shop.currency))
    shop.send(time, "Product Viewed", who, properties=seen)
    shop.send(time + MINUTE, "Recommendation Shown", who, properties={"product_id": "p4"})
    lines = [{"product_id": "p4", "category": "Skin", "price": "39.00", "quantity": 2}, *order_lines(shop)]
    shop.send(time + HOUR, "Order Completed", who, properties={"order_id": f"o{shop.counter}", "products": lines})


TROUBLES = (
    _guest, _unknown_refund, _loose_facts, _product_request, _prediction, _invoice, _alias, _late_word, _better_sold,
)  # fmt: skip
