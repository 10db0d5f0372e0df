import gzip
import json
import shutil
import sqlite3
from contextlib import closing
from datetime import date

import pytest

import seed_demo_data
from smartshopie_db import clock
from smartshopie_db.clock import DAY_MS, day_of
from smartshopie_db.database import SmartShopieDB

SMALL = ("--quiet", "--visitors-per-day", "15")
TODAY = day_of(date(2026, 8, 20))


@pytest.fixture(autouse=True)
def at_noon(monkeypatch):
    """Noon of a summer's day; call it with a number of days to let them pass."""

    def move(days):
        monkeypatch.setattr(clock, "now_ms", lambda: (TODAY + days) * DAY_MS + DAY_MS // 2)
        monkeypatch.setattr(clock, "today", lambda _: clock.date_of(TODAY + days))

    move(0)
    return move


@pytest.fixture
def seed(tmp_path, capsys):
    """Run the program on a store of its own; gives (exit code, what it printed)."""

    def run(*arguments, database=tmp_path / "shop.db"):
        code = seed_demo_data.main([*SMALL, "--database", str(database), *arguments])
        return code, capsys.readouterr()

    return run


def _dump(path, *tables):
    with SmartShopieDB(path) as store:
        return {table: sorted(store.engine.read(f"SELECT * FROM {table}").rows, key=repr) for table in tables}


def _count(path, table="events"):
    with SmartShopieDB(path) as store:
        return store.engine.read(f"SELECT COUNT(*) FROM {table}").rows[0][0]


def test_a_new_store_is_filled_up_to_this_moment_and_added_up(seed, tmp_path):
    code, printed = seed("--days", "12")
    assert code == 0
    assert "0 rejected" in printed.out
    with SmartShopieDB(tmp_path / "shop.db") as store:
        assert store.covered() == (TODAY - 11, TODAY)
        assert store.engine.get("contents") == "demo"
        newest = store.engine.read("SELECT MAX(occurred_ms), COUNT(DISTINCT source) FROM events").rows[0]
        assert newest[0] <= TODAY * DAY_MS + DAY_MS // 2
        assert newest[1] == 1
        assert store.engine.read("SELECT COUNT(*) FROM overview_kpis").rows == [(12,)]
    assert _count(tmp_path / "shop.db", "sessions") > 100


def test_run_twice_nothing_doubles(seed, tmp_path):
    seed("--days", "8")
    before = _dump(tmp_path / "shop.db", "events", "orders", "sessions", "overview_kpis")
    code, printed = seed("--days", "8")
    assert code == 0
    assert "events: 0 new" in printed.out
    assert _dump(tmp_path / "shop.db", "events", "orders", "sessions", "overview_kpis") == before


def test_run_days_later_only_adds_and_equals_a_store_told_at_once(seed, tmp_path, at_noon):
    seed("--days", "8")
    before = dict.fromkeys(row[0] for row in _dump(tmp_path / "shop.db", "events")["events"])
    at_noon(3)
    assert seed("--days", "8")[0] == 0
    seed("--days", "11", database=tmp_path / "at_once.db")
    tables = ("orders", "sessions", "conversations", "overview_kpis", "revenue_attribution")
    assert before.keys() < {row[0] for row in _dump(tmp_path / "shop.db", "events")["events"]}
    assert _dump(tmp_path / "shop.db", *tables) == _dump(tmp_path / "at_once.db", *tables)


REAL = {"type": "page", "messageId": "real-1", "anonymousId": "someone", "timestamp": "2026-08-01T10:00:00Z"}


def test_a_store_with_real_events_is_not_touched(seed, tmp_path):
    with SmartShopieDB(tmp_path / "shop.db") as store:
        store.ingest([REAL], source="http")
    code, printed = seed("--days", "3")
    assert code == 1
    assert "--into-real-store" in printed.err
    assert _count(tmp_path / "shop.db") == 1


def test_a_store_with_real_events_is_mixed_with_when_told_so(seed, tmp_path):
    with SmartShopieDB(tmp_path / "shop.db") as store:
        store.ingest([REAL], source="http")
    assert seed("--days", "3", "--into-real-store")[0] == 0
    assert _count(tmp_path / "shop.db") > 100
    with SmartShopieDB(tmp_path / "shop.db") as store:
        assert store.engine.get("contents") != "demo"


def test_another_demo_on_top_of_the_first_is_refused(seed, tmp_path):
    seed("--days", "3")
    before = _count(tmp_path / "shop.db")
    code, printed = seed("--days", "3", "--seed", "8")
    assert code == 1
    assert "--seed" in printed.err
    assert _count(tmp_path / "shop.db") == before


def test_if_new_leaves_a_store_that_holds_anything(seed, tmp_path):
    with SmartShopieDB(tmp_path / "shop.db") as store:
        store.ingest([REAL], source="http")
    code, printed = seed("--days", "3", "--if-new")
    assert (code, _count(tmp_path / "shop.db")) == (0, 1)
    assert "stays as it is" in printed.out


def test_if_new_fills_a_new_store_and_finishes_an_interrupted_one(seed, tmp_path, monkeypatch):
    with monkeypatch.context() as breaking:
        breaking.setattr(SmartShopieDB, "rollup", _interrupted)
        code, printed = seed("--days", "3", "--if-new")
        assert code == 130
        assert "stopped; the same command finishes what it began." in printed.err
    assert seed("--days", "3", "--if-new")[0] == 0
    assert _count(tmp_path / "shop.db", "overview_kpis") == 3
    assert "stays as it is" in seed("--days", "5", "--if-new")[1].out


def _interrupted(*_):
    raise KeyboardInterrupt


def test_a_database_of_the_original_system_is_left_as_it_is(seed, tmp_path, real_data):
    original = tmp_path / "shop.db"
    shutil.copy(real_data / "original_smartshopie" / "smartshopie_dashboard.db", original)
    before = original.read_bytes()
    code, printed = seed("--days", "3")
    assert code == 1
    assert "original" in printed.err
    assert seed("--days", "3", "--if-new")[0] == 0
    assert original.read_bytes() == before


@pytest.mark.parametrize("name", ["shop.ndjson", "shop.ndjson.gz"])
def test_an_export_holds_the_same_events_as_the_store(seed, tmp_path, capsys, name):
    seed("--days", "5")
    assert seed_demo_data.main([*SMALL, "--days", "5", "--export", str(tmp_path / name)]) == 0
    assert name in capsys.readouterr().out
    content = (tmp_path / name).read_bytes()
    lines = (gzip.decompress(content) if name.endswith(".gz") else content).splitlines()
    ids = [json.loads(line)["messageId"] for line in lines]
    assert sorted(ids) == [row[0] for row in _dump(tmp_path / "shop.db", "events")["events"]]
    assert not list(tmp_path.glob("*.part"))


def test_an_export_is_the_same_byte_for_byte(tmp_path):
    for name in ("one.gz", "other.gz"):
        seed_demo_data.main([*SMALL, "--days", "3", "--export", str(tmp_path / name)])
    assert (tmp_path / "one.gz").read_bytes() == (tmp_path / "other.gz").read_bytes()


@pytest.mark.parametrize(
    "wrong",
    [
        ("--days", "0"),
        ("--days", "many"),
        ("--visitors-per-day", "-1"),
        ("--visitors-per-day", "nan"),
        ("--seed", "-1"),
    ],
)
def test_nonsense_is_refused_in_words(wrong, capsys):
    with pytest.raises(SystemExit) as stopped:
        seed_demo_data.main(list(wrong))
    assert stopped.value.code == 2
    assert "is no" in capsys.readouterr().err


@pytest.mark.parametrize("folder", ["", ".", "/", "{}"])
def test_a_folder_is_no_file_to_export_to_and_is_told_at_once(folder, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(seed_demo_data, "tell", _interrupted)
    assert seed_demo_data.main([*SMALL, "--export", folder.format(tmp_path)]) == 1
    assert "is a folder, not a file" in capsys.readouterr().err


def test_an_export_that_is_stopped_leaves_what_was_there(tmp_path, monkeypatch, capsys):
    path = tmp_path / "shop.ndjson"
    path.write_text("of before\n")
    monkeypatch.setattr(seed_demo_data, "tell", _interrupted)
    assert seed_demo_data.main([*SMALL, "--export", str(path)]) == 130
    assert "stopped; nothing is written." in capsys.readouterr().err
    assert [found.read_text() for found in tmp_path.iterdir()] == ["of before\n"]


def test_an_address_that_is_no_url_is_said_in_one_line(capsys):
    assert seed_demo_data.main([*SMALL, "--database", "postgresql://h:abc/x"]) == 1
    assert capsys.readouterr().err == (
        "seed_demo_data.py: The store's address is no URL: write sqlite:///FILE or postgresql://...\n"
    )


def test_a_database_of_another_program_is_refused(seed, tmp_path):
    with closing(sqlite3.connect(tmp_path / "shop.db")) as theirs:
        theirs.execute("CREATE TABLE letters (id INTEGER)")
    code, printed = seed("--days", "3")
    assert code == 1
    assert "is a database of another program" in printed.err


def test_a_folder_that_does_not_exist_is_said_in_one_line(tmp_path, capsys):
    assert seed_demo_data.main([*SMALL, "--days", "1", "--export", str(tmp_path / "missing" / "x.ndjson")]) == 1
    assert capsys.readouterr().err.count("\n") == 1
