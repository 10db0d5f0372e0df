"""Baskets, orders, and what becomes of them."""

from dataclasses import dataclass
from typing import Any, Final

from smartshopie_db.clock import DAY_MS, HOUR_MS
from smartshopie_db.demo.catalogue import PRODUCTS
from smartshopie_db.demo.day import Day
from smartshopie_db.demo.effect import EXTRA_ITEM
from smartshopie_db.demo.message import SERVER, Client, Properties
from smartshopie_db.demo.shoppers import Visit

FREE_SHIPPING: Final = 4500  # minor units of goods from which shipping is free
SHIPPING: Final = 490
TAX_PERCENT: Final = 19
_MORE_ITEMS: Final = (0.52, 0.34, 0.22, 0.15)  # chance of a second product, then of a third, ...


@dataclass(frozen=True, slots=True)
class Basket:
    """What is bought: (product index, quantity) each; the discount in % and its coupon."""

    lines: tuple[tuple[int, int], ...]
    coupon: str | None
    percent: int

    def goods(self) -> int:
        """Minor units of the list prices."""
        return sum(PRODUCTS[index].price * quantity for index, quantity in self.lines)


_FIELDS: Final = tuple(
    {
        "product_id": item.product_id,
        "sku": f"{item.product_id}-{item.variant.replace(' ', '').upper()}",
        "name": item.name,
        "brand": item.brand,
        "category": item.category,
        "variant": item.variant,
    }
    for item in PRODUCTS
)


def product(day: Day, index: int, **more: Any) -> Properties:
    """A product as the e-commerce events carry it."""
    return {**_FIELDS[index], "price": day.amount(PRODUCTS[index].price), **more}


def fill(visit: Visit, day: Day, seen: list[int], recommended: list[int]) -> Basket:
    """Choose what to buy: what was recommended or looked at first, then what goes with it."""
    chosen: dict[int, int] = {}
    first = recommended if recommended and day.uniform() < 0.62 else seen
    chosen[first[0] if day.uniform() < 0.6 else first[int(day.uniform() * len(first))]] = 1
    more = 0
    while more < len(_MORE_ITEMS) and day.uniform() < _MORE_ITEMS[more]:
        more += 1
    if visit.feature >= 0 and day.uniform() < EXTRA_ITEM:
        more += 1
    for _ in range(more):
        index = day.product(visit.concern)
        chosen[index] = chosen.get(index, 0) + 1
    if day.uniform() < 0.07:
        chosen[next(iter(chosen))] += 1
    coupon, percent = _coupon(visit, day)
    return Basket(tuple(chosen.items()), coupon, percent)


def _coupon(visit: Visit, day: Day) -> tuple[str | None, int]:
    if day.offer and day.uniform() < 0.8:
        return day.offer
    if visit.orders_before == 0 and day.uniform() < 0.22:
        return "WELCOME10", 10
    return None, 0


def money(day: Day, order_id: str, basket: Basket) -> tuple[Properties, int]:
    """The amounts of an order, as Order Completed carries them, and its revenue in minor units."""
    goods = basket.goods()
    discount = (goods * basket.percent + 50) // 100
    revenue = goods - discount
    shipping = 0 if revenue >= FREE_SHIPPING else SHIPPING
    tax = (revenue * TAX_PERCENT + 50) // 100
    amounts: Properties = {
        "order_id": order_id,
        "total": day.amount(revenue + shipping + tax),
        "subtotal": day.amount(revenue),
        "revenue": day.amount(revenue),
        "shipping": day.amount(shipping),
        "tax": day.amount(tax),
        "discount": day.amount(discount),
        "currency": day.currency,
        "products": [
            product(day, index, quantity=quantity, position=position)
            for position, (index, quantity) in enumerate(basket.lines, 1)
        ],
    }
    if basket.coupon:
        amounts["coupon"] = basket.coupon
    return amounts, revenue


def order_number(visit: Visit) -> str:
    """The order of a visit."""
    return f"SO-{visit.key >> 24:010X}"


def aftermath(browser: Client, visit: Visit, day: Day, ms: int, basket: Basket) -> None:
    """What the shop's server tells of an order later: a change, a cancellation, a refund; mostly nothing."""
    order_id = order_number(visit)
    server = Client(browser.outbox, f"{browser.key}f", {"library": SERVER}, browser.anonymous_id, browser.user_id)
    draw = day.uniform()
    if draw < 0.015 and len(basket.lines) > 1:
        basket = Basket(basket.lines[:-1], basket.coupon, basket.percent)
        server.track(ms + int(HOUR_MS * (0.1 + day.pause())), "Order Updated", money(day, order_id, basket)[0])
        return
    if draw < 0.035:
        server.track(ms + int(HOUR_MS * (0.2 + 6 * day.pause())), "Order Cancelled", money(day, order_id, basket)[0])
        return
    if draw > 0.935:
        when = ms + int(DAY_MS * (4 + 7 * day.pause())) // HOUR_MS * HOUR_MS + int(day.uniform() * HOUR_MS)
        server.track(when, "Order Refunded", _refund(day, order_id, basket))


def _refund(day: Day, order_id: str, basket: Basket) -> Properties:
    """All of it (the total is told), or one line (the products are told, at what was paid for them)."""
    amounts, _ = money(day, order_id, basket)
    if len(basket.lines) == 1 or day.uniform() < 0.4:
        return {name: amounts[name] for name in ("order_id", "total", "currency")}
    place = int(day.uniform() * len(basket.lines))
    index, _ = basket.lines[place]
    paid = PRODUCTS[index].price * (100 - basket.percent) // 100
    return {
        "order_id": order_id,
        "currency": day.currency,
        "products": [{**product(day, index, quantity=1), "price": day.amount(paid)}],
    }
