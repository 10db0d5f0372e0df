"""A store of an older schema is brought up to today's, and counts on as if it had always been of it."""

import re
from typing import Any

import pytest

from smartshopie_db import retention
from smartshopie_db.clock import DAY_MS
from smartshopie_db.database import SmartShopieDB
from smartshopie_db.engine import SCHEMA_FILE, Engine
from smartshopie_db.facts import SCHEMA_VERSION, StoreFacts
from smartshopie_db.ingest import ingest
from smartshopie_db.rollup import rollup
from smartshopie_db.rollups.months import break_outside
from smartshopie_db.upgrade import upgrade
from tests.smartshopie_db.retention.conftest import FAR, FIRST, shopping
from tests.smartshopie_db.retention.tables import dump

Rows = list[tuple[Any, ...]]


def make_version_1(engine: Engine) -> None:
    """The store as version 1 of the schema had it: visitor_days by visitor first, nothing kept of last days."""
    script = re.sub(r"--[^\n]*", "", SCHEMA_FILE.read_text(encoding="utf-8"))
    found = re.search(r"CREATE TABLE IF NOT EXISTS visitor_days .*?;", script, re.DOTALL)
    assert found is not None
    table = found[0].replace("(day, visitor_id)", "(visitor_id, day)").rstrip(";")
    rows = engine.read("SELECT * FROM visitor_days")
    with engine.write() as transaction:
        transaction.execute("DROP TABLE visitor_days")
        transaction.execute(table)
        transaction.append("visitor_days", rows.columns, rows.rows)
        transaction.execute("DROP TABLE frozen_visitors")
        break_outside(transaction, None)
        transaction.set("schema_version", "1")
    engine.apply_schema()


def columns_of_key(engine: Engine) -> list[str]:
    if engine.dialect == "sqlite":
        sql = "SELECT name FROM pragma_table_info('visitor_days') WHERE pk > 0 ORDER BY pk"
    else:
        sql = (
            "SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid "
            "WHERE i.indrelid = 'visitor_days'::regclass AND i.indisprimary AND a.attnum = ANY(i.indkey) "
            "ORDER BY array_position(i.indkey::int[], a.attnum::int)"
        )
    return [row[0] for row in engine.read(sql).rows]


def indexes(engine: Engine) -> Rows:
    table, name = ("sqlite_master", "tbl_name") if engine.dialect == "sqlite" else ("pg_indexes", "tablename")
    column = "name" if engine.dialect == "sqlite" else "indexname"
    kind = "AND sql IS NOT NULL AND type = 'index'" if engine.dialect == "sqlite" else "AND indexname NOT LIKE '%pkey%'"
    return engine.read(f"SELECT {column} FROM {table} WHERE {name} = 'visitor_days' {kind} ORDER BY {column}").rows


@pytest.fixture
def frozen(engine: Engine, facts: StoreFacts, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """A store with frozen days and later ones."""
    bought = ((1, "ada", "o1"), (2, "ada", "o2"), (3, "ben", "o3"), (7, "ben", "o4"))
    messages = [one for order in bought for one in shopping(*order)]
    ingest(engine, facts, messages, source="http", received_ms=FAR)
    monkeypatch.setattr(retention, "now_ms", lambda: (FIRST + 15) * DAY_MS + DAY_MS // 2)
    rollup(engine, facts, retention_days=10)
    return engine


def test_the_days_of_visitors_are_kept_by_the_day_with_the_same_rows_and_indexes(frozen: Engine) -> None:
    expected, known = dump(frozen), indexes(frozen)
    last_days = frozen.read("SELECT * FROM frozen_visitors ORDER BY visitor_id").rows
    make_version_1(frozen)
    assert columns_of_key(frozen) == ["visitor_id", "day"]
    assert upgrade(frozen)
    assert columns_of_key(frozen) == ["day", "visitor_id"]
    assert (dump(frozen), indexes(frozen)) == (expected, known)
    assert frozen.read("SELECT * FROM frozen_visitors ORDER BY visitor_id").rows == last_days
    assert last_days == [("u:ada", FIRST + 2), ("u:ben", FIRST + 3)]
    assert frozen.get("schema_version") == str(SCHEMA_VERSION)
    assert not upgrade(frozen)


def test_an_upgraded_store_counts_on(frozen: Engine, facts: StoreFacts) -> None:
    make_version_1(frozen)
    upgrade(frozen)
    ingest(frozen, facts, shopping(8, "ada", "o5"), source="http", received_ms=FAR)
    rollup(frozen, facts)
    days = frozen.read("SELECT day, previous_day FROM visitor_days WHERE visitor_id = 'u:ada' ORDER BY day").rows
    assert days == [(FIRST + 1, None), (FIRST + 2, FIRST + 1), (FIRST + 8, FIRST + 2)]


def test_the_next_rollup_adds_up_the_months(frozen: Engine, facts: StoreFacts) -> None:
    ingest(frozen, facts, shopping(70, "ada", "o6"), source="http", received_ms=FAR)
    rollup(frozen, facts)
    make_version_1(frozen)
    upgrade(frozen)
    assert frozen.read("SELECT * FROM whole_months").rows == []
    expected = dump(frozen)
    rollup(frozen, facts)
    assert frozen.read("SELECT * FROM whole_months").rows == [("2026-04-01",)]
    assert dump(frozen) == expected


def test_a_store_is_upgraded_when_it_is_opened(store_url: str) -> None:
    with SmartShopieDB(store_url) as db:
        make_version_1(db.engine)
    with SmartShopieDB(store_url) as db:
        assert columns_of_key(db.engine) == ["day", "visitor_id"]
        assert db.facts.schema_version == SCHEMA_VERSION


def test_a_new_store_has_nothing_to_upgrade(engine: Engine) -> None:
    assert not upgrade(engine)
