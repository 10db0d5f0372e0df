"""An original database, opened in place: the copy is verified, every cell arrives, nothing happens twice."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from smartshopie_db.database import SmartShopieDB
from smartshopie_db.errors import StoreUnavailable
from smartshopie_db.migrate import HOUSEKEEPING, is_original, migrate_original

CHANGED = {  # columns that say the same in a stricter form
    "customer_interactions": {"interaction_date"},
    "api_configurations": {"api_key"},
    "billing_payments": {"invoice_url"},
}


@pytest.fixture
def original(real_data: Path, tmp_path: Path) -> Path:
    path = tmp_path / "smartshopie_dashboard.db"
    shutil.copy(real_data / "original_smartshopie" / "smartshopie_dashboard.db", path)
    path.chmod(0o644)
    return path


def tables_of(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        return sorted(name for (name,) in found)


def rows_of(path: Path, table: str, columns: list[str]) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        names = ", ".join(f'"{name}"' for name in columns)
        return sorted(connection.execute(f"SELECT {names} FROM {table}").fetchall(), key=repr)


def columns_of(path: Path, table: str) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]


def test_an_original_database_is_recognised_and_ours_is_not(original: Path, tmp_path: Path) -> None:
    assert is_original(original)
    with SmartShopieDB(tmp_path / "new.db"):
        pass
    assert not is_original(tmp_path / "new.db")
    assert not is_original(tmp_path / "missing.db")


def test_every_cell_of_every_table_arrives(original: Path) -> None:
    migration = migrate_original(original, "EUR")
    for table in tables_of(migration.copy):
        changed = HOUSEKEEPING | CHANGED.get(table, set())
        if table == "usage_alerts":
            changed = changed - {"created_at"}
        columns = [name for name in columns_of(migration.copy, table) if name not in changed]
        assert rows_of(original, table, columns) == rows_of(migration.copy, table, columns), table


def test_the_copy_is_the_file_as_it_was(original: Path, real_data: Path) -> None:
    migration = migrate_original(original, "EUR")
    shipped = real_data / "original_smartshopie" / "smartshopie_dashboard.db"
    assert is_original(migration.copy)
    for table in tables_of(shipped):
        columns = columns_of(shipped, table)
        assert rows_of(migration.copy, table, columns) == rows_of(shipped, table, columns)


def test_it_is_found_whatever_its_name(original: Path) -> None:
    odd = original.rename(original.with_name("shop 50%25?.db"))
    with SmartShopieDB(odd) as db:
        assert db.migration is not None
    assert odd.with_name("shop 50%25?.db.original").exists()


def test_opening_it_again_changes_nothing(original: Path) -> None:
    with SmartShopieDB(original) as db:
        assert db.migration is not None
    size = original.stat().st_size
    with SmartShopieDB(original) as db:
        assert db.migration is None
    assert original.stat().st_size == size
    assert len(list(original.parent.glob("*.original*"))) == 1


def test_a_key_is_known_by_its_last_characters_only(original: Path) -> None:
    migrate_original(original, "EUR")
    with closing(sqlite3.connect(original)) as connection:
        found = connection.execute("SELECT api_key FROM api_configurations WHERE api_key IS NOT NULL")
        keys = [key for (key,) in found]
    assert keys
    assert all(len(key.lstrip("•")) == 4 for key in keys)


def test_a_table_and_a_column_we_do_not_know_stay(original: Path) -> None:
    with closing(sqlite3.connect(original)) as connection:
        connection.execute("CREATE TABLE own_notes (note TEXT)")
        connection.execute("INSERT INTO own_notes VALUES ('keep me')")
        connection.execute("ALTER TABLE overview_kpis ADD COLUMN remark TEXT")
        connection.execute("UPDATE overview_kpis SET remark = 'sale' WHERE record_date = '2025-10-31'")
        connection.commit()
    migrate_original(original, "EUR")
    assert rows_of(original, "own_notes", ["note"]) == [("keep me",)]
    with closing(sqlite3.connect(original)) as connection:
        assert connection.execute("SELECT COUNT(*) FROM overview_kpis WHERE remark = 'sale'").fetchone() == (1,)


def test_a_file_in_use_is_left_as_it_is(original: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smartshopie_db.migrate.BUSY_SECONDS", 0.05)
    with closing(sqlite3.connect(original, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="another program"):
            migrate_original(original, "EUR")
        other.execute("ROLLBACK")
    assert is_original(original)


def test_a_file_that_is_no_database_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "letter.db"
    path.write_text("Dear all, " * 1000)
    with pytest.raises(StoreUnavailable, match="not a readable SQLite database"):
        SmartShopieDB(path).connect()
