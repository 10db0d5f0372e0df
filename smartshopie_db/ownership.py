"""Whose database it is: nothing is written into one that another program made.

A store says which schema it has. One that does not say it yet may be new, or a script has just made its tables; what
lies there instead is another program's. A file belongs to one program; a PostgreSQL database may be shared, as long as
no table of ours is there with other columns.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from smartshopie_db.connections import BUSY_SECONDS, file_of, parsed_url, sentence_for, sqlite_url
from smartshopie_db.engine import SCHEMA_FILE, Engine
from smartshopie_db.errors import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

STAMP: Final = "SELECT 1 FROM store WHERE name = 'schema_version'"
SERVER_TABLES: Final = (
    "SELECT c.relname, a.attname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "JOIN pg_attribute a ON a.attrelid = c.oid WHERE n.nspname = current_schema() "
    "AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped"
)


def check_file(path: Path) -> None:
    """Raise StoreUnavailable when a SQLite file is another program's. It is only read; it may be missing or empty."""
    if not path.is_file() or path.stat().st_size == 0:
        return
    try:
        with closing(sqlite3.connect(path, timeout=BUSY_SECONDS)) as connection:
            foreign = _is_foreign(connection)
    except sqlite3.Error as error:
        words = sentence_for(error, parsed_url(sqlite_url(path)))
        raise StoreUnavailable(words or f"{path} is not a readable SQLite database.") from error
    if foreign:
        raise StoreUnavailable(f"{path} is a database of another program: give another file.")


def _is_foreign(connection: sqlite3.Connection) -> bool:
    found = connection.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")
    names = {name for (name,) in found if not name.startswith("sqlite_")}
    if "store" in names and {"name", "value"} <= _columns(connection, "store") and connection.execute(STAMP).fetchone():
        return False
    incomplete = not our_tables().keys() <= names  # ours are made all at once
    return bool(names) and (incomplete or _strange(names, lambda table: _columns(connection, table)) is not None)


def check_server(engine: Engine) -> None:
    """Raise StoreUnavailable when a PostgreSQL database has a table of another program that is named like ours."""
    columns = _server_columns(engine)
    if {"name", "value"} <= columns.get("store", set()) and engine.read(STAMP).rows:
        return
    strange = _strange(columns, columns.__getitem__)
    if strange is not None:
        raise StoreUnavailable(
            f"The database has a table {strange} of another program: give the store a database or a schema of its own."
        )


def is_missing(url: str) -> bool:
    """Whether there is no store behind a URL yet, and opening it would make one. Raises StoreUnavailable."""
    path = file_of(url)
    if path is not None:
        return not path.exists() or path.stat().st_size == 0
    with closing(Engine.open(url, create=False)) as engine:
        return "store" not in _server_columns(engine)


def _server_columns(engine: Engine) -> dict[str, set[str]]:
    columns: dict[str, set[str]] = {}
    for table, column in engine.read(SERVER_TABLES).rows:
        columns.setdefault(table, set()).add(column)
    return columns


@lru_cache
def our_tables() -> Mapping[str, frozenset[str]]:
    """Columns by table, as database_schema.sql makes them."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(SCHEMA_FILE.read_text(encoding="utf-8"))
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: frozenset(_columns(connection, name)) for name in names}


def _columns(connection: sqlite3.Connection, table: str) -> set[str]:
    return {name for (name,) in connection.execute("SELECT name FROM pragma_table_info(?)", (table,))}


def _strange(names: Collection[str], columns_of: Callable[[str], set[str]]) -> str | None:
    """The first table that has a name of ours and lacks columns of ours."""
    return next((name for name, ours in our_tables().items() if name in names and not ours <= columns_of(name)), None)
