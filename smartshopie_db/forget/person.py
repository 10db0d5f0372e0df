"""Who is forgotten: all ids of a person, and the tombstone of each."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from smartshopie_db.forget.impersonal import is_number

if TYPE_CHECKING:
    from smartshopie_db.engine import Rows

PREFIX: Final = "forgotten-"


class Reads(Protocol):
    """An engine or a transaction."""

    def read(self, sql: str, parameters: dict[str, Any] | None = None, /) -> Rows:
        """What a SELECT finds."""


@dataclass(slots=True)
class Person:
    """Who is forgotten: userIds, own anonymousIds, and the tombstone of every id that was met."""

    user_ids: set[str]
    anonymous_ids: set[str]
    names: dict[str, str] = field(default_factory=dict)

    def tombstone(self, known_as: str) -> str:
        """What an id is called from now on."""
        return self.names.setdefault(known_as, PREFIX + secrets.token_hex(16))

    def named(self, known_as: str | None) -> str | None:
        """The tombstone of an id that may be missing."""
        return None if known_as is None else self.tombstone(known_as)

    @property
    def ids(self) -> dict[str, str]:
        """Tombstones of userIds and own anonymousIds."""
        return {known_as: self.tombstone(known_as) for known_as in sorted(self.user_ids | self.anonymous_ids)}

    def key(self, key: str | None) -> str | None:
        """The id of an order or a conversation: its own, unless an importer took one of the person's for want of it.

        Numbers coincide, so they say nothing.
        """
        return key if key is None or is_number(key) else self.names.get(key, key)

    def visitor(self, visitor_id: str) -> str:
        """The new name of a visitor (`u:...`, `a:...`)."""
        return visitor_id[:2] + self.tombstone(visitor_id[2:])

    @property
    def visitors(self) -> dict[str, str]:
        """The visitors these ids are, or were before they were linked, with their new names."""
        known = [f"u:{one}" for one in self.user_ids] + [f"a:{one}" for one in self.anonymous_ids]
        return {visitor_id: self.visitor(visitor_id) for visitor_id in known}


def find(store: Reads, user_id: str) -> Person:
    """All ids of the person with a userId."""
    users = _joined(store, user_id)
    seen = _values(store, "SELECT anonymous_id FROM identities WHERE user_id IN :ids", users)
    seen |= _values(
        store, "SELECT DISTINCT anonymous_id FROM events WHERE anonymous_id IS NOT NULL AND visitor_id IN :ids",
        {f"u:{one}" for one in users},
    )  # fmt: skip
    ids = {"ids": sorted(seen)}
    linked = store.read("SELECT anonymous_id, user_id FROM identities WHERE anonymous_id IN :ids", ids)
    shared = {anonymous_id for anonymous_id, user in linked.rows if user not in users}
    return Person(users, seen - shared)


def _joined(store: Reads, user_id: str) -> set[str]:
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


def _values(store: Reads, sql: str, ids: Iterable[str]) -> set[str]:
    return {row[0] for row in store.read(sql, {"ids": sorted(ids)}).rows}
