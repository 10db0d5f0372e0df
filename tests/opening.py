"""Stores of a test: new, with their tables, closed at the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from sqlalchemy import make_url

from smartshopie_db.engine import Engine

_numbers = count(1)


@contextmanager
def store(url: str) -> Iterator[Engine]:
    """An open store with its tables."""
    engine = Engine.open(url)
    try:
        engine.apply_schema()
        yield engine
    finally:
        engine.close()


def without_durability(server: str) -> None:
    """Have a PostgreSQL server wait for no disk."""
    import psycopg  # most tests need none

    with psycopg.connect(server, autocommit=True) as connection:
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {name} = off")
        connection.execute("SELECT pg_reload_conf()")


@contextmanager
def database(server: str) -> Iterator[str]:
    """The URL of an empty database on a PostgreSQL server; it is dropped at the end."""
    import psycopg

    name = f"store_{next(_numbers)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
