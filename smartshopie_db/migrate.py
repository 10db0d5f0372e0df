"""An original system's database file, brought up to date in place: a verified copy first, nothing lost.

The original is always one SQLite file, so this module speaks to SQLite itself; everything else goes through engine.py.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from smartshopie_db.engine import SCHEMA_FILE
from smartshopie_db.errors import StoreError, StoreUnavailable
from smartshopie_db.imported import SOURCE, with_minor_units

BUSY_SECONDS = 5.0
HOUSEKEEPING: Final = frozenset({"id", "created_at", "updated_at"})
"""Columns of the original that say when a row was written; natural keys replace them."""


@dataclass(frozen=True, slots=True)
class Migration:
    """What was done to an original file: where the copy is, and rows moved by table."""

    copy: Path
    rows: Mapping[str, int]


def is_original(path: Path) -> bool:
    """Tell whether the file is a database of the original system (its tables have no `source`)."""
    if not path.is_file() or path.stat().st_size == 0:
        return False
    try:
        with closing(_open(path)) as connection:
            columns = _columns(connection, "overview_kpis")
    except sqlite3.DatabaseError as error:
        raise StoreUnavailable(f"{path} is not a readable SQLite database.") from error
    return bool(columns) and "source" not in columns


def migrate_original(path: Path, currency: str) -> Migration:
    """Bring an original file up to date in place; `currency` (ISO 4217) is what its amounts are in.

    Raises StoreUnavailable when the file is in use, StoreError when the copy is not equal to the file.
    """
    copy = _verified_copy(path)
    try:
        with closing(_open(path)) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            try:
                done_meanwhile = "source" in _columns(connection, "overview_kpis")
                moved = {} if done_meanwhile else _rebuild_tables(connection, currency)
            except BaseException:
                connection.rollback()
                raise
            connection.commit()
    except sqlite3.OperationalError as error:
        raise StoreUnavailable(
            f"{path} could not be brought up to date because another program is using it. Close it, then start again."
        ) from error
    return Migration(copy=copy, rows=moved)


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None, timeout=BUSY_SECONDS)


def _tables(connection: sqlite3.Connection) -> list[str]:
    tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    return [name for (name,) in connection.execute(tables)]


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')]


def _digest(connection: sqlite3.Connection) -> str:
    """Hash of every row of every table, in stored order."""
    digest = hashlib.sha256()
    for table in _tables(connection):
        digest.update(table.encode())
        for row in connection.execute(f'SELECT * FROM "{table}" ORDER BY rowid'):
            digest.update(repr(row).encode())
    return digest.hexdigest()


def _verified_copy(path: Path) -> Path:
    """Copy the file beside itself and prove that the copy holds the same rows."""
    copy = next(candidate for candidate in _copy_names(path) if not candidate.exists())
    with closing(_open(path)) as source, closing(_open(copy)) as target:
        source.backup(target)
        sound = target.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        if not sound or _digest(source) != _digest(target):
            raise StoreError(f"The copy {copy} is not equal to {path}: nothing was changed.")
    return copy


def _copy_names(path: Path) -> Iterator[Path]:
    yield path.with_name(f"{path.name}.original")
    number = 2
    while True:
        yield path.with_name(f"{path.name}.original-{number}")
        number += 1


def _rebuild_tables(connection: sqlite3.Connection, currency: str) -> dict[str, int]:
    """Set the old tables aside, make today's, move the rows, drop the old ones. One transaction."""
    aside = {}
    for table in _tables(connection):
        aside[table] = f"original_{table}"
        connection.execute(f'ALTER TABLE "{table}" RENAME TO "original_{table}"')
    indexes = connection.execute("SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL").fetchall()
    for (index,) in indexes:
        connection.execute(f'DROP INDEX "{index}"')
    for statement in _statements(SCHEMA_FILE.read_text(encoding="utf-8")):
        connection.execute(statement)
    moved: dict[str, int] = {}
    for table, old in aside.items():
        if not _columns(connection, table):  # a table the product does not know stays as it is, under its own name
            connection.execute(f'ALTER TABLE "{old}" RENAME TO "{table}"')
            continue
        moved[table] = _move_rows(connection, old, table, currency)
        connection.execute(f'DROP TABLE "{old}"')
    connection.execute("INSERT OR REPLACE INTO store (name, value) VALUES ('contents', 'imported')")
    return moved


def _statements(script: str) -> Iterator[str]:
    """Statements of a script, one by one: executescript() would commit the transaction."""
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""


def _move_rows(connection: sqlite3.Connection, old: str, new: str, currency: str) -> int:
    """Insert the rows of `old` into `new`; of two rows with one key the later one stays (both are in the copy)."""
    new_columns = _columns(connection, new)
    unknown = [name for name in _columns(connection, old) if name not in new_columns and name not in HOUSEKEEPING]
    for name in unknown:
        connection.execute(f'ALTER TABLE "{new}" ADD COLUMN "{name}"')
    cursor = connection.execute(f'SELECT * FROM "{old}" ORDER BY rowid')
    names = [description[0] for description in cursor.description]
    complete = COMPLETIONS.get(new, _as_it_is)
    for position, values in enumerate(cursor.fetchall()):
        named = zip(names, values, strict=True)
        row = {name: value for name, value in named if name not in HOUSEKEEPING or name in new_columns}
        row = with_minor_units(new, complete(row, position), currency)
        if "source" in new_columns:
            row["source"] = SOURCE
        marks = ", ".join("?" * len(row))
        quoted = ", ".join(f'"{name}"' for name in row)
        connection.execute(f'INSERT OR REPLACE INTO "{new}" ({quoted}) VALUES ({marks})', tuple(row.values()))
    return int(connection.execute(f'SELECT COUNT(*) FROM "{new}"').fetchone()[0])


Row = dict[str, Any]


def _as_it_is(row: Row, _position: int) -> Row:
    return row


def _complete_interaction(row: Row, _position: int) -> Row:
    """The feed is read by day and moment; the original stored naive UTC timestamps."""
    moment = str(row["interaction_date"])
    started_ms = _milliseconds(moment)
    return row | {"interaction_date": f"{moment}+00:00", "record_date": moment[:10], "started_ms": started_ms}


def _milliseconds(moment: str) -> int:
    return int(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp() * 1000)


def _complete_payment(row: Row, position: int) -> Row:
    """The original's payments have no invoice number: their place in the file stands in."""
    return row | {"invoice_id": f"original-{position + 1}", "invoice_url": row.get("invoice_url") or None}


def _complete_endpoint(row: Row, _position: int) -> Row:
    return row | {"record_date": str(row.get("last_checked") or "")[:10]}


def _hide_key(row: Row, _position: int) -> Row:
    """A key is shown by its last four characters alone; the verified copy still has it."""
    key = row.get("api_key")
    return row | {"api_key": f"••••{str(key)[-4:]}" if key else None}


def _complete_gap(row: Row, _position: int) -> Row:
    return row | {"category": row.get("category") or "Uncategorised"}


COMPLETIONS: Final[Mapping[str, Callable[[Row, int], Row]]] = {
    "customer_interactions": _complete_interaction,
    "billing_payments": _complete_payment,
    "api_endpoints": _complete_endpoint,
    "api_configurations": _hide_key,
    "product_gaps": _complete_gap,
}
"""What a row needs besides its own columns, by table."""
