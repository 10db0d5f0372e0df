import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError

from smartshopie_db import connections
from smartshopie_db.engine import SCHEMA_FILE, Engine, storable
from smartshopie_db.errors import StoreUnavailable

TOUCHED = ("kind", "key", "batch")
KEYS = ("kind", "key")
same_store = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def touched(engine: Engine) -> list[tuple[object, ...]]:
    return engine.read("SELECT kind, key, batch FROM touched ORDER BY kind, key").rows


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
    with engine.write() as transaction:
        transaction.append("touched", TOUCHED, [("visitor", word, 1) for word in words])
    found = [row[0] for row in engine.read("SELECT key FROM touched ORDER BY key").rows]
    assert found == sorted(words, key=lambda word: word.encode())
    greater = engine.read("SELECT key FROM touched WHERE key > :low ORDER BY key", {"low": "a"}).rows
    assert greater == [("z",), ("É",), ("ä",)]


@pytest.mark.parametrize("rows", [0, 1, 3, 500])
def test_append_counts_the_rows_it_inserted(engine: Engine, rows: int) -> None:
    with engine.write() as transaction:
        assert transaction.append("touched", TOUCHED, (("visitor", str(row), row) for row in range(rows))) == rows
    assert len(touched(engine)) == rows


@pytest.mark.parametrize("rows", [3, 500])
def test_an_append_that_ignores_conflicts_counts_only_new_rows_and_keeps_old_ones(engine: Engine, rows: int) -> None:
    with engine.write() as transaction:
        transaction.append("touched", TOUCHED, [("visitor", "0", -1), ("visitor", "1", -1)])
        new = [("visitor", str(row), row) for row in range(rows)]
        assert transaction.append("touched", TOUCHED, [*new, *new], ignore_conflicts=True) == rows - 2
    found = {key: batch for _, key, batch in touched(engine)}
    assert found == {**{str(row): row for row in range(rows)}, "0": -1, "1": -1}


def test_an_append_that_meets_a_conflict_stores_nothing(engine: Engine) -> None:
    with pytest.raises(Exception, match=r"(?i)unique"), engine.write() as transaction:
        transaction.append("touched", TOUCHED, [("visitor", "1", 1), ("visitor", "1", 1)])
    assert touched(engine) == []


@pytest.mark.parametrize("rows", [2, 500])
def test_upsert_replaces_by_key_and_the_last_of_equal_keys_wins(engine: Engine, rows: int) -> None:
    with engine.write() as transaction:
        transaction.upsert("touched", TOUCHED, [("visitor", str(row), 1) for row in range(rows)], KEYS)
        transaction.upsert("touched", TOUCHED, [("visitor", str(row % 2), row) for row in range(rows + 2)], KEYS)
    found = {key: batch for _, key, batch in touched(engine)}
    assert len(found) == rows
    assert (found["0"], found["1"]) == (rows, rows + 1)


@pytest.mark.parametrize("rows", [2, 500])
def test_delete_takes_exactly_the_rows_with_these_keys(engine: Engine, rows: int) -> None:
    with engine.write() as transaction:
        transaction.append("touched", TOUCHED, [("visitor", str(row), 1) for row in range(rows)] + [("order", "0", 1)])
        assert transaction.delete("touched", KEYS, [("visitor", str(row)) for row in range(rows + 5)]) == rows
    assert touched(engine) == [("order", "0", 1)]


@same_store
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["append", "upsert", "delete"]),
            st.lists(st.tuples(st.integers(0, 90), st.integers(0, 9)), max_size=80),
        ),
        max_size=6,
    )
)
def test_a_table_holds_what_a_dict_would(engine: Engine, steps: list[tuple[str, list[tuple[int, int]]]]) -> None:
    expected: dict[str, int] = {}
    with engine.write() as transaction:
        transaction.execute("DELETE FROM touched")
        for action, entries in steps:
            rows = [("visitor", str(key), value) for key, value in entries]
            if action == "append":
                before = len(expected)
                for _, key, value in rows:
                    expected.setdefault(key, value)
                assert transaction.append("touched", TOUCHED, rows, ignore_conflicts=True) == len(expected) - before
            elif action == "upsert":
                transaction.upsert("touched", TOUCHED, rows, KEYS)
                expected.update({key: value for _, key, value in rows})
            else:
                gone = {key for _, key, _ in rows} & expected.keys()
                assert transaction.delete("touched", KEYS, [row[:2] for row in rows]) == len(gone)
                expected = {key: value for key, value in expected.items() if key not in gone}
    assert {key: batch for _, key, batch in touched(engine)} == expected


def test_replacing_days_touches_only_those_days_and_only_rows_from_events(engine: Engine) -> None:
    columns = ("record_date", "interaction_name", "count", "source")
    with engine.write() as transaction:
        transaction.append(
            "interaction_types", columns,
            [(f"1970-01-0{day}", "chat", day, source) for day in (1, 2, 3, 4) for source in ("events", "imported")],
        )  # fmt: skip
        transaction.replace_days("interaction_types", columns[:3], [("1970-01-02", "image", 9)], 1, 2)
    found = engine.read("SELECT record_date, interaction_name, source FROM interaction_types ORDER BY 1, 2, 3").rows
    assert found == [
        ("1970-01-01", "chat", "events"), ("1970-01-01", "chat", "imported"), ("1970-01-02", "chat", "imported"),
        ("1970-01-02", "image", "events"), ("1970-01-03", "chat", "imported"), ("1970-01-04", "chat", "events"),
        ("1970-01-04", "chat", "imported"),
    ]  # fmt: skip


@pytest.mark.parametrize("length", [0, 1, 40_000])
def test_a_list_behind_in_may_have_any_length(engine: Engine, length: int) -> None:
    with engine.write() as transaction:
        transaction.append("touched", TOUCHED, [("visitor", "1", 1), ("order", "1", 2), ("visitor", "x'", 3)])
    keys = [str(number) for number in range(1, length)] + ["x'"] * (length > 0)
    expected = [] if length == 0 else [("x'",)] if length == 1 else [("1",), ("1",), ("x'",)]
    assert engine.read("SELECT key FROM touched WHERE key IN :keys ORDER BY key", {"keys": keys}).rows == expected
    assert engine.read("SELECT key FROM touched WHERE key in (:keys) ORDER BY key", {"keys": keys}).rows == expected
    others = engine.read("SELECT key FROM touched WHERE key NOT IN :keys", {"keys": tuple(keys)}).rows
    assert len(others) == 3 - len(expected)


def test_a_list_of_numbers_finds_numbers(engine: Engine) -> None:
    with engine.write() as transaction:
        transaction.append("touched", TOUCHED, [("visitor", str(n), n * 10**12) for n in range(5)])
    found = engine.read("SELECT key FROM touched WHERE batch IN :n ORDER BY key", {"n": [10**12, 3 * 10**12, 7]})
    assert found.rows == [("1",), ("3",)]
    assert found.columns == ("key",)


def test_a_long_result_comes_in_pieces(engine: Engine) -> None:
    with engine.write() as transaction:
        transaction.append("touched", TOUCHED, [("visitor", f"{n:04d}", n) for n in range(1000)])
    query = "SELECT key, batch FROM touched WHERE batch >= :low ORDER BY key"
    pieces = list(engine.read_chunks(query, {"low": 1}, 300))
    assert [len(piece.rows) for piece in pieces] == [300, 300, 300, 99]
    assert {piece.columns for piece in pieces} == {("key", "batch")}
    assert [row[1] for piece in pieces for row in piece.rows] == list(range(1, 1000))


def test_pieces_are_of_one_moment_while_others_write(engine: Engine) -> None:
    with engine.write() as transaction:
        transaction.append("touched", TOUCHED, [("visitor", f"{n:04d}", 1) for n in range(900)])
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


def test_an_error_rolls_everything_back(engine: Engine) -> None:
    def fail_halfway() -> None:
        with engine.write() as transaction:
            transaction.set("half", "done")
            transaction.append("touched", TOUCHED, [("visitor", "1", 1)])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_halfway()
    assert engine.get("half") is None
    assert touched(engine) == []


def test_a_transaction_sees_its_own_writes_and_others_see_them_after_the_commit(engine: Engine) -> None:
    with engine.write() as transaction:
        transaction.set("name", "value")
        assert transaction.read("SELECT value FROM store WHERE name = 'name'").rows == [("value",)]
        assert engine.get("name") is None
        assert transaction.execute("UPDATE store SET value = :v WHERE name = :n", {"v": "new", "n": "name"}) == 1
    assert engine.get("name") == "new"


def test_many_threads_count_without_losing_one(engine: Engine, store_url: str) -> None:
    other = Engine.open(store_url)

    def count(store: Engine) -> None:
        for _ in range(10):
            with store.write() as transaction:
                found = transaction.read("SELECT value FROM store WHERE name = 'n'").rows
                transaction.set("n", str(int(found[0][0]) + 1 if found else 1))
            store.get("n")

    threads = [threading.Thread(target=count, args=(store,)) for store in (engine, other) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert engine.get("n") == "80"


@same_store
@given(st.text(st.characters() | st.sampled_from("\x00\ud800\udfff'\"\\%:")))
def test_any_text_can_be_stored_and_asked_for(engine: Engine, text: str) -> None:
    with engine.write() as transaction:
        transaction.set("text", storable(text))
    assert engine.get("text") == storable(text)
    assert engine.read("SELECT name FROM store WHERE value = :v", {"v": text}).rows == [("text",)]
    assert engine.read("SELECT name FROM store WHERE value IN :v", {"v": [text]}).rows == [("text",)]


def test_whole_numbers_of_64_bits_and_exact_fractions_are_kept(engine: Engine) -> None:
    with engine.write() as transaction:
        transaction.append("touched", TOUCHED, [("visitor", "big", 2**63 - 1), ("visitor", "small", -(2**63))])
        columns = ("record_date", "system_component", "status", "cpu_usage")
        transaction.append("system_health", columns, [("d", "c", "s", 0.1)])
    assert [row[2] for row in touched(engine)] == [2**63 - 1, -(2**63)]
    assert engine.read("SELECT cpu_usage FROM system_health").rows == [(0.1,)]


# ------------------------------------------------------------------ in words


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
        ("postgresql://me:hidden@127.0.0.1:1/none", "cannot be reached"),
    ],
)  # fmt: skip
def test_what_cannot_be_opened_is_said_in_a_sentence(tmp_path: Path, url: str, words: str) -> None:
    with pytest.raises(StoreUnavailable, match=words) as caught:
        Engine.open(url.format(tmp_path), create=False)
    assert "hidden" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_said_to_be_none_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("no database\n" * 500)
    with pytest.raises(StoreUnavailable, match="is no SQLite database"):
        Engine.open(f"sqlite:///{tmp_path}/text.db")
    assert (tmp_path / "text.db").read_text() == "no database\n" * 500


def test_a_damaged_file_is_said_to_be_damaged(sqlite: Engine, tmp_path: Path) -> None:
    with sqlite.write() as transaction:
        transaction.append("touched", TOUCHED, [("visitor", f"{n:09d}" * 20, n) for n in range(5000)])
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


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Engine]:
    opened = Engine.open(f"sqlite:///{tmp_path / 'store.db'}")
    opened.apply_schema()
    yield opened
    opened.close()
