"""Forget events: those older than they are kept, or everything of one person. A rollup then corrects the numbers.

What is known about products and how much came from where stays: it names nobody.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from smartshopie_db.derive.forgetting import forget_events
from smartshopie_db.engine import Engine, Transaction
from smartshopie_db.events import ORDER_EVENTS
from smartshopie_db.properties import text

_CHUNK = 10_000  # events per transaction: other writers wait for less than a moment


def forget_older(engine: Engine, oldest_ms: int) -> int:
    """Delete the events, and what was rejected, before a moment; returns the number of events."""
    with engine.write() as transaction:
        transaction.execute("DELETE FROM rejected_events WHERE received_ms < :oldest", {"oldest": oldest_ms})
    return _forget(engine, "occurred_ms < :oldest", {"oldest": oldest_ms})


def forget_person(engine: Engine, user_id: str) -> int:
    """Delete all events of the person with this userId, also anonymous and merged ones; returns their number.

    Right after a rollup every event is with the person it belongs to.
    """
    found = engine.read(
        "SELECT DISTINCT visitor_id FROM events WHERE user_id = :user OR visitor_id = :visitor",
        {"user": user_id, "visitor": f"u:{user_id}"},
    )
    visitors = {"visitors": [row[0] for row in found.rows]}
    ids = {user_id}
    for column in ("user_id", "anonymous_id"):
        ids |= {
            row[0]
            for row in engine.read(
                f"SELECT DISTINCT {column} FROM events WHERE visitor_id IN :visitors AND {column} IS NOT NULL", visitors
            ).rows
        }
    forgotten = _forget(engine, "visitor_id IN :visitors", visitors)
    _forget_traces(engine, ids)
    return forgotten


def _forget(engine: Engine, condition: str, parameters: Mapping[str, Any]) -> int:
    """Delete events chunk by chunk, marking what each one took part in."""
    columns = "message_id, visitor_id, conversation_id, order_id, event"
    forgotten = 0
    while True:
        with engine.write() as transaction:
            rows = transaction.read(
                f"SELECT {columns} FROM events WHERE {condition} LIMIT {_CHUNK}", parameters
            ).rows
            if not rows:
                return forgotten
            _mark(transaction, rows)
            transaction.delete("events", ("message_id",), [row[:1] for row in rows])
            forget_events(transaction, [(row[0], row[4]) for row in rows])
        forgotten += len(rows)


def _mark(transaction: Transaction, rows: list[tuple[Any, ...]]) -> None:
    batch = int(transaction.read("SELECT value FROM store WHERE name = 'batch'").rows[0][0]) + 1
    transaction.set("batch", str(batch))
    touched = {("visitor", row[1]) for row in rows}
    touched |= {("conversation", row[2]) for row in rows if row[2] is not None}
    touched |= {("order", row[3]) for row in rows if row[3] is not None and row[4] in ORDER_EVENTS}
    transaction.upsert("touched", ("kind", "key", "batch"), [(*mark, batch) for mark in touched], ("kind", "key"))


def _forget_traces(engine: Engine, ids: set[str]) -> None:
    """Delete what else names a person: links, aliases, and messages that were rejected."""
    rejected = engine.read("SELECT rejected_id, body FROM rejected_events").rows
    naming = [(rejected_id,) for rejected_id, body in rejected if ids & _named(body)]
    with engine.write() as transaction:
        parameters = {"ids": sorted(ids)}
        transaction.execute("DELETE FROM identities WHERE user_id IN :ids", parameters)
        transaction.execute("DELETE FROM aliases WHERE user_id IN :ids OR previous_id IN :ids", parameters)
        transaction.delete("rejected_events", ("rejected_id",), naming)


def _named(body: str) -> set[str]:
    """The ids that a rejected message names; one that was cut may name anybody, so it is asked as text."""
    try:
        message = orjson.loads(body)
    except orjson.JSONDecodeError:
        return set(body.replace("\\", '"').split('"'))
    if not isinstance(message, dict):
        return set()
    return {found for key in ("userId", "anonymousId", "previousId") if (found := text(message.get(key))) is not None}
