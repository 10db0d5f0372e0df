"""The rows beside the messages that bear a person's ids: links, what was derived, frozen days, the activity feed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smartshopie_db.forget.impersonal import is_number

if TYPE_CHECKING:
    from smartshopie_db.engine import Transaction
    from smartshopie_db.forget.person import Person

_OF_VISITORS: Final = (
    "visitors", "sessions", "conversations", "recommendations", "product_views", "orders", "reversals",
    "visitor_days", "segment_moves", "frozen_visitors", "frozen_views",
)  # fmt: skip
_ORDER_COLUMNS: Final = (
    ("events", "order_id"), ("orders", "order_id"), ("order_lines", "order_id"), ("reversals", "order_id"),
    ("reversal_lines", "order_id"),
)  # fmt: skip
_CONVERSATION_COLUMNS: Final = (
    ("events", "conversation_id"), ("conversations", "conversation_id"), ("answers", "conversation_id"),
    ("ratings", "conversation_id"), ("concerns", "conversation_id"), ("recommendations", "conversation_id"),
    ("orders", "credited_conversation_id"), ("customer_interactions", "interaction_id"),
)  # fmt: skip


def know(transaction: Transaction, visitors: list[str]) -> bool:
    """Whether rows outlived their events (docs/definitions.md, Retention)."""
    found = transaction.read(
        "SELECT 1 FROM visitors WHERE visitor_id IN :visitors UNION SELECT 1 FROM orders WHERE visitor_id IN :visitors",
        {"visitors": visitors},
    )
    return bool(found.rows)


def orders_of(transaction: Transaction, visitors: list[str]) -> tuple[int, int]:
    """How many orders, and what they are worth in the store's currency."""
    orders, revenue = transaction.read(
        "SELECT COUNT(*), COALESCE(SUM(CASE WHEN in_store_currency = 1 THEN revenue_minor - reversed_minor END), 0) "
        "FROM orders WHERE visitor_id IN :visitors",
        {"visitors": visitors},
    ).rows[0]
    return int(orders), int(revenue)


def forget_imported(transaction: Transaction, person: Person) -> int:
    """Rows of the activity feed that an original database brought along; returns how many there were."""
    return sum(
        transaction.execute(
            "UPDATE customer_interactions SET customer_id = :new, customer_name = NULL, activity_description = NULL "
            "WHERE source = 'imported' AND customer_id = :old",
            {"old": old, "new": new},
        )
        for old, new in person.ids.items()
    )


def rename(transaction: Transaction, person: Person) -> None:
    """Tombstones in all tables, frozen days included: a rollup afterwards finds no number to differ."""
    _relink(transaction, person)
    _rename_visitors(transaction, person)
    _rename_keys(transaction, person)


def _relink(transaction: Transaction, person: Person) -> None:
    """Links and aliases under the new names. A shared anonymousId stays with the others, who have it still."""
    users = {"ids": sorted(person.user_ids)}
    pairs = transaction.read("SELECT anonymous_id, user_id FROM identities WHERE user_id IN :ids", users).rows
    transaction.delete("identities", ("anonymous_id", "user_id"), pairs)
    transaction.append(
        "identities", ("anonymous_id", "user_id"),
        [(person.tombstone(anonymous_id), person.tombstone(user_id)) for anonymous_id, user_id in pairs],
    )  # fmt: skip
    transaction.execute("DELETE FROM frozen_links WHERE user_id IN :ids", users)
    for column in ("previous_id", "user_id"):
        _rename(transaction, "aliases", column, {one: person.tombstone(one) for one in person.user_ids})


def _rename_visitors(transaction: Transaction, person: Person) -> None:
    visitors = person.visitors
    for old, new in visitors.items():
        transaction.execute(
            "UPDATE customer_interactions SET customer_id = :new, customer_name = NULL WHERE source = 'events' "
            "AND interaction_id IN (SELECT conversation_id FROM conversations WHERE visitor_id = :old)",
            {"old": old, "new": new[2:] if new.startswith("u:") else None},
        )
        transaction.execute("UPDATE visitors SET customer_name = NULL WHERE visitor_id = :old", {"old": old})
    sessions = transaction.read(
        "SELECT session_id, client_session_id FROM sessions WHERE visitor_id IN :visitors "
        "AND client_session_id IS NOT NULL",
        {"visitors": sorted(visitors)},
    )
    for session_id, client_session_id in sessions.rows:
        transaction.execute(
            "UPDATE sessions SET client_session_id = :new WHERE session_id = :session",
            {"new": person.tombstone(client_session_id), "session": session_id},
        )
    for table in _OF_VISITORS:
        _rename(transaction, table, "visitor_id", visitors)


def _rename_keys(transaction: Transaction, person: Person) -> None:
    """Orders and conversations that bear an id of the person as their own, as some importers' do."""
    keys = {"keys": sorted(person.names)}
    for table, columns in (("orders", _ORDER_COLUMNS), ("conversations", _CONVERSATION_COLUMNS)):
        found = transaction.read(f"SELECT {columns[0][1]} FROM {table} WHERE {columns[0][1]} IN :keys", keys)
        names = {row[0]: person.names[row[0]] for row in found.rows if not is_number(row[0])}
        for place, column in columns:
            _rename(transaction, place, column, names)
        if table == "conversations":
            _rename(transaction, "concerns", "concern_key", {f"c:{old}": f"c:{new}" for old, new in names.items()})


def _rename(transaction: Transaction, table: str, column: str, names: dict[str, str]) -> None:
    there = transaction.read(f"SELECT DISTINCT {column} FROM {table} WHERE {column} IN :old", {"old": sorted(names)})
    for (old,) in sorted(there.rows):  # most names are in few tables, and not every table has an index to find them by
        transaction.execute(
            f"UPDATE {table} SET {column} = :new WHERE {column} = :old", {"old": old, "new": names[old]}
        )
