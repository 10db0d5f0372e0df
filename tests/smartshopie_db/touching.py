"""The table that tests of the engine write to: touched has a key of two columns and a number."""

from collections.abc import Iterable

from smartshopie_db.engine import Engine

TOUCHED = ("kind", "key", "batch")
KEYS = ("kind", "key")


def touch(engine: Engine, rows: Iterable[tuple[str, str, int]]) -> None:
    with engine.write() as transaction:
        transaction.append("touched", TOUCHED, rows)


def touched(engine: Engine) -> list[tuple[str, str, int]]:
    return engine.read("SELECT kind, key, batch FROM touched ORDER BY kind, key").rows
