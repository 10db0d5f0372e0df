"""What a transaction writes, all or none, is what is stored."""

import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smartshopie_db.engine import Engine
from tests.smartshopie_db.touching import KEYS, TOUCHED, touched


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


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # one store for all
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


def test_whole_numbers_of_64_bits_and_exact_fractions_are_kept(engine: Engine) -> None:
    with engine.write() as transaction:
        transaction.append("touched", TOUCHED, [("visitor", "big", 2**63 - 1), ("visitor", "small", -(2**63))])
        columns = ("record_date", "system_component", "status", "cpu_usage")
        transaction.append("system_health", columns, [("d", "c", "s", 0.1)])
    assert [row[2] for row in touched(engine)] == [2**63 - 1, -(2**63)]
    assert engine.read("SELECT cpu_usage FROM system_health").rows == [(0.1,)]
