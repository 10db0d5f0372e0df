"""The open store: what knows engines, with transaction.py (writing), statements.py and connections.py.

SQL comes with named parameters (`:name`); a list behind `IN :names` may have any length. Table and column names are
always ours, never input. One writer at a time on both engines; readers never wait for it.
"""

import re
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from smartshopie_db import connections
from smartshopie_db.connections import parsed_url, postgresql_pool, sentence_for, sqlite_file, sqlite_pool
from smartshopie_db.errors import StoreUnavailable
from smartshopie_db.statements import Rows, bound, clause, select, storable
from smartshopie_db.transaction import Transaction

__all__ = ["SCHEMA_FILE", "Engine", "Rows", "Transaction", "storable"]

SCHEMA_FILE = Path(__file__).resolve().parent.parent / "database_schema.sql"
_WRITER_LOCK = 7_736_172  # any number; PostgreSQL's advisory lock that makes writers take turns, as SQLite's file lock


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
        parsed = parsed_url(url)
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

    def read_to_write(self, sql: str, parameters: Mapping[str, Any] | None = None) -> Rows:
        """Read what was written last, or is to be written next; for some milliseconds, not longer.

        SQLite's writer has pages of its own at hand: what it wrote need not be read from the file, and what it has read
        need not be read again to be changed. This takes its turn with the writes of this process, and keeps no other
        process waiting.
        """
        if self.dialect != "sqlite":
            return self.read(sql, parameters)
        with self._turn, self._in_words():
            connection = self._writer.raw_connection()
            try:
                return self._ask(connection, sql, parameters)
            finally:
                connection.close()

    def _ask(self, connection: Any, sql: str, parameters: Mapping[str, Any] | None) -> Rows:
        if self.dialect != "sqlite":
            return select(connection, self.dialect, sql, parameters)
        statement, values = bound(self.dialect, sql, parameters)
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
            statement, values = bound(self.dialect, sql, parameters)
            streaming = connection.execution_options(stream_results=True, max_row_buffer=size)
            result = streaming.execute(clause(statement), values)
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

    def apply_schema(self, transaction: Transaction | None = None) -> None:
        """Make every table that is missing (database_schema.sql), all or none; in this transaction or its own."""
        script = re.sub(r"--[^\n]*", "", SCHEMA_FILE.read_text(encoding="utf-8"))
        if self.dialect == "postgresql":  # text compares bytewise, as SQLite's does
            script = re.sub(r"(?m)^(\s+\w+\s+TEXT)\b", r'\1 COLLATE "C"', script)
        with self.write() if transaction is None else nullcontext(transaction) as writing:
            for statement in script.split(";"):
                if statement.strip():
                    writing.execute(statement)

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
