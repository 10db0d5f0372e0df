"""Whose each event is: links of anonymousIds, merged userIds (docs/definitions.md, Order, ids, time).

Rewrites events.visitor_id of what new links and aliases concern, and marks old and new owners as touched.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from smartshopie_db.derive.load import frozen_day
from smartshopie_db.derive.marks import ASKED, Mark, marks, portions, remove, touch_visitors
from smartshopie_db.engine import Engine, Transaction

PORTION = 500  # ids per transaction


class Alias(NamedTuple):
    """previous_id and user_id are one person."""

    occurred_ms: int
    message_id: str
    previous_id: str
    user_id: str


class Link(NamedTuple):
    """A moment at which an anonymousId was seen with a userId."""

    occurred_ms: int
    message_id: str
    user_id: str


def name_merged(aliases: Iterable[Alias]) -> dict[str, str]:
    """For every id in an alias, the userId that names its visitor: the latest alias of all that are joined says it."""
    root: dict[str, str] = {}

    def find(one: str) -> str:
        path = []
        while root.setdefault(one, one) != one:
            path.append(one)
            one = root[one]
        root.update(dict.fromkeys(path, one))
        return one

    ordered = sorted(aliases)
    for alias in ordered:
        root[find(alias.previous_id)] = find(alias.user_id)
    names = {find(alias.user_id): alias.user_id for alias in ordered}  # the last one stays
    return {one: names[find(one)] for one in list(root)}


def owner_of(links: list[Link]) -> Callable[[int], str]:
    """Who an anonymous event at a moment belongs to: the first link at or after it, else the last before.

    An event without userId is never a link itself, so of the links in its own millisecond the first one counts.
    """
    ordered = sorted(links)

    def owner(occurred_ms: int) -> str:
        position = bisect_left(ordered, (occurred_ms,))
        return ordered[min(position, len(ordered) - 1)].user_id

    return owner


def resolve_identities(engine: Engine, newest_batch: int) -> None:
    """Give the events that touched links, aliases and visitors concern to whom they belong."""
    touched = marks(engine, ("visitor",), newest_batch)
    users = [mark.key[2:] for mark in touched if mark.key.startswith("u:")]
    aliases = marks(engine, ("alias",), newest_batch)
    merged = _Merged(engine)
    merged.learn([*users, *(mark.key for mark in aliases)])
    _move_merged(engine, merged.names, aliases)
    linked = marks(engine, ("identity",), newest_batch)
    named = {mark.key for mark in linked}
    also = _linked_by_alias(engine, users) | _linked(engine, [m.key[2:] for m in touched if m.key.startswith("a:")])
    linked += [Mark("identity", anonymous_id, -1) for anonymous_id in sorted(also - named)]  # no mark has this batch
    for portion in portions(linked, PORTION):
        _move_anonymous(engine, merged, portion)


class _Merged:
    """userIds joined by aliases, read as far as they are asked for."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._asked: set[str] = set()
        self._aliases: set[Alias] = set()
        self.names: dict[str, str] = {}

    def learn(self, user_ids: Iterable[str]) -> None:
        """Read all aliases that join these ids with others, directly or by way of others."""
        frontier = set(user_ids) - self._asked
        grown = False
        while frontier:
            self._asked |= frontier
            ids = {"ids": sorted(frontier)}
            columns = "SELECT occurred_ms, message_id, previous_id, user_id FROM aliases"
            found = {
                Alias(*row)
                for column in ("previous_id", "user_id")
                for row in self._engine.read(f"{columns} WHERE {column} IN :ids", ids).rows
            }
            grown = grown or not found <= self._aliases
            self._aliases |= found
            frontier = {one for alias in found for one in (alias.previous_id, alias.user_id)} - self._asked
        if grown:
            self.names = _keep_frozen(self._engine, name_merged(self._aliases))

    def visitor(self, user_id: str) -> str:
        """The visitor that a userId is."""
        return f"u:{self.names.get(user_id, user_id)}"


def _keep_frozen(engine: Engine, names: dict[str, str]) -> dict[str, str]:
    """The names, save that a visitor seen on frozen days keeps its own: of several the one first seen."""
    day = frozen_day(engine)
    if day is None:
        return names
    found = engine.read(
        "SELECT visitor_id FROM visitors WHERE first_day < :day AND visitor_id IN :ids "
        "ORDER BY first_ms DESC, visitor_id DESC",
        {"day": day, "ids": [f"u:{one}" for one in sorted(names)]},
    )
    known = [row[0][2:] for row in found.rows]
    kept = {names[one]: one for one in known} | {one: one for one in known if names[one] == one}
    return {one: kept.get(name, name) for one, name in names.items()}


def _move_merged(engine: Engine, names: Mapping[str, str], done: list[Mark]) -> None:
    """Give all events of merged userIds to the one that names them all."""
    new_names = {f"u:{one}": f"u:{name}" for one, name in names.items() if one != name}
    found = engine.read("SELECT DISTINCT visitor_id FROM events WHERE visitor_id IN :ids", {"ids": sorted(new_names)})
    for (old,) in found.rows:
        with engine.write() as transaction:
            transaction.execute(
                "UPDATE events SET visitor_id = :new WHERE visitor_id = :old", {"new": new_names[old], "old": old}
            )
            touch_visitors(transaction, (old, new_names[old]))
    if done:
        with engine.write() as transaction:
            remove(transaction, done)


def _linked_by_alias(engine: Engine, user_ids: list[str]) -> set[str]:
    """The anonymousIds of these users that an alias gave to somebody: a further message can divide them anew."""
    found = engine.read(
        "SELECT anonymous_id FROM identities WHERE user_id IN :users "
        "AND EXISTS (SELECT 1 FROM aliases WHERE previous_id = anonymous_id)",
        {"users": user_ids},
    )
    return {row[0] for row in found.rows}


def _linked(engine: Engine, anonymous_ids: list[str]) -> set[str]:
    """Those of the anonymousIds that belong to a user."""
    known: set[str] = set()
    for asked in portions(anonymous_ids, ASKED):
        found = engine.read_to_write(
            "SELECT anonymous_id FROM identities WHERE anonymous_id IN :ids "
            "UNION SELECT previous_id FROM aliases WHERE previous_id IN :ids",
            {"ids": asked},
        )
        known.update(row[0] for row in found.rows)
    return known


def _move_anonymous(engine: Engine, merged: _Merged, portion: list[Mark]) -> None:
    """Give the anonymous events of some anonymousIds to their owners, in one transaction."""
    ids = {"ids": [mark.key for mark in portion]}
    users: dict[str, set[str]] = {}
    pairs = engine.read_to_write(
        "SELECT anonymous_id, user_id FROM identities WHERE anonymous_id IN :ids "
        "UNION SELECT previous_id, user_id FROM aliases WHERE previous_id IN :ids",
        ids,
    )
    merged.learn({user_id for _, user_id in pairs.rows})
    for anonymous_id, user_id in pairs.rows:
        users.setdefault(anonymous_id, set()).add(merged.visitor(user_id))
    now = engine.read_to_write(
        "SELECT DISTINCT anonymous_id, visitor_id FROM events WHERE anonymous_id IN :ids AND user_id IS NULL", ids
    )
    whole = []
    for anonymous_id, visitor_id in now.rows:
        owners = users.get(anonymous_id, ())
        if len(owners) == 1 and visitor_id not in owners:
            whole.append((anonymous_id, visitor_id, next(iter(owners))))
    shared = [anonymous_id for anonymous_id, owners in users.items() if len(owners) > 1]
    single = _shared_moves(engine, merged, shared) if shared else []
    with engine.write() as transaction:
        _apply(transaction, whole, single)
        remove(transaction, portion)


def _shared_moves(engine: Engine, merged: _Merged, anonymous_ids: list[str]) -> list[tuple[str, str, str]]:
    """(messageId, visitor, owner) of events of anonymousIds with several owners that are not at their owner."""
    ids = {"ids": anonymous_ids}
    told = engine.read(
        "SELECT anonymous_id, occurred_ms, message_id, user_id, visitor_id FROM events WHERE anonymous_id IN :ids", ids
    ).rows
    aliased = engine.read(
        "SELECT previous_id, occurred_ms, message_id, user_id FROM aliases WHERE previous_id IN :ids", ids
    ).rows
    before = engine.read(
        "SELECT anonymous_id, occurred_ms, message_id, user_id FROM frozen_links WHERE anonymous_id IN :ids", ids
    ).rows
    links: dict[str, list[Link]] = {}
    for anonymous_id, occurred_ms, message_id, user_id, *_ in (*told, *aliased, *before):
        if user_id is not None:
            links.setdefault(anonymous_id, []).append(Link(occurred_ms, message_id, user_id))
    owners = {anonymous_id: owner_of(found) for anonymous_id, found in links.items()}
    moves = []
    for anonymous_id, occurred_ms, message_id, user_id, visitor_id in told:
        if user_id is None and anonymous_id in owners:  # the messages that linked it may have been forgotten
            owner = merged.visitor(owners[anonymous_id](occurred_ms))
            if owner != visitor_id:
                moves.append((message_id, visitor_id, owner))
    return moves


def _apply(transaction: Transaction, whole: list[tuple[str, str, str]], single: list[tuple[str, str, str]]) -> None:
    for anonymous_id, old, new in whole:
        transaction.execute(
            "UPDATE events SET visitor_id = :new "
            "WHERE anonymous_id = :anonymous AND user_id IS NULL AND visitor_id = :old",
            {"new": new, "anonymous": anonymous_id, "old": old},
        )
    by_owner: dict[str, list[str]] = {}
    for message_id, _, new in single:
        by_owner.setdefault(new, []).append(message_id)
    for new, message_ids in by_owner.items():
        transaction.execute(
            "UPDATE events SET visitor_id = :new WHERE message_id IN :ids", {"new": new, "ids": message_ids}
        )
    touch_visitors(transaction, {visitor_id for _, *both in (*whole, *single) for visitor_id in both})
