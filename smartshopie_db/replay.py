"""Try rejected events again, e.g. after a fix: those that are accepted now leave the list of rejected ones."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from smartshopie_db.clock import LocalTime
from smartshopie_db.engine import Engine
from smartshopie_db.events import Event, Reading, normalise
from smartshopie_db.facts import StoreFacts
from smartshopie_db.ingest import ORDER_FILE_BYTES, ingest, stored_horizon

_CHUNK = 1000


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """How many were tried, and how many of them are in the store now."""

    tried: int
    accepted: int


def replay(engine: Engine, facts: StoreFacts, *, code: str | None = None) -> ReplayReport:
    """Send the rejected events (all, or those with one code) through ingest again, as received when they came."""
    tried = accepted = 0
    for rows in list(_rejected(engine, code)):
        tried += len(rows)
        accepted += sum(_replay_one(engine, facts, *row) for row in rows)
    return ReplayReport(tried, accepted)


def _rejected(engine: Engine, code: str | None) -> Iterator[list[tuple[Any, ...]]]:
    condition, parameters = ("WHERE code = :code", {"code": code}) if code else ("", {})
    chunks = engine.read_chunks(
        f"SELECT rejected_id, received_ms, source, body FROM rejected_events {condition} ORDER BY rejected_id",
        parameters, _CHUNK,
    )  # fmt: skip
    for chunk in chunks:
        yield chunk.rows


def _replay_one(engine: Engine, facts: StoreFacts, rejected_id: str, received_ms: int, source: str, body: str) -> bool:
    """Whether the event is in the store now. What is refused again stays as it is, without counting another time."""
    try:
        message = orjson.loads(body)
    except orjson.JSONDecodeError:  # cut, because it was too long
        return False
    over_http = source.startswith("http")
    reading = Reading(
        received_ms, source, LocalTime(facts.timezone), over_http, stored_horizon(engine.read), ORDER_FILE_BYTES
    )
    if not isinstance(normalise(message, reading), Event):
        return False
    ingest(
        engine, facts, [message], source=source, received_ms=received_ms, corrected=over_http,
        max_event_bytes=ORDER_FILE_BYTES,
    )  # fmt: skip
    with engine.write() as transaction:
        transaction.delete("rejected_events", ("rejected_id",), [(rejected_id,)])
    return True
