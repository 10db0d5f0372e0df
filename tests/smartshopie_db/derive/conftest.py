"""A second store, to compare with."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from smartshopie_db.engine import Engine
from tests import opening


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[Engine]:
    """A store on SQLite to compare with."""
    with opening.store(f"sqlite:///{tmp_path / 'plain.db'}") as engine:
        yield engine
