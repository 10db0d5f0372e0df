"""The schema can be applied again, and what is read every day uses its indexes, as SQLite's EXPLAIN says."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from datetime import timedelta
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pytest

from data.catalogue import CATALOGUE
from data.fetch import fetch
from data.period import resolve
from smartshopie_db.database import SmartShopieDB
from smartshopie_db.derive import frozen
from smartshopie_db.engine import SCHEMA_FILE, Engine, Rows
from smartshopie_db.rollups import customer_value, snapshots
from smartshopie_db.rollups.tables import select_of
from smartshopie_db.statements import bound
from tests.data.rows_of_a_shop import fill
from tests.smartshopie_db.derive.tangle import tangle

from tests.data.conftest import TODAY  # isort: skip

SMALL = frozenset({"store", "event_sources", "write_keys", "billing_payments", "billing_summary", "usage_alerts",
                   "api_configurations", "api_endpoints", "rejected_events", "products"})  # fmt: skip
"""Tables that hold a row per source, key, route, invoice or product: they do not grow with the days."""

BY_CUSTOMER = "revenue/customer-value"  # ranks all customers on a day that is no month's end: asked of every visitor

SELECTS = sorted((SCHEMA_FILE.parent / "smartshopie_db" / "rollups").glob("*.sql"))


def scans(connection: sqlite3.Connection, sql: str, parameters: Mapping[str, Any]) -> list[str]:
    """The steps of a query's plan that read a whole table or a whole index."""
    plan = [str(row[3]) for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", dict(parameters))]
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    aliases = {step.split()[1] for step in plan if step.startswith("SCAN ")}
    return [step for step in plan if step.startswith("SCAN ") and step.split()[1] in (aliases & tables) - SMALL]


def test_the_schema_can_be_run_again_on_the_same_file(tmp_path: Path) -> None:
    script = SCHEMA_FILE.read_text(encoding="utf-8")
    with closing(sqlite3.connect(tmp_path / "smartshopie_dashboard.db")) as connection:
        connection.executescript(script)
        first = connection.execute("SELECT type, name, sql FROM sqlite_master ORDER BY name").fetchall()
        connection.executescript(script)
        assert connection.execute("SELECT type, name, sql FROM sqlite_master ORDER BY name").fetchall() == first


@pytest.mark.parametrize("path", SELECTS, ids=lambda path: path.stem)
def test_a_rollup_of_two_days_reads_no_table_to_its_end(tmp_path: Path, path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "store.db")) as connection:
        connection.executescript(SCHEMA_FILE.read_text(encoding="utf-8"))
        sql = path.read_text(encoding="utf-8")
        names = {"first_day": 20_000, "last_day": 20_001, "minor_per_unit": 100.0}
        assert scans(connection, sql, names) == []


def test_what_a_rollup_counts_of_many_rows_stands_in_an_index(tmp_path: Path) -> None:
    many = {"sessions", "product_views", "visitor_days", "visitors", "customer_cohorts", "conversations", "answers",
            "recommendations", "concerns"}  # fmt: skip
    asked = {path.stem: path.read_text(encoding="utf-8") for path in SELECTS if path.stem != "customer_interactions"}
    asked |= {"tiers": customer_value._TO_DATE, "cohorts": snapshots._COHORTS_TO_DATE}
    names = {"first_day": 20_000, "last_day": 20_001, "day": 20_001, "year_ago": 19_636, "minor_per_unit": 100.0}
    with closing(sqlite3.connect(tmp_path / "store.db")) as connection:
        connection.executescript(SCHEMA_FILE.read_text(encoding="utf-8"))
        for name, sql in asked.items():
            plan = [str(row[3]) for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", names)]
            beside = [step for step in plan if " USING INDEX " in step and step.split()[1] in many]
            assert (name, beside) == (name, [])


def test_a_rollup_of_new_events_reads_nothing_to_its_end_but_marks_and_what_customers_spent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, Any] = {}
    ask = Engine._ask

    def remembered(self: Engine, connection: Any, sql: str, parameters: Mapping[str, Any] | None) -> Rows:
        asked.setdefault(*bound(self.dialect, sql, parameters))
        return ask(self, connection, sql, parameters)

    with SmartShopieDB(tmp_path / "store.db") as db:
        messages = tangle(Random(1), 200)  # noqa: S311 - the same messages every time
        messages = [one for one in messages if one.get("event") != "Invoice Paid"]  # few, and found without an index
        db.ingest(messages[:100])
        db.rollup()
        monkeypatch.setattr(Engine, "_ask", remembered)
        db.ingest(messages[100:])
        db.rollup()
        with closing(sqlite3.connect(tmp_path / "store.db")) as connection:
            found = {step: sql for sql, values in asked.items() for step in scans(connection, sql, values)}
    assert len(asked) > 60
    assert set(found) == {"SCAN dirty_days", "SCAN visitor_days USING COVERING INDEX visitor_days_earned"}, found


@pytest.mark.parametrize(
    ("sql", "step"),
    [
        (frozen._SESSIONS, "SEARCH s USING INDEX sqlite_autoindex_sessions_1 (session_id=?)"),
        (select_of("customer_interactions"), "SEARCH c USING INDEX conversations_counted (day>? AND day<?)"),
    ],
    ids=["the sessions that may go on", "a day's conversations"],
)
def test_few_rows_of_many_are_looked_for(tmp_path: Path, sql: str, step: str) -> None:
    with closing(sqlite3.connect(tmp_path / "store.db")) as connection:
        connection.executescript(SCHEMA_FILE.read_text(encoding="utf-8"))
        statement, values = bound("sqlite", sql, {"ids": ["u:1"], "first_day": 20_000, "last_day": 20_001})
        assert step in [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)]


def asked_of(path: Path, names: Iterable[str], monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """What a store with some months of summaries is asked for the answers of these datasets: 30 days, and a year."""
    found: list[tuple[str, dict[str, Any]]] = []
    read = Engine.read

    def remembered(self: Engine, sql: str, parameters: Mapping[str, Any] | None = None) -> Rows:
        found.append((sql, dict(parameters or {})))
        return read(self, sql, parameters)

    with SmartShopieDB(path) as db:
        fill(db.engine, TODAY - timedelta(days=150), TODAY)
        monkeypatch.setattr(Engine, "read", remembered)
        for name, period in product(names, ("30d", "1y")):
            fetch(db, name, resolve(period=period, today=TODAY))
    return found


def test_no_answer_about_a_window_reads_a_table_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    windowed = [name for name, one in CATALOGUE.items() if one.windowed and one.kind != "flat" and name != BY_CUSTOMER]
    asked = asked_of(tmp_path / "store.db", windowed, monkeypatch)
    with closing(sqlite3.connect(tmp_path / "store.db")) as connection:
        found = {
            step: sql
            for sql, parameters in asked
            if not any(isinstance(value, (list, tuple)) for value in parameters.values())
            for step in scans(connection, sql, parameters)
        }
    assert sum("_months WHERE" in sql for sql, _ in asked) > 10
    assert len(asked) > 40
    assert set(found) == {"SCAN whole_months"}, found


def test_the_newest_conversations_are_read_without_sorting_all_of_the_window(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = asked_of(tmp_path / "store.db", ["customers/interactions"], monkeypatch)
    newest = [(sql, parameters) for sql, parameters in asked if "ORDER BY started_ms" in sql]
    with closing(sqlite3.connect(tmp_path / "store.db")) as connection:
        for sql, parameters in newest:
            plan = [str(row[3]) for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", parameters)]
            assert plan[0].startswith("SEARCH customer_interactions USING INDEX customer_interactions_started")
            assert all("RIGHT PART" in step for step in plan[1:])  # ties alone are sorted
    assert len(newest) == 2
