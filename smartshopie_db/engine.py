"""Connect, read, append, replace days: what knows engines (with connections.py).

SQL comes with named parameters (`:name`); a list behind `IN :names` may have any length. Table and column names are
always ours, never input. One writer at a time on both engines; readers never wait for it.
"""

import re
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, cast

import orjson
import sqlalchemy
from sqlalchemy import URL, Connection, TextClause, text
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from smartshopie_db import connections
from smartshopie_db.clock import iso_day
from smartshopie_db.connections import postgresql_pool, sentence_for, sqlite_file, sqlite_pool
from smartshopie_db.errors import StoreUnavailable

SCHEMA_FILE = Path(__file__).resolve().parent.parent / "database_schema.sql"
_WRITER_LOCK = 7_736_172  # any number; PostgreSQL's advisory lock that makes writers take turns, as SQLite's file lock
_FEW = 50  # rows that are not worth a COPY
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(value: str) -> str:
    """The text with NUL characters and lone surrogates, which no engine takes in every place, replaced by U+FFFD."""
    return _UNSTORABLE.sub("\ufffd", value)


class Rows(NamedTuple):
    """What a SELECT found."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


class Transaction:
    """One write transaction; commits when its `with` block ends, rolls back when that raises."""

    def __init__(self, connection: Connection, dialect: str) -> None:
        self._connection = connection
        self._dialect = dialect
        self._staged = 0

    def execute(self, sql: str, parameters: Mapping[str, Any] | None = None) -> int:
        """Run one statement; returns the number of rows it changed."""
        statement, values = _bound(self._dialect, sql, parameters)
        return self._connection.execute(_clause(statement), values).rowcount

    def read(self, sql: str, parameters: Mapping[str, Any] | None = None) -> Rows:
        """Read inside the transaction: its own writes are seen."""
        return _read(self._connection, self._dialect, sql, parameters)

    def append(
        self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, ignore_conflicts: bool = False
    ) -> int:
        """Insert rows as fast as the driver can; returns how many were really inserted.

        With `ignore_conflicts` rows whose key exists stay as they are.
        """
        ending = " ON CONFLICT DO NOTHING" if ignore_conflicts else ""
        if self._dialect == "postgresql":
            many = list(rows)
            if len(many) > _FEW:
                if not ignore_conflicts:
                    return self._copy(table, columns, many)
                staged = self._stage(table, columns, many)
                names = ", ".join(columns)
                return self._driver(f"INSERT INTO {table} ({names}) SELECT {names} FROM {staged}{ending}")
            rows = many
        return self._many(self._insert(table, columns) + ending, rows)

    def upsert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], keys: Sequence[str]) -> None:
        """Insert rows; where the key exists the other columns are replaced. Of equal keys the last row wins."""
        others = [column for column in columns if column not in keys]
        action = f"UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in others)}" if others else "NOTHING"
        ending = f" ON CONFLICT ({', '.join(keys)}) DO {action}"
        if self._dialect == "postgresql":
            places = [list(columns).index(key) for key in keys]
            many = list({tuple(row[place] for place in places): row for row in rows}.values())
            if len(many) > _FEW:
                names = ", ".join(columns)
                staged = self._stage(table, columns, many)
                self._driver(f"INSERT INTO {table} ({names}) SELECT {names} FROM {staged}{ending}")
                return
            rows = many
        self._many(self._insert(table, columns) + ending, rows)

    def delete(self, table: str, keys: Sequence[str], values: Iterable[Sequence[Any]]) -> int:
        """Delete the rows with these keys (tuples in the order of `keys`); returns how many there were."""
        if self._dialect == "postgresql":
            many = list(values)
            if len(many) > _FEW:
                staged = self._stage(table, keys, many)
                same = " AND ".join(f"{table}.{key} = {staged}.{key}" for key in keys)
                return self._driver(f"DELETE FROM {table} USING {staged} WHERE {same}")
            values = many
        conditions = " AND ".join(f"{key} = {self._mark}" for key in keys)
        return self._many(f"DELETE FROM {table} WHERE {conditions}", values)

    def replace_days(
        self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], first_day: int, last_day: int,
        *, date_column: str = "record_date",
    ) -> None:
        """Replace a summary table's rows that come from events, from one day to another (days are integers).

        Rows whose source is not 'events' stay.
        """
        self.execute(
            f"DELETE FROM {table} WHERE source = 'events' AND {date_column} >= :first AND {date_column} <= :last",
            {"first": iso_day(first_day), "last": iso_day(last_day)},
        )
        self.append(table, columns, rows)

    def set(self, name: str, value: str) -> None:
        """Remember a value in the table `store`."""
        self.upsert("store", ("name", "value"), [(name, value)], ("name",))

    @property
    def _mark(self) -> str:
        return "%s" if self._dialect == "postgresql" else "?"

    def _insert(self, table: str, columns: Sequence[str]) -> str:
        return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join([self._mark] * len(columns))})"

    def _cursor(self) -> Any:
        driver = self._connection.connection.driver_connection
        if driver is None:
            raise StoreUnavailable("The connection to the store was closed.")
        return driver.cursor()

    def _many(self, sql: str, rows: Iterable[Sequence[Any]]) -> int:
        cursor = self._cursor()
        if self._dialect == "sqlite":  # rowcount would count an ignored row, total_changes does not
            before = cursor.connection.total_changes
            cursor.executemany(sql, rows)
            return int(cursor.connection.total_changes - before)
        cursor.executemany(sql, rows)
        return max(int(cursor.rowcount), 0)

    def _driver(self, sql: str) -> int:
        return int(self._cursor().execute(sql).rowcount)

    def _copy(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
        cursor = self._cursor()
        with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return int(cursor.rowcount)

    def _stage(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
        """Copy rows into a temporary table of the same types, gone with the transaction (PostgreSQL)."""
        self._staged += 1
        name = f"staged_{self._staged}"
        selected = f"SELECT {', '.join(columns)} FROM {table} WITH NO DATA"
        self._driver(f"CREATE TEMPORARY TABLE {name} ON COMMIT DROP AS {selected}")
        self._copy(name, columns, rows)
        return name


class _Held(threading.local):
    """What a thread keeps during a snapshot: its connection once it has read, and the values of `store` it has seen."""

    def __init__(self) -> None:
        self.inside = False
        self.connection: Any = None
        self.values: dict[str, str | None] = {}


class Engine:
    """An open store. Safe to use from many threads."""

    def __init__(self, url: URL, reader: sqlalchemy.Engine, writer: sqlalchemy.Engine) -> None:
        self._url, self._reader, self._writer = url, reader, writer
        self._turn = threading.Lock()
        self._held = _Held()
        self.commits = 0  # write transactions of this process so far; others' are not counted
        self.dialect = "postgresql" if url.get_backend_name() == "postgresql" else "sqlite"

    @classmethod
    def open(cls, url: str, *, create: bool = True) -> "Engine":
        """Open the store behind a URL; with create=False a missing SQLite file is an error, and nothing is made.

        Raises StoreUnavailable.
        """
        try:
            parsed = sqlalchemy.make_url(url)
        except ArgumentError as error:
            raise StoreUnavailable("The store's address is no URL: write sqlite:///FILE or postgresql://...") from error
        if parsed.get_backend_name() == "sqlite":
            path = sqlite_file(parsed, create=create)
            engine = cls(parsed, sqlite_pool(path, writes=False), sqlite_pool(path, writes=True))
        elif parsed.get_backend_name() == "postgresql":
            pool = postgresql_pool(parsed.set(drivername="postgresql+psycopg"))
            engine = cls(parsed, pool.execution_options(isolation_level="AUTOCOMMIT"), pool)
        else:
            raise StoreUnavailable(f"The store cannot be {parsed.get_backend_name()}: only SQLite and PostgreSQL.")
        try:
            engine.read("SELECT 1")
        except BaseException:
            engine.close()
            raise
        return engine

    def read(self, sql: str, parameters: Mapping[str, Any] | None = None) -> Rows:
        """Read what is committed. A list or tuple among the parameters stands behind `IN :name`."""
        held = self._held
        with self._in_words():
            connection = held.connection or self._borrow()
            try:
                found = self._ask(connection, sql, parameters)
            except BaseException:
                held.connection = None  # what is read next begins anew
                connection.close()
                raise
            if not held.inside:
                connection.close()
            return found

    def _ask(self, connection: Any, sql: str, parameters: Mapping[str, Any] | None) -> Rows:
        if self.dialect != "sqlite":
            return _read(connection, self.dialect, sql, parameters)
        statement, values = _bound(self.dialect, sql, parameters)
        cursor = connection.cursor()  # the driver alone: SQLAlchemy doubles the time of a small question
        cursor.execute(statement, values)
        return Rows(tuple(column[0] for column in cursor.description or ()), cursor.fetchall())

    def _borrow(self) -> Any:
        """A connection to read from; inside a snapshot one that the whole of it keeps."""
        if not self._held.inside:
            return self._reader.raw_connection() if self.dialect == "sqlite" else self._reader.connect()
        if self.dialect == "sqlite":
            connection: Any = self._reader.raw_connection()
            connection.cursor().execute("BEGIN")
        else:
            connection = self._writer.connect().execution_options(isolation_level="REPEATABLE READ")
        self._held.connection = connection
        return connection

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """What this thread reads inside is of one moment, that of the first read; for some milliseconds, not longer."""
        held = self._held
        if held.inside:
            yield
            return
        held.inside = True
        try:
            yield
        finally:
            held.inside = False
            held.values.clear()
            connection, held.connection = held.connection, None
            if connection is not None:
                connection.close()

    def read_chunks(
        self, sql: str, parameters: Mapping[str, Any] | None = None, size: int = 10_000
    ) -> Iterator[Rows]:
        """Read a long result in pieces of `size` rows, as of one moment, with little memory."""
        pool = self._reader if self.dialect == "sqlite" else self._writer
        with self._in_words(), pool.connect() as connection:
            statement, values = _bound(self.dialect, sql, parameters)
            streaming = connection.execution_options(stream_results=True, max_row_buffer=size)
            result = streaming.execute(_clause(statement), values)
            columns = tuple(result.keys())
            while rows := result.fetchmany(size):
                yield Rows(columns, [tuple(row) for row in rows])

    def get(self, name: str) -> str | None:
        """A value of the table `store`; None when it is not there."""
        known = self._held.values
        if name in known:
            return known[name]
        rows = self.read("SELECT value FROM store WHERE name = :name", {"name": name}).rows
        value = str(rows[0][0]) if rows else None
        if self._held.inside:
            known[name] = value
        return value

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """The one write transaction of this moment; others wait up to 5 seconds, then get StoreUnavailable."""
        if not self._turn.acquire(timeout=connections.BUSY_SECONDS):
            raise StoreUnavailable("The store is busy: another write takes too long. Try again in a moment.")
        try:
            with self._in_words(), self._writer.connect() as connection:
                if self.dialect == "sqlite":
                    connection.exec_driver_sql("BEGIN IMMEDIATE")
                else:
                    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{connections.BUSY_SECONDS}s'")
                    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITER_LOCK})")
                try:
                    yield Transaction(connection, self.dialect)
                    connection.commit()
                    self.commits += 1
                except BaseException:
                    connection.rollback()
                    raise
        finally:
            self._turn.release()

    def apply_schema(self) -> None:
        """Make every table that is missing (database_schema.sql), all or none."""
        script = re.sub(r"--[^\n]*", "", SCHEMA_FILE.read_text(encoding="utf-8"))
        if self.dialect == "postgresql":  # text compares bytewise, as SQLite's does
            script = re.sub(r"(?m)^(\s+\w+\s+TEXT)\b", r'\1 COLLATE "C"', script)
        with self.write() as transaction:
            for statement in script.split(";"):
                if statement.strip():
                    transaction.execute(statement)

    def wipe_log(self) -> None:
        """Move what is committed out of SQLite's log and empty it, so that old text is gone from the disk.

        Does nothing while others read an older state. PostgreSQL's vacuum sees to the same.
        """
        if self.dialect == "sqlite":
            with self._turn, self._in_words(), self._writer.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close every connection."""
        self._reader.dispose()
        self._writer.dispose()

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except PoolTimeoutError as error:
            raise StoreUnavailable("The store is busy: all connections are in use. Try again in a moment.") from error
        except (DBAPIError, sqlite3.Error) as error:
            sentence = sentence_for(error, self._url)
            if sentence is None:
                raise
            raise StoreUnavailable(sentence) from error
        except Exception as error:
            sentence = sentence_for(error, self._url) if hasattr(error, "sqlstate") else None
            if sentence is None:
                raise
            raise StoreUnavailable(sentence) from error


def _read(connection: Connection, dialect: str, sql: str, parameters: Mapping[str, Any] | None) -> Rows:
    statement, values = _bound(dialect, sql, parameters)
    result = connection.execute(_clause(statement), values)
    columns = tuple(result.keys())
    found = result.cursor.fetchall() if result.cursor is not None else []  # the driver's own tuples: no second copy
    return Rows(columns, cast("list[tuple[Any, ...]]", found))


def _bound(dialect: str, sql: str, parameters: Mapping[str, Any] | None) -> tuple[str, dict[str, Any]]:
    """The statement with its lists turned into what the engine takes whole, so that length does not matter."""
    values: dict[str, Any] = {}
    lists = []
    for name, value in (parameters or {}).items():
        if isinstance(value, str):
            values[name] = storable(value)
        elif isinstance(value, (list, tuple)):
            lists.append(name)
            items = [storable(item) if isinstance(item, str) else item for item in value]
            values[name] = orjson.dumps(items).decode() if dialect == "sqlite" else items
        else:
            values[name] = value
    return (_with_lists(dialect, sql, tuple(lists)) if lists else sql), values


@lru_cache(maxsize=1024)
def _with_lists(dialect: str, sql: str, lists: tuple[str, ...]) -> str:
    whole = "IN (SELECT value FROM json_each(:{name}))" if dialect == "sqlite" else "= ANY(:{name})"
    none = "NOT IN (SELECT value FROM json_each(:{name}))" if dialect == "sqlite" else "<> ALL(:{name})"
    for name in lists:
        behind = rf"IN\s*(?:\(\s*:{name}\s*\)|:{name}\b)"
        sql = re.sub(rf"\bNOT\s+{behind}", none.format(name=name), sql, flags=re.IGNORECASE)
        sql = re.sub(rf"\b{behind}", whole.format(name=name), sql, flags=re.IGNORECASE)
    return sql


@lru_cache(maxsize=1024)
def _clause(sql: str) -> TextClause:
    return text(sql)
