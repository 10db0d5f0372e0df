"""The messages that tell of a person: which they are, and what is left of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson

from smartshopie_db.forget.impersonal import mentions_any, without_mention, without_person
from smartshopie_db.forget.person import PREFIX, Person

if TYPE_CHECKING:
    from smartshopie_db.engine import Engine, Transaction

_IDS_AT_A_TIME: Final = 20  # looked for in the bodies of others by one query


class Message(NamedTuple):
    """A stored event, as far as it can name somebody."""

    message_id: str
    event: str | None
    user_id: str | None
    anonymous_id: str | None
    visitor_id: str
    client_session_id: str | None
    conversation_id: str | None
    order_id: str | None
    body: str


_REWRITTEN: Final = Message._fields[2:]


# ------------------------------------------------------------------ which they are


def of_visitors(transaction: Transaction, visitors: Sequence[str]) -> list[Message]:
    """The person's own messages."""
    return _read(transaction, "visitor_id IN :keys", visitors)


def with_ids(transaction: Transaction, message_ids: Sequence[str]) -> list[Message]:
    """The messages with these messageIds."""
    return _read(transaction, "message_id IN :keys", message_ids)


def about(transaction: Transaction, own: list[Message], visitors: Sequence[str]) -> list[Message]:
    """What others sent about the person's conversations and orders: the assistant's words, an agent's reasons."""
    found: dict[str, Message] = {}
    for column, table in (("conversation_id", "conversations"), ("order_id", "orders")):
        keys = {key for message in own if (key := getattr(message, column)) is not None}
        of_others = transaction.read(
            f"SELECT {column} FROM {table} WHERE {column} IN :keys AND visitor_id NOT IN :visitors",
            {"keys": sorted(keys), "visitors": list(visitors)},
        )
        keys -= {row[0] for row in of_others.rows}
        found |= {one.message_id: one for one in _read(transaction, f"{column} IN :keys", sorted(keys))}
    return [found[message_id] for message_id in sorted(found.keys() - {message.message_id for message in own})]


def naming(engine: Engine, ids: Sequence[str]) -> list[str]:
    """The messageIds of all events whose body has one of these ids as a text. Reads every body once."""
    found: list[str] = []
    for start in range(0, len(ids), _IDS_AT_A_TIME):
        patterns = {f"id{place}": _pattern(one) for place, one in enumerate(ids[start : start + _IDS_AT_A_TIME])}
        conditions = " OR ".join(f"body LIKE :{name} ESCAPE '!'" for name in patterns)
        for piece in engine.read_chunks(f"SELECT message_id FROM events WHERE {conditions}", patterns):
            found += [row[0] for row in piece.rows]
    return found


def rejected(transaction: Transaction, person: Person, conversations: set[str]) -> list[tuple[str]]:
    """Rejected messages that name the person or one of its conversations; of one that was cut the text decides."""
    ids = person.ids | dict.fromkeys(conversations, PREFIX)
    found = []
    for rejected_id, body in transaction.read("SELECT rejected_id, body FROM rejected_events").rows:
        try:
            named = mentions_any(orjson.loads(body), ids)
        except orjson.JSONDecodeError:
            named = not ids.keys().isdisjoint(body.replace("\\", '"').split('"'))
        if named:
            found.append((rejected_id,))
    return found


def _read(transaction: Transaction, condition: str, keys: Sequence[str]) -> list[Message]:
    if not keys:
        return []
    sql = f"SELECT {', '.join(Message._fields)} FROM events WHERE {condition}"
    return [Message._make(row) for row in transaction.read(sql, {"keys": list(keys)}).rows]


def _pattern(known_as: str) -> str:
    written = orjson.dumps(known_as).decode()
    for sign in "!%_":
        written = written.replace(sign, f"!{sign}")
    return f"%{written}%"


# ------------------------------------------------------------------ what is left of them


def as_own(person: Person, message: Message) -> Message:
    """A message of the person's own: every id is a tombstone, and of the body only what numbers need stays."""
    return message._replace(
        user_id=person.named(message.user_id),
        anonymous_id=person.named(message.anonymous_id),
        visitor_id=person.visitor(message.visitor_id),
        client_session_id=person.named(message.client_session_id),
        conversation_id=person.key(message.conversation_id),
        order_id=person.key(message.order_id),
        body=_written(_with_keys(person, without_person(message.event, orjson.loads(message.body)))),
    )


def as_about(person: Person, message: Message) -> Message:
    """Another's message: who sent it stays, what it says goes; of a server's message (a guest) all goes."""
    told = orjson.loads(message.body)
    left = _with_keys(person, without_person(message.event, told))
    session_id = message.client_session_id
    if message.visitor_id.startswith("g:"):
        session_id = person.named(session_id)
    else:
        apart = {part: told[part] for part in ("traits", "context") if part in told}
        left |= without_mention(message.event, apart, person.ids)
    return message._replace(
        client_session_id=session_id,
        conversation_id=person.key(message.conversation_id),
        order_id=person.key(message.order_id),
        body=_written(left),
    )


def as_naming(person: Person, message: Message) -> Message:
    """A message that has nothing to do with the person but to name it."""
    return message._replace(body=_written(without_mention(message.event, orjson.loads(message.body), person.ids)))


def rewrite(transaction: Transaction, messages: Iterable[Message]) -> None:
    """Store messages under the messageIds they have."""
    assignments = ", ".join(f"{column} = :{column}" for column in _REWRITTEN)
    for message in messages:
        transaction.execute(
            f"UPDATE events SET {assignments} WHERE message_id = :message_id",
            {"message_id": message.message_id, **{column: getattr(message, column) for column in _REWRITTEN}},
        )


def _with_keys(person: Person, body: dict[str, Any]) -> dict[str, Any]:
    given = body.get("properties", {})
    for name in ("order_id", "conversationId"):
        if isinstance(given.get(name), str):
            given[name] = person.key(given[name])
    return body


def _written(body: dict[str, Any]) -> str:
    return orjson.dumps(body).decode()
