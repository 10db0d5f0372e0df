"""The SQL files keep to what SQLite, PostgreSQL and a warehouse all know, and fill the tables of the schema."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random

import pytest

from smartshopie_db.rollups.tables import DAILY_TABLES, select_of
from tests.smartshopie_db.rollups.conftest import HandFilled

FUNCTIONS = {"SUM", "COUNT", "MIN", "MAX", "COALESCE", "CAST", "LAG", "ROW_NUMBER"}
WORDS_BEFORE_BRACKETS = {"AS", "OVER", "IN", "FROM", "ON", "THEN", "WHEN", "WHERE", "AND", "OR", "BY"}
TEXT_COLUMNS = r"\b(MIN|MAX)\(\s*(?:\w+\.)?(\w*(_id|name|category|feature|model|aspect|predicted|actual))\s*\)"
FILES = sorted((Path(__file__).parents[3] / "smartshopie_db" / "rollups").glob("*.sql"))


def code_of(path: Path) -> str:
    return re.sub(r"--[^\n]*", "", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_is_one_select_over_a_range_of_days(path: Path) -> None:
    code = code_of(path)
    assert re.match(r"\s*(WITH|SELECT)\b", code)
    assert ";" not in code
    assert not re.search(r"\b(INSERT|UPDATE|DELETE|CREATE|PRAGMA|VALUES)\b", code)
    assert set(re.findall(r":(\w+)", code)) <= {"first_day", "last_day", "minor_per_unit"}
    assert {"first_day", "last_day"} <= set(re.findall(r":(\w+)", code))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_calls_only_functions_that_every_engine_has(path: Path) -> None:
    code = code_of(path)
    called = {name.upper() for name in re.findall(r"\b([A-Za-z_]+)\s*\(", code)}
    named = {name.upper() for name in re.findall(r"\b(\w+)\s+AS\s*\(", code)}
    assert called - WORDS_BEFORE_BRACKETS - named <= FUNCTIONS
    assert "::" not in code
    assert not re.search(TEXT_COLUMNS, code), "text compares by collation: no MIN or MAX of it"


def test_every_table_has_its_file_and_every_file_its_table() -> None:
    assert {table.name for table in DAILY_TABLES} == {path.stem for path in FILES}
    assert all(select_of(table.name).startswith("-- ") for table in DAILY_TABLES)


def fill_at_random(store: HandFilled, seed: int) -> None:
    with store.together():
        _fill(store, seed)


def _fill(store: HandFilled, seed: int) -> None:
    draw = Random(seed)  # noqa: S311 - the same rows every time
    features, products = ("chat", "questionnaire", "image", "routine", "other"), ("p1", "p2", "Ä", "a")
    categories, models = ("Serum", "balm", "Étui"), ("m1", "m2", None)
    for number in range(40):
        day, flag = draw.randrange(10), lambda: draw.randrange(2)
        feature, credited = draw.choice(features), draw.choice((*features, None))
        product, category = draw.choice(products), draw.choice(categories)
        store.put("sessions", day=day, hour=draw.randrange(24), has_conversation=flag(), has_product_view=flag(),
                  has_product_added=flag(), orders=flag(), credited_orders=flag(), first_ms=0,
                  first_order_ms=draw.randrange(10**9), recovered=flag())  # fmt: skip
        store.put("conversations", conversation_id=f"c{number}", day=day, feature=feature, resolved=flag(), closed=1,
                  recommended=flag(), matched=flag(), response_ms_sum=draw.randrange(9999),
                  response_count=flag())  # fmt: skip
        store.put("answers", day=day, model=draw.choice(models), response_ms=draw.choice((None, 333)),
                  confidence_milli=draw.choice((None, 777)))  # fmt: skip
        store.put("ratings", day=day, feature=feature, rating_milli=draw.randrange(1000, 5001),
                  aspect=draw.choice(("overall", "product_match", "helpfulness")))  # fmt: skip
        store.put("concerns", concern_key=f"c:c{number}", concern_name=draw.choice(("acne", "Öl")), day=day)
        store.put("recommendations", day=day, product_id=product, purchased=flag())
        store.put("predictions", day=day, predicted=draw.choice("abc"), actual=draw.choice("abc"))
        store.put("product_requests", day=day, product_name=draw.choice(("Aloe", "aloe", "Balm")))
        store.put("product_views", day=day, product_id=product, category=category, after_recommendation=flag())
        store.put("orders", order_id=f"o{number}", day=day, revenue_minor=draw.randrange(9999),
                  in_store_currency=draw.choice((0, 1, 1)), credited_feature=credited)  # fmt: skip
        store.put("order_lines", order_id=f"o{number}", day=day, product_id=draw.choice((product, None)),
                  category=category, quantity=draw.choice((1, 0.1, 0.7)), revenue_minor=draw.randrange(9999),
                  credited_feature=credited)  # fmt: skip
        store.put("reversals", day=day, amount_minor=draw.randrange(999), credited_feature=credited)
        store.put("reversal_lines", day=day, product_id=product, category=category, amount_minor=draw.randrange(999))
        store.put("visitors", visitor_id=f"u:{number}", first_day=day, is_customer=flag())
        store.put("visitor_days", visitor_id=f"u:{number}", day=day, first_day=draw.randrange(day + 1),
                  previous_day=draw.choice((None, 0)), net_revenue_minor=draw.randrange(-99, 999))  # fmt: skip
    store.put("products", product_id="p1", product_name="Ünique", category="Serum")


@pytest.mark.postgresql
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_both_engines_make_the_same_rows(sqlite_store: HandFilled, postgresql_store: HandFilled, seed: int) -> None:
    fill_at_random(sqlite_store, seed)
    fill_at_random(postgresql_store, seed)
    for table in DAILY_TABLES:
        one, other = sqlite_store.added_up(table.name, 1, 8), postgresql_store.added_up(table.name, 1, 8)
        assert sorted(map(repr, one)) == sorted(map(repr, other)), table.name
        assert one


@pytest.mark.parametrize("seed", [4, 5])
def test_days_added_up_one_by_one_are_the_same_as_together(sqlite_store: HandFilled, seed: int) -> None:
    fill_at_random(sqlite_store, seed)
    for table in DAILY_TABLES:
        together = sqlite_store.added_up(table.name)
        alone = [row for day in range(10) for row in sqlite_store.added_up(table.name, day, day)]
        assert sorted(map(repr, together)) == sorted(map(repr, alone)), table.name


def test_a_select_writes_only_columns_that_its_table_has(sqlite_store: HandFilled) -> None:
    fill_at_random(sqlite_store, 6)
    for table in DAILY_TABLES:
        columns = set(sqlite_store.engine.read(f"SELECT * FROM {table.name}").columns)
        assert set(sqlite_store.added_up(table.name)[0]) <= columns
