"""Keep raw events for so many days: older ones are deleted, and what was made of them is frozen (docs/adr/0007).

The horizon is the first day whose events are kept. It moves in steps, each of which may be the last for now:

1. announce(): from now on older events are rejected, so that nothing of the days to be frozen is still to come.
2. A rollup counts all that is there.
3. prune(): the days are frozen, with what derivation will still need of them; then their events are deleted, a few
   thousand per transaction, so that the door is never shut for long.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time
from typing import TYPE_CHECKING, Any, Final

import orjson

from smartshopie_db.clock import DAY_MS, LocalTime, date_of, moment_of, now_ms
from smartshopie_db.derive.bodies import price_in, text
from smartshopie_db.derive.load import Chunk, Reader
from smartshopie_db.derive.products import UNCATEGORISED
from smartshopie_db.derive.rows import WEEK_MS
from smartshopie_db.derive.sessions import SPLIT_MS
from smartshopie_db.derive.visitor import Visitor
from smartshopie_db.ingest import stored_horizon

if TYPE_CHECKING:
    from smartshopie_db.engine import Engine, Transaction
    from smartshopie_db.facts import StoreFacts
    from smartshopie_db.rollups.lease import Lease

CHUNK: Final = 2_000  # events, or visitors, at a time
_OLD: Final = """
    SELECT message_id, event, occurred_ms, visitor_id, anonymous_id, user_id,
           CASE WHEN event = 'Product Viewed' THEN body END
    FROM events WHERE occurred_ms < :start
    AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.order_id = events.order_id AND o.day >= :day)
    AND NOT EXISTS (
        SELECT 1 FROM conversations c WHERE c.conversation_id = events.conversation_id AND c.day >= :day)
    ORDER BY occurred_ms, message_id LIMIT :chunk
"""
_LAST_DAYS: Final = """
    INSERT INTO frozen_visitors (visitor_id, last_day)
    SELECT visitor_id, MAX(day) FROM visitor_days WHERE day >= :first AND day < :day AND sessions > 0
    GROUP BY visitor_id ON CONFLICT (visitor_id) DO UPDATE SET last_day = excluded.last_day
"""
_SUPERSEDED: Final = """
    SELECT visitor_id, category, occurred_ms, message_id FROM (
        SELECT visitor_id, category, occurred_ms, message_id, ROW_NUMBER() OVER (
            PARTITION BY visitor_id, category ORDER BY occurred_ms DESC, message_id DESC) AS place
        FROM frozen_views WHERE occurred_ms < :week
    ) AS ranked WHERE place > 1
"""


def is_due(engine: Engine, facts: StoreFacts, retention_days: int | None) -> bool:
    """Whether there are days to freeze or events to delete."""
    return retention_days is not None and _pruned_to(engine) < _wanted(facts, retention_days)


def announce(engine: Engine, facts: StoreFacts, lease: Lease, retention_days: int) -> int:
    """Reject events of older days from now on; returns the horizon, which never moves back."""
    with engine.write() as transaction:
        lease.hold(transaction)
        horizon = max(_wanted(facts, retention_days), stored_horizon(transaction.read) or 0)
        transaction.set("horizon_day", str(horizon))
    return horizon


def prune(engine: Engine, facts: StoreFacts, lease: Lease, horizon: int) -> int:
    """Freeze the days before the horizon, which must be rolled up, and delete their events; returns how many."""
    start = start_of(facts, horizon)
    if int(engine.get("frozen_day") or 0) < horizon:
        _freeze(engine, facts, lease, horizon, start)
    deleted = 0
    while rows := engine.read(_OLD, {"start": start, "day": horizon, "chunk": CHUNK}).rows:
        with engine.write() as transaction:
            lease.hold(transaction)
            _keep_views(transaction, rows, facts.currency)
            _keep_links(transaction, rows)
            deleted += transaction.delete("events", ("message_id",), [row[:1] for row in rows])
    with engine.write() as transaction:
        lease.hold(transaction)
        old = transaction.read(_SUPERSEDED, {"week": start - WEEK_MS - DAY_MS}).rows
        transaction.delete("frozen_views", ("visitor_id", "category", "occurred_ms", "message_id"), old)
        transaction.execute("DELETE FROM rejected_events WHERE received_ms < :start", {"start": start})
        transaction.set("pruned_day", str(horizon))
    return deleted


def keep_last_days(transaction: Transaction, first_day: int, horizon: int) -> None:
    """Remember on which of these days, before the horizon, each visitor had its last session."""
    transaction.execute(_LAST_DAYS, {"first": first_day, "day": horizon})


def start_of(facts: StoreFacts, day: int) -> int:
    """The moment at which a day begins in the store's time zone."""
    zone = LocalTime(facts.timezone).zone
    return moment_of(datetime.combine(date_of(day), time.min, tzinfo=zone))


def _wanted(facts: StoreFacts, retention_days: int) -> int:
    return LocalTime(facts.timezone).day(now_ms()) - retention_days


def _pruned_to(engine: Engine) -> int:
    return int(engine.get("pruned_day") or 0)


# ------------------------------------------------------------------ what is kept of what goes


def _freeze(engine: Engine, facts: StoreFacts, lease: Lease, horizon: int, start: int) -> None:
    """Set the horizon of derivation; keep when visitors were last seen, and the sessions that may go on behind it."""
    sessions = list(_open_sessions(engine, facts, horizon, start))
    with engine.write() as transaction:
        lease.hold(transaction)
        keep_last_days(transaction, int(transaction.get("frozen_day") or 0), horizon)
        transaction.execute("DELETE FROM frozen_sessions")
        transaction.append("frozen_sessions", ("session_id", "last_ms"), sessions)
        transaction.set("frozen_day", str(horizon))


def _open_sessions(engine: Engine, facts: StoreFacts, horizon: int, start: int) -> Iterable[tuple[str, int]]:
    """(session, moment of its last event before the horizon) of those a later event may belong to."""
    found = engine.read(
        "SELECT session_id, visitor_id, last_ms FROM sessions WHERE day < :day AND (last_ms > :after "
        "OR session_id IN (SELECT session_id FROM frozen_sessions))",
        {"day": horizon, "after": start - SPLIT_MS},
    ).rows
    known = {row[0] for row in engine.read("SELECT session_id FROM frozen_sessions").rows}
    crossing: dict[str, set[str]] = {}
    for session_id, visitor_id, last_ms in found:
        if last_ms < start and session_id not in known:
            yield session_id, last_ms
        else:
            crossing.setdefault(visitor_id, set()).add(session_id)
    reader, visitors = Reader(engine, facts), sorted(crossing)
    for first in range(0, len(visitors), CHUNK):
        chunk = Chunk(reader, visitors[first : first + CHUNK])
        for visitor_id, events in chunk.visitors.items():
            visitor = Visitor(visitor_id, events, chunk, chunk.past(visitor_id), reader.frozen_day)
            for session in visitor.sessions.sessions:
                before = [event.occurred_ms for event in session.events if event.occurred_ms < start]
                if session.session_id in crossing[visitor_id] and before and before[-1] > start - SPLIT_MS:
                    yield session.session_id, before[-1]


def _keep_views(transaction: Transaction, rows: list[tuple[Any, ...]], currency: str) -> None:
    """Prices of viewed products, in the category they counted in; one in another currency is none."""
    viewed = {row[0]: (row, orjson.loads(row[-1]).get("properties", {})) for row in rows if row[-1] is not None}
    counted = dict(
        transaction.read(
            "SELECT message_id, category FROM product_views WHERE message_id IN :ids", {"ids": sorted(viewed)}
        ).rows
    )
    kept = []
    for message_id, (row, told) in viewed.items():
        category = counted.get(message_id) or text(told, "category") or UNCATEGORISED
        price = price_in(told, currency)
        kept.append((row[3], category, row[2], message_id, None if price is None else str(price)))
    columns = ("visitor_id", "category", "occurred_ms", "message_id", "price")
    transaction.append("frozen_views", columns, kept, ignore_conflicts=True)


def _keep_links(transaction: Transaction, rows: list[tuple[Any, ...]]) -> None:
    """The last link of anonymousIds that several users share: it decides whose a later anonymous event is."""
    links = {row[4]: (row[4], row[2], row[0], row[5]) for row in rows if row[4] is not None and row[5] is not None}
    shared = transaction.read(
        "SELECT anonymous_id FROM identities WHERE anonymous_id IN :ids GROUP BY anonymous_id HAVING COUNT(*) > 1",
        {"ids": sorted(links)},
    )
    columns = ("anonymous_id", "occurred_ms", "message_id", "user_id")
    known = transaction.read(
        f"SELECT {', '.join(columns)} FROM frozen_links WHERE anonymous_id IN :ids", {"ids": sorted(links)}
    )
    later = {row[0]: row for row in known.rows}
    kept = [max(links[row[0]], later.get(row[0], links[row[0]]), key=lambda link: link[1:3]) for row in shared.rows]
    transaction.upsert("frozen_links", columns, kept, ("anonymous_id",))
