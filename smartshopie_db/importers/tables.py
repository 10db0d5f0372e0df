"""Rows of CSV (also gzipped) and Parquet files as dictionaries of text, streaming."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import pyarrow.parquet

from smartshopie_db.importers.steps import FileError

csv.field_size_limit(16 * 1024 * 1024)  # notes of an order may be long; the default is 128 KB


def open_text(path: Path) -> IO[str]:
    """Open a text file, gzipped or not; a byte-order mark is dropped."""
    try:
        binary: Any = path.open("rb")
        if binary.peek(2)[:2] == b"\x1f\x8b":
            binary = gzip.GzipFile(fileobj=binary)
    except OSError as error:
        raise FileError(f"{path} cannot be opened: {error.strerror or error}.") from error
    return io.TextIOWrapper(binary, encoding="utf-8-sig", errors="replace", newline="")


def header(path: Path, delimiter: str = ",") -> list[str]:
    """Column names of a table file."""
    if path.suffix.lower() == ".parquet":
        return list(_parquet(path).schema_arrow.names)
    with open_text(path) as text:
        return next(csv.reader(text, delimiter=delimiter), [])


def rows(path: Path, delimiter: str = ",") -> Iterator[dict[str, str]]:
    """Each row by column name, every value as text ('' where there is none)."""
    names = header(path, delimiter)
    for values in _values(path, delimiter):
        yield dict(zip(names, values, strict=False))


def records(path: Path, delimiter: str = ",") -> Iterator[Sequence[str]]:
    """Each row's values in the order of the columns, '' where there is none: quicker to make than dictionaries."""
    width = len(header(path, delimiter))
    for values in _values(path, delimiter):
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
        raise FileError(f"{path.name} has no column {', '.join(missing)}; it has {', '.join(found) or 'no header'}.")


def _parquet(path: Path) -> pyarrow.parquet.ParquetFile:
    try:
        return pyarrow.parquet.ParquetFile(path)
    except (OSError, pyarrow.ArrowInvalid) as error:
        raise FileError(f"{path} is not a readable Parquet file.") from error
