"""Stores with summary rows only: what fetch() reads is written by hand, so that every expected number can be seen."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from smartshopie_db.database import SmartShopieDB
from smartshopie_db.settings import load_settings
from tests.data.rows_of_a_shop import fill

TODAY = date(2026, 11, 22)  # a Sunday
Opener = Callable[..., SmartShopieDB]


@pytest.fixture(scope="session")
def open_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opener]:
    """Open a store in a folder of its own, new or from a copy of a file; settings as keywords."""
    stores: list[SmartShopieDB] = []

    def opened(copy_of: Path | None = None, **settings: str) -> SmartShopieDB:
        path = tmp_path_factory.mktemp("store") / "store.db"
        if copy_of is not None:
            shutil.copyfile(copy_of, path)
        environ = {f"SMARTSHOPIE_{name.upper()}": value for name, value in settings.items()}
        stores.append(SmartShopieDB(path, settings=load_settings(environ)).connect())
        return stores[-1]

    yield opened
    for store in stores:
        store.close()


@pytest.fixture
def store(open_store: Opener) -> SmartShopieDB:
    """An empty store of its own."""
    return open_store()


@pytest.fixture(scope="session")
def empty_store(open_store: Opener) -> SmartShopieDB:
    """A store without a single row; not to be written to."""
    return open_store()


@pytest.fixture(scope="session")
def one_day(open_store: Opener) -> SmartShopieDB:
    """A store that opened today; not to be written to."""
    store = open_store()
    fill(store.engine, TODAY, TODAY)
    return store


@pytest.fixture(scope="session")
def two_years(open_store: Opener) -> SmartShopieDB:
    """731 covered days up to today; not to be written to."""
    store = open_store()
    fill(store.engine, TODAY - timedelta(days=730), TODAY)
    return store


@pytest.fixture(scope="session")
def original(open_store: Opener, real_data: Path) -> SmartShopieDB:
    """The original system's own database, brought up to date; not to be written to."""
    return open_store(real_data / "original_smartshopie" / "smartshopie_dashboard.db")


@pytest.fixture(scope="session")
def endpoints(real_data: Path) -> dict[str, dict[str, Any]]:
    """What clients of the API rely on, by dataset."""
    path = real_data.parent / "contract" / "api.json"
    if not path.is_file():
        pytest.skip(f"the description of the API is not here: {path} is missing")
    described = json.loads(path.read_text(encoding="utf-8"))["endpoints"]
    return {endpoint["path"].removeprefix("/api/"): endpoint for endpoint in described}
