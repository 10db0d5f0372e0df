"""The category of a product at a moment (docs/definitions.md via the mentions that ingest keeps)."""

from bisect import bisect_right
from collections.abc import Iterable
from typing import Any

from smartshopie_db.engine import Engine

UNCATEGORISED = "Uncategorised"


class Categories:
    """What events said about the categories of products."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._told: dict[str, tuple[list[int], list[str]]] = {}

    def __contains__(self, product_id: str) -> bool:
        return product_id in self._told

    def learn(self, product_ids: Iterable[str], mentions: Iterable[tuple[str, int, str, str]]) -> None:
        """Take all (product_id, occurred_ms, message_id, category) of these products, in any order."""
        told: dict[str, list[tuple[int, str, str]]] = {product_id: [] for product_id in product_ids}
        for product_id, moment, message_id, category in mentions:
            told[product_id].append((moment, message_id, category))
        for product_id, entries in told.items():
            entries.sort()
            self._told[product_id] = ([entry[0] for entry in entries], [entry[2] for entry in entries])

    def at(self, product_id: str | None, moment: int) -> str:
        """The category told last at or before a moment, else first after it, else Uncategorised."""
        moments, names = self._told.get(product_id, ((), ())) if product_id is not None else ((), ())
        return names[max(0, bisect_right(moments, moment) - 1)] if names else UNCATEGORISED


def read_mentions(engine: Engine, product_ids: list[str]) -> list[tuple[Any, ...]]:
    """What was told about these products: one (product_id, occurred_ms, message_id, category) per stretch of equals."""
    found = engine.read(
        "SELECT product_id, occurred_ms, message_id, category FROM ("
        "SELECT product_id, occurred_ms, message_id, category, LAG(category) OVER "
        "(PARTITION BY product_id ORDER BY occurred_ms, message_id) AS before "
        "FROM product_mentions WHERE product_id IN :ids) AS told WHERE before IS NULL OR before <> category",
        {"ids": product_ids},
    )
    return found.rows
