"""Invoices for the assistant: one row per invoice_id, as its latest Invoice Paid tells it."""

from datetime import date

from smartshopie_db.clock import day_of, iso_day
from smartshopie_db.derive.bodies import number, properties, text
from smartshopie_db.derive.load import frozen_day, read_events
from smartshopie_db.derive.marks import FROM_DERIVATION, Mark, make_dirty, marks, remove
from smartshopie_db.derive.orders import minor
from smartshopie_db.derive.rows import Event, PaymentRow
from smartshopie_db.engine import Engine, Transaction
from smartshopie_db.money import from_minor

EVENT = "Invoice Paid"
KIND = "invoice"  # one mark for all of them: they are few, and no index finds those of one id


def touch_invoices(transaction: Transaction) -> None:
    """Have invoices derived."""
    transaction.append("touched", Mark._fields, [(KIND, "", FROM_DERIVATION)], ignore_conflicts=True)


def derive_invoices(engine: Engine, currency: str, newest_batch: int) -> int:
    """Write the invoices that differ from the stored ones, if any were touched; returns the number of rows."""
    touched = marks(engine, (KIND,), newest_batch)
    if not touched:
        return 0
    latest: dict[str, Event] = {}
    for event in sorted(read_events(engine.read, "event = :event", {"event": EVENT})):
        latest[text(properties(event), "invoice_id") or event.message_id] = event
    columns = ", ".join(PaymentRow._fields)
    found = engine.read(f"SELECT {columns} FROM billing_payments WHERE source = 'events'").rows
    stored = {PaymentRow._make(row) for row in found}
    frozen = iso_day(frozen_day(engine) or 0)
    stored = {row for row in stored if row.payment_date >= frozen or row.invoice_id in latest}
    derived = {payment(invoice_id, event, currency) for invoice_id, event in latest.items()}
    with engine.write() as transaction:
        gone = [(row.invoice_id, "events") for row in stored - derived]
        transaction.delete("billing_payments", ("invoice_id", "source"), gone)
        transaction.append("billing_payments", PaymentRow._fields, derived - stored)
        make_dirty(transaction, "day", {day_of(date.fromisoformat(row.payment_date)) for row in stored ^ derived})
        remove(transaction, touched)
    return len(stored ^ derived)


def payment(invoice_id: str, event: Event, store_currency: str) -> PaymentRow:
    """One invoice; an amount is in the store's currency where the message names none."""
    told = properties(event)
    currency, amount = text(told, "currency") or store_currency, number(told.get("amount"))
    amount_minor = None if amount is None else minor(amount, currency)
    return PaymentRow(
        invoice_id=invoice_id,
        payment_date=iso_day(event.day),
        description=text(told, "description") or "",
        amount=None if amount_minor is None else from_minor(amount_minor, currency),
        amount_minor=amount_minor,
        currency=currency,
        status=text(told, "status") or "paid",
        invoice_url=text(told, "invoice_url"),
    )
