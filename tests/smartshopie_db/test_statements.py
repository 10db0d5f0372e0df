"""Lists of any length and texts with anything in them reach the store."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smartshopie_db.engine import Engine, storable
from tests.smartshopie_db.touching import touch


@pytest.mark.parametrize("length", [0, 1, 40_000])
def test_a_list_behind_in_may_have_any_length(engine: Engine, length: int) -> None:
    touch(engine, [("visitor", "1", 1), ("order", "1", 2), ("visitor", "x'", 3)])
    keys = [str(number) for number in range(1, length)] + ["x'"] * (length > 0)
    expected = [] if length == 0 else [("x'",)] if length == 1 else [("1",), ("1",), ("x'",)]
    assert engine.read("SELECT key FROM touched WHERE key IN :keys ORDER BY key", {"keys": keys}).rows == expected
    assert engine.read("SELECT key FROM touched WHERE key in (:keys) ORDER BY key", {"keys": keys}).rows == expected
    others = engine.read("SELECT key FROM touched WHERE key NOT IN :keys", {"keys": tuple(keys)}).rows
    assert len(others) == 3 - len(expected)


def test_a_list_of_numbers_finds_numbers(engine: Engine) -> None:
    touch(engine, [("visitor", str(n), n * 10**12) for n in range(5)])
    found = engine.read("SELECT key FROM touched WHERE batch IN :n ORDER BY key", {"n": [10**12, 3 * 10**12, 7]})
    assert found.rows == [("1",), ("3",)]
    assert found.columns == ("key",)


@pytest.mark.parametrize("length", [1, 40_000])
def test_keys_of_several_parts_are_a_table_to_join(engine: Engine, length: int) -> None:
    touch(engine, [("visitor", "1", 1), ("order", "1", 2), ("visitor", "x'\ufffd", 3)])
    asked = [("visitor", "x'\x00", 3), *(("order", str(number), 2) for number in range(1, length))]
    sql = (
        "SELECT t.kind, t.key, asked.part_2 FROM :asked AS asked CROSS JOIN touched AS t "
        "WHERE t.kind = asked.part_0 AND t.key = asked.part_1 AND t.batch = asked.part_2 ORDER BY t.batch"
    )
    expected = [("order", "1", 2)] * (length > 1) + [("visitor", "x'\ufffd", 3)]
    assert engine.read(sql, {"asked": asked}).rows == expected


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # one store for all
@given(st.text(st.characters() | st.sampled_from("\x00\ud800\udfff'\"\\%:")))
def test_any_text_can_be_stored_and_asked_for(engine: Engine, text: str) -> None:
    with engine.write() as transaction:
        transaction.set("text", storable(text))
    assert engine.get("text") == storable(text)
    assert engine.read("SELECT name FROM store WHERE value = :v", {"v": text}).rows == [("text",)]
    assert engine.read("SELECT name FROM store WHERE value IN :v", {"v": [text]}).rows == [("text",)]


def test_a_text_of_another_class_becomes_a_plain_one() -> None:
    assert type(storable(np.str_("soap"))) is str
