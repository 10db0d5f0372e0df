"""The tables are a function of the stored events: any order, any batches, sent twice, step by step or at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from smartshopie_db.database import SmartShopieDB
from tests.oracle.conftest import Filled
from tests.oracle.stores import Databases, shuffled
from tests.oracle.tables import Tables, first_difference, tables
from tests.streams.strategies import Example, example, examples

FEW = settings(  # a failing stream is shown as it is: making it smaller would take many stores
    max_examples=4, suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.reuse, Phase.generate)
)
RECEIVED = 1_795_000_000_000  # one moment of receipt for all, after every stream: receipt is no subject here
LATE = {"Order Refunded", "Order Cancelled", "Order Updated", "Conversation Started", "Product List Viewed"}


def send(db: SmartShopieDB, messages: Iterable[Mapping[str, Any]]) -> None:
    db.ingest(list(messages), source="api", received_ms=RECEIVED)


def rebuilt(databases: Databases, drawn: Example) -> Tables:
    """All messages at once, in order, everything made anew."""
    with databases.store(drawn.timezone, drawn.currency) as db:
        send(db, drawn.messages)
        db.rebuild()
        return tables(db)


def assert_same(one: Tables, other: Tables) -> None:
    difference = first_difference(one, other)
    assert difference is None, difference


def is_late(message: Mapping[str, Any]) -> bool:
    """Messages that change what others mean."""
    linking = message["type"] in {"alias", "identify"} or ("userId" in message and "anonymousId" in message)
    return linking or message.get("event") in LATE


def step_by_step(databases: Databases, drawn: Example, random: Random) -> None:
    """Shuffled, in batches of any size, some twice, a rollup after each: as good as rebuilt."""
    messages = shuffled(drawn.messages, random.randrange(1000))
    sizes = (1, 3, 10, 40) if databases.server is None else (3, 20, 40)
    with databases.store(drawn.timezone, drawn.currency) as db:
        while messages:
            size = random.choice(sizes)
            send(db, messages[:size])
            if random.randrange(3) == 0:
                send(db, messages[:size])
            db.rollup()
            messages = messages[size:]
        db.rollup()
        grown = tables(db)
        db.rebuild()
        assert_same(grown, tables(db))
    assert_same(grown, rebuilt(databases, drawn))


def late_words(databases: Databases, drawn: Example) -> None:
    """Links, refunds, updates and starts come after everything else, first one by one, each with its rollup."""
    late = [message for message in drawn.messages if is_late(message)]
    singly = 20 if databases.server is None else 6
    portions = [[message] for message in late[:singly]]
    portions += [late[start : start + 8] for start in range(singly, len(late), 8)]
    with databases.store(drawn.timezone, drawn.currency) as db:
        send(db, [message for message in drawn.messages if not is_late(message)])
        db.rollup()
        for portion in portions:
            send(db, portion)
            db.rollup()
        grown = tables(db)
    assert_same(grown, rebuilt(databases, drawn))


@FEW
@given(drawn=examples(), random=st.randoms(use_true_random=False))
def test_any_order_and_any_batches_give_the_same_tables(databases: Databases, drawn: Example, random: Random) -> None:
    step_by_step(databases, drawn, random)


@settings(FEW, max_examples=3)
@given(drawn=examples())
def test_late_links_refunds_and_updates_give_the_same_tables(databases: Databases, drawn: Example) -> None:
    late_words(databases, drawn)


@pytest.mark.postgresql
@settings(FEW, max_examples=3)
@given(drawn=examples())
def test_both_engines_hold_the_same_rows(sqlite_databases: Databases, postgresql: str, drawn: Example) -> None:
    here = rebuilt(sqlite_databases, drawn)
    assert_same(here, rebuilt(Databases(sqlite_databases.folder, postgresql), drawn))


def test_sending_everything_again_changes_no_row(filled: Filled) -> None:
    before = tables(filled.db)
    report = filled.db.ingest(shuffled(filled.named.messages, seed=7), source="api")
    filled.db.rollup()
    assert report.accepted == 0
    assert_same(before, tables(filled.db))


def test_named_stores_are_as_good_as_rebuilt(filled: Filled) -> None:
    before = tables(filled.db)
    filled.db.rebuild()
    assert_same(before, tables(filled.db))


@pytest.mark.long
def test_hundreds_of_streams_give_the_same_tables_step_by_step(sqlite_databases: Databases) -> None:
    for seed in range(150):
        random = Random(seed)  # noqa: S311 - reproducible on purpose
        drawn = example(random)
        step_by_step(sqlite_databases, drawn, random)
        late_words(sqlite_databases, drawn)
