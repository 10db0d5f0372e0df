"""What happens in a visit: views, a talk, a cart, an order, in changing company of ids."""

from __future__ import annotations

from typing import Any

from tests.streams.orders import place_order
from tests.streams.shop import CONCERNS, DAY, FEATURES, HOUR, MINUTE, PRODUCTS, SECOND, Message, Person, Shop

PAUSES = (0, 1, SECOND, 40 * SECOND, 5 * MINUTE, 29 * MINUTE, 30 * MINUTE - 1, 30 * MINUTE, 30 * MINUTE + 1, 2 * HOUR)


def visit(shop: Shop, person: Person) -> None:
    """Some minutes or hours in the shop: views, a talk, a cart, an order, in changing company of ids."""
    device = shop.one(person.devices)
    time = shop.beginning()
    session = f"s{shop.counter}" if shop.often(50) else None
    known = shop.often(30)
    talk: str | None = None
    began = time
    for _ in range(shop.between(2, 9)):
        who = person.ids(None if known and shop.often(15) else device, known=known)
        context = {"sessionId": session} if session and shop.often(70) else None
        act = shop.one(("view", "view", "page", "talk", "add", "order", "login", "click", "nonsense"))
        if act == "talk":
            if talk is None or not shop.often(20):
                talk, began = f"c{shop.counter}", time
            converse(shop, time, who, context, talk)
        elif act == "order":
            place_order(shop, time, who, context)
        elif act == "login":
            known = True
            shop.send(time, None, person.ids(device, known=True), type="identify", traits={"name": person.user})
        else:
            browse(shop, time, who, context, act)
        time += shop.one(PAUSES)
    if session and shop.often(25):  # the tab is still open the next day
        pause = shop.one((20 * HOUR, DAY - 1, DAY, DAY + 1))
        shop.send(time + pause, None, person.ids(device, known=known), type="page", context={"sessionId": session})
    if talk and shop.often(50):  # the order comes at the edge of the seven days
        place_order(shop, began + 7 * DAY + shop.one((-1, 0, 1, -HOUR, HOUR)), person.ids(device, known=known), None)


def browse(shop: Shop, time: int, who: Message, context: Message | None, act: str) -> None:
    events = {"view": "Product Viewed", "add": "Product Added", "click": "Product Clicked"}
    if act in events:
        event = "Viewed Product" if act == "view" and shop.often(10) else events[act]
        shop.send(time, event, who, context=context, properties=shop.product())
    elif act == "page":
        shop.send(time, None, who, type=shop.one(("page", "screen")), context=context)
    else:
        shop.send(time, "Wishlist Dreamt Of", who, context=context, properties={"why": None, "n": 3})


def converse(shop: Shop, time: int, who: Message, context: Message | None, talk: str) -> None:
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
            response_time_ms=shop.between(-200, 4000) if shop.often(80) else None,
            model=shop.one(("m1", "m2", None)),
            confidence=shop.between(0, 1050) / 1000 if shop.often(60) else None,
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
            rating=shop.one((1, 2, 3.5, 4, 5, 5, 4.5, 0, 100)),
            aspect=shop.one((None, "overall", "product_match", "helpfulness")),
        )
    ending = shop.one((None, "Conversation Resolved", "Conversation Ended", "Conversation Handed Off"))
    if ending:
        say(ending, message_count=shop.between(0, 9) if ending == "Conversation Ended" else None)
