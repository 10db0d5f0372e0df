"""Try rejected events again, e.g. after a fix: those that are accepted now leave the list of rejected ones."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import orjson

from smartshopie_db.clock import now_ms
from smartshopie_db.engine import Engine
from smartshopie_db.events import Event, normalise
from smartshopie_db.facts import StoreFacts
from smartshopie_db.ingest import ORDER_FILE_BYTES, ingest, reading_for

_CHUNK = 1000


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """How many were tried, and how many of them are in the store now."""

    tried: int
    accepted: int


def replay(
    engine: Engine, facts: StoreFacts, *, code: str | None = None, retention_days: int | None = None
) -> ReplayReport:
    """Send the rejected events (all, or those with one code) through ingest again, as received when they came.

    `retention_days`: those of days that are older today stay rejected.
    """
    tried = accepted = 0
    for rows in list(_rejected(engine, code)):
        tried += len(rows)
        accepted += sum(_replay_one(engine, facts, retention_days, *row) for row in rows)
    return ReplayReport(tried, accepted)


def _rejected(engine: Engine, code: str | None) -> Iterator[list[tuple[Any, ...]]]:
    condition, parameters = ("WHERE code = :code", {"code": code}) if code else ("", {})
    chunks = engine.read_chunks(
        f"SELECT rejected_id, received_ms, source, body FROM rejected_events {condition} ORDER BY rejected_id",
        parameters, _CHUNK,
    )  # fmt: skip
    for chunk in chunks:
        yield chunk.rows


def _replay_one(
    engine: Engine, facts: StoreFacts, retention_days: int | None, rejected_id: str, received_ms: int, source: str,
    body: str,
) -> bool:  # fmt: skip
    """Whether the event is in the store now. What is refused again stays as it is, without counting another time."""
    try:
        message = orjson.loads(body)
    except orjson.JSONDecodeError:  # cut, because it was too long
        return False
    over_http = source.startswith("http")
    kept = reading_for(engine, facts, source, now_ms(), retention_days, ORDER_FILE_BYTES)  # days are kept up to today
    if not isinstance(normalise(message, replace(kept, received_ms=received_ms, corrected=over_http)), Event):
        return False
    report = ingest(
        engine, facts, [message], source=source, received_ms=received_ms, corrected=over_http, strict=True,
        retention_days=retention_days, max_event_bytes=ORDER_FILE_BYTES,
    )  # fmt: skip
    if report.rejected:  # a rollup has announced another horizon meanwhile
        return False
    with engine.write() as transaction:
        transaction.delete("rejected_events", ("rejected_id",), [(rejected_id,)])
    return True
