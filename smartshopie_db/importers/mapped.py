"""A table with a mapping: rows of events, or rows of order lines put together to orders."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from smartshopie_db.importers import tables
from smartshopie_db.importers.mapping import ORDER_LINE, Mapping
from smartshopie_db.importers.steps import BadRow, Step, fingerprint, groups, scattered_keys

Row = dict[str, str]
Products = dict[str, dict[str, str]]


def read(path: Path, mapping: Mapping, skip: int = 0) -> Iterator[Step]:
    """Yield the steps of a table after the first `skip` rows."""
    wanted = [name for key, name in mapping.columns.items() if key not in ("category", "brand")]
    tables.require(path, wanted, mapping.delimiter)
    return _read_orders(path, mapping, skip) if mapping.kind == "order_lines" else _read_events(path, mapping, skip)


def _read_orders(path: Path, mapping: Mapping, skip: int) -> Iterator[Step]:
    key_column = mapping.columns["order_id"]
    scattered, _ = scattered_keys(tables.column(path, key_column, mapping.delimiter))
    rows = enumerate(tables.rows(path, mapping.delimiter), start=1)
    numbered = ((number, row.get(key_column, ""), row) for number, row in rows)
    for order_id, lines, last, done in groups(numbered, scattered):
        if last <= skip and order_id not in scattered:
            continue
        events, bad = order_or_refund(order_id, lines, mapping)
        yield Step(row=last, done=done, rows=len(lines), events=events, bad=bad)


def _read_events(path: Path, mapping: Mapping, skip: int) -> Iterator[Step]:
    """Events stream; the order lines among them wait until the file is read, then become one order per session."""
    products = _catalogue(path, mapping)
    purchases: dict[str, list[Row]] = {}
    event_column = mapping.columns["event"]
    number = 0
    for number, row in enumerate(tables.rows(path, mapping.delimiter), start=1):
        kind = row.get(event_column, "")
        name = mapping.events.get(kind, kind)
        if name == ORDER_LINE:
            purchases.setdefault(_order_key(row, mapping), []).append(row)
        elif number > skip:
            yield _event_step(number, name, row, mapping, products)
    for order_id, lines in purchases.items():
        kept = [dict(pairs) for pairs in dict.fromkeys(tuple(line.items()) for line in lines)]
        events, bad = order_or_refund(order_id, kept if mapping.identical_rows == "drop" else lines, mapping, products)
        yield Step(row=number, done=number, rows=len(lines), events=events, bad=bad)


def _order_key(row: Row, mapping: Mapping) -> str:
    """The order's id, else the session's: what one session bought is one order."""
    for key in ("order_id", "session_id", "user_id"):
        value = row.get(mapping.columns.get(key, ""), "")
        if value:
            return value
    return fingerprint(*row.values())


def _event_step(number: int, name: str, row: Row, mapping: Mapping, products: Products) -> Step:
    try:
        time = mapping.moment(row.get(mapping.columns["time"], ""))
    except ValueError:
        return Step(row=number, done=number, bad=[_bad(number, "invalid_timestamp", "its time cannot be read", row)])
    content = [number, *row.values()] if mapping.identical_rows == "keep" else list(row.values())
    event = {
        "type": "track", "event": name, "messageId": fingerprint(mapping.name, *content), "timestamp": time,
        "properties": _product(row, mapping, products), **_who(row, mapping),
    }
    return Step(row=number, done=number, events=[event])


def order_or_refund(
    order_id: str, rows: list[Row], mapping: Mapping, products: Products | None = None
) -> tuple[list[dict[str, Any]], list[BadRow]]:
    """Turn the rows of one order into its event. Rows that are no sale come back as bad, with the reason."""
    refund = mapping.refund_prefix is not None and order_id.startswith(mapping.refund_prefix)
    lines: list[dict[str, Any]] = []
    bad: list[BadRow] = []
    times: set[str] = set()
    for row in rows:
        line, words = _order_line(row, mapping, products or {}, refund=refund)
        if line is None:
            bad.append(BadRow("no_sale", f"A row of order {order_id}: {words}.", row))
        else:
            lines.append(line)
            times.add(words)
    if not lines:
        return [], bad
    properties: dict[str, Any] = {"order_id": order_id, "products": lines}
    currency = rows[0].get(mapping.columns.get("currency", ""), "") or mapping.currency
    if currency:
        properties["currency"] = currency
    event = {
        "type": "track", "event": "Order Refunded" if refund else "Order Completed",
        "messageId": fingerprint(mapping.name, order_id), "timestamp": min(times), "properties": properties,
        **_who(rows[0], mapping),
    }
    return [event], bad


def _order_line(
    row: Row, mapping: Mapping, products: Products, *, refund: bool
) -> tuple[dict[str, Any] | None, str]:
    """One line and its time, or nothing and the reason why the row is none."""
    try:
        price = Decimal(row.get(mapping.columns["price"], "") or "0")
        quantity = Decimal(row.get(mapping.columns.get("quantity", ""), "") or "1")
        time = mapping.moment(row.get(mapping.columns["time"], ""))
    except (InvalidOperation, ValueError):
        return None, "its price, quantity or time cannot be read"
    if refund:
        quantity = -quantity
    if price < 0:
        return None, f"its price is {price}, below zero"
    if quantity <= 0:
        return None, f"its quantity is {quantity}, which is no {'return' if refund else 'sale'}"
    return _product(row, mapping, products) | {"price": _written(price), "quantity": _written(quantity)}, time


def _written(amount: Decimal) -> int | float | str:
    """An amount as a JSON number where that says exactly the same, else as text. Numbers are checked quicker."""
    near = float(amount)
    if near.is_integer() and abs(near) < 2**53:
        return int(amount) if near == amount else str(amount)
    return near if Decimal(repr(near)) == amount else str(amount)


def _product(row: Row, mapping: Mapping, products: Products) -> dict[str, Any]:
    found = {name: value for name, column in mapping.product_columns if (value := row.get(column))}
    if products:
        known = products.get(found.get("product_id", ""), {})
        found |= {name: value for name, value in known.items() if name not in found}
    return found


def _who(row: Row, mapping: Mapping) -> dict[str, Any]:
    who: dict[str, Any] = {}
    for key, field in (("user_id", "userId"), ("anonymous_id", "anonymousId")):
        value = row.get(mapping.columns.get(key, ""), "")
        if value:
            who[field] = value
    session = row.get(mapping.columns.get("session_id", ""), "")
    return who | ({"context": {"sessionId": session}} if session else {})


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


def _bad(number: int, code: str, words: str, row: Row) -> BadRow:
    return BadRow(code, f"Row {number}: {words}.", row)
