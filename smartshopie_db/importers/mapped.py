"""A table with a mapping: rows of events, or rows of order lines put together to orders."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from operator import itemgetter
from pathlib import Path

from smartshopie_db.importers import tables
from smartshopie_db.importers.mapping import ORDER_LINE, Mapping
from smartshopie_db.importers.order_lines import Fields, OrderLines, Products, Record, product, who
from smartshopie_db.importers.steps import BadRow, Step, fingerprint, groups, scattered_keys


class Table:
    """A table file with its mapping. Raises FileError when it or its catalogue lacks a column."""

    def __init__(self, path: Path, mapping: Mapping) -> None:
        self._path, self._mapping = path, mapping
        wanted = [name for key, name in mapping.columns.items() if key not in ("category", "brand")]
        tables.require(path, wanted, mapping.delimiter)
        if mapping.catalogue is not None:
            known = path.parent / mapping.catalogue.file
            tables.require(known, [mapping.catalogue.product_id, *mapping.catalogue.columns.values()])

    def steps(self, skip: int = 0) -> Iterator[Step]:
        """Yield the steps after the first `skip` rows."""
        if self._mapping.kind == "order_lines":
            return _read_orders(self._path, self._mapping, skip, self._survey[0])
        return _read_events(self._path, self._mapping, skip)

    def rows(self) -> int:
        """How many rows there are."""
        if self._mapping.kind == "order_lines":
            return self._survey[1]
        return sum(1 for _ in tables.column(self._path, self._mapping.columns["time"], self._mapping.delimiter))

    @cached_property
    def _survey(self) -> tuple[frozenset[str], int]:
        """Orders whose rows do not stand together, and the number of rows: reading the file for both at once."""
        return scattered_keys(tables.column(self._path, self._mapping.columns["order_id"], self._mapping.delimiter))


def _read_orders(path: Path, mapping: Mapping, skip: int, scattered: frozenset[str]) -> Iterator[Step]:
    names = tables.header(path, mapping.delimiter)
    order_id_of = itemgetter(names.index(mapping.columns["order_id"]))
    lines = OrderLines(names, mapping)
    for order_id, rows, last, done in groups(tables.records(path, mapping.delimiter), order_id_of, scattered):
        if last <= skip and order_id not in scattered:
            continue
        events, bad = lines.order_or_refund(order_id, rows)
        yield Step(row=last, done=done, rows=len(rows), events=events, bad=bad)


def _read_events(path: Path, mapping: Mapping, skip: int) -> Iterator[Step]:
    """Events stream; the order lines among them wait until the file is read, then become one order per session."""
    products = _catalogue(path, mapping)
    names = tables.header(path, mapping.delimiter)
    purchases: dict[str, list[Record]] = {}
    event_column = mapping.columns["event"]
    number = 0
    for number, row in enumerate(tables.rows(path, mapping.delimiter), start=1):
        kind = row.get(event_column, "")
        name = mapping.events.get(kind, kind)
        if name == ORDER_LINE:
            values = tuple(row.get(column, "") for column in names)
            purchases.setdefault(_order_key(row, mapping), []).append(values)
        elif number > skip:
            yield _event_step(number, name, row, mapping, products)
    lines = OrderLines(names, mapping, products)
    for order_id, rows in purchases.items():
        kept = list(dict.fromkeys(rows)) if mapping.identical_rows == "drop" else rows
        events, bad = lines.order_or_refund(order_id, kept)
        yield Step(row=number, done=number, rows=len(rows), events=events, bad=bad)


def _order_key(row: Fields, mapping: Mapping) -> str:
    """The order's id, else the session's: what one session bought is one order."""
    for key in ("order_id", "session_id", "user_id"):
        value = row.get(mapping.columns.get(key, ""), "")
        if value:
            return value
    return fingerprint(*row.values())


def _event_step(number: int, name: str, row: Fields, mapping: Mapping, products: Products) -> Step:
    try:
        time = mapping.moment(row.get(mapping.columns["time"], ""))
    except ValueError:
        return Step(row=number, done=number, bad=[_bad(number, "invalid_timestamp", "its time cannot be read", row)])
    content = [number, *row.values()] if mapping.identical_rows == "keep" else list(row.values())
    event = {
        "type": "track", "event": name, "messageId": fingerprint(mapping.name, *content), "timestamp": time,
        "properties": product(row, mapping, products), **who(row, mapping),
    }
    return Step(row=number, done=number, events=[event])


def _catalogue(path: Path, mapping: Mapping) -> Products:
    """Products of the second file, one entry each however often they stand there."""
    if mapping.catalogue is None:
        return {}
    products: Products = {}
    for row in tables.rows(path.parent / mapping.catalogue.file):
        entry = products.setdefault(row.get(mapping.catalogue.product_id, ""), {})
        for field, name in mapping.catalogue.columns.items():
            if row.get(name):
                entry.setdefault(field, row[name])
    return products


def _bad(number: int, code: str, words: str, row: Fields) -> BadRow:
    return BadRow(code, f"Row {number}: {words}.", row)
