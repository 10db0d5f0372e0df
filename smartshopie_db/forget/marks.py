"""What a forgotten person leaves to derivation: everything under the new names, nothing under the old ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from smartshopie_db.derive.marks import make_dirty
from smartshopie_db.ingest import touch

if TYPE_CHECKING:
    from smartshopie_db.engine import Transaction
    from smartshopie_db.forget.messages import Message
    from smartshopie_db.forget.person import Person


def mark(transaction: Transaction, person: Person, own: list[Message], about: list[Message]) -> None:
    """Have everything of the person derived anew under the new names, and nothing wait under the old ones."""
    visitors = person.visitors
    touched = {("visitor", new) for new in visitors.values()} | {("visitor", old) for old in visitors}
    touched |= {("conversation", key) for message in own if (key := person.key(message.conversation_id)) is not None}
    touched |= {("order", key) for message in own if (key := person.key(message.order_id)) is not None}
    touched |= {("visitor", message.visitor_id) for message in about}
    touched |= set(_waiting(transaction, person))
    touch(transaction, touched)
    days = transaction.read(
        "SELECT DISTINCT day FROM conversations WHERE visitor_id IN :visitors", {"visitors": sorted(visitors)}
    )
    make_dirty(transaction, "day", [row[0] for row in days.rows])


def _waiting(transaction: Transaction, person: Person) -> Iterator[tuple[str, str]]:
    """The marks that wait under an old id, under its new name; the old ones go."""
    ids = person.ids
    found = transaction.read(
        "SELECT kind, key FROM touched WHERE kind IN :kinds AND key IN :ids",
        {"kinds": ["identity", "alias"], "ids": sorted(ids)},
    )
    transaction.delete("touched", ("kind", "key"), found.rows)
    for kind, key in found.rows:
        yield kind, ids[key]
