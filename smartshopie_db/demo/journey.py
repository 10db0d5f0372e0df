"""One visit, from the landing page to the order, as the messages a browser would send."""

from dataclasses import dataclass
from typing import Any, Final

from smartshopie_db.clock import date_of
from smartshopie_db.demo import orders, people
from smartshopie_db.demo.catalogue import CONCERNS, PRODUCTS
from smartshopie_db.demo.conversations import converse
from smartshopie_db.demo.day import Day
from smartshopie_db.demo.effect import EXPERIMENT
from smartshopie_db.demo.message import BROWSER, Client, Dated, created_at, uuid
from smartshopie_db.demo.shoppers import ANONYMOUS, GLANCE, SHOP, SIGNED_IN, SIGNS_UP, Visit

_SITE: Final = "https://shop.example"
_SOURCES: Final = (  # (share among first visits, among later ones, campaign of the first page, referrer)
    (0.30, 0.52, None, ""),
    (0.30, 0.16, None, "https://www.google.com/"),
    (0.18, 0.06, {"source": "google", "medium": "cpc", "name": "brand-and-category"}, "https://www.google.com/"),
    (
        0.14,
        0.06,
        {"source": "instagram", "medium": "paid_social", "name": "skin-stories"},
        "https://www.instagram.com/",
    ),
    (0.02, 0.18, {"source": "newsletter", "medium": "email", "name": "weekly"}, ""),
    (0.06, 0.02, {"source": "tiktok", "medium": "social", "name": "routine-of-the-week"}, "https://www.tiktok.com/"),
)
_SOURCE_SUMS: Final = tuple(
    tuple(sum(row[column] for row in _SOURCES[: index + 1]) for index in range(len(_SOURCES)))  # type: ignore[misc]
    for column in (0, 1)
)
_DEVICES: Final = (
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Safari/604.1",
        "en-GB",
    ),
    ("Mozilla/5.0 (Linux; Android 15; Pixel 8) AppleWebKit/537.36 Chrome/131.0.0.0 Mobile Safari/537.36", "de-DE"),
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36", "de-DE"),
    ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14_6) AppleWebKit/605.1.15 Version/18.1 Safari/605.1.15", "fr-FR"),
)
_SLUGS: Final = tuple(item.name.lower().replace(" ", "-").replace("%", "").strip("-") for item in PRODUCTS)
_ADDS: Final = (0.0, 0.035, 0.20)  # chance to put something into the cart without buying it, by intent


@dataclass(slots=True)
class Walk:
    """A visit in progress."""

    visit: Visit
    day: Day
    client: Client
    at: int
    seen: list[int]
    recommended: list[int]

    def later(self, mean_seconds: float) -> int:
        """Let some time pass; the moment after it."""
        self.at += 400 + int(self.day.pause() * mean_seconds * 1000)
        return self.at


def visit_store(visit: Visit, day: Day, outbox: list[Dated]) -> None:
    """Append the messages of a visit to `outbox`, what the server tells later about its order included."""
    context = {"library": BROWSER, "sessionId": f"{visit.key >> 12:013x}"}
    user = people.user_id(visit.shopper) if visit.account == SIGNED_IN else None
    client = Client(outbox, f"{visit.key:016x}", context, people.anonymous_id(visit), user)
    start = day.midnight_ms + visit.second * 1000 + int(day.uniform() * 1000)
    walk = Walk(visit, day, client, start, [], [])
    _arrive(walk)
    if visit.intent == GLANCE:
        _glance(walk)
        return
    _look_around(walk)
    if visit.account not in (ANONYMOUS, SIGNED_IN) and not visit.buys:
        _sign_in(walk)
    if visit.buys:
        _buy(walk)
    elif day.uniform() < _ADDS[visit.intent] * (1.25 if visit.feature >= 0 else 1.0) * (2.6 if visit.resumed else 1.0):
        _leave_a_cart(walk)


def _arrive(walk: Walk) -> None:
    visit, day = walk.visit, walk.day
    _, _, campaign, referrer = _SOURCES[day.pick(_SOURCE_SUMS[min(visit.number, 1)])]
    agent, locale = _DEVICES[(visit.shopper >> 40) % 2 + 2 * visit.device]
    home = day.uniform() < 0.55
    category = PRODUCTS[day.product(visit.concern)].category
    path = "/" if home else f"/{category.lower().replace(' & ', '-').replace(' ', '-')}"
    properties: dict[str, Any] = {"path": path, "url": _SITE + path, "title": "Home" if home else category}
    extra: dict[str, Any] = {"userAgent": agent, "locale": locale}
    if referrer:
        properties["referrer"] = referrer
    if campaign:
        extra["campaign"] = campaign
    walk.client.page(walk.at, "Home" if home else "Category", properties, extra)
    if visit.exposed:
        variation = "control" if visit.control else "assistant"
        walk.client.track(
            walk.at + 60,
            "Experiment Viewed",
            {
                "experiment_id": EXPERIMENT,
                "experiment_name": "Assistant against none",
                "variation_id": variation,
                "variation_name": variation,
            },
        )
    social = people.social_id(visit.shopper)
    if social and visit.account == SIGNED_IN and visit.exposed:
        walk.client.alias(walk.at + 90, social)


def _glance(walk: Walk) -> None:
    if walk.day.uniform() < 0.42:
        _view(walk, walk.day.product(walk.visit.concern))
    if walk.visit.feature >= 0:
        walk.at, _ = converse(walk.client, walk.visit, walk.day, walk.later(15))


def _look_around(walk: Walk) -> None:
    """Lists, searches and products; the assistant, if it is used, after the first glances."""
    visit, day = walk.visit, walk.day
    wanted = [
        day.product(visit.concern) for _ in range(1 + min(int(day.pause() * (2.2 if visit.intent == SHOP else 1.3)), 8))
    ]
    if day.uniform() < 0.28:
        query = CONCERNS[visit.concern].name.lower() if day.uniform() < 0.6 else PRODUCTS[wanted[0]].name.lower()
        walk.client.track(walk.later(12), "Products Searched", {"query": query})
    if day.uniform() < 0.62:
        _list(walk, PRODUCTS[wanted[0]].category)
    talk_after = int(day.uniform() * (len(wanted) + 0.8)) if visit.feature >= 0 else -1
    for place, index in enumerate(wanted):
        if place == talk_after:
            _talk(walk)
        _view(walk, index)
    if talk_after == len(wanted):
        _talk(walk)


def _talk(walk: Walk) -> None:
    walk.at, walk.recommended = converse(walk.client, walk.visit, walk.day, walk.later(15))
    if walk.recommended and walk.day.uniform() < 0.45:
        _view(walk, walk.recommended[0])


def _list(walk: Walk, category: str) -> None:
    day = walk.day
    shown = dict.fromkeys(day.pick(day.wanted) for _ in range(4))
    products = [
        {"product_id": PRODUCTS[index].product_id, "name": PRODUCTS[index].name, "position": position}
        for position, index in enumerate(shown, 1)
    ]
    list_id = category.lower().replace(" & ", "-").replace(" ", "-")
    walk.client.track(
        walk.later(10), "Product List Viewed", {"list_id": list_id, "category": category, "products": products}
    )


def _view(walk: Walk, index: int) -> None:
    walk.seen.append(index)
    properties = orders.product(walk.day, index, currency=walk.day.currency, url=f"{_SITE}/p/{_SLUGS[index]}")
    walk.client.track(walk.later(52), "Product Viewed", properties)


def _sign_in(walk: Walk) -> None:
    """Log in, or open the account."""
    visit, client, at = walk.visit, walk.client, walk.later(25)
    social = people.social_id(visit.shopper)
    traits = {"name": people.name(visit.shopper), "skin_type": people.skin_type(visit.shopper)}
    if visit.account == SIGNS_UP:
        traits["createdAt"] = created_at(date_of(visit.day))
        client.identify(at, social or people.user_id(visit.shopper), traits)
    else:
        client.identify(at, people.user_id(visit.shopper), traits)
        if social:
            client.alias(at + 20, social)


def _add(walk: Walk, cart: str, index: int, quantity: int) -> None:
    properties = orders.product(walk.day, index, quantity=quantity, cart_id=cart)
    walk.client.track(walk.later(30), "Product Added", properties)


def _leave_a_cart(walk: Walk) -> None:
    """Put something into the cart, and perhaps look at it, take it out or begin to pay, and then go."""
    day, cart = walk.day, uuid("cart", walk.visit.key)
    lines = dict.fromkeys(walk.seen[-1 - int(day.uniform() * 2) :], 1)
    for index, quantity in lines.items():
        _add(walk, cart, index, quantity)
    draw = day.uniform()
    if draw < 0.12:
        index = next(iter(lines))
        walk.client.track(walk.later(25), "Product Removed", orders.product(day, index, quantity=1, cart_id=cart))
    elif draw < 0.55:
        _see_cart(walk, cart, list(lines.items()))
        if draw < 0.32:
            basket = orders.Basket(tuple(lines.items()), None, 0)
            _begin_to_pay(walk, basket)


def _see_cart(walk: Walk, cart: str, lines: list[tuple[int, int]]) -> None:
    products = [orders.product(walk.day, index, quantity=quantity) for index, quantity in lines]
    walk.client.track(walk.later(15), "Cart Viewed", {"cart_id": cart, "products": products})


def _begin_to_pay(walk: Walk, basket: orders.Basket) -> None:
    amounts, _ = orders.money(walk.day, orders.order_number(walk.visit), basket)
    amounts["value"] = amounts.pop("total")
    walk.client.track(walk.later(30), "Checkout Started", amounts)


def _buy(walk: Walk) -> None:
    visit, day = walk.visit, walk.day
    cart = uuid("cart", visit.key)
    basket = orders.fill(visit, day, walk.seen, walk.recommended)
    for index, quantity in basket.lines:
        if index not in walk.seen and day.uniform() < 0.8:
            _view(walk, index)
        _add(walk, cart, index, quantity)
    if day.uniform() < 0.7:
        _see_cart(walk, cart, list(basket.lines))
    if visit.account not in (ANONYMOUS, SIGNED_IN):
        _sign_in(walk)
    _begin_to_pay(walk, basket)
    amounts, _ = orders.money(day, orders.order_number(visit), basket)
    walk.client.track(walk.later(110), "Order Completed", {"checkout_id": cart[:18], **amounts})
    orders.aftermath(walk.client, visit, day, walk.at, basket)
