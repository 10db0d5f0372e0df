"""A database of another program is refused in words, and left as it is."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import make_url

from smartshopie_db.__main__ import main
from smartshopie_db.database import SmartShopieDB
from smartshopie_db.engine import SCHEMA_FILE, Engine
from smartshopie_db.errors import StoreUnavailable
from tests import opening


def made(path: Path, script: str) -> bytes:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)
    return path.read_bytes()


@pytest.mark.parametrize(
    "script",
    [
        "CREATE TABLE letters (id INTEGER); INSERT INTO letters VALUES (1);",
        "CREATE TABLE store (id INTEGER, city TEXT);",
        "CREATE TABLE store (name TEXT, value TEXT); INSERT INTO store VALUES ('city', 'Bonn');",
        "CREATE TABLE events (id INTEGER);",
        "CREATE TABLE Orders (id INTEGER); CREATE VIEW sold AS SELECT id FROM Orders;",
        SCHEMA_FILE.read_text() + "ALTER TABLE events RENAME COLUMN message_id TO number;",
    ],
    ids=["no table of ours", "another store", "a store without a schema", "other events", "other orders", "one column"],
)  # fmt: skip
def test_another_programs_file_is_refused_and_stays_as_it_is(tmp_path: Path, script: str) -> None:
    path = tmp_path / "theirs.db"
    before = made(path, script)
    with pytest.raises(StoreUnavailable, match=r"theirs\.db is a database of another program: give another file"):
        SmartShopieDB(path).connect()
    assert path.read_bytes() == before
    assert [found.name for found in tmp_path.iterdir()] == ["theirs.db"]


@pytest.mark.parametrize("command", [["init"], ["status"], ["rollup"], ["import", "FILE"], ["keys", "add", "shop"]])
def test_no_command_touches_another_programs_file(
    tmp_path: Path, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "events.ndjson").write_text("{}\n")
    path = tmp_path / "theirs.db"
    before = made(path, "CREATE TABLE letters (id INTEGER)")
    words = [str(tmp_path / "events.ndjson") if word == "FILE" else word for word in command]
    assert main(["--database", str(path), *words]) == 1
    assert "is a database of another program" in capsys.readouterr().err
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "script",
    ["", "CREATE TABLE letters (id INTEGER); DROP TABLE letters;", SCHEMA_FILE.read_text()],
    ids=["an empty file", "no tables", "tables made by the script"],
)
def test_a_file_that_holds_nothing_yet_becomes_a_store(tmp_path: Path, script: str) -> None:
    path = tmp_path / "store.db"
    path.touch()
    made(path, script)
    with SmartShopieDB(path) as store:
        assert store.facts.timezone == "UTC"


def test_a_store_with_tables_of_its_owner_is_still_a_store(tmp_path: Path) -> None:
    with SmartShopieDB(tmp_path / "store.db"):
        pass
    made(tmp_path / "store.db", "CREATE TABLE notes (note TEXT)")
    with SmartShopieDB(tmp_path / "store.db") as store:
        assert store.facts.timezone == "UTC"


@pytest.mark.postgresql
def test_a_shared_server_is_taken_unless_a_table_is_named_like_ours(postgresql: str) -> None:
    import psycopg

    with opening.database(postgresql) as url:
        with psycopg.connect(make_url(url).render_as_string(hide_password=False), autocommit=True) as connection:
            connection.execute("CREATE TABLE letters (id INTEGER)")
            connection.execute("CREATE TABLE products (id INTEGER)")
            with pytest.raises(StoreUnavailable, match="has a table products of another program"):
                SmartShopieDB(url).connect()
            found = connection.execute("SELECT relname FROM pg_class WHERE relname IN ('store', 'events')").fetchall()
            assert found == []
            connection.execute("DROP TABLE products")
        for _ in range(2):
            with SmartShopieDB(url) as store:
                assert store.facts.timezone == "UTC"
        engine = Engine.open(url)
        assert engine.read("SELECT COUNT(*) FROM letters").rows == [(0,)]
        engine.close()
