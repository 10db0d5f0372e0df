"""How connections to SQLite and PostgreSQL are made, and what their errors mean in words.

Connections are made by engine.py alone; whoever needs a store's URL or its file asks here.
"""

import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy
from sqlalchemy import URL, event
from sqlalchemy.exc import ArgumentError, DisconnectionError
from sqlalchemy.pool import QueuePool

from smartshopie_db.errors import StoreUnavailable

BUSY_SECONDS = 5  # how long one waits for a writer or a connection


def sqlite_url(path: Path) -> str:
    """The URL of a file, whatever characters its name has; ~ is the home folder, a relative path starts here.

    Raises StoreUnavailable where the name's bytes are no text.
    """
    try:
        return URL.create("sqlite", database=str(path.expanduser().resolve())).render_as_string()
    except UnicodeEncodeError as error:
        raise StoreUnavailable("The store's path is not text in UTF-8: give the file another name.") from error


def parsed_url(url: str) -> URL:
    """A store's address in parts. Raises StoreUnavailable where it is no URL."""
    try:
        return sqlalchemy.make_url(url)
    except (ArgumentError, ValueError) as error:  # the latter for a port that is no number
        raise StoreUnavailable("The store's address is no URL: write sqlite:///FILE or postgresql://...") from error


def file_of(url: str) -> Path | None:
    """The file behind a URL, as it is named; None where it names none. Raises StoreUnavailable."""
    parsed = parsed_url(url)
    is_file = parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:")
    return Path(str(parsed.database)).expanduser() if is_file else None


def sqlite_file(url: URL, *, create: bool) -> Path:
    """The file behind a URL, absolute; made when it may be. Raises StoreUnavailable."""
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


def sqlite_pool(path: Path, *, writes: bool) -> sqlalchemy.Engine:
    """Connections to one file. The file must exist: one that was taken away is reported, not made anew."""

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"file:{quote(str(path))}?mode=rw", uri=True, timeout=BUSY_SECONDS, isolation_level=None,
            check_same_thread=False, cached_statements=512,
        )
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")  # a committed event survives a power cut
        connection.execute("PRAGMA secure_delete = ON")  # what is deleted or forgotten is overwritten in the file
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute(f"PRAGMA cache_size = -{131_072 if writes else 16_384}")  # KiB; grows only as needed
        connection.execute("PRAGMA wal_autocheckpoint = 8000")  # pages: 32 MB; rarer checkpoints write less twice
        if not writes:
            connection.execute("PRAGMA query_only = ON")
        return connection

    pool = sqlalchemy.create_engine(
        "sqlite://", creator=connect, poolclass=QueuePool, pool_size=1 if writes else 8,
        max_overflow=0 if writes else 32, pool_timeout=BUSY_SECONDS, pool_use_lifo=True,
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


def postgresql_pool(url: URL) -> sqlalchemy.Engine:
    """Connections to a server; each is tried before it is used, so a restarted server is no error."""
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
    "42501": "may not be written: the user has no right to it.",
    "28": "refuses the user name or the password.",
    "53": "has no room left: too many connections, or disk or memory are full.",
    "57": "was shut down or is starting. Try again in a moment.",
    "08": "cannot be reached: is the server running?",
    "58": "cannot be read or written: the server's disk reports an error.",
    "XX": "is damaged: restore it from a backup.",
}


def sentence_for(error: BaseException, url: URL) -> str | None:
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
