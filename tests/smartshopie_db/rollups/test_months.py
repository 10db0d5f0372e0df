"""A month that is named whole has the sums of its days, whatever comes in and wherever it stops."""

from __future__ import annotations

from random import Random

import pytest

from smartshopie_db import rollup as rollups
from smartshopie_db.engine import Transaction
from smartshopie_db.rollups.months import MONTH_TABLES, MonthTable, add_up_months, break_months, break_outside
from tests.smartshopie_db.rollups.conftest import HandFilled
from tests.smartshopie_db.rollups.receiving import FIRST_DAY, anew, assert_same, purchase, receive, run, shop, summaries

FEBRUARY, MARCH = "2026-02-01", "2026-03-01"  # the shop opens on 20 January


def whole_months(store: HandFilled) -> list[str]:
    return [row[0] for row in store.engine.read("SELECT record_date FROM whole_months ORDER BY record_date").rows]


def added_in_python(store: HandFilled, table: MonthTable) -> dict[tuple[str, ...], list[float]]:
    """By month and key: the sums of the daily rows of whole months."""
    columns = ", ".join(("record_date", *table.keys, *table.sums))
    sums: dict[tuple[str, ...], list[float]] = {}
    known = set(whole_months(store))
    for row in store.engine.read(f"SELECT {columns} FROM {table.daily} WHERE source = 'events'").rows:
        key = (row[0][:8] + "01", *row[1 : len(table.keys) + 1])
        if key[0] in known:
            found = sums.setdefault(key, [0] * len(table.sums))
            for place, value in enumerate(row[len(table.keys) + 1 :]):
                found[place] += value or 0
    return sums


def stored_months(store: HandFilled, table: MonthTable) -> dict[tuple[str, ...], list[float]]:
    columns = ", ".join(("record_date", *table.keys, *table.sums))
    size = len(table.keys) + 1
    rows = store.engine.read(f"SELECT {columns} FROM {table.name}").rows
    return {tuple(row[:size]): [value or 0 for value in row[size:]] for row in rows}


def check(store: HandFilled) -> None:
    for table in MONTH_TABLES.values():
        assert stored_months(store, table) == added_in_python(store, table), table.name


def test_the_months_before_the_newest_day_s_have_the_sums_of_their_days(store: HandFilled) -> None:
    receive(store, shop(75))
    run(store)
    assert whole_months(store) == [FEBRUARY, MARCH]
    assert len(stored_months(store, MONTH_TABLES["product_analytics"])) == 2 * 5
    check(store)


def test_what_comes_late_is_in_its_month(store: HandFilled) -> None:
    receive(store, shop(75))
    run(store)
    receive(store, purchase(9000, 20, "7", "late", 33))
    run(store)
    assert whole_months(store) == [FEBRUARY, MARCH]
    assert stored_months(store, MONTH_TABLES["product_analytics"])[FEBRUARY, "late"][2:4] == [1, 3300]
    check(store)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_in_whatever_order_events_come(store: HandFilled, seed: int) -> None:
    messages = shop(75, seed)
    Random(seed).shuffle(messages)  # noqa: S311
    for first in range(0, len(messages), 60):
        receive(store, messages[first : first + 60])
        run(store)
        check(store)
    assert_same(summaries(store), anew(store))


def test_the_month_of_the_newest_day_is_never_whole(store: HandFilled) -> None:
    receive(store, [*purchase(0, 0, "1"), *purchase(10, 39, "1")])  # 28 February
    run(store)
    assert whole_months(store) == []
    receive(store, purchase(20, 40, "1"))
    run(store)
    assert whole_months(store) == [FEBRUARY]


def test_a_day_that_is_being_written_makes_its_month_read_by_days(
    sqlite_store: HandFilled, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive(sqlite_store, shop(75))
    run(sqlite_store)
    receive(sqlite_store, purchase(9000, 20, "7"))
    with monkeypatch.context() as patch:

        def stop(*_: object) -> None:
            raise InterruptedError

        patch.setattr(rollups._Rollup, "_finish", stop)
        with pytest.raises(InterruptedError):
            run(sqlite_store)
    assert whole_months(sqlite_store) == [MARCH]
    check(sqlite_store)
    receive(sqlite_store, purchase(9010, 74, "7"))
    run(sqlite_store)
    assert whole_months(sqlite_store) == [FEBRUARY, MARCH]
    check(sqlite_store)


@pytest.mark.parametrize(
    ("ranges", "left"),
    [
        ([(0, 27)], ["2026-03-01", "2026-04-01"]), ([(28, 28)], ["2026-02-01", "2026-04-01"]),
        ([(-100, -1), (89, 500)], ["2026-02-01", "2026-03-01", "2026-04-01"]), ([(27, 59)], []), ([], None),
    ],
)  # fmt: skip
def test_a_month_is_whole_no_more_when_one_of_its_days_is_written(
    store: HandFilled, ranges: list[tuple[int, int]], left: list[str] | None
) -> None:
    start = FIRST_DAY + 12  # 1 February

    def do(transaction: Transaction) -> None:
        add_up_months(transaction, (start, start + 95))
        break_months(transaction, [(start + first, start + last) for first, last in ranges])

    with store.engine.write() as transaction:
        do(transaction)
    assert whole_months(store) == (left if left is not None else [FEBRUARY, MARCH, "2026-04-01"])


def test_days_that_are_covered_no_more_are_in_no_month(store: HandFilled) -> None:
    start = FIRST_DAY + 12
    with store.engine.write() as transaction:
        add_up_months(transaction, (start, start + 95))
        break_outside(transaction, (start + 3, start + 65))  # 4 February to 7 April
    assert whole_months(store) == [MARCH]
    with store.engine.write() as transaction:
        break_outside(transaction, None)
    assert whole_months(store) == []
