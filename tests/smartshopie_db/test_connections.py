"""What goes wrong with a store is said in a sentence."""

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from smartshopie_db import connections
from smartshopie_db.engine import Engine
from smartshopie_db.errors import StoreUnavailable
from tests import opening
from tests.smartshopie_db.touching import TOUCHED, touch


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Engine]:
    with opening.store(f"sqlite:///{tmp_path / 'store.db'}") as opened:
        yield opened


def test_a_mistake_in_sql_stays_a_mistake(engine: Engine) -> None:
    with pytest.raises((DBAPIError, sqlite3.OperationalError), match="SELEC"):
        engine.read("SELEC 1")


def test_a_store_without_tables_says_how_to_make_them(store_url: str) -> None:
    empty = Engine.open(store_url)
    with pytest.raises(StoreUnavailable, match="has no tables yet: run `python -m smartshopie_db init`"):
        empty.get("timezone")
    empty.close()


def test_a_writer_that_waits_too_long_is_told_so(
    engine: Engine, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "BUSY_SECONDS", 0.1 if engine.dialect == "sqlite" else 1)
    other = Engine.open(store_url)
    with engine.write():
        with pytest.raises(StoreUnavailable, match="is busy"), other.write():
            pass
        assert other.read("SELECT COUNT(*) FROM touched").rows == [(0,)]
    other.close()


def test_within_one_process_a_writer_waits_for_its_turn(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "BUSY_SECONDS", 0.05)
    with engine.write(), pytest.raises(StoreUnavailable, match="is busy"), engine.write():
        pass


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("sqlite:///{}/none.db", "There is no store at"), ("sqlite:///{}", "is a folder, not a file"),
        ("sqlite://", "needs a file"), ("sqlite:///:memory:", "needs a file"), ("a store", "is no URL"),
        ("mysql://h/n", "only SQLite and PostgreSQL"),
        ("postgresql://me:hidden@127.0.0.1:1/none", "cannot be reached"), ("postgresql://h:abc/none", "is no URL"),
    ],
)  # fmt: skip
def test_what_cannot_be_opened_is_said_in_a_sentence(tmp_path: Path, url: str, words: str) -> None:
    with pytest.raises(StoreUnavailable, match=words) as caught:
        Engine.open(url.format(tmp_path), create=False)
    assert "hidden" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["50%25.db", "what?.db", "a b#c.db", "größe.db", "100%/x@y:z.db"])
def test_a_file_is_found_again_by_its_url_whatever_its_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    assert connections.file_of(connections.sqlite_url(path)) == path
    with opening.store(connections.sqlite_url(path)):
        assert [found.name for found in path.parent.iterdir() if found.suffix == ".db"] == [path.name]


def test_a_url_that_names_no_file_has_none() -> None:
    assert [connections.file_of(url) for url in ("sqlite://", "sqlite:///:memory:", "postgresql://h/n")] == [None] * 3


def test_a_file_that_is_no_database_is_said_to_be_none_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("no database\n" * 500)
    with pytest.raises(StoreUnavailable, match="is no SQLite database"):
        Engine.open(f"sqlite:///{tmp_path}/text.db")
    assert (tmp_path / "text.db").read_text() == "no database\n" * 500


def test_a_damaged_file_is_said_to_be_damaged(sqlite: Engine, tmp_path: Path) -> None:
    touch(sqlite, [("visitor", f"{n:09d}" * 20, n) for n in range(5000)])
    sqlite.close()
    path = tmp_path / "store.db"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    with path.open("r+b") as raw:
        raw.seek(200_000)
        raw.write(b"\xff" * 400_000)
    with pytest.raises(StoreUnavailable, match="is damaged"):
        Engine.open(f"sqlite:///{path}").read("SELECT COUNT(*), MAX(key) FROM touched WHERE batch > 0")


def test_a_file_that_is_taken_away_is_missed_and_found_again(sqlite: Engine, tmp_path: Path) -> None:
    path, away = tmp_path / "store.db", tmp_path / "away.db"
    path.rename(away)
    with pytest.raises(StoreUnavailable, match="is missing"):
        sqlite.get("timezone")
    with pytest.raises(StoreUnavailable, match="is missing"), sqlite.write():
        pass
    assert not path.exists()
    away.rename(path)
    assert sqlite.get("timezone") is None


def test_a_full_disk_is_said_to_be_full(sqlite: Engine) -> None:
    def fill() -> None:
        with sqlite.write() as transaction:
            transaction.read("PRAGMA max_page_count = 1")
            transaction.append("touched", TOUCHED, [("visitor", "x" * 1000 + str(n), n) for n in range(5000)])

    with pytest.raises(StoreUnavailable, match="the disk is full"):
        fill()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_said_to_be_so(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StoreUnavailable, match="cannot be made"):
        Engine.open(f"sqlite:///{tmp_path}/store.db")


def test_a_store_is_not_made_in_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="cannot be made at"):
        Engine.open(f"sqlite:///{tmp_path}/nowhere/store.db")


def test_a_committed_event_survives_a_power_cut(sqlite: Engine) -> None:
    with sqlite.write() as transaction:
        assert transaction.read("PRAGMA synchronous").rows == [(2,)]  # FULL
    assert sqlite.read("PRAGMA journal_mode").rows == [("wal",)]


def test_readers_cannot_write(engine: Engine) -> None:
    if engine.dialect == "sqlite":
        with pytest.raises(StoreUnavailable, match="may not be written"):
            engine.read("INSERT INTO store VALUES ('a', 'b')")


def test_what_is_read_to_be_written_waits_for_no_other_process(engine: Engine, store_url: str) -> None:
    other = Engine.open(store_url)
    with other.write() as transaction:
        transaction.set("theirs", "not committed")
        found = engine.read_to_write("SELECT name FROM store WHERE name IN :names", {"names": ["theirs", "mine"]})
        assert (found.columns, found.rows) == (("name",), [])
    other.close()
    assert engine.read_to_write("SELECT value FROM store WHERE name = 'theirs'").rows == [("not committed",)]


def test_what_is_read_to_be_written_comes_through_the_writer(sqlite: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    with sqlite.write() as transaction:
        transaction.set("mine", "written")
    monkeypatch.setattr(sqlite, "_reader", None)
    assert sqlite.read_to_write("SELECT value FROM store WHERE name = 'mine'").rows == [("written",)]


def test_what_was_read_to_be_written_leaves_the_writer_free(engine: Engine) -> None:
    for _ in range(3):
        with pytest.raises((DBAPIError, sqlite3.Error)):
            engine.read_to_write("SELECT nothing FROM nowhere_in_particular LIMIT 'x' FROM")
        with engine.write() as transaction:
            transaction.set("mine", "written")
        assert engine.read_to_write("SELECT value FROM store WHERE name = 'mine'").rows == [("written",)]
