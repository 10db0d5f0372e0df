"""Orders, and what becomes of them: refunds, cancellations, updates."""

from __future__ import annotations

from tests.streams.shop import DAY, HOUR, MINUTE, Message, Shop


def order_lines(shop: Shop) -> list[Message]:
    lines = []
    for _ in range(shop.one((0, 1, 2, 2, 3))):
        line = shop.product(priced=90, named=50)
        if shop.often(70):
            line["quantity"] = shop.one((1, 1, 2, 3, 0))
        if line["product_id"] not in {other["product_id"] for other in lines}:
            lines.append(line)
    return lines


def place_order(shop: Shop, time: int, who: Message, context: Message | None) -> None:
    order_id = f"o{shop.counter}"
    lines = order_lines(shop)
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


def take_back(shop: Shop, order_id: str, time: int, lines: list[Message]) -> None:
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


def update(shop: Shop, order_id: str, time: int) -> None:
    properties: Message = {"order_id": order_id, "products": order_lines(shop)}
    if shop.often(70):
        properties["revenue"] = shop.one((0, 15, 16, "44.44"))
    if not properties["products"]:
        del properties["products"]
    if shop.often(35):
        properties["currency"] = shop.one((*shop.foreign, shop.currency))
    shop.send(time + shop.one((-HOUR, 0, HOUR, DAY)), "Order Updated", {}, properties=properties)
