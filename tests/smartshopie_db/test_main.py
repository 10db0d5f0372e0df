import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from smartshopie_db.__main__ import main
from smartshopie_db.engine import Engine
from tests import opening


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The settings name a store that is not there yet."""
    path = tmp_path / "store.db"
    monkeypatch.setenv("SMARTSHOPIE_DATABASE_URL", f"sqlite:///{path}")
    return path


@pytest.fixture
def messages(tmp_path: Path) -> Path:
    path = tmp_path / "events.ndjson"
    events = [
        {"type": "track", "event": "Conversation Started", "properties": {"conversationId": "c"}},
        {"type": "track", "event": "Order Completed", "properties": {"order_id": 1, "revenue": 20, "currency": "USD"}},
        {"type": "track", "event": "Order Refunded"},
    ]  # fmt: skip
    common = {"userId": "u", "timestamp": "2026-11-01T23:30:00Z"}
    path.write_text("".join(json.dumps({**common, "messageId": str(n), **e}) + "\n" for n, e in enumerate(events)))
    return path


def test_a_store_is_made_filled_added_up_and_described(messages: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init"]) == 0
    assert "The store is ready" in capsys.readouterr().out
    assert main(["import", str(messages)]) == 0
    told = capsys.readouterr().out
    assert "accepted 2, duplicate 0, rejected 1" in told
    assert "missing_order 1" in told
    assert "1 orders in USD" in told
    assert "1 visitors derived, 1 days added up" in told
    assert main(["status"]) == 0
    told = capsys.readouterr().out
    assert "2026-11-01 to 2026-11-01" in told
    assert "up to date" in told
    assert "missing_order 1" in told
    assert "days in UTC, money in EUR, credit within 7 days" in told


def test_what_waits_for_a_rollup_is_said_and_done(messages: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", str(messages), "--no-rollup"]) == 0
    assert main(["status"]) == 0
    assert "things wait" in capsys.readouterr().out
    assert main(["rollup"]) == 0
    capsys.readouterr()
    assert main(["status"]) == 0
    assert "up to date" in capsys.readouterr().out


def test_a_rebuild_can_change_the_time_zone_and_with_it_the_days(
    messages: Path, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["import", str(messages)])
    assert main(["rebuild", "--timezone", "Europe/Berlin", "--currency", "USD", "--attribution-days", "14"]) == 0
    capsys.readouterr()
    assert main(["status"]) == 0
    told = capsys.readouterr().out
    assert "2026-11-02 to 2026-11-02" in told
    assert "days in Europe/Berlin, money in USD, credit within 14 days" in told
    engine = Engine.open(f"sqlite:///{store}")
    kpis = engine.read("SELECT record_date, revenue_impact FROM overview_kpis WHERE source = 'events'").rows
    engine.close()
    assert kpis == [("2026-11-02", 20.0)]


def test_a_store_with_other_settings_is_refused_with_the_command_that_helps(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["init"])
    monkeypatch.setenv("SMARTSHOPIE_TIMEZONE", "Asia/Tokyo")
    assert main(["status"]) == 1
    assert "rebuild --timezone Asia/Tokyo" in capsys.readouterr().err
    assert main(["rebuild", "--timezone", "Asia/Tokyo"]) == 0
    assert main(["status"]) == 0


@pytest.mark.parametrize("command", [["rollup"], ["rebuild"], ["status"], ["replay"], ["keys", "list"]])
def test_a_store_that_is_not_there_is_an_error_and_is_not_made(
    command: list[str], store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command) == 1
    assert capsys.readouterr().err.startswith("error: There is no store at")
    assert not store.exists()


def test_another_store_can_be_named(tmp_path: Path, store: Path) -> None:
    assert main(["--database", str(tmp_path / "other.db"), "init"]) == 0
    assert (tmp_path / "other.db").exists()
    assert not store.exists()


@pytest.mark.parametrize("name", ["50%25.db", "what?.db"])
def test_the_store_is_the_very_file_that_is_named(
    name: str, messages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--database", str(tmp_path / name), "import", str(messages)]) == 0
    monkeypatch.setenv("SMARTSHOPIE_DATABASE_URL", str(tmp_path / name))
    capsys.readouterr()
    assert main(["status"]) == 0
    assert f"{tmp_path / name} (sqlite" in capsys.readouterr().out
    assert [path.name for path in tmp_path.glob("*.db")] == [name]


def test_a_store_whose_path_is_no_text_is_refused_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--database", os.fsdecode(b"\xff.db"), "init"]) == 1
    assert capsys.readouterr().err == (
        "error: The store's path is not text in UTF-8: give the file another name.\n"
    )


def test_a_file_with_nothing_to_read_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad.ndjson").write_text("no json\n")
    assert main(["import", str(tmp_path / "bad.ndjson")]) == 1
    assert "nothing in the file could be read" in capsys.readouterr().err
    assert main(["import", str(tmp_path / "none.ndjson")]) == 1
    assert "is not a file" in capsys.readouterr().err


def test_an_import_that_was_cut_off_after_its_last_row_comes_to_its_end(
    messages: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def cut_off(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as cutting:
        cutting.setattr("smartshopie_db.importers.run._count_foreign", cut_off)
        assert main(["import", str(messages)]) == 130
    capsys.readouterr()
    assert main(["import", str(messages)]) == 0
    told = capsys.readouterr().out
    assert "Read 0 rows of events.ndjson (after 3 read before)" in told
    assert "1 visitors derived" in told


def test_a_rollup_that_was_cut_off_is_done_by_the_same_import_again(
    messages: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def cut_off(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as cutting:
        cutting.setattr("smartshopie_db.database.SmartShopieDB.rollup", cut_off)
        assert main(["import", str(messages)]) == 130
    capsys.readouterr()
    assert main(["import", str(messages)]) == 0
    assert "1 visitors derived" in capsys.readouterr().out


def test_a_dry_run_stores_nothing(messages: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["init"])
    assert main(["import", str(messages), "--dry-run"]) == 0
    capsys.readouterr()
    main(["status"])
    assert "Events         0" in capsys.readouterr().out


def test_a_dry_run_makes_no_store(messages: Path, store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", str(messages), "--dry-run"]) == 0
    assert "accepted 2, duplicate 0, rejected 1" in capsys.readouterr().out
    assert list(store.parent.iterdir()) == [messages]


@pytest.mark.postgresql
def test_a_dry_run_makes_no_tables_on_a_server(messages: Path, postgresql: str) -> None:
    with opening.database(postgresql) as url:
        assert main(["--database", url, "import", str(messages), "--dry-run"]) == 0
        engine = Engine.open(url)
        assert engine.read("SELECT to_regclass('store')").rows == [(None,)]
        engine.close()


@pytest.mark.parametrize("name", ["none.ndjson", "table.csv"])
def test_a_file_that_cannot_be_imported_makes_no_store(name: str, store: Path) -> None:
    (store.parent / "table.csv").write_text("a,b\n1,2\n")
    assert main(["import", str(store.parent / name)]) == 1
    assert not store.exists()


def test_rejected_events_are_tried_again(messages: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["import", str(messages)])
    capsys.readouterr()
    assert main(["replay", "--code", "missing_order"]) == 0
    assert "Rejected events tried again: 1. Stored now: 0." in capsys.readouterr().out


def test_what_is_older_than_events_are_kept_is_not_stored_by_trying_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    old = tmp_path / "old.ndjson"
    old.write_text('{"type": "page", "messageId": "o", "userId": "u", "timestamp": "2020-01-01T00:00:00Z"}\n')
    monkeypatch.setenv("SMARTSHOPIE_RETENTION_DAYS", "30")
    main(["import", str(old)])
    capsys.readouterr()
    assert main(["replay"]) == 0
    assert "Rejected events tried again: 1. Stored now: 0." in capsys.readouterr().out


def test_forgetting_a_person_says_what_was_done(messages: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["import", str(messages)])
    capsys.readouterr()
    assert main(["forget", "u"]) == 0
    assert "Events of the person, anonymised: 2\n" in capsys.readouterr().out
    assert main(["forget", "u"]) == 1
    assert "nobody is known by the userId 'u'" in capsys.readouterr().err


def test_with_days_to_keep_a_rollup_prunes_and_status_and_rebuild_say_so(
    messages: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["import", str(messages)])
    monkeypatch.setenv("SMARTSHOPIE_RETENTION_DAYS", "1")
    monkeypatch.setattr("smartshopie_db.retention.now_ms", lambda: 2_000_000_000_000)
    assert main(["rollup"]) == 0
    capsys.readouterr()
    main(["status"])
    assert ", frozen before 2033-05-17" in capsys.readouterr().out
    assert main(["rebuild"]) == 0
    assert "The days before 2033-05-17 are frozen" in capsys.readouterr().out
    assert main(["rebuild", "--currency", "USD"]) == 1
    assert "are frozen, their events are gone" in capsys.readouterr().err


def test_a_key_is_shown_once_listed_by_its_end_and_revoked(capsys: pytest.CaptureFixture[str]) -> None:
    main(["init"])
    capsys.readouterr()
    assert main(["keys", "add", "shop"]) == 0
    key = capsys.readouterr().out.split()[-1]
    assert main(["keys", "add", "shop"]) == 1
    assert main(["keys", "list"]) == 0
    listed = capsys.readouterr().out
    assert key not in listed
    assert key[-4:] in listed
    assert main(["keys", "revoke", "shop"]) == 0
    assert main(["keys", "list"]) == 0
    assert "revoked" in capsys.readouterr().out
    assert main(["keys", "add"]) == 2


@pytest.mark.parametrize("name", ["my\nshop", "shop\x1b[2J", "shop\u2028"])
def test_a_key_has_a_name_of_one_line(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["init"])
    assert main(["keys", "add", name]) == 1
    assert "cannot have line breaks" in capsys.readouterr().err
    assert main(["keys", "add", "Größe 1"]) == 0


@pytest.mark.parametrize("command", [["forget"], ["keys", "add"], ["keys", "revoke"], ["replay", "--code"]])
def test_an_argument_that_is_no_text_is_refused_in_words(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    main(["init"])
    with pytest.raises(SystemExit) as caught:
        main([*command, os.fsdecode(b"\xff")])
    assert caught.value.code == 2
    assert "it is not text in UTF-8" in capsys.readouterr().err


def test_a_reader_that_has_enough_is_no_error_in_the_program(project: Path) -> None:
    main(["init"])
    reading, writing = os.pipe()
    os.close(reading)
    result = subprocess.run(
        [sys.executable, "-m", "smartshopie_db", "status"], cwd=project, stdout=writing, stderr=subprocess.PIPE,
        text=True, check=False,
    )  # fmt: skip
    os.close(writing)
    assert (result.returncode, result.stderr) == (1, "")


def test_a_wrong_setting_is_one_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("SMARTSHOPIE_PORT", "http")
    assert main(["status"]) == 2
    assert capsys.readouterr().err == "error: SMARTSHOPIE_PORT is 'http', but must be a whole number from 1 to 65535.\n"


def test_a_misspelt_setting_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("SMARTSHOPIE_CURENCY", "USD")
    assert main(["init"]) == 0
    assert "did you mean SMARTSHOPIE_CURRENCY" in capsys.readouterr().err


def test_help_names_every_command_and_setting(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0
    told = capsys.readouterr().out
    words = ("init", "rollup", "rebuild", "status", "import", "replay", "forget", "keys", "SMARTSHOPIE_RETENTION_DAYS")
    for word in words:
        assert word in told


def test_the_password_of_a_store_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SMARTSHOPIE_DATABASE_URL", "postgresql://me:hidden@127.0.0.1:1/none")
    assert main(["status"]) == 1
    told = capsys.readouterr()
    assert "cannot be reached" in told.err
    assert "hidden" not in told.out + told.err


def test_it_runs_as_a_program_from_any_folder_without_a_traceback(project: Path, tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "smartshopie_db", "status"], cwd=tmp_path, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(project)},  # noqa: TID251 - the program's environment plus its folder
    )  # fmt: skip
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.startswith("error: There is no store at")
    assert "Traceback" not in result.stderr
