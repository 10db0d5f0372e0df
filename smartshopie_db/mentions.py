"""What events say about products: every category with its moment, and the newest name and category of each."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from typing import NamedTuple

from smartshopie_db.engine import Transaction
from smartshopie_db.events import Event
from smartshopie_db.properties import parts, text

_MENTION_COLUMNS = ("product_id", "occurred_ms", "message_id", "category")
_PRODUCT_COLUMNS = (
    "product_id", "product_name", "name_ms", "name_message_id", "category", "category_ms", "category_message_id",
)  # fmt: skip
_AT_ONCE = 8  # products in one SELECT

Moment = tuple[int, str]  # milliseconds and messageId: the order of events
_NEVER: Moment = (0, "")


@dataclass(slots=True)
class Mentioned:
    """What one batch says about a product: its newest name, and its category at each moment."""

    name: str | None = None
    named: Moment = _NEVER
    categories: dict[Moment, str] = field(default_factory=dict)


class _Known(NamedTuple):
    """What the store knew before: the newest of each, '' for none."""

    name: str = ""
    named: Moment = _NEVER
    category: str = ""
    categorised: Moment = _NEVER


def learn_products(transaction: Transaction, events: Iterable[Event]) -> set[str]:
    """Store what new events say about products; the products whose name or lookup of category may have changed."""
    said = collect(events)
    if not said:
        return set()
    known = _read_known(transaction, list(said))
    rows, changed = [], set()
    earlier: dict[str, set[str]] = {}
    for product_id, product in said.items():
        before = known.get(product_id, _Known())
        name, named = before.name, before.named
        if product.name is not None and product.named > named:
            name, named = product.name, product.named
        category, categorised = before.category, before.categorised
        latest = max(product.categories, default=_NEVER)
        if latest > categorised:
            category, categorised = product.categories[latest], latest
        if (named, categorised) != (before.named, before.categorised):
            rows.append((product_id, name, *named, category, *categorised))
        said_categories = set(product.categories.values())
        if name != before.name:
            changed.add(product_id)
        elif product.categories and min(product.categories) > before.categorised:
            if said_categories != {before.category}:
                changed.add(product_id)
        elif product.categories:  # something said of an earlier time: those said around it decide
            earlier[product_id] = said_categories
    for product_id, category in _categories_around(transaction, {key: said[key] for key in earlier}):
        earlier[product_id].add(category)
    changed |= {product_id for product_id, categories in earlier.items() if len(categories) > 1}
    transaction.append(
        "product_mentions", _MENTION_COLUMNS,
        [(key, *moment, name) for key, product in said.items() for moment, name in product.categories.items()],
    )  # fmt: skip
    transaction.upsert("products", _PRODUCT_COLUMNS, rows, ("product_id",))
    return changed


def collect(events: Iterable[Event]) -> dict[str, Mentioned]:
    """What track events say about products, at their top or in products[]."""
    said: dict[str, Mentioned] = {}
    newest_first = sorted(events, key=lambda event: (event.occurred_ms, event.message_id), reverse=True)
    for event in newest_first:  # then the first name met is the newest, and no other need be looked at
        given = event.body.get("properties")
        if event.type != "track" or given is None:
            continue
        moment = (event.occurred_ms, event.message_id)
        for part in parts(given):
            product_id = text(part.get("product_id"))
            if product_id is None:
                continue
            product = said.get(product_id)
            if product is None:
                product = said[product_id] = Mentioned()
            if product.name is None:
                product.name, product.named = text(part.get("name")) or text(part.get("product_name")), moment
            category = part.get("category")
            if category is not None and (category := text(category)) is not None:
                product.categories.setdefault(moment, category)
    return said


def _read_known(transaction: Transaction, product_ids: list[str]) -> dict[str, _Known]:
    found = transaction.read(
        "SELECT product_id, product_name, name_ms, name_message_id, category, category_ms, category_message_id "
        "FROM products WHERE product_id IN :ids",
        {"ids": product_ids},
    )
    return {row[0]: _Known(row[1], (row[2], row[3]), row[4], (row[5], row[6])) for row in found.rows}


def _categories_around(transaction: Transaction, products: dict[str, Mentioned]) -> Iterator[tuple[str, str]]:
    """Per product the categories stored between its new mentions, and the nearest ones before and after them.

    They differ from the new ones where any moment's category can be another one now.
    """
    ids = iter(products)
    while asked := list(islice(ids, _AT_ONCE)):
        values: dict[str, str | int] = {}
        for place, product_id in enumerate(asked):
            moments = products[product_id].categories
            values |= {f"product{place}": product_id, f"first{place}": min(moments)[0], f"last{place}": max(moments)[0]}
        for place, category in transaction.read(_around(len(asked)), values).rows:
            yield asked[place], category


@cache
def _around(count: int) -> str:
    """One SELECT for so many products, since asking for each by itself takes twice as long."""
    return " UNION ALL ".join(
        f"SELECT {place} AS place, category FROM ({part}) AS found_{place}_{number}"
        for place in range(count)
        for number, part in enumerate(
            (
                f"SELECT DISTINCT category FROM product_mentions WHERE product_id = :product{place} "
                f"AND occurred_ms >= :first{place} AND occurred_ms <= :last{place}",
                f"SELECT category FROM product_mentions WHERE product_id = :product{place} "
                f"AND occurred_ms < :first{place} ORDER BY occurred_ms DESC, message_id DESC LIMIT 1",
                f"SELECT category FROM product_mentions WHERE product_id = :product{place} "
                f"AND occurred_ms > :last{place} ORDER BY occurred_ms, message_id LIMIT 1",
            )
        )
    )
