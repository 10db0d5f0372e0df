"""Rows of CSV (also gzipped) and Parquet files as dictionaries of text, streaming; lines of text files."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any, Final, TypeVar

import pyarrow.parquet

from smartshopie_db.importers.steps import FileError

csv.field_size_limit(16 * 1024 * 1024)  # notes of an order may be long; the default is 128 KB
UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
MOST_SHOWN: Final = 300  # characters of a header that a sentence shows
UNREADABLE: Final = (OSError, EOFError, ValueError, OverflowError, zlib.error, csv.Error, pyarrow.ArrowException)
"""What the readers of damaged files raise."""

Found = TypeVar("Found")


def open_text(path: Path) -> IO[str]:
    """Open a text file, gzipped or not; a byte-order mark is dropped."""
    try:
        binary: Any = path.open("rb")
        if binary.peek(2)[:2] == b"\x1f\x8b":
            binary = gzip.GzipFile(fileobj=binary)
        start = binary.peek(2)[:2]
    except (OSError, EOFError, zlib.error) as error:
        raise FileError(f"{path} cannot be opened: {_cause(error)}.") from error
    if start in UTF_16:
        raise FileError(f"{path.name} is written in UTF-16: save it as UTF-8.")
    return io.TextIOWrapper(binary, encoding="utf-8-sig", errors="replace", newline="")


def lines(path: Path) -> Iterator[str]:
    """Each line of a text file. FileError where it is damaged."""
    with open_text(path) as text:
        yield from in_words(path, text)


def header(path: Path, delimiter: str = ",") -> list[str]:
    """Column names of a table file."""
    if path.suffix.lower() == ".parquet":
        return list(_parquet(path).schema_arrow.names)
    with open_text(path) as text:
        return next(in_words(path, csv.reader(text, delimiter=delimiter)), [])


def rows(path: Path, delimiter: str = ",") -> Iterator[dict[str, str]]:
    """Each row by column name, every value as text ('' where there is none)."""
    names = header(path, delimiter)
    for values in in_words(path, _values(path, delimiter)):
        yield dict(zip(names, values, strict=False))


def records(path: Path, delimiter: str = ",") -> Iterator[Sequence[str]]:
    """Each row's values in the order of the columns, '' where there is none: quicker to make than dictionaries."""
    width = len(header(path, delimiter))
    for values in in_words(path, _values(path, delimiter)):
        yield values if len(values) >= width else [*values, *[""] * (width - len(values))]


def _values(path: Path, delimiter: str) -> Iterator[list[str]]:
    """Each row as it stands in the file; one of a CSV may be shorter or longer than the header."""
    if path.suffix.lower() == ".parquet":
        for batch in _parquet(path).iter_batches(batch_size=5_000):
            for record in batch.to_pylist():
                yield ["" if value is None else str(value) for value in record.values()]
        return
    with open_text(path) as text:
        reader = csv.reader(text, delimiter=delimiter)
        next(reader, None)
        yield from filter(None, reader)


def column(path: Path, name: str, delimiter: str = ",") -> Iterator[str]:
    """One column's values, as fast as the file can be read."""
    return in_words(path, _column(path, name, delimiter))


def _column(path: Path, name: str, delimiter: str) -> Iterator[str]:
    if path.suffix.lower() == ".parquet":
        for batch in _parquet(path).iter_batches(batch_size=50_000, columns=[name]):
            yield from ("" if value is None else str(value) for value in batch.column(0).to_pylist())
        return
    with open_text(path) as text:
        reader = csv.reader(text, delimiter=delimiter)
        position = next(reader).index(name)
        for values in reader:
            if values:
                yield values[position] if position < len(values) else ""


def require(path: Path, wanted: Sequence[str], delimiter: str = ",") -> None:
    """Raise FileError when the table lacks a column."""
    found = header(path, delimiter)
    missing = [name for name in wanted if name not in found]
    if missing:
        there = ", ".join(found) or "no header"
        there = there if len(there) <= MOST_SHOWN else f"{there[:MOST_SHOWN]}..."
        raise FileError(f"{path.name} has no column {', '.join(missing)}; it has {there}.")


def in_words(path: Path, found: Iterable[Found]) -> Iterator[Found]:
    """What is found, row by row. FileError, with the last row that could be read, where the file is damaged."""
    number = 0
    try:
        for item in found:
            number += 1
            yield item
    except FileError:
        raise
    except UNREADABLE as error:
        place = f"after row {number:,}" if number else "from its beginning"
        raise FileError(f"{path.name} cannot be read {place}: {_cause(error)}.") from error


def _cause(error: Exception) -> str:
    if isinstance(error, EOFError):
        return "it ends too early"
    if isinstance(error, (gzip.BadGzipFile, zlib.error)):
        return "it is no sound gzip file"
    if isinstance(error, csv.Error) and "field limit" in str(error):
        return "a quote is opened and not closed again"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return f"it is damaged ({str(error).partition(chr(10))[0][:MOST_SHOWN]})"


def _parquet(path: Path) -> pyarrow.parquet.ParquetFile:
    try:
        return pyarrow.parquet.ParquetFile(path)
    except UNREADABLE as error:
        raise FileError(f"{path} is not a readable Parquet file.") from error
