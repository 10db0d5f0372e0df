"""The demo shop written to a file and imported is the demo shop that is seeded."""

from __future__ import annotations

from pathlib import Path

import pytest

import seed_demo_data
from smartshopie_db import __main__ as command_line
from smartshopie_db import clock
from smartshopie_db.database import SmartShopieDB
from tests.oracle.tables import Tables, tables

SMALL = ["--days", "12", "--visitors-per-day", "40", "--quiet"]
NOW = 1_795_000_000_000
OF_THE_WAY_IN = {"events": {"source", "received_ms"}, "orders": {"source"}, "event_sources": None}
"""Columns (None: tables) that say how and when events came in."""


def without_the_way_in(db: SmartShopieDB) -> Tables:
    found = tables(db)
    for name, apart in OF_THE_WAY_IN.items():
        if apart is None:
            del found[name]
            continue
        columns = sorted(db.engine.read(f"SELECT * FROM {name} LIMIT 0").columns)
        kept = [index for index, column in enumerate(columns) if column not in apart]
        found[name] = sorted((tuple(row[index] for index in kept) for row in found[name]), key=repr)
    return found


@pytest.mark.parametrize("name", ["events.ndjson", "events.ndjson.gz"])
def test_the_exported_demo_imported_gives_the_tables_of_seeding(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now_ms", lambda: NOW)  # no event may come up between the two
    file, seeded, imported = tmp_path / name, tmp_path / "seeded.db", tmp_path / "imported.db"
    assert seed_demo_data.main([*SMALL, "--database", str(seeded)]) == 0
    assert seed_demo_data.main([*SMALL, "--export", str(file)]) == 0
    assert command_line.main(["--database", str(imported), "import", str(file)]) == 0
    with SmartShopieDB(seeded) as one, SmartShopieDB(imported) as other:
        first, second = without_the_way_in(one), without_the_way_in(other)
        assert len(first["events"]) > 500
        for table, rows in first.items():
            assert rows == second[table], table
