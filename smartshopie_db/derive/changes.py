"""Compare newly derived rows with the stored ones, and write nothing but the difference.

The stored rows of some visitors are found by the keys of what they were derived from wherever that is enough: a view by
its message, a session by the messages that may have begun it. An event that went from one visitor to another has both
derived, so whoever has it now finds the row and takes it over. An index by visitor would cost more than all else here:
a new visitor's place in it is anywhere, and every one of them a page to read and write.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter, itemgetter
from typing import Any

from smartshopie_db.derive import rows as derived
from smartshopie_db.derive.marks import ASKED, portions
from smartshopie_db.derive.rows import Tables
from smartshopie_db.engine import Engine, Transaction

Row = Any  # of one of the classes in rows.py: tuples, compared as such


@dataclass(frozen=True)
class Table:
    """A derived table: its row, its key, and by which column the stored rows of some visitors are found."""

    name: str
    row: Any  # the NamedTuple class
    key: tuple[str, ...]
    scope: str
    moves: bool = False  # a row may be stored under another visitor

    def keys_of(self, rows: Iterable[Row]) -> list[Any]:
        """The key of each row: a tuple where it has several columns, else the value itself."""
        return list(map(itemgetter(*(self.row._fields.index(name) for name in self.key)), rows))


_MESSAGE = ("message_id",)
TABLES = (
    Table("visitors", derived.VisitorRow, ("visitor_id",), "visitor_id"),
    Table("sessions", derived.SessionRow, ("session_id",), "session_id", moves=True),
    Table("conversations", derived.ConversationRow, ("conversation_id",), "conversation_id", moves=True),
    Table("answers", derived.AnswerRow, _MESSAGE, "message_id"),
    Table("ratings", derived.RatingRow, _MESSAGE, "message_id"),
    Table("concerns", derived.ConcernRow, ("concern_key", "concern_name"), "concern_key"),
    Table("recommendations", derived.RecommendationRow, _MESSAGE, "message_id", moves=True),
    Table("predictions", derived.PredictionRow, _MESSAGE, "message_id"),
    Table("product_requests", derived.ProductRequestRow, _MESSAGE, "message_id"),
    Table("product_views", derived.ProductViewRow, _MESSAGE, "message_id", moves=True),
    Table("orders", derived.OrderRow, ("order_id",), "visitor_id", moves=True),
    Table("order_lines", derived.OrderLineRow, ("order_id", "line"), "order_id"),
    Table("reversals", derived.ReversalRow, _MESSAGE, "visitor_id", moves=True),
    Table("reversal_lines", derived.ReversalLineRow, ("message_id", "line"), "message_id"),
    Table("visitor_days", derived.VisitorDayRow, ("day", "visitor_id"), "day"),
    Table("segment_moves", derived.SegmentMoveRow, ("visitor_id", "day", "segment_name"), "visitor_id"),
)
_PARENTS = {"order_lines": "orders", "reversal_lines": "reversals"}  # in whose scope the stored rows are looked for


@dataclass(slots=True)
class Change:
    """The difference of one table: rows to take away, rows to write, and the rows these replace."""

    table: Table
    stored: list[Row]
    derived: list[Row]
    removed: list[Row] = field(default_factory=list)
    written: list[Row] = field(default_factory=list)
    replaced: list[Row] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Find what differs."""
        keys = self.table.keys_of
        before = dict(zip(keys(self.stored), self.stored, strict=True))
        for key, row in zip(keys(self.derived), self.derived, strict=True):
            old = before.pop(key, None)
            if old != row:
                self.written.append(row)
                if old is not None:
                    self.replaced.append(old)
        self.removed.extend(before.values())

    def former_owners(self) -> set[str]:
        """The visitors that rows belonged to which are replaced by those of others, or go."""
        keys = self.table.keys_of
        now = {key: row.visitor_id for key, row in zip(keys(self.written), self.written, strict=True)}
        before = zip(keys(self.replaced), self.replaced, strict=True)
        return {row.visitor_id for row in self.removed} | {
            row.visitor_id for key, row in before if now[key] != row.visitor_id
        }

    def __iter__(self) -> Iterator[Row]:
        """Every row that was or will be different."""
        yield from self.removed
        yield from self.replaced
        yield from self.written

    @property
    def rows(self) -> int:
        """How many rows are taken away or written."""
        return len(self.removed) + len(self.written)

    def write(self, transaction: Transaction) -> None:
        """Delete and insert."""
        name, key, columns = self.table.name, self.table.key, self.table.row._fields
        if self.removed:
            gone = self.table.keys_of(self.removed)
            transaction.delete(name, key, gone if len(key) > 1 else [(one,) for one in gone])
        if self.replaced:
            transaction.upsert(name, columns, self.written, key)
        elif self.written:
            transaction.append(name, columns, self.written)


class Difference:
    """What is to be written for some visitors, and what follows from it."""

    def __init__(
        self, changes: dict[str, Change], visitor_ids: Iterable[str], frozen_day: int | None = None
    ) -> None:
        """Take the changes by table. Of days before `frozen_day` nothing is to be added up."""
        self.changes = changes
        owned = [change for change in changes.values() if change.table.moves]
        self.former_owners = set().union(*(change.former_owners() for change in owned)) - set(visitor_ids)
        self.days = {row.day for name, change in changes.items() if name not in _WITHOUT_DAY for row in change}
        people = _differing(changes["visitors"], ("visitor_id", "is_customer", "first_day"))
        self.days |= {first_day for _, _, first_day in people}
        renamed = self._of_renamed()
        self.days |= {row.day for row in renamed}
        told = (*changes["conversations"], *changes["concerns"], *renamed)
        self.conversations = {row.conversation_id for row in told if row.conversation_id is not None}
        money = _differing(changes["visitor_days"], ("day", "visitor_id", "is_customer", "first_day", *_MONEY))
        self.snapshot_days = {first_day for _, is_customer, first_day in people if is_customer}
        self.snapshot_days |= {row[0] for row in money if any(row[4:])}
        self.snapshot_days |= {row.day for row in changes["segment_moves"]}
        if frozen_day is not None:
            self.days = {day for day in self.days if day >= frozen_day}
            self.snapshot_days = {max(day, frozen_day) for day in self.snapshot_days}

    @property
    def rows(self) -> int:
        """How many rows of all tables are taken away or written."""
        return sum(change.rows for change in self.changes.values())

    def write(self, transaction: Transaction) -> None:
        """Write all tables."""
        for change in self.changes.values():
            change.write(transaction)

    def _of_renamed(self) -> list[Row]:
        """The conversations of visitors whose name or kind is another one: they are shown with it."""
        changed = _differing(self.changes["visitors"], ("visitor_id", "is_customer", "customer_name"))
        renamed = {visitor_id for visitor_id, *_ in changed}
        told = self.changes["conversations"]
        return [row for row in (*told.stored, *told.derived) if row.visitor_id in renamed]


_ALWAYS_DERIVED = ("visitors", "orders")  # who somebody is and what became of an order are told anew, days and all
_WITHOUT_DAY = ("visitors", "segment_moves")
_MONEY = ("orders", "order_revenue_minor", "net_revenue_minor")


def _differing(change: Change, columns: Sequence[str]) -> set[tuple[Any, ...]]:
    """The values of some columns that only the old or only the new rows have."""
    pick = attrgetter(*columns)
    return {pick(row) for row in (*change.removed, *change.replaced)} ^ {pick(row) for row in change.written}


def compare(
    engine: Engine, tables: Tables, visitor_ids: Sequence[str], session_keys: Iterable[str],
    concern_keys: Sequence[str], frozen_day: int | None = None,
) -> Difference:  # fmt: skip
    """The difference between derived and stored rows of some visitors. Reads only. Rows before `frozen_day` stay.

    `session_keys` and `concern_keys` are those under which these visitors' sessions and concerns are, or were, kept.
    """
    changes: dict[str, Change] = {}
    for table in TABLES:
        derived_rows: list[Row] = getattr(tables, table.name)
        if table.name == "visitor_days":
            stored = _days(engine, table, changes, derived_rows)
        elif table.scope == "visitor_id":
            stored = _of_visitors(engine, table, visitor_ids, derived_rows)
        elif table.name == "sessions":
            stored = _read(engine, table, table.scope, list({*session_keys, *table.keys_of(derived_rows)}))
        elif table.name == "concerns":
            before = [f"c:{row.conversation_id}" for row in changes["conversations"].stored]
            stored = _read(engine, table, table.scope, list({*concern_keys, *before}))
        else:
            parent = changes.get(_PARENTS.get(table.name, ""))
            rows = [*parent.stored, *parent.derived] if parent else derived_rows
            stored = _read(engine, table, table.scope, list({getattr(row, table.scope) for row in rows}))
        if frozen_day is not None and table.name not in _ALWAYS_DERIVED:
            stored, derived_rows = _thawed(table, stored, derived_rows, frozen_day)
        changes[table.name] = Change(table, stored, derived_rows)
    return Difference(changes, visitor_ids, frozen_day)


def _thawed(
    table: Table, stored: list[Row], derived_rows: list[Row], frozen_day: int
) -> tuple[list[Row], list[Row]]:
    """Both sides without rows of frozen days; a frozen row keeps its key for itself."""
    frozen = set(table.keys_of(row for row in stored if row.day < frozen_day))
    keyed = zip(table.keys_of(derived_rows), derived_rows, strict=True)
    return (
        [row for row in stored if row.day >= frozen_day],
        [row for key, row in keyed if row.day >= frozen_day and key not in frozen],
    )


def _of_visitors(engine: Engine, table: Table, visitor_ids: Sequence[str], derived_rows: list[Row]) -> list[Row]:
    """The rows stored for these visitors, and those stored for others that are these visitors' now."""
    stored = _read(engine, table, table.scope, visitor_ids)
    if table.moves:
        found = set(table.keys_of(stored))
        elsewhere = [key for key in table.keys_of(derived_rows) if key not in found]
        stored += _read(engine, table, table.key[0], elsewhere)
    return stored


_MAKING_DAYS = ("sessions", "orders", "reversals")  # what makes a day of a visitor's


def _days(engine: Engine, table: Table, changes: Mapping[str, Change], derived_rows: list[Row]) -> list[Row]:
    """The stored days of these visitors: what makes a day is stored beside it, and tells which it is and whose.

    What was another visitor's takes that visitor's day along; a former owner is derived anew and gets it back where
    something else makes it. Kept by the day first, new rows go into a few pages.
    """
    made = (row for name in _MAKING_DAYS for row in changes[name].stored)
    asked = {(row.day, row.visitor_id) for row in made}
    asked.update(table.keys_of(derived_rows))
    columns = ", ".join(f"found.{name}" for name in table.row._fields)
    sql = (
        f"SELECT {columns} FROM :asked AS asked CROSS JOIN visitor_days AS found "
        "WHERE found.day = asked.part_0 AND found.visitor_id = asked.part_1"
    )
    return [
        table.row._make(row)
        for portion in portions(sorted(asked), ASKED)
        for row in engine.read_to_write(sql, {"asked": portion}).rows
    ]


def _read(engine: Engine, table: Table, column: str, keys: Sequence[str]) -> list[Row]:
    """Stored rows, in portions that keep no write waiting for long."""
    sql = f"SELECT {', '.join(table.row._fields)} FROM {table.name} WHERE {column} IN :keys"
    return [
        table.row._make(row)
        for asked in portions(list(keys), ASKED)
        for row in engine.read_to_write(sql, {"keys": asked}).rows
    ]
