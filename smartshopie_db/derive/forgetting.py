"""What goes with an event that is deleted: rows of that event alone, which no visitor's derivation would look for."""

from collections.abc import Iterable

from smartshopie_db.derive.invoices import EVENT, touch_invoices
from smartshopie_db.derive.marks import make_dirty
from smartshopie_db.engine import Transaction

_OF_ONE_EVENT = ("answers", "ratings", "predictions", "product_requests")


def forget_events(transaction: Transaction, events: Iterable[tuple[str, str | None]]) -> None:
    """Take away the rows of deleted events, given as (messageId, name), and mark their days.

    To be called in the transaction that deletes the events and marks their visitors, conversations and orders.
    """
    known = dict(events)
    scopes = [(table, "message_id", list(known)) for table in _OF_ONE_EVENT]
    scopes.append(("concerns", "concern_key", [f"m:{message_id}" for message_id in known]))
    for table, column, keys in scopes:
        days = transaction.read(f"SELECT DISTINCT day FROM {table} WHERE {column} IN :keys", {"keys": keys}).rows
        if days:
            make_dirty(transaction, "day", [row[0] for row in days])
            transaction.execute(f"DELETE FROM {table} WHERE {column} IN :keys", {"keys": keys})
    if EVENT in known.values():
        touch_invoices(transaction)
