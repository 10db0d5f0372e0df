"""Shopify's orders export: one row per line item, order fields on the first row of an order only.

Columns are matched by header name (75 to 79 of them, versions differ). What Shopify's financial status means here:
paid, partially_paid, partially_refunded and refunded orders count, less the refunded amount; pending, authorized,
expired and voided ones are kept and do not count. An order once counted and voided in a later export is cancelled.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

from smartshopie_db.derive.rows import ORDER_FILES
from smartshopie_db.importers import tables
from smartshopie_db.importers.steps import BadRow, Step, fingerprint, groups, scattered_keys
from smartshopie_db.properties import shown

SOURCE: Final = f"{ORDER_FILES}shopify"
COUNTED: Final = frozenset({"paid", "partially_paid", "partially_refunded", "refunded"})
WAITING: Final = frozenset({"pending", "authorized", "expired"})
NEEDED: Final = ("Name", "Financial Status", "Currency", "Subtotal", "Total", "Created at", "Lineitem name")
CENT: Final = Decimal("0.01")
MOST_DIGITS: Final = 15  # of an amount; no event may have as many, and sums of longer ones could overflow

Row = dict[str, str]
RefundedSoFar = Callable[[str], Decimal]
"""order_id -> what earlier imports already refunded, in currency units."""


def read(path: Path, skip: int, refunded_so_far: RefundedSoFar) -> Iterator[Step]:
    """Yield a step per order after the first `skip` rows; the file has the columns NEEDED."""
    scattered, _ = scattered_keys(tables.column(path, "Name"))
    for name, rows, last, done in groups(tables.rows(path), lambda row: row.get("Name", ""), scattered):
        if last <= skip and name not in scattered:
            continue
        try:
            events = order_events(rows, refunded_so_far)
        except ValueError as error:
            bad = BadRow("unreadable_order", f"Order {name}: {error}", rows[0])
            yield Step(row=last, done=done, rows=len(rows), bad=[bad])
            continue
        yield Step(row=last, done=done, rows=len(rows), events=events)


def order_events(rows: list[Row], refunded_so_far: RefundedSoFar) -> list[dict[str, Any]]:
    """Return the events that the rows of one order tell of. ValueError, in words, when they cannot be read."""
    first = rows[0]
    status = first.get("Financial Status", "").strip().lower()
    order_id = first.get("Id", "").strip() or first.get("Name", "").strip()
    if not order_id:
        raise ValueError("it has neither Id nor Name.")
    created = _moment(first.get("Created at", ""), "Created at")
    properties = _order_properties(rows, order_id, status)
    who = _who(first)
    if status in COUNTED:
        events = [_event(who, "Order Completed", created, properties, fingerprint(SOURCE, order_id))]
        refund = _refund(first, order_id, created, refunded_so_far)
        return events + ([_event(who, "Order Refunded", *refund)] if refund else [])
    if status in WAITING:
        return [_event(who, "Order Awaiting Payment", created, properties, fingerprint(SOURCE, order_id, status))]
    if status == "voided":
        cancelled = _moment(first.get("Cancelled at", "") or first.get("Created at", ""), "Cancelled at")
        cancellation = {"order_id": order_id, "financial_status": status}
        return [
            _event(who, "Order Voided", created, properties, fingerprint(SOURCE, order_id, status)),
            _event(who, "Order Cancelled", cancelled, cancellation, fingerprint(SOURCE, order_id, "cancelled")),
        ]
    raise ValueError(f"its Financial Status is {status!r}, which is not known.")


def _event(who: dict[str, Any], name: str, time: str, properties: dict[str, Any], message_id: str) -> dict[str, Any]:
    return {
        "type": "track", "event": name, "messageId": message_id, "timestamp": time, "properties": properties, **who,
    }


def _order_properties(rows: list[Row], order_id: str, status: str) -> dict[str, Any]:
    first = rows[0]
    subtotal, shipping = _amount(first, "Subtotal"), _amount(first, "Shipping")
    taxes, total = _amount(first, "Taxes"), _amount(first, "Total")
    tax_included = taxes > 0 and abs(total - subtotal - shipping) < CENT
    revenue = subtotal - taxes if tax_included else subtotal
    return {
        "order_id": order_id,
        "order_name": first.get("Name", "").strip(),
        "financial_status": status,
        "currency": first.get("Currency", "").strip(),
        "total": str(total),
        "subtotal": str(subtotal),
        "shipping": str(shipping),
        "tax": str(taxes),
        "tax_included": tax_included,
        "discount": str(_amount(first, "Discount Amount")),
        "coupon": first.get("Discount Code", "").strip() or None,
        "revenue": str(max(revenue, Decimal(0))),
        "products": [_line(row) for row in rows if row.get("Lineitem name")],
    } | _campaign(first)


def _line(row: Row) -> dict[str, Any]:
    name, sku = row["Lineitem name"].strip(), row.get("Lineitem sku", "").strip().lstrip("'")
    return {
        "product_id": sku or name,
        "sku": sku or None,
        "name": name,
        "brand": row.get("Vendor", "").strip() or None,
        "price": str(_amount(row, "Lineitem price")),
        "quantity": str(_amount(row, "Lineitem quantity")),
    }


def _refund(
    first: Row, order_id: str, created: str, refunded_so_far: RefundedSoFar
) -> tuple[str, dict[str, Any], str] | None:
    """The part of the refunded amount that no earlier export told of; dated when the order was cancelled, else made.

    The export says how much was refunded, not when.
    """
    refunded = _amount(first, "Refunded Amount")
    rest = refunded - refunded_so_far(order_id)
    if rest <= 0:
        return None
    when = first.get("Cancelled at", "").strip()
    time = _moment(when, "Cancelled at") if when else created
    properties = {"order_id": order_id, "total": str(rest), "currency": first.get("Currency", "").strip()}
    return time, properties, fingerprint(SOURCE, order_id, "refunded", refunded)


def _who(first: Row) -> dict[str, Any]:
    """Whose order it is. The e-mail address (else the phone number) is a stable id only as a hash: it is not stored."""
    attributes = _note_attributes(first)
    contact = first.get("Email", "").strip().lower() or first.get("Phone", "").strip()
    visitor = attributes.get("smartshopie.visitor_id") or attributes.get("smartshopie_visitor_id")
    who: dict[str, Any] = {}
    if contact:
        who["userId"] = f"shopify:{hashlib.sha256(contact.encode()).hexdigest()[:24]}"
    if visitor:
        who["anonymousId"] = visitor
    return who


def _campaign(first: Row) -> dict[str, Any]:
    found = {name: value for name, value in _note_attributes(first).items() if name.startswith("utm_")}
    return {"campaign": found} if found else {}


def _note_attributes(first: Row) -> dict[str, str]:
    """`name: value` lines of Note Attributes."""
    pairs = (line.split(":", 1) for line in first.get("Note Attributes", "").splitlines() if ":" in line)
    return {name.strip(): value.strip() for name, value in pairs if value.strip()}


def _amount(row: Row, column: str) -> Decimal:
    text = row.get(column, "").strip()
    try:
        amount = Decimal(text) if text else Decimal(0)
    except InvalidOperation:
        raise ValueError(f"its {column} is {shown(text)}, which is not an amount.") from None
    if not amount.is_finite() or amount.adjusted() > MOST_DIGITS:
        raise ValueError(f"its {column} is {shown(text)}, which is not an amount.")
    return amount


def _moment(text: str, column: str) -> str:
    """`2025-08-21 05:20:57 -0700` as RFC 3339."""
    try:
        return datetime.strptime(text.strip(), "%Y-%m-%d %H:%M:%S %z").isoformat()
    except ValueError:
        raise ValueError(f"its {column} is {text!r}, which is not a time like 2025-08-21 05:20:57 -0700.") from None
