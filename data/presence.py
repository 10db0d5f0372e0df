"""What is true of a store at this moment: how many are active, whether anything is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from data.catalogue import CATALOGUE
from smartshopie_db.events import PASSIVE

if TYPE_CHECKING:
    from smartshopie_db.database import SmartShopieDB

MINUTE_MS: Final = 60_000
SESSION_ACTIVE_MS: Final = 5 * MINUTE_MS
"""A session counts as active this long after its last event."""

# Visitors' sessions told apart as far as a running minute allows: by session id, else one per visitor.
_SESSIONS: Final = """
SELECT COALESCE(SUM(CASE WHEN ids = 0 THEN 1 ELSE ids END), 0) FROM (
    SELECT visitor_id, COUNT(DISTINCT client_session_id) AS ids FROM events
    WHERE occurred_ms > :after AND occurred_ms <= :until AND visitor_id NOT LIKE 'g:%' AND {which}
    GROUP BY visitor_id
) AS visitors
"""
_ACTIVE: Final = _SESSIONS.format(
    which="type IN ('track', 'page', 'screen') AND (event IS NULL OR event NOT IN :passive)"
)
_ORDERED: Final = _SESSIONS.format(which="event = 'Order Completed'")


def active_sessions(db: SmartShopieDB, until_ms: int) -> int:
    """Sessions with an event in the five minutes up to a moment."""
    bounds = {"after": until_ms - SESSION_ACTIVE_MS, "until": until_ms, "passive": sorted(PASSIVE)}
    return int(db.engine.read(_ACTIVE, bounds).rows[0][0])


def ordering_sessions(db: SmartShopieDB, until_ms: int) -> int:
    """Sessions with an order in the minute up to a moment."""
    return int(db.engine.read(_ORDERED, {"after": until_ms - MINUTE_MS, "until": until_ms}).rows[0][0])


def is_empty(db: SmartShopieDB) -> bool:
    """Whether there is nothing to show: no day covered by events, and none imported or added by hand."""
    if db.covered() is not None:
        return False
    tables = sorted({dataset.table for dataset in CATALOGUE.values() if dataset.windowed})
    found = " OR ".join(f"EXISTS (SELECT 1 FROM {table} WHERE source = 'imported')" for table in tables)
    return not db.engine.read(f"SELECT CASE WHEN {found} THEN 1 ELSE 0 END").rows[0][0]
