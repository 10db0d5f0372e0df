"""Both engines, and the three named stores filled once for all tests that only read them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from smartshopie_db.database import SmartShopieDB
from tests.oracle.calculation import Calculation
from tests.oracle.stores import Databases, calculation, send, shuffled
from tests.streams.named import NAMED, NamedStore

ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


@pytest.fixture(scope="session", params=ENGINES)
def databases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Databases:
    """Where empty stores come from, on each engine."""
    folder: Path = tmp_path_factory.mktemp("stores")
    if request.param == "sqlite":
        return Databases(folder)
    return Databases(folder, request.getfixturevalue("postgresql"))


@pytest.fixture(scope="session")
def sqlite_databases(tmp_path_factory: pytest.TempPathFactory) -> Databases:
    return Databases(tmp_path_factory.mktemp("files"))


@dataclass(frozen=True)
class Filled:
    """A named store as the system and as the calculation know it."""

    named: NamedStore
    db: SmartShopieDB
    mine: Calculation


@pytest.fixture(scope="session", params=NAMED)
def filled(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Filled]:
    """One of the named stores, its messages sent in disorder and in two batches."""
    named = NAMED[request.param]()
    messages = shuffled(named.messages, seed=1)
    with databases.store(named.timezone, named.currency, named) as db:
        send(db, messages, batch=len(messages) // 2 + 1)
        db.rollup()
        yield Filled(named, db, calculation(named.messages, named.timezone, named.currency, named))
