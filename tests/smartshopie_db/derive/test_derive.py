"""Derivation on a store: whatever the order and the batches of arrival, the tables are those of the events alone."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from random import Random
from typing import Any

import pytest

from smartshopie_db.derive import derive, identity, owners
from smartshopie_db.derive.changes import TABLES
from smartshopie_db.engine import Engine, Transaction

from .putting import FACTS, put, put_and_derive
from .tangle import Message, tangle

Dump = dict[str, list[tuple[Any, ...]]]


def dump(engine: Engine) -> Dump:
    """Every derived row, and whose each event is."""
    tables = {
        table.name: sorted(engine.read(f"SELECT {', '.join(table.row._fields)} FROM {table.name}").rows, key=repr)
        for table in TABLES
    }
    tables["billing_payments"] = sorted(engine.read("SELECT * FROM billing_payments").rows)
    tables["events"] = sorted(engine.read("SELECT message_id, visitor_id FROM events").rows)
    return tables


def from_nothing(engine: Engine, messages: Sequence[Message]) -> Dump:
    put_and_derive(engine, *messages)
    return dump(engine)


def in_batches(random: Random, messages: Sequence[Message]) -> Iterator[list[Message]]:
    """The messages in another order, in batches of any size."""
    left = random.sample(messages, len(messages))
    while left:
        size = random.randrange(1, max(2, len(messages) // 3))
        yield left[:size]
        left = left[size:]


def arriving(
    random: Random, messages: Sequence[Message], plain: Engine, monkeypatch: pytest.MonkeyPatch
) -> tuple[Dump, Iterator[list[Message]]]:
    """What the tables have to hold in the end, and the batches in which the messages come; work is done in portions."""
    expected = from_nothing(plain, messages)
    monkeypatch.setattr("smartshopie_db.derive.CHUNK_VISITORS", random.choice((1, 2, 2000)))
    monkeypatch.setattr(identity, "PORTION", random.choice((1, 500)))
    monkeypatch.setattr(owners, "PORTION", random.choice((1, 2000)))
    return expected, in_batches(random, messages)


@pytest.mark.parametrize("seed", range(8))
def test_any_order_and_any_batches_give_the_tables_from_nothing(
    engine: Engine, plain: Engine, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    random = Random(seed)  # noqa: S311
    messages = tangle(random, random.randrange(20, 160), days=random.choice((2, 6, 40)))
    expected, batches = arriving(random, messages, plain, monkeypatch)
    for batch in batches:
        put(engine, batch)
        if random.random() < 0.8:
            derive(engine, FACTS)
    derive(engine, FACTS)
    assert dump(engine) == expected
    assert engine.read("SELECT * FROM touched").rows == []


class PowerCutError(Exception):
    """The power is cut."""


def cut_power(engine: Engine, random: Random, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = engine.write

    @contextmanager
    def write() -> Iterator[Transaction]:
        if random.random() < 0.2:
            raise PowerCutError
        with whole() as transaction:
            yield transaction
            if random.random() < 0.2:
                raise PowerCutError

    monkeypatch.setattr(engine, "write", write)


@pytest.mark.parametrize("seed", range(6))
def test_nothing_is_lost_when_the_power_is_cut_between_or_within_transactions(
    plain: Engine, engine: Engine, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    random = Random(1000 + seed)  # noqa: S311
    expected, batches = arriving(random, tangle(random, 120), plain, monkeypatch)
    for batch in batches:
        put(engine, batch)
        with monkeypatch.context() as powered:
            cut_power(engine, random, powered)
            for _ in range(4):
                with suppress(PowerCutError):
                    derive(engine, FACTS)
    derive(engine, FACTS)
    assert dump(engine) == expected


@pytest.mark.parametrize("seed", range(6))
def test_events_that_come_while_deriving_are_derived_at_the_latest_next_time(
    plain: Engine, engine: Engine, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    random = Random(2000 + seed)  # noqa: S311
    expected, batches = arriving(random, tangle(random, 120), plain, monkeypatch)

    def meanwhile(_done: int, _total: int) -> None:
        if random.random() < 0.5:
            put(engine, next(batches, []))

    for batch in batches:
        put(engine, batch)
        derive(engine, FACTS, meanwhile)
    derive(engine, FACTS)
    assert dump(engine) == expected


@pytest.mark.parametrize("seed", range(6))
def test_the_days_of_all_rows_that_change_are_to_be_added_up(plain: Engine, seed: int) -> None:
    random = Random(3000 + seed)  # noqa: S311
    days = {table.name: table.row._fields.index("day") for table in TABLES if "day" in table.row._fields}
    for batch in in_batches(random, tangle(random, 120)):
        put(plain, batch)
        before = dump(plain)
        with plain.write() as transaction:
            transaction.execute("DELETE FROM dirty_days")
        derive(plain, FACTS)
        after, marked = dump(plain), set(plain.read("SELECT kind, day FROM dirty_days").rows)
        snapshot = min((day for kind, day in marked if kind == "snapshot"), default=10**6)
        for name, place in days.items():
            changed = {row[place] for row in set(before[name]) ^ set(after[name])}
            if name == "segment_moves":
                assert all(day >= snapshot for day in changed)
            else:
                assert {("day", day) for day in changed} <= marked, name
        people = [{(row[0], row[1], row[3]) for row in tables["visitors"]} for tables in (before, after)]
        assert all(first_day >= snapshot for _, is_customer, first_day in people[0] ^ people[1] if is_customer)


def test_deriving_twice_writes_nothing_the_second_time(plain: Engine) -> None:
    messages = tangle(Random(1), 150)  # noqa: S311
    from_nothing(plain, messages)
    with plain.write() as transaction:
        transaction.execute("DELETE FROM dirty_days")
        transaction.execute(
            "INSERT INTO touched (kind, key, batch) SELECT DISTINCT 'visitor', visitor_id, 1 FROM events"
        )
    report = derive(plain, FACTS)
    assert (report.visitors > 0, report.rows) == (True, 0)
    assert plain.read("SELECT * FROM dirty_days").rows == []
