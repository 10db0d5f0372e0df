"""Take events in: check, remove doubles, store, and mark what they touch. Deriving is the first step of a rollup."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal

from smartshopie_db.clock import LocalTime, iso_day, now_ms
from smartshopie_db.engine import Engine, Rows, Transaction, storable
from smartshopie_db.errors import StoreUnavailable
from smartshopie_db.events import MAX_EVENT_BYTES, ORDER_EVENTS, Event, Reading, Rejection, normalise
from smartshopie_db.facts import StoreFacts, check_facts
from smartshopie_db.mentions import learn_products

__all__ = ["ORDER_FILE_BYTES", "IngestReport", "Verdict", "ingest", "keep_rejected", "reading_for"]

ORDER_FILE_BYTES = 4 * 1024 * 1024  # one order of an export may have thousands of lines; over HTTP 32 KB are plenty

EVENT_COLUMNS = (
    "message_id", "type", "event", "occurred_ms", "received_ms", "day", "user_id", "anonymous_id", "visitor_id",
    "client_session_id", "conversation_id", "order_id", "source", "body",
)  # fmt: skip
_REJECTED_COLUMNS = ("rejected_id", "received_ms", "times", "source", "code", "message", "message_id", "body")

Touched = set[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one event; code and message only where it was rejected."""

    index: int
    message_id: str | None
    status: Literal["accepted", "duplicate", "rejected"]
    code: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What became of a batch; the verdicts are in the order of its events."""

    accepted: int
    duplicates: int
    rejected: int
    verdicts: list[Verdict]


def ingest(
    engine: Engine, store: StoreFacts, events: Iterable[Mapping[str, Any]], *, source: str,
    received_ms: int | None = None, corrected: bool = False, strict: bool = False, verdicts: bool = True,
    retention_days: int | None = None, max_event_bytes: int | None = None,
    beside: Callable[[Transaction], None] | None = None,
) -> IngestReport:  # fmt: skip
    """Store a batch of Segment-shaped messages in one transaction; committed to disk when this returns.

    A messageId counts once for ever: the first one stored stays. What cannot be accepted is kept with its reason; with
    `strict` nothing of a batch with such an event is stored. `corrected`: sent over HTTP, so times are corrected by
    the sender's clock. `retention_days`: events of older days are rejected, as are those of days that are frozen
    already. `beside` writes more in the same transaction. Raises StoreUnavailable, also when the store has got another
    time zone or currency (FactsChanged).
    """
    now = now_ms() if received_ms is None else received_ms
    reading = replace(reading_for(engine, store, source, now, retention_days, max_event_bytes), corrected=corrected)
    events, oldest = list(events), reading.oldest_day
    read = [normalise(message, reading) for message in events]
    rejections = [result for result in read if isinstance(result, Rejection)]
    if strict and rejections:
        return IngestReport(0, 0, len(rejections), _strict_verdicts(read) if verdicts else [])
    checked = [result for result in read if isinstance(result, Event)]
    fresh: dict[str, Event] = {}
    if read or beside is not None:
        with engine.write() as transaction:
            check_facts(transaction.read, store)  # days were told in the time zone of before
            if (moved := stored_horizon(transaction.read)) is not None and moved > (oldest or moved - 1):
                raise HorizonMoved(f"The horizon of what is kept moved to {iso_day(moved)}. Try again.")
            known = _known_ids(transaction, checked)
            for event in checked:
                if event.message_id not in known:
                    fresh.setdefault(event.message_id, event)
            if fresh:
                _store(transaction, list(fresh.values()), reading)
            if rejections:
                keep_rejected(transaction, rejections, reading.source, now)
            if beside is not None:
                beside(transaction)
    return IngestReport(
        accepted=len(fresh),
        duplicates=len(checked) - len(fresh),
        rejected=len(rejections),
        verdicts=_verdicts(read, fresh) if verdicts else [],
    )


class HorizonMoved(StoreUnavailable):
    """Older days were frozen while events were being read; read again, some may be too old now."""


def stored_horizon(read: Callable[[str], Rows]) -> int | None:
    """The first day whose events the store still takes; None where it takes all (docs/definitions.md, Retention)."""
    found = read("SELECT value FROM store WHERE name = 'horizon_day'").rows
    return int(found[0][0]) if found else None


def reading_for(
    engine: Engine, store: StoreFacts, source: str, received_ms: int, retention_days: int | None,
    max_event_bytes: int | None,
) -> Reading:  # fmt: skip
    """How messages that come now are read: the store's days, the oldest day it takes, and how long one may be."""
    local, stored = _local_time(store.timezone), engine.get("horizon_day")
    horizon = None if stored is None else int(stored)
    wanted = None if retention_days is None else local.day(received_ms) - retention_days
    oldest = max((day for day in (horizon, wanted) if day is not None), default=None)
    limit = MAX_EVENT_BYTES if max_event_bytes is None else max_event_bytes
    return Reading(received_ms, storable(source), local, oldest_day=oldest, max_event_bytes=limit)


@lru_cache
def _local_time(timezone: str) -> LocalTime:
    """One LocalTime per zone: its remembered offsets serve every batch."""
    return LocalTime(timezone)


def _verdicts(read: list[Event | Rejection], fresh: dict[str, Event]) -> list[Verdict]:
    verdicts = []
    for index, result in enumerate(read):
        if isinstance(result, Rejection):
            verdicts.append(Verdict(index, result.message_id, "rejected", result.code, result.message))
        else:
            is_first = fresh.get(result.message_id) is result
            verdicts.append(Verdict(index, result.message_id, "accepted" if is_first else "duplicate"))
    return verdicts


def _strict_verdicts(read: list[Event | Rejection]) -> list[Verdict]:
    """Only the events at fault: the others were not stored either, but nothing is wrong with them."""
    return [verdict for verdict in _verdicts(read, {}) if verdict.status == "rejected"]


# ------------------------------------------------------------------ storing what is accepted


def _known_ids(transaction: Transaction, events: list[Event]) -> set[str]:
    ids = [event.message_id for event in events]
    found = transaction.read("SELECT message_id FROM events WHERE message_id IN :ids", {"ids": ids})
    return {row[0] for row in found.rows}


def _store(transaction: Transaction, events: list[Event], reading: Reading) -> None:
    """Write new events and everything that is kept beside them; mark what they touch with this batch's number."""
    transaction.append(
        "events", EVENT_COLUMNS,
        [
            (e.message_id, e.type, e.event, e.occurred_ms, e.received_ms, e.day, e.user_id, e.anonymous_id,
             e.visitor_id, e.client_session_id, e.conversation_id, e.order_id, e.source, e.json)
            for e in events
        ],
    )  # fmt: skip
    touched: Touched = set()
    for event in events:
        touched.add(("visitor", event.visitor_id))
        if event.conversation_id is not None:
            touched.add(("conversation", event.conversation_id))
        if event.order_id is not None and event.event in ORDER_EVENTS:
            touched.add(("order", event.order_id))
    touched |= _link(transaction, events)
    touched |= _merge(transaction, events)
    touched |= {("product", product_id) for product_id in learn_products(transaction, events)}
    _count_sources(transaction, events, reading)
    touch(transaction, touched)


def touch(transaction: Transaction, touched: Touched) -> None:
    """Have these (kind, key) derived anew, as a batch of their own."""
    batch = int(transaction.get("batch") or 0) + 1
    transaction.set("batch", str(batch))
    transaction.upsert("touched", ("kind", "key", "batch"), [(*mark, batch) for mark in touched], ("kind", "key"))


def _link(transaction: Transaction, events: list[Event]) -> Touched:
    """Remember who used which anonymousId; the ids whose events may now belong to someone else."""
    pairs = {(e.anonymous_id, e.user_id) for e in events if e.anonymous_id is not None and e.user_id is not None}
    anonymous = {e.anonymous_id for e in events if e.anonymous_id is not None}
    if not anonymous:
        return set()
    users: dict[str, set[str]] = {}
    found = transaction.read(
        "SELECT anonymous_id, user_id FROM identities WHERE anonymous_id IN :ids", {"ids": list(anonymous)}
    )
    for anonymous_id, user_id in found.rows:
        users.setdefault(anonymous_id, set()).add(user_id)
    new = {(anonymous_id, user) for anonymous_id, user in pairs if user not in users.get(anonymous_id or "", ())}
    transaction.append("identities", ("anonymous_id", "user_id"), new)
    changed = {anonymous_id for anonymous_id, _ in new if anonymous_id is not None}
    changed |= {shared for shared, owners in users.items() if len(owners) > 1}
    return {("identity", anonymous_id) for anonymous_id in changed}


def _merge(transaction: Transaction, events: list[Event]) -> Touched:
    """Remember the aliases: two ids are one person, and the previous id is linked like an anonymousId."""
    rows = [
        (e.message_id, e.occurred_ms, e.previous_id, e.user_id)
        for e in events
        if e.type == "alias" and e.previous_id is not None and e.user_id is not None
    ]
    if not rows:
        return set()
    # An alias outlives its message where old events are pruned; said again, it is known already.
    columns = ("message_id", "occurred_ms", "previous_id", "user_id")
    transaction.append("aliases", columns, rows, ignore_conflicts=True)
    touched: Touched = set()
    for _, _, previous_id, user_id in rows:
        touched |= {("alias", previous_id), ("alias", user_id), ("identity", previous_id)}
    return touched


def _count_sources(transaction: Transaction, events: list[Event], reading: Reading) -> None:
    day = reading.local.day(reading.received_ms)
    newest = max(event.occurred_ms for event in events)
    transaction.execute(
        "INSERT INTO event_sources (source, day, events, last_received_ms, last_occurred_ms) "
        "VALUES (:source, :day, :events, :received, :newest) ON CONFLICT (source, day) DO UPDATE SET "
        "events = event_sources.events + excluded.events, "
        "last_received_ms = CASE WHEN excluded.last_received_ms > event_sources.last_received_ms "
        "THEN excluded.last_received_ms ELSE event_sources.last_received_ms END, "
        "last_occurred_ms = CASE WHEN excluded.last_occurred_ms > event_sources.last_occurred_ms "
        "THEN excluded.last_occurred_ms ELSE event_sources.last_occurred_ms END",
        {"source": reading.source, "day": day, "events": len(events), "received": reading.received_ms,
         "newest": newest},
    )  # fmt: skip


# ------------------------------------------------------------------ keeping what is rejected


def keep_rejected(
    transaction: Transaction, rejections: Sequence[Rejection], source: str, received_ms: int
) -> None:
    """Write rejected messages, or rows of a file that are none; the same mistake twice is one row that counts."""
    rows: dict[str, Rejection] = {}
    times: dict[str, int] = {}
    for rejection in rejections:
        said = "\0".join((storable(source), rejection.code, rejection.json))
        key = hashlib.sha256(said.encode(errors="replace")).hexdigest()[:32]
        rows[key] = rejection
        times[key] = times.get(key, 0) + 1
    found = transaction.read(
        "SELECT rejected_id, times, received_ms FROM rejected_events WHERE rejected_id IN :keys", {"keys": list(rows)}
    )
    latest = dict.fromkeys(rows, received_ms)
    for key, before, when in found.rows:
        times[key] += before
        latest[key] = max(latest[key], when)
    transaction.upsert(
        "rejected_events", _REJECTED_COLUMNS,
        [
            (key, latest[key], times[key], storable(source), row.code, storable(row.message), row.message_id,
             storable(row.json))
            for key, row in rows.items()
        ],
        ("rejected_id",),
    )  # fmt: skip
