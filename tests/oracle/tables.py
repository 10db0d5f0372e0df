"""All rows of a store, table by table in key order, for comparison."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from smartshopie_db.database import SmartShopieDB

SCHEMA = Path(__file__).resolve().parents[2] / "database_schema.sql"
# Not a function of the stored events: how often something was sent, which transaction touched it, the server's minutes.
APART = {"store", "touched", "rejected_events", "write_keys", "realtime_metrics", "api_endpoints", "system_health"}

Tables = dict[str, list[tuple[Any, ...]]]


def table_names() -> list[str]:
    text = SCHEMA.read_text(encoding="utf-8")
    return [name for name in re.findall(r"CREATE TABLE IF NOT EXISTS (\w+)", text) if name not in APART]


def tables(db: SmartShopieDB) -> Tables:
    """Every table that follows from events; numbers as numbers, whatever the driver calls them."""
    found = {}
    for name in table_names():
        columns, rows = db.engine.read(f"SELECT * FROM {name}")
        order = sorted(range(len(columns)), key=lambda index: columns[index])
        found[name] = sorted((tuple(_plain(row[index]) for index in order) for row in rows), key=repr)
    return found


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def first_difference(one: Tables, other: Tables) -> str | None:
    """In words: the first table that differs, and its rows that only one side has."""
    for name, rows in one.items():
        if rows != other[name]:
            left, right = set(map(repr, rows)), set(map(repr, other[name]))
            return f"{name}: only here {sorted(left - right)[:3]}, only there {sorted(right - left)[:3]}"
    return None
