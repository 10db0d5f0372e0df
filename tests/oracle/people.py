"""Whose events they are, and which of them make a session.

Written from "Visitor" and "Session" of the definitions, "Order, ids, time" and "Sessions" of docs/definitions.md.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from tests.oracle.reading import DAY, MINUTE, Calendar, Event


def owners(events: list[Event]) -> dict[str, str]:
    """Message id -> visitor: u:<userId>, a:<anonymousId> or g:<messageId>. `events` stand in order."""
    same_person = _merged_users(events)
    links: dict[str, list[tuple[int, str]]] = {}  # anonymousId -> (time, userId) in order
    for event in events:
        if event.user and event.anonymous:
            links.setdefault(event.anonymous, []).append((event.time, event.user))
        if event.type == "alias" and event.user and event.previous:
            links.setdefault(event.previous, []).append((event.time, event.user))
    result = {}
    for event in events:
        user = event.user
        if user is None and event.anonymous in links:
            at_or_after = [linked for time, linked in links[event.anonymous] if time >= event.time]
            user = at_or_after[0] if at_or_after else links[event.anonymous][-1][1]
        if user is not None:
            result[event.id] = "u:" + same_person.get(user, user)
        elif event.anonymous is not None:
            result[event.id] = "a:" + event.anonymous
        else:
            result[event.id] = "g:" + event.id
    return result


def _merged_users(events: list[Event]) -> dict[str, str]:
    """userId -> the name of its person: the userId of the latest alias among all that are joined."""
    group: dict[str, set[str]] = {}
    latest: list[str] = []
    for event in events:
        if event.type == "alias" and event.user and event.previous:
            joined = group.get(event.user, {event.user}) | group.get(event.previous, {event.previous})
            for user in joined:
                group[user] = joined
            latest.append(event.user)
    return {user: next(name for name in reversed(latest) if name in joined) for user, joined in group.items()}


@dataclass
class Session:
    """Participating events of one visitor."""

    visitor: str
    session_id: str | None
    events: list[Event]  # in order

    def add(self, event: Event) -> None:
        insort(self.events, event, key=lambda other: other.at)

    @property
    def first(self) -> Event:
        return self.events[0]

    @property
    def last(self) -> Event:
        return self.events[-1]

    @property
    def name(self) -> str:
        return self.first.id

    def has(self, name: str) -> bool:
        return any(event.name == name for event in self.events)

    def near(self, time: int, less_than: int) -> bool:
        return any(abs(event.time - time) < less_than for event in self.events)

    def day(self, calendar: Calendar) -> date:
        return calendar.day(self.first.time)


def sessions_of(visitor: str, events: Iterable[Event]) -> list[Session]:
    """The sessions of one visitor's events; a guest has none."""
    if visitor.startswith("g:"):
        return []
    taking_part = sorted((event for event in events if event.takes_part), key=lambda event: event.at)
    sessions: list[Session] = []
    open_by_id: dict[str, Session] = {}
    for event in taking_part:
        if event.session_id is None:
            continue
        session = open_by_id.get(event.session_id)
        if session is None or event.time - session.last.time >= DAY:
            session = Session(visitor, event.session_id, [])
            open_by_id[event.session_id] = session
            sessions.append(session)
        session.add(event)
    for event in taking_part:
        if event.session_id is not None:
            continue
        around = [session for session in sessions if session.near(event.time, 30 * MINUTE)]
        if around:
            min(around, key=lambda session: session.first.at).add(event)
        else:
            sessions.append(Session(visitor, None, [event]))
    return sessions


def session_around(event: Event, sessions: list[Session]) -> Session | None:
    """Where a passive event of these sessions' visitor belongs."""
    if event.session_id is not None:
        around = [s for s in sessions if s.session_id == event.session_id and s.near(event.time, DAY)]
    else:
        around = [s for s in sessions if s.near(event.time, 30 * MINUTE)]
    return min(around, key=lambda session: session.first.at, default=None)
