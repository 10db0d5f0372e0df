"""A random stream and an open store that counts in its zone and currency."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from smartshopie_db.engine import Engine
from smartshopie_db.facts import StoreFacts, open_facts
from smartshopie_db.settings import load_settings
from tests import opening
from tests.streams.strategies import Example, example


@contextmanager
def store_of_example(folder: Path, seed: int) -> Iterator[tuple[Engine, StoreFacts, Example]]:
    """An empty store in a folder, and the stream that a seed makes for it."""
    drawn = example(Random(seed))  # noqa: S311 - the same stream every time
    with opening.store(f"sqlite:///{folder / 'store.db'}") as engine:
        settings = {"SMARTSHOPIE_TIMEZONE": drawn.timezone, "SMARTSHOPIE_CURRENCY": drawn.currency}
        yield engine, open_facts(engine, load_settings(settings)), drawn
