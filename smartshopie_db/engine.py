"""Connect, read, append, replace days: the only module that knows engines (SQLite and PostgreSQL).

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
from urllib.parse import quote

import orjson
import sqlalchemy
from sqlalchemy import URL, Connection, TextClause, event, text
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import QueuePool

from smartshopie_db.clock import iso_day
from smartshopie_db.errors import StoreUnavailable

SCHEMA_FILE = Path(__file__).resolve().parent.parent / "database_schema.sql"
BUSY_SECONDS = 5
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
        return self._connection.execute(*_bound(self._dialect, sql, parameters)).rowcount

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


class Engine:
    """An open store. Safe to use from many threads."""

    def __init__(self, url: URL, reader: sqlalchemy.Engine, writer: sqlalchemy.Engine) -> None:
        self._url, self._reader, self._writer = url, reader, writer
        self._turn = threading.Lock()
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
            path = _sqlite_file(parsed, create=create)
            engine = cls(parsed, _sqlite_pool(path, writes=False), _sqlite_pool(path, writes=True))
        elif parsed.get_backend_name() == "postgresql":
            pool = _postgresql_pool(parsed.set(drivername="postgresql+psycopg"))
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
        with self._in_words(), self._reader.connect() as connection:
            return _read(connection, self.dialect, sql, parameters)

    def read_chunks(
        self, sql: str, parameters: Mapping[str, Any] | None = None, size: int = 10_000
    ) -> Iterator[Rows]:
        """Read a long result in pieces of `size` rows, as of one moment, with little memory."""
        pool = self._reader if self.dialect == "sqlite" else self._writer
        with self._in_words(), pool.connect() as connection:
            result = connection.execution_options(stream_results=True, max_row_buffer=size).execute(
                *_bound(self.dialect, sql, parameters)
            )
            columns = tuple(result.keys())
            while rows := result.fetchmany(size):
                yield Rows(columns, [tuple(row) for row in rows])

    def get(self, name: str) -> str | None:
        """A value of the table `store`; None when it is not there."""
        rows = self.read("SELECT value FROM store WHERE name = :name", {"name": name}).rows
        return str(rows[0][0]) if rows else None

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """The one write transaction of this moment; others wait up to 5 seconds, then get StoreUnavailable."""
        if not self._turn.acquire(timeout=BUSY_SECONDS):
            raise StoreUnavailable("The store is busy: another write takes too long. Try again in a moment.")
        try:
            with self._in_words(), self._writer.connect() as connection:
                if self.dialect == "sqlite":
                    connection.exec_driver_sql("BEGIN IMMEDIATE")
                else:
                    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{BUSY_SECONDS}s'")
                    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITER_LOCK})")
                try:
                    yield Transaction(connection, self.dialect)
                    connection.commit()
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
            sentence = _sentence(error, self._url)
            if sentence is None:
                raise
            raise StoreUnavailable(sentence) from error
        except Exception as error:
            sentence = _sentence(error, self._url) if hasattr(error, "sqlstate") else None
            if sentence is None:
                raise
            raise StoreUnavailable(sentence) from error


def _read(connection: Connection, dialect: str, sql: str, parameters: Mapping[str, Any] | None) -> Rows:
    result = connection.execute(*_bound(dialect, sql, parameters))
    columns = tuple(result.keys())
    found = result.cursor.fetchall() if result.cursor is not None else []  # the driver's own tuples: no second copy
    return Rows(columns, cast("list[tuple[Any, ...]]", found))


def _bound(dialect: str, sql: str, parameters: Mapping[str, Any] | None) -> tuple[TextClause, dict[str, Any]]:
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
    return _statement(dialect, sql, tuple(lists)), values


@lru_cache(maxsize=1024)
def _statement(dialect: str, sql: str, lists: tuple[str, ...]) -> TextClause:
    whole = "IN (SELECT value FROM json_each(:{name}))" if dialect == "sqlite" else "= ANY(:{name})"
    none = "NOT IN (SELECT value FROM json_each(:{name}))" if dialect == "sqlite" else "<> ALL(:{name})"
    for name in lists:
        behind = rf"IN\s*(?:\(\s*:{name}\s*\)|:{name}\b)"
        sql = re.sub(rf"\bNOT\s+{behind}", none.format(name=name), sql, flags=re.IGNORECASE)
        sql = re.sub(rf"\b{behind}", whole.format(name=name), sql, flags=re.IGNORECASE)
    return text(sql)


def _sqlite_file(url: URL, *, create: bool) -> Path:
    if not url.database or url.database == ":memory:":
        raise StoreUnavailable("A store needs a file: one in memory is lost with its connection.")
    path = Path(url.database).expanduser().resolve()
    if path.is_dir():
        raise StoreUnavailable(f"The store cannot be {path}: that is a folder, not a file.")
    if not path.exists():
        if not create:
            raise StoreUnavailable(f"There is no store at {path}: run `python -m smartshopie_db init` to make one.")
        try:
            path.touch()
        except OSError as error:
            raise StoreUnavailable(f"The store cannot be made at {path}: {error.strerror}.") from error
    return path


def _sqlite_pool(path: Path, *, writes: bool) -> sqlalchemy.Engine:
    """Connections to one file. The file must exist: one that was taken away is reported, not made anew."""

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"file:{quote(str(path))}?mode=rw", uri=True, timeout=BUSY_SECONDS, isolation_level=None,
            check_same_thread=False, cached_statements=512,
        )
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")  # a committed event survives a power cut
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute(f"PRAGMA cache_size = -{131_072 if writes else 32_768}")  # KiB; grows only as needed
        connection.execute("PRAGMA wal_autocheckpoint = 8000")  # pages: 32 MB; rarer checkpoints write less twice
        if not writes:
            connection.execute("PRAGMA query_only = ON")
        return connection

    pool = sqlalchemy.create_engine(
        "sqlite://", creator=connect, poolclass=QueuePool, pool_size=1 if writes else 8,
        max_overflow=0 if writes else 32, pool_timeout=BUSY_SECONDS,
    )

    @event.listens_for(pool, "connect")
    def _remember(_connection: Any, record: Any) -> None:
        record.info["file"] = _identity(path)

    @event.listens_for(pool, "checkout")
    def _still_there(_connection: Any, record: Any, _proxy: Any) -> None:
        if record.info["file"] != _identity(path):
            raise DisconnectionError(f"{path} is another file now")

    return pool


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _postgresql_pool(url: URL) -> sqlalchemy.Engine:
    return sqlalchemy.create_engine(
        url, pool_size=8, max_overflow=32, pool_timeout=BUSY_SECONDS, pool_pre_ping=True,
        connect_args={"connect_timeout": BUSY_SECONDS, "application_name": "smartshopie"},
    )


_SQLITE_SENTENCES = {
    "SQLITE_BUSY": "is busy: another program writes to it for too long. Try again in a moment.",
    "SQLITE_LOCKED": "is busy: another program writes to it for too long. Try again in a moment.",
    "SQLITE_CANTOPEN": "cannot be opened: the file is missing or may not be read.",
    "SQLITE_NOTADB": "is no SQLite database: give another file.",
    "SQLITE_CORRUPT": "is damaged: restore it from a backup.",
    "SQLITE_FULL": "cannot grow: the disk is full.",
    "SQLITE_READONLY": "may not be written: its file or folder is read-only.",
    "SQLITE_IOERR": "cannot be read or written: the disk reports an error.",
    "SQLITE_PERM": "may not be opened: its file belongs to someone else.",
}
_POSTGRESQL_SENTENCES = {
    "55P03": "is busy: another program writes to it for too long. Try again in a moment.",
    "40001": "is busy: two programs changed the same rows. Try again in a moment.",
    "40P01": "is busy: two programs changed the same rows. Try again in a moment.",
    "3D000": "does not exist on that server: create the database first.",
    "25006": "may not be written: the server is read-only.",
    "28": "refuses the user name or the password.",
    "53": "has no room left: too many connections, or disk or memory are full.",
    "57": "was shut down or is starting. Try again in a moment.",
    "08": "cannot be reached: is the server running?",
    "58": "cannot be read or written: the server's disk reports an error.",
    "XX": "is damaged: restore it from a backup.",
}


def _sentence(error: BaseException, url: URL) -> str | None:
    """What is wrong with the store, for a user; None when the mistake is in our SQL."""
    cause = getattr(error, "orig", None) or error
    place = f"The store at {url.database if url.drivername == 'sqlite' else url.render_as_string(hide_password=True)}"
    if isinstance(cause, sqlite3.Error):
        name = getattr(cause, "sqlite_errorname", "") or ""
        if "no such table" in str(cause):
            return f"{place} has no tables yet: run `python -m smartshopie_db init`."
        found = next((words for start, words in _SQLITE_SENTENCES.items() if name.startswith(start)), None)
        return f"{place} {found}" if found else None
    state = getattr(cause, "sqlstate", None)
    if state == "42P01":
        return f"{place} has no tables yet: run `python -m smartshopie_db init`."
    if state is None:
        lost = any(base.__name__ in ("OperationalError", "InterfaceError") for base in type(cause).__mro__)
        return f"{place} {_POSTGRESQL_SENTENCES['08']}" if lost else None
    found = _POSTGRESQL_SENTENCES.get(state) or _POSTGRESQL_SENTENCES.get(state[:2])
    return f"{place} {found}" if found else None
