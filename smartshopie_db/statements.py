"""Statements as each engine takes them: named parameters, long lists, texts without what cannot be stored.

Used by engine.py and transaction.py.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple, cast

import orjson
from sqlalchemy import Connection, TextClause, text

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class Rows(NamedTuple):
    """What a SELECT found."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


def storable(value: str) -> str:
    """The text with NUL characters and lone surrogates, which no engine takes in every place, replaced by U+FFFD."""
    if type(value) is str and value.isascii() and "\0" not in value:  # nearly every text, and four times as fast
        return value
    return _UNSTORABLE.sub("\ufffd", value)


def bound(dialect: str, sql: str, parameters: Mapping[str, Any] | None) -> tuple[str, dict[str, Any]]:
    """The statement with its lists turned into what the engine takes whole, so that length does not matter."""
    values: dict[str, Any] = {}
    lists = []
    keys = []
    for name, value in (parameters or {}).items():
        if isinstance(value, str):
            values[name] = storable(value)
        elif not isinstance(value, (list, tuple)):
            values[name] = value
        elif value and isinstance(value[0], tuple):
            keys.append((name, tuple(type(part) for part in value[0])))
            values[name] = orjson.dumps([[_item(part) for part in key] for key in value]).decode()
        else:
            lists.append(name)
            items = [_item(item) for item in value]
            values[name] = orjson.dumps(items).decode() if dialect == "sqlite" else items
    if lists or keys:
        sql = _with_lists(dialect, sql, tuple(lists), tuple(keys))
    return sql, values


def _item(value: Any) -> Any:
    return storable(value) if isinstance(value, str) else value


@lru_cache(maxsize=1024)
def _with_lists(
    dialect: str, sql: str, lists: tuple[str, ...], keys: tuple[tuple[str, tuple[type, ...]], ...]
) -> str:
    whole = "IN (SELECT value FROM json_each(:{name}))" if dialect == "sqlite" else "= ANY(:{name})"
    none = "NOT IN (SELECT value FROM json_each(:{name}))" if dialect == "sqlite" else "<> ALL(:{name})"
    for name in lists:
        behind = rf"IN\s*(?:\(\s*:{name}\s*\)|:{name}\b)"
        sql = re.sub(rf"\bNOT\s+{behind}", none.format(name=name), sql, flags=re.IGNORECASE)
        sql = re.sub(rf"\b{behind}", whole.format(name=name), sql, flags=re.IGNORECASE)
    for name, types in keys:
        sql = re.sub(rf":{name}\b", _TABLE_OF[dialect](name, types), sql)
    return sql


def _table_of_sqlite(name: str, types: tuple[type, ...]) -> str:
    parts = ", ".join(f"value ->> {place} AS part_{place}" for place, _ in enumerate(types))
    return f"(SELECT {parts} FROM json_each(:{name}))"


def _table_of_postgresql(name: str, types: tuple[type, ...]) -> str:
    casts = {int: "BIGINT", str: "TEXT"}
    parts = ", ".join(f"CAST(value ->> {place} AS {casts[kind]}) AS part_{place}" for place, kind in enumerate(types))
    return f"(SELECT {parts} FROM json_array_elements(CAST(:{name} AS JSON)))"


_TABLE_OF = {"sqlite": _table_of_sqlite, "postgresql": _table_of_postgresql}


@lru_cache(maxsize=1024)
def clause(sql: str) -> TextClause:
    """The statement as SQLAlchemy takes it."""
    return text(sql)


def select(connection: Connection, dialect: str, sql: str, parameters: Mapping[str, Any] | None) -> Rows:
    """What a SELECT finds on a connection."""
    statement, values = bound(dialect, sql, parameters)
    result = connection.execute(clause(statement), values)
    columns = tuple(result.keys())
    found = result.cursor.fetchall() if result.cursor is not None else []  # the driver's own tuples: no second copy
    return Rows(columns, cast("list[tuple[Any, ...]]", found))
