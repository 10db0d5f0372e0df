"""Sessions of one visitor (docs/definitions.md, Sessions)."""

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from smartshopie_db.derive.rows import DAY_MS, Event

GAP_MS = 30 * 60_000  # without a session id, a pause of this length ends a session
SPLIT_MS = DAY_MS  # with one, a pause of this length does


@dataclass(slots=True, eq=False)
class Session:
    """One visit: its participating events, ordered; named by the messageId of the first."""

    client_session_id: str | None
    events: list[Event] = field(default_factory=list)

    @property
    def session_id(self) -> str:
        """The messageId of the first event."""
        return self.events[0].message_id

    @property
    def first(self) -> Event:
        """The event that gives name, day and hour."""
        return self.events[0]

    @property
    def last_ms(self) -> int:
        """The moment of the last participating event."""
        return self.events[-1].occurred_ms


class VisitorSessions:
    """The sessions of a visitor, and which of them any of its events belongs to."""

    __slots__ = ("_by_client_id", "_by_message", "_sessions_at", "_times", "sessions")

    def __init__(self, participating: Sequence[Event], begun: Sequence[Session] = ()) -> None:
        """Split ordered participating events of one visitor; `begun` are sessions from before that may go on."""
        self.sessions = split(participating, begun)
        self._by_message = {event.message_id: session for session in self.sessions for event in session.events}
        self._by_client_id: dict[str, list[tuple[Session, list[int]]]] | None = None
        self._times: list[int] = []
        self._sessions_at: list[Session] = []

    def of_participating(self, message_id: str) -> Session | None:
        """The session a participating event is part of; None for any other event."""
        return self._by_message.get(message_id)

    def of_passive(self, event: Event) -> Session | None:
        """The session around a passive event of the visitor, the one that began first where there are several."""
        if self._by_client_id is None:
            self._index()
        if event.client_session_id is not None:
            found: Iterable[Session] = self._named(event.client_session_id, event.occurred_ms)
        else:
            start = bisect_right(self._times, event.occurred_ms - GAP_MS)
            end = bisect_left(self._times, event.occurred_ms + GAP_MS)
            found = self._sessions_at[start:end]
        return min(found, key=lambda session: session.first[:2], default=None)

    def _index(self) -> None:
        self._by_client_id = {}
        moments: list[tuple[int, int]] = []
        for position, session in enumerate(self.sessions):
            times = [event.occurred_ms for event in session.events]
            moments += [(moment, position) for moment in times]
            if session.client_session_id is not None:
                self._by_client_id.setdefault(session.client_session_id, []).append((session, times))
        moments.sort()
        self._times = [moment for moment, _ in moments]
        self._sessions_at = [self.sessions[position] for _, position in moments]

    def _named(self, client_session_id: str, moment: int) -> Iterable[Session]:
        for session, times in (self._by_client_id or {}).get(client_session_id, ()):
            after = bisect_right(times, moment - SPLIT_MS)
            if after < len(times) and times[after] < moment + SPLIT_MS:
                yield session


def split(participating: Sequence[Event], begun: Sequence[Session] = ()) -> list[Session]:
    """Divide a visitor's participating events, ordered, into sessions, ordered by their first event.

    Of a session that had begun before them, first and last event are enough to know what belongs to it.
    """
    sessions = sorted((Session(one.client_session_id, list(one.events)) for one in begun), key=_first)
    # moment and number of the session of each event with a session id, and of the last one of those begun before
    named = sorted((session.last_ms, number) for number, session in enumerate(sessions))
    unnamed: list[Event] = []
    latest = {session.client_session_id: number for number, session in enumerate(sessions) if session.client_session_id}
    for event in participating:
        client_session_id = event.client_session_id
        if client_session_id is None:
            unnamed.append(event)
            continue
        number = latest.get(client_session_id)
        if number is None or event.occurred_ms - sessions[number].last_ms >= SPLIT_MS:
            number = latest[client_session_id] = len(sessions)
            sessions.append(Session(client_session_id))
        sessions[number].events.append(event)
        named.append((event.occurred_ms, number))
    if unnamed:
        _join(sessions, named, unnamed)
        sessions.sort(key=_first)
    return sessions


def _first(session: Session) -> tuple[int, str]:
    return session.first[:2]


def _join(sessions: list[Session], named: Sequence[tuple[int, int]], unnamed: Sequence[Event]) -> None:
    """Give each event without an id to the session near it that began first, else to a new one.

    `near` counts, per session, its events less than GAP_MS away from the event at hand: those with an id on both
    sides (a window moving over `named`), those without on the left only, as the later ones have no session yet.
    """
    firsts = [session.first[:2] for session in sessions]
    near: dict[int, int] = {}
    joined: deque[tuple[int, int]] = deque()
    left = right = 0
    for event in unnamed:
        moment = event.occurred_ms
        while right < len(named) and named[right][0] < moment + GAP_MS:
            near[named[right][1]] = near.get(named[right][1], 0) + 1
            right += 1
        while left < right and named[left][0] <= moment - GAP_MS:
            _forget(near, named[left][1])
            left += 1
        while joined and joined[0][0] <= moment - GAP_MS:
            _forget(near, joined.popleft()[1])
        number = min(near, key=firsts.__getitem__, default=len(sessions))
        if number == len(sessions):
            sessions.append(Session(None))
            firsts.append(event[:2])
        sessions[number].events.append(event)
        firsts[number] = min(firsts[number], event[:2])
        joined.append((moment, number))
        near[number] = near.get(number, 0) + 1
    for session in sessions:
        session.events.sort()


def _forget(near: dict[int, int], number: int) -> None:
    near[number] -= 1
    if not near[number]:
        del near[number]
