"""Days that change because another day did: category_products names the day before on which a product was active."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection
from datetime import date
from typing import TYPE_CHECKING, Final

from smartshopie_db.clock import day_of, iso_day
from smartshopie_db.rollups.schedule import runs

if TYPE_CHECKING:
    from smartshopie_db.engine import Engine

_ACTIVE: Final = """
    SELECT product_id, category, day FROM product_views WHERE day > :first
    UNION
    SELECT product_id, category, day FROM order_lines WHERE day > :first AND product_id IS NOT NULL
"""
_CHANGED: Final = """
    SELECT DISTINCT product_id, day FROM product_views WHERE day BETWEEN :first AND :last
    UNION
    SELECT DISTINCT product_id, day FROM order_lines WHERE day BETWEEN :first AND :last AND product_id IS NOT NULL
"""
_STORED: Final = """
    SELECT product_id, record_date FROM product_analytics
    WHERE source = 'events' AND record_date >= :first AND record_date <= :last
"""


def days_after(engine: Engine, dirty: Collection[int], newest: int) -> set[int]:
    """The next active days of every product that is, or was when last added up, active on a dirty day.

    `product_analytics` must still hold the dirty days as they were. Reads what comes after the first dirty day that is
    followed by a clean one; nothing at all when the dirty days are the newest.
    """
    stretches = [(first, last) for first, last in runs(dirty) if last < newest]
    if not stretches:
        return set()
    products = _products_by_day(engine, stretches[0][0], stretches[-1][1])
    days: dict[str, dict[str, list[int]]] = {}
    for product, category, day in engine.read(_ACTIVE, {"first": min(last for _, last in stretches)}).rows:
        days.setdefault(product, {}).setdefault(category, []).append(day)
    for categories in days.values():
        for active in categories.values():
            active.sort()
    found: set[int] = set()
    for first, last in stretches:
        affected = set().union(*(products.get(day, ()) for day in range(first, last + 1)))
        for product in affected:
            for active in days.get(product, {}).values():
                place = bisect_right(active, last)
                if place < len(active):
                    found.add(active[place])
    return found - set(dirty)


def _products_by_day(engine: Engine, first: int, last: int) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for product, day in engine.read(_CHANGED, {"first": first, "last": last}).rows:
        found.setdefault(day, set()).add(product)
    for product, record_date in engine.read(_STORED, {"first": iso_day(first), "last": iso_day(last)}).rows:
        found.setdefault(day_of(date.fromisoformat(record_date)), set()).add(product)
    return found
