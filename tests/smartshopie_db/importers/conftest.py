"""New stores that files are imported into."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from smartshopie_db.database import SmartShopieDB
from smartshopie_db.importers import run
from smartshopie_db.settings import load_settings

Store = Callable[..., SmartShopieDB]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    def make(name: str = "store", **given: str) -> SmartShopieDB:
        settings = load_settings({f"SMARTSHOPIE_{key}": value for key, value in given.items()})
        return SmartShopieDB(tmp_path / f"{name}.db", settings=settings).connect()

    return make


@pytest.fixture
def batches_of_ten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commits after ten rows each."""
    monkeypatch.setattr(run, "BATCH_ROWS", 10)
