"""What a reader yields: events, rows that are no event, and how far it has come."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

import orjson

Row = TypeVar("Row")


class FileError(ValueError):
    """The file or its mapping cannot be read; one sentence."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that is no event: kept among the rejected ones with its reason."""

    code: str
    message: str
    body: Any


@dataclass(frozen=True, slots=True)
class Step:
    """What came of the rows up to `row` (counted from 1, the header not counted).

    `done` is the last row that need not be read again once this step is stored.
    """

    row: int
    done: int
    rows: int = 1
    events: list[dict[str, Any]] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)


def fingerprint(*parts: object) -> str:
    """A short stable name for a row's content, to be its messageId: the same row again is the same message."""
    return hashlib.blake2b(orjson.dumps([str(part) for part in parts]), digest_size=16).hexdigest()


def groups(
    rows: Iterable[Row], key_of: Callable[[Row], str], scattered: frozenset[str]
) -> Iterator[tuple[str, list[Row], int, int]]:
    """Put the rows of one key together: (key, rows, last row read, last row done with), counted from 1.

    Keys in `scattered` do not stand together in the file; their rows are kept and come last. Everything else streams.
    """
    kept: dict[str, list[Row]] = {}
    current: str | None = None
    gathered: list[Row] = []
    number = 0
    for number, row in enumerate(rows, start=1):
        key = key_of(row)
        if key != current:
            if current is not None and current not in scattered:
                yield current, gathered, number - 1, number - 1
            current = key
            gathered = kept.setdefault(key, []) if key in scattered else []
        gathered.append(row)
    if current is not None and current not in scattered:
        yield current, gathered, number, number
    for key, held in kept.items():
        yield key, held, number, number


def scattered_keys(keys: Iterable[str]) -> tuple[frozenset[str], int]:
    """Keys whose rows do not stand together, and how many rows there are. One 8-byte hash a key is held."""
    seen: set[int] = set()
    scattered: set[str] = set()
    current: str | None = None
    count = 0
    for key in keys:
        count += 1
        if key != current:
            current = key
            mark = hash(key)
            if mark in seen:
                scattered.add(key)
            seen.add(mark)
    return frozenset(scattered), count
