"""Forget a person: ids become tombstones, traits and free text go, and every number stays what it was.

The person is the visitor with a userId: all userIds that aliases join with it, and the anonymousIds that are linked to
nobody else (person.py). A tombstone is random and stands for one id wherever that id stood, so sessions, orders and
credit stay together. Messages are rewritten (messages.py, impersonal.py), all other rows are renamed (tables.py), and
everything is derived anew under the new names (marks.py). messageIds stay: a retry of an old message must not count
again. docs/definitions.md, Forgetting.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smartshopie_db.forget import messages, tables
from smartshopie_db.forget.marks import mark
from smartshopie_db.forget.person import PREFIX, Person, find
from smartshopie_db.rollup import WAIT_SECONDS, rollup
from smartshopie_db.rollups import lease as leases

if TYPE_CHECKING:
    from smartshopie_db.engine import Engine, Transaction
    from smartshopie_db.facts import StoreFacts


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What forgetting did. `texts`: messages of others, in the person's conversations, orders or naming them."""

    events: int
    texts: int
    orders: int
    revenue_minor: int  # net, in the store's currency
    rejected: int


def forget_person(
    engine: Engine, facts: StoreFacts, user_id: str, *, progress: Callable[[int, int], None] | None = None
) -> Forgotten | None:
    """Anonymise the person with this userId everywhere, in one transaction; None when nobody is known by it.

    Rolls up before, so that every anonymous event is with the person it belongs to, and after.
    """
    rollup(engine, facts)
    with leases.held(engine, WAIT_SECONDS) as lease:
        found = find(engine, user_id.strip())
        elsewhere = messages.naming(engine, sorted(found.ids))
        with engine.write() as transaction:
            lease.hold(transaction)
            report = _forget(transaction, find(transaction, user_id.strip()), elsewhere)
    if report is not None:
        rollup(engine, facts, progress=progress)
        engine.wipe_log()
    return report


def _forget(transaction: Transaction, person: Person, elsewhere: list[str]) -> Forgotten | None:
    visitors = sorted(person.visitors)
    own = messages.of_visitors(transaction, visitors)
    for message in own:
        for known_as in (message.user_id, message.anonymous_id, message.client_session_id):
            person.named(known_as)
    talks = {message.conversation_id for message in own if message.conversation_id is not None}
    rejected = messages.rejected(transaction, person, talks)
    imported = tables.forget_imported(transaction, person)
    if not (own or rejected or imported or tables.know(transaction, visitors)):
        return None
    orders, revenue = tables.orders_of(transaction, visitors)
    about = messages.about(transaction, own, visitors)
    mark(transaction, person, own, about)
    done = {message.message_id for message in (*own, *about)}
    named = messages.with_ids(transaction, [message_id for message_id in elsewhere if message_id not in done])
    messages.rewrite(transaction, (messages.as_own(person, message) for message in own))
    messages.rewrite(transaction, (messages.as_about(person, message) for message in about))
    messages.rewrite(transaction, (messages.as_naming(person, message) for message in named))
    tables.rename(transaction, person)
    transaction.delete("rejected_events", ("rejected_id",), rejected)
    return Forgotten(len(own), len(about) + len(named), orders, revenue, len(rejected))


__all__ = ["PREFIX", "Forgotten", "forget_person"]
