"""Every endpoint equals the calculation on random streams and windows."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.oracle.calculation import NAMES
from tests.oracle.stores import Databases, calculation, differences, send, shuffled
from tests.oracle.test_invariants import random_query
from tests.streams.named import NamedStore
from tests.streams.strategies import Example, example, examples


def check(databases: Databases, drawn: Example, random: Random) -> None:
    today = drawn.first + timedelta(drawn.days - random.randrange(2))
    price = Decimal(50) if drawn.currency == "JPY" else Decimal("49.90")
    named = NamedStore("random", drawn.timezone, drawn.currency, drawn.messages, today, price, 1, Decimal(2))
    mine = calculation(drawn.messages, drawn.timezone, drawn.currency, named)
    with databases.store(drawn.timezone, drawn.currency, named) as db:
        send(db, shuffled(drawn.messages, random.randrange(1000)), batch=50)
        db.rollup()
        for query in [{"period": "30d"}, *(random_query(random, drawn) for _ in range(2))]:
            found = [d for name in NAMES for d in differences(db, mine, name, today=today, **query)]
            assert not found, "\n".join(found)


@settings(max_examples=6, suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(drawn=examples(), choice=st.randoms(use_true_random=False))
def test_every_endpoint_says_what_the_calculation_says_on_any_stream(
    sqlite_databases: Databases, drawn: Example, choice: Random
) -> None:
    check(sqlite_databases, drawn, choice)


@pytest.mark.long
@pytest.mark.parametrize("tens", range(40))
def test_hundreds_of_streams_agree_on_every_endpoint(sqlite_databases: Databases, tens: int) -> None:
    for seed in range(10 * tens, 10 * tens + 10):
        random = Random(seed)  # noqa: S311 - reproducible on purpose
        check(sqlite_databases, example(random), random)
