"""From events to what is known per visitor, order and conversation: the tables of section 2 of database_schema.sql.

Everything hangs on marks (table touched). Three steps, each of which may stop anywhere and be taken up again:

1. identity.py gives events to the visitors they belong to, and marks old and new owners.
2. owners.py turns marks of orders, conversations and products into marks of visitors: those they were stored under and
   those they belong to now. So nothing else has to be remembered when rows change hands.
3. Chunk by chunk of visitors: load.py reads, pure modules compute, changes.py compares and writes the difference. Each
   derived row belongs to one visitor (an order's reversals to who ordered, a conversation's facts to who began it) and
   is written in that visitor's chunk alone.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from smartshopie_db.derive import invoices
from smartshopie_db.derive.assisting import add_conversations, add_recommendations
from smartshopie_db.derive.changes import Difference, compare
from smartshopie_db.derive.identity import resolve_identities
from smartshopie_db.derive.load import Chunk, Reader, event_counts
from smartshopie_db.derive.marks import Mark, make_dirty, marks, newest_batch, portions, remove, touch_visitors
from smartshopie_db.derive.owners import touch_owners
from smartshopie_db.derive.rows import Tables
from smartshopie_db.derive.selling import add_orders
from smartshopie_db.derive.visiting import add_person, add_sessions, add_views
from smartshopie_db.derive.visitor import Surroundings, Visitor
from smartshopie_db.engine import Engine
from smartshopie_db.facts import StoreFacts

CHUNK_VISITORS = 2_000
CHUNK_EVENTS = 6_000  # what is written of these keeps other writers waiting for less than 200 ms
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class DeriveReport:
    """What a derivation did: visitors looked at, derived rows written or deleted, conversations told differently."""

    visitors: int
    rows: int
    conversations: frozenset[str]


def derive(engine: Engine, facts: StoreFacts, progress: Progress | None = None) -> DeriveReport:
    """Bring the derived tables up to date with the events; progress gets (visitors done, of how many).

    Leaves behind the days to add up (dirty_days). One derivation at a time per store: the caller sees to it.
    """
    newest = newest_batch(engine)
    resolve_identities(engine, newest)
    touch_owners(engine, newest)
    visitors = rows = 0
    conversations: set[str] = set()
    while waiting := marks(engine, ("visitor",), newest):
        reader = Reader(engine, facts)
        total = visitors + len(waiting)
        for chunk in _chunks(engine, waiting):
            difference = _derive_chunk(reader, chunk)
            rows += difference.rows
            conversations |= difference.conversations
            visitors += len(chunk)
            if progress:
                progress(visitors, total)
    rows += invoices.derive_invoices(engine, facts.currency, newest)
    return DeriveReport(visitors, rows, frozenset(conversations))


def _chunks(engine: Engine, waiting: list[Mark]) -> Iterator[list[Mark]]:
    """The marks in pieces of so many visitors and events; a visitor with more events stands alone."""
    for portion in portions(waiting, CHUNK_VISITORS):
        counts = event_counts(engine, [mark.key for mark in portion])
        chunk: list[Mark] = []
        events = 0
        for mark in portion:
            if chunk and events + counts[mark.key] > CHUNK_EVENTS:
                yield chunk
                chunk, events = [], 0
            chunk.append(mark)
            events += counts[mark.key]
        yield chunk


def _derive_chunk(reader: Reader, done: list[Mark]) -> Difference:
    """Derive some visitors and write what differs, in one transaction."""
    chunk = Chunk(reader, [mark.key for mark in done], is_small=len(done) > 1)  # a visitor that stands alone may not be
    tables = Tables()
    session_keys: list[str] = []
    concern_keys: list[str] = []
    for visitor_id, events in chunk.visitors.items():
        past = chunk.past(visitor_id)
        if events or past:
            visitor = Visitor(visitor_id, events, chunk, past, reader.frozen_day)
            derive_visitor(visitor, tables)
            session_keys += visitor.session_keys()
            concern_keys += visitor.concern_keys()
    difference = compare(
        reader.engine, tables, list(chunk.visitors), session_keys, concern_keys, reader.frozen_day
    )
    _write(reader.engine, difference, done, invoiced=chunk.has_invoices())
    return difference


def derive_visitor(visitor: Visitor, tables: Tables) -> None:
    """Add all rows of one visitor."""
    add_recommendations(visitor, tables)
    add_views(visitor, tables)
    before = len(tables.orders)
    taken = add_orders(visitor, tables)
    orders = tables.orders[before:]
    add_conversations(visitor, tables)
    add_sessions(visitor, orders, tables)
    if not visitor.is_guest:
        add_person(visitor, orders, taken, tables)


def _write(engine: Engine, difference: Difference, done: list[Mark], *, invoiced: bool) -> None:
    with engine.write() as transaction:
        difference.write(transaction)
        make_dirty(transaction, "day", difference.days)
        if difference.snapshot_days:
            make_dirty(transaction, "snapshot", [min(difference.snapshot_days)])
        remove(transaction, done)
        touch_visitors(transaction, difference.former_owners)
        if invoiced:
            invoices.touch_invoices(transaction)


__all__ = ["DeriveReport", "Surroundings", "derive", "derive_visitor"]
