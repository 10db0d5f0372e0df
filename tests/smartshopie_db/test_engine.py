"""An open store: its tables, long results, and snapshots of one moment."""

import sqlite3
import threading

import pytest
from sqlalchemy.exc import DBAPIError

from smartshopie_db.engine import SCHEMA_FILE, Engine
from tests.smartshopie_db.touching import touch


def test_the_schema_can_be_applied_again_and_again(engine: Engine) -> None:
    with engine.write() as transaction:
        transaction.set("kept", "yes")
    engine.apply_schema()
    assert engine.get("kept") == "yes"


def test_every_table_of_the_schema_is_there(engine: Engine) -> None:
    tables = [line.split()[5] for line in SCHEMA_FILE.read_text().splitlines() if line.startswith("CREATE TABLE")]
    assert len(tables) > 40
    for table in tables:
        assert engine.read(f"SELECT * FROM {table}").rows == []


def test_text_compares_bytewise(engine: Engine) -> None:
    words = ["Z", "a", "B", "ä", "_", "1", "É", "z"]
    touch(engine, [("visitor", word, 1) for word in words])
    found = [row[0] for row in engine.read("SELECT key FROM touched ORDER BY key").rows]
    assert found == sorted(words, key=lambda word: word.encode())
    greater = engine.read("SELECT key FROM touched WHERE key > :low ORDER BY key", {"low": "a"}).rows
    assert greater == [("z",), ("É",), ("ä",)]


def test_a_long_result_comes_in_pieces(engine: Engine) -> None:
    touch(engine, [("visitor", f"{n:04d}", n) for n in range(1000)])
    query = "SELECT key, batch FROM touched WHERE batch >= :low ORDER BY key"
    pieces = list(engine.read_chunks(query, {"low": 1}, 300))
    assert [len(piece.rows) for piece in pieces] == [300, 300, 300, 99]
    assert {piece.columns for piece in pieces} == {("key", "batch")}
    assert [row[1] for piece in pieces for row in piece.rows] == list(range(1, 1000))


def test_pieces_are_of_one_moment_while_others_write(engine: Engine) -> None:
    touch(engine, [("visitor", f"{n:04d}", 1) for n in range(900)])
    seen = 0
    for piece in engine.read_chunks("SELECT batch FROM touched", size=300):
        assert {row[0] for row in piece.rows} == {1}
        seen += len(piece.rows)
        with engine.write() as transaction:
            transaction.execute("UPDATE touched SET batch = 2")
    assert seen == 900


def set_word(engine: Engine, value: str) -> None:
    with engine.write() as transaction:
        transaction.set("word", value)


def test_what_is_read_in_a_snapshot_is_of_one_moment(engine: Engine) -> None:
    word = "SELECT value FROM store WHERE name = 'word'"
    set_word(engine, "old")
    with engine.snapshot():
        assert engine.get("word") == "old"
        set_word(engine, "new")
        with engine.snapshot():
            assert (engine.get("word"), engine.read(word).rows) == ("old", [("old",)])
        assert (engine.get("word"), engine.read(word).rows) == ("old", [("old",)])
    assert (engine.get("word"), engine.read(word).rows) == ("new", [("new",)])


def test_a_snapshot_begins_with_its_first_read_and_is_of_one_thread(engine: Engine) -> None:
    seen: list[str | None] = []
    set_word(engine, "old")
    with engine.snapshot():
        set_word(engine, "new")
        assert engine.get("word") == "new"
        set_word(engine, "newest")
        other = threading.Thread(target=lambda: seen.append(engine.get("word")))
        other.start()
        other.join()
    assert seen == ["newest"]


def test_a_snapshot_outlives_a_failed_read(engine: Engine) -> None:
    set_word(engine, "old")
    with engine.snapshot():
        assert engine.get("word") == "old"
        with pytest.raises((DBAPIError, sqlite3.OperationalError)):
            engine.read("SELECT nothing FROM store")
        assert engine.read("SELECT value FROM store WHERE name = 'word'").rows == [("old",)]


def test_snapshots_give_their_connections_back(engine: Engine) -> None:
    for number in range(60):  # more than there are connections
        with engine.snapshot():
            set_word(engine, str(number))
            assert engine.get("word") == str(number)
