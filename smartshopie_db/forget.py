"""Forget a person: ids become tombstones, traits and free text go, and every number stays what it was.

The person is the visitor with a userId: all userIds that aliases join with it, and the anonymousIds that are linked to
nobody else. A tombstone is random and stands for one id wherever that id stood, so sessions, orders and credit stay
together. messageIds stay: a retry of an old message must not count again. docs/definitions.md, Forgetting.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

import orjson

from smartshopie_db.impersonal import is_number, mentions_any, without_mention, without_person
from smartshopie_db.rollup import WAIT_SECONDS, rollup
from smartshopie_db.rollups import lease as leases

if TYPE_CHECKING:
    from smartshopie_db.engine import Engine, Rows, Transaction
    from smartshopie_db.facts import StoreFacts

PREFIX: Final = "forgotten-"
_IDS_AT_A_TIME: Final = 20  # looked for in the bodies of others by one query
_OF_VISITORS: Final = (
    "visitors", "sessions", "conversations", "recommendations", "product_views", "orders", "reversals",
    "visitor_days", "segment_moves", "frozen_views",
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
_EVENT: Final = (
    "SELECT message_id, event, user_id, anonymous_id, visitor_id, client_session_id, conversation_id, order_id, body "
    "FROM events"
)


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What forgetting did. `texts`: messages of others, in the person's conversations, orders or naming them."""

    events: int
    texts: int
    orders: int
    revenue_minor: int  # net, in the store's currency
    rejected: int


class _Reads(Protocol):
    def read(self, sql: str, parameters: dict[str, Any] | None = None, /) -> Rows: ...


@dataclass(slots=True)
class _Person:
    """Who is forgotten: userIds, own anonymousIds, and the tombstone of every id that was met."""

    user_ids: set[str]
    anonymous_ids: set[str]
    names: dict[str, str] = field(default_factory=dict)

    def tombstone(self, known_as: str) -> str:
        """What an id is called from now on."""
        return self.names.setdefault(known_as, PREFIX + secrets.token_hex(16))

    @property
    def ids(self) -> dict[str, str]:
        """Tombstones of userIds and own anonymousIds."""
        return {known_as: self.tombstone(known_as) for known_as in sorted(self.user_ids | self.anonymous_ids)}

    def key(self, key: str | None) -> str | None:
        """The id of an order or a conversation: its own, unless an importer took one of the person's for want of it.

        Numbers coincide, so they say nothing.
        """
        return key if key is None or is_number(key) else self.names.get(key, key)

    @property
    def visitors(self) -> dict[str, str]:
        """The visitors these ids are, or were before they were linked, with their new names."""
        users = {f"u:{one}": f"u:{self.tombstone(one)}" for one in self.user_ids}
        return users | {f"a:{one}": f"a:{self.tombstone(one)}" for one in self.anonymous_ids}


def forget_person(
    engine: Engine, facts: StoreFacts, user_id: str, *, progress: Callable[[int, int], None] | None = None
) -> Forgotten | None:
    """Anonymise the person with this userId everywhere, in one transaction; None when nobody is known by it.

    Rolls up before, so that every anonymous event is with the person it belongs to, and after.
    """
    rollup(engine, facts)
    with leases.held(engine, WAIT_SECONDS) as lease:
        found = _find(engine, user_id.strip())
        elsewhere = _naming(engine, sorted(found.ids))
        with engine.write() as transaction:
            lease.hold(transaction)
            report = _forget(transaction, _find(transaction, user_id.strip()), elsewhere)
    if report is not None:
        rollup(engine, facts, progress=progress)
        engine.wipe_log()
    return report


# ------------------------------------------------------------------ who it is


def _find(store: _Reads, user_id: str) -> _Person:
    """All ids of a person."""
    users = _joined(store, user_id)
    seen = _values(store, "SELECT anonymous_id FROM identities WHERE user_id IN :ids", users)
    seen |= _values(
        store, "SELECT DISTINCT anonymous_id FROM events WHERE anonymous_id IS NOT NULL AND visitor_id IN :ids",
        {f"u:{one}" for one in users},
    )  # fmt: skip
    ids = {"ids": sorted(seen)}
    linked = store.read("SELECT anonymous_id, user_id FROM identities WHERE anonymous_id IN :ids", ids)
    shared = {anonymous_id for anonymous_id, user in linked.rows if user not in users}
    return _Person(users, seen - shared)


def _joined(store: _Reads, user_id: str) -> set[str]:
    """The userIds that aliases join with one, itself included."""
    found, frontier = {user_id}, {user_id}
    while frontier:
        ids = {"ids": sorted(frontier)}
        rows = store.read(
            "SELECT previous_id, user_id FROM aliases WHERE previous_id IN :ids "
            "UNION SELECT previous_id, user_id FROM aliases WHERE user_id IN :ids",
            ids,
        ).rows
        frontier = {one for row in rows for one in row} - found
        found |= frontier
    return found


def _values(store: _Reads, sql: str, ids: Iterable[str]) -> set[str]:
    return {row[0] for row in store.read(sql, {"ids": sorted(ids)}).rows}


def _naming(engine: Engine, ids: Sequence[str]) -> list[str]:
    """The messageIds of all events whose body has one of these ids as a text. Reads every body once."""
    found: list[str] = []
    for start in range(0, len(ids), _IDS_AT_A_TIME):
        patterns = {f"id{place}": _pattern(one) for place, one in enumerate(ids[start : start + _IDS_AT_A_TIME])}
        conditions = " OR ".join(f"body LIKE :{name} ESCAPE '!'" for name in patterns)
        for piece in engine.read_chunks(f"SELECT message_id FROM events WHERE {conditions}", patterns):
            found += [row[0] for row in piece.rows]
    return found


def _pattern(known_as: str) -> str:
    written = orjson.dumps(known_as).decode()
    for sign in "!%_":
        written = written.replace(sign, f"!{sign}")
    return f"%{written}%"


# ------------------------------------------------------------------ what is done


def _forget(transaction: Transaction, person: _Person, elsewhere: list[str]) -> Forgotten | None:
    visitors = sorted(person.visitors)
    own = transaction.read(f"{_EVENT} WHERE visitor_id IN :visitors", {"visitors": visitors}).rows
    for row in own:
        for known_as in (row[2], row[3], row[5]):
            if known_as is not None:
                person.tombstone(known_as)
    rejected = _rejected(transaction, person, {row[6] for row in own if row[6] is not None})
    imported = _forget_imported(transaction, person)
    if not (own or rejected or imported or _is_derived(transaction, visitors)):
        return None
    orders, revenue = transaction.read(
        "SELECT COUNT(*), COALESCE(SUM(CASE WHEN in_store_currency = 1 THEN revenue_minor - reversed_minor END), 0) "
        "FROM orders WHERE visitor_id IN :visitors",
        {"visitors": visitors},
    ).rows[0]
    about = _about(transaction, own, visitors)
    _mark(transaction, person, own, about)
    _rewrite(transaction, (_own_row(person, row) for row in own))
    _rewrite(transaction, (_row_about(person, row) for row in about))
    done = {row[0] for row in (*own, *about)}
    named = _rows(transaction, "message_id IN :keys", [found for found in elsewhere if found not in done])
    _rewrite(transaction, (_row_elsewhere(person, row) for row in named))
    _relink(transaction, person)
    _rename_derived(transaction, person)
    transaction.delete("rejected_events", ("rejected_id",), rejected)
    return Forgotten(len(own), len(about) + len(named), int(orders), int(revenue), len(rejected))


def _is_derived(transaction: Transaction, visitors: list[str]) -> bool:
    """Whether rows outlived their events (docs/definitions.md, Retention)."""
    found = transaction.read(
        "SELECT 1 FROM visitors WHERE visitor_id IN :visitors UNION SELECT 1 FROM orders WHERE visitor_id IN :visitors",
        {"visitors": visitors},
    )
    return bool(found.rows)


def _rows(transaction: Transaction, condition: str, keys: Sequence[str]) -> list[tuple[Any, ...]]:
    return transaction.read(f"{_EVENT} WHERE {condition}", {"keys": list(keys)}).rows if keys else []


def _about(transaction: Transaction, own: list[tuple[Any, ...]], visitors: list[str]) -> list[tuple[Any, ...]]:
    """What others sent about the person's conversations and orders: the assistant's words, an agent's reasons."""
    found: dict[str, tuple[Any, ...]] = {}
    for column, table, place in (("conversation_id", "conversations", 6), ("order_id", "orders", 7)):
        keys = {row[place] for row in own if row[place] is not None}
        of_others = transaction.read(
            f"SELECT {column} FROM {table} WHERE {column} IN :keys AND visitor_id NOT IN :visitors",
            {"keys": sorted(keys), "visitors": visitors},
        )
        keys -= {row[0] for row in of_others.rows}
        found |= {row[0]: row for row in _rows(transaction, f"{column} IN :keys", sorted(keys))}
    return [found[message_id] for message_id in sorted(found.keys() - {row[0] for row in own})]


def _own_row(person: _Person, row: tuple[Any, ...]) -> tuple[Any, ...]:
    message_id, event, *ids, conversation_id, order_id, body = row
    user_id, anonymous_id, visitor_id, session_id = ids
    left = _with_keys(person, without_person(event, orjson.loads(body)))
    return (
        message_id, event, _named(person, user_id), _named(person, anonymous_id), _visitor(person, visitor_id),
        _named(person, session_id), person.key(conversation_id), person.key(order_id), _written(left),
    )  # fmt: skip


def _named(person: _Person, known_as: str | None) -> str | None:
    return None if known_as is None else person.tombstone(known_as)


def _with_keys(person: _Person, body: dict[str, Any]) -> dict[str, Any]:
    given = body.get("properties", {})
    for name in ("order_id", "conversationId"):
        if isinstance(given.get(name), str):
            given[name] = person.key(given[name])
    return body


def _visitor(person: _Person, visitor_id: str) -> str:
    return visitor_id[:2] + person.tombstone(visitor_id[2:])


def _row_about(person: _Person, row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Another's message: who sent it stays, what it says goes; of a server's message (a guest) all goes."""
    message_id, event, *ids, conversation_id, order_id, body = row
    told = orjson.loads(body)
    left = _with_keys(person, without_person(event, told))
    if row[4].startswith("g:"):
        ids[3] = _named(person, ids[3])
    else:
        apart = {part: told[part] for part in ("traits", "context") if part in told}
        left |= without_mention(event, apart, person.ids)
    return (message_id, event, *ids, person.key(conversation_id), person.key(order_id), _written(left))


def _row_elsewhere(person: _Person, row: tuple[Any, ...]) -> tuple[Any, ...]:
    """A message that has nothing to do with the person but to name it."""
    return (*row[:-1], _written(without_mention(row[1], orjson.loads(row[-1]), person.ids)))


def _written(body: dict[str, Any]) -> str:
    return orjson.dumps(body).decode()


def _rewrite(transaction: Transaction, rows: Iterable[tuple[Any, ...]]) -> None:
    columns = (
        "user_id", "anonymous_id", "visitor_id", "client_session_id", "conversation_id", "order_id", "body",
    )  # fmt: skip
    assignments = ", ".join(f"{column} = :{column}" for column in columns)
    for message_id, _event, *values in rows:
        transaction.execute(
            f"UPDATE events SET {assignments} WHERE message_id = :message_id",
            {"message_id": message_id, **dict(zip(columns, values, strict=True))},
        )


def _relink(transaction: Transaction, person: _Person) -> None:
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


def _rename(transaction: Transaction, table: str, column: str, names: dict[str, str]) -> None:
    for old, new in sorted(names.items()):
        transaction.execute(f"UPDATE {table} SET {column} = :new WHERE {column} = :old", {"old": old, "new": new})


def _rename_derived(transaction: Transaction, person: _Person) -> None:
    """The same names in what was derived, frozen days included: a rollup afterwards finds no number to differ."""
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
    _rename_keys(transaction, person)


def _rename_keys(transaction: Transaction, person: _Person) -> None:
    """Orders and conversations that bear an id of the person as their own, as some importers' do."""
    keys = {"keys": sorted(person.names)}
    for table, columns in (("orders", _ORDER_COLUMNS), ("conversations", _CONVERSATION_COLUMNS)):
        found = transaction.read(f"SELECT {columns[0][1]} FROM {table} WHERE {columns[0][1]} IN :keys", keys)
        names = {row[0]: person.names[row[0]] for row in found.rows if not is_number(row[0])}
        for place, column in columns:
            _rename(transaction, place, column, names)
        if table == "conversations":
            _rename(transaction, "concerns", "concern_key", {f"c:{old}": f"c:{new}" for old, new in names.items()})


def _forget_imported(transaction: Transaction, person: _Person) -> int:
    """Rows of the activity feed that an original database brought along."""
    return sum(
        transaction.execute(
            "UPDATE customer_interactions SET customer_id = :new, customer_name = NULL, activity_description = NULL "
            "WHERE source = 'imported' AND customer_id = :old",
            {"old": old, "new": new},
        )
        for old, new in person.ids.items()
    )


def _rejected(transaction: Transaction, person: _Person, conversations: set[str]) -> list[tuple[str]]:
    """Rejected messages that name the person or one of its conversations; of one that was cut the text decides."""
    ids = person.ids | dict.fromkeys(conversations, PREFIX)
    naming = []
    for rejected_id, body in transaction.read("SELECT rejected_id, body FROM rejected_events").rows:
        try:
            named = mentions_any(orjson.loads(body), ids)
        except orjson.JSONDecodeError:
            named = not ids.keys().isdisjoint(body.replace("\\", '"').split('"'))
        if named:
            naming.append((rejected_id,))
    return naming


def _mark(
    transaction: Transaction, person: _Person, own: list[tuple[Any, ...]], about: list[tuple[Any, ...]]
) -> None:
    """Have everything of the person derived anew under the new names, and nothing wait under the old ones."""
    visitors = person.visitors
    touched = {("visitor", new) for new in visitors.values()} | {("visitor", old) for old in visitors}
    touched |= {("conversation", key) for row in own if (key := person.key(row[6])) is not None}
    touched |= {("order", key) for row in own if (key := person.key(row[7])) is not None}
    touched |= {("visitor", row[4]) for row in about}
    touched |= set(_waiting(transaction, person))
    known = transaction.read("SELECT value FROM store WHERE name = 'batch'").rows
    batch = int(known[0][0]) + 1 if known else 1
    transaction.set("batch", str(batch))
    transaction.upsert("touched", ("kind", "key", "batch"), [(*mark, batch) for mark in touched], ("kind", "key"))
    days = transaction.read(
        "SELECT DISTINCT day FROM conversations WHERE visitor_id IN :visitors", {"visitors": sorted(visitors)}
    )
    transaction.append("dirty_days", ("kind", "day"), [("day", row[0]) for row in days.rows], ignore_conflicts=True)


def _waiting(transaction: Transaction, person: _Person) -> Iterator[tuple[str, str]]:
    """The marks that wait under an old id, under its new name; the old ones go."""
    ids = person.ids
    found = transaction.read(
        "SELECT kind, key FROM touched WHERE kind IN :kinds AND key IN :ids",
        {"kinds": ["identity", "alias"], "ids": sorted(ids)},
    )
    transaction.delete("touched", ("kind", "key"), found.rows)
    for kind, key in found.rows:
        yield kind, ids[key]
