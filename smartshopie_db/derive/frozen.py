"""What is known of visitors beyond the events that are kept: the derived rows of frozen days (docs/adr/0007).

Derivation reads events from the horizon on, and takes what it needs of the time before from here: when a visitor was
first seen, what was ordered and taken back, which conversation an order may be credited to, which session goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from smartshopie_db.derive.bodies import Line, number
from smartshopie_db.derive.conversations import Conversation, Facts
from smartshopie_db.derive.credit import View
from smartshopie_db.derive.customers import TakenBack
from smartshopie_db.derive.orders import Order, Taken
from smartshopie_db.derive.rows import DAY_MS, WEEK_MS, Event, OrderRow, VisitorRow
from smartshopie_db.derive.sessions import Session

if TYPE_CHECKING:
    from smartshopie_db.engine import Engine

_ORDERS: Final = (
    f"SELECT {', '.join(OrderRow._fields)} FROM orders WHERE day < :day AND visitor_id IN :ids "
    f"UNION SELECT {', '.join(OrderRow._fields)} FROM orders WHERE day < :day AND order_id IN :orders"
)
_REVERSALS: Final = (
    "SELECT order_id, visitor_id, message_id, kind, day, amount_minor FROM reversals WHERE day < :day "
    "AND visitor_id IN :ids UNION ALL "
    "SELECT order_id, visitor_id, message_id, kind, day, amount_minor FROM reversals WHERE day < :day "
    "AND order_id IN :orders AND visitor_id NOT IN :ids"
)
_SESSIONS: Final = (
    "SELECT s.visitor_id, s.session_id, s.client_session_id, s.first_ms, s.day, f.last_ms FROM frozen_sessions f "
    "CROSS JOIN sessions s WHERE s.session_id = f.session_id AND s.visitor_id IN :ids"  # CROSS: the few come first
)


class Recommended(NamedTuple):
    """A recommendation that was shown to a visitor."""

    occurred_ms: int
    message_id: str
    product_id: str
    session_id: str | None


@dataclass(slots=True)
class Past:
    """What is frozen of one visitor."""

    visitor: VisitorRow | None = None
    previous_day: int | None = None  # the last frozen day with a session
    sessions: list[Session] = field(default_factory=list)  # that may still go on
    conversations: list[Conversation] = field(default_factory=list)  # that an order may still be credited to
    recommended: list[Recommended] = field(default_factory=list)
    views: list[View] = field(default_factory=list)
    orders: list[tuple[OrderRow, Order]] = field(default_factory=list)
    taken: list[TakenBack] = field(default_factory=list)


class Frozen:
    """What is frozen of some visitors, and of the orders and conversations that their events name."""

    def __init__(
        self, engine: Engine, day: int, attribution_ms: int, visitor_ids: Sequence[str],
        order_ids: Iterable[str], conversation_ids: Iterable[str],
    ) -> None:  # fmt: skip
        """Read it. `day` is the horizon: the first day that is not frozen."""
        self.day = day
        self._engine = engine
        self._ids = list(visitor_ids)
        self._pasts: dict[str, Past] = {}
        self.orders: dict[str, Order] = {}
        self.taken: dict[str, Taken] = {}
        self._read_people()
        self._read_orders(list(order_ids))
        earliest = (day - 1) * DAY_MS  # in any time zone before the day begins
        self._read_conversations(earliest - attribution_ms)
        self._read_shown(earliest - WEEK_MS)
        found = engine.read(
            "SELECT conversation_id FROM conversations WHERE day < :day AND conversation_id IN :ids",
            {"day": day, "ids": list(conversation_ids)},
        )
        self.conversations = {row[0] for row in found.rows}

    def past(self, visitor_id: str) -> Past | None:
        """What is frozen of a visitor; None where nothing is."""
        return self._pasts.get(visitor_id)

    def _read(self, sql: str, **more: Any) -> list[tuple[Any, ...]]:
        return self._engine.read(sql, {"ids": self._ids} | more).rows

    def _read_people(self) -> None:
        columns = ", ".join(VisitorRow._fields)
        for row in self._read(
            f"SELECT {columns} FROM visitors WHERE first_day < :day AND visitor_id IN :ids", day=self.day
        ):
            self._pasts[row[0]] = Past(VisitorRow._make(row))
        for visitor_id, previous_day in self._read(
            "SELECT visitor_id, last_day FROM frozen_visitors WHERE visitor_id IN :ids"
        ):
            self._of(visitor_id).previous_day = previous_day
        for visitor_id, session_id, client_session_id, first_ms, day, last_ms in self._read(_SESSIONS):
            ends = [_event(moment, session_id, day, visitor_id) for moment in (first_ms, last_ms)]
            self._of(visitor_id).sessions.append(Session(client_session_id, ends))

    def _of(self, visitor_id: str) -> Past:
        return self._pasts.setdefault(visitor_id, Past())

    def _read_orders(self, order_ids: list[str]) -> None:
        rows = [OrderRow._make(row) for row in self._read(_ORDERS, day=self.day, orders=order_ids)]
        named = sorted({*order_ids, *(row.order_id for row in rows)})
        lines: dict[str, list[tuple[Line, int]]] = {}
        for order_id, product_id, name, category, quantity, revenue in self._engine.read(
            "SELECT order_id, product_id, product_name, category, quantity, revenue_minor FROM order_lines "
            "WHERE order_id IN :orders ORDER BY order_id, line",
            {"orders": [row.order_id for row in rows]},
        ).rows:
            line = Line(product_id, name, category, None, Decimal(repr(quantity)))
            lines.setdefault(order_id, []).append((line, revenue))
        for row in rows:
            bought, shares = zip(*lines[row.order_id], strict=True)
            event = _event(row.occurred_ms, row.message_id, row.day, row.visitor_id)
            order = Order(
                row.order_id, event, row.currency, row.revenue_minor, row.total_minor, tuple(bought), tuple(shares)
            )
            self.orders[row.order_id] = order
            if row.visitor_id in set(self._ids):
                self._of(row.visitor_id).orders.append((row, order))
        self._read_reversals(named)

    def _read_reversals(self, order_ids: list[str]) -> None:
        mine = set(self._ids)
        for order_id, visitor_id, message_id, kind, day, amount in self._read(
            _REVERSALS, day=self.day, orders=order_ids
        ):
            before = self.taken.get(order_id, Taken())
            cancelled = [found for found in (before.cancelled_day, day if kind == "cancellation" else None) if found]
            self.taken[order_id] = Taken(
                before.amount_minor + amount, before.refunded or kind == "refund", min(cancelled, default=None),
                before.message_ids | {message_id},
            )  # fmt: skip
            if visitor_id in mine:
                self._of(visitor_id).taken.append(TakenBack(day, amount))

    def _read_conversations(self, earliest_ms: int) -> None:
        for visitor_id, conversation_id, message_id, feature, started_ms, day in self._read(
            "SELECT visitor_id, conversation_id, message_id, feature, started_ms, day FROM conversations "
            "WHERE day < :day AND started_ms >= :earliest AND visitor_id IN :ids",
            day=self.day, earliest=earliest_ms,
        ):  # fmt: skip
            start = _event(started_ms, message_id, day, visitor_id)
            told = Conversation(
                conversation_id, start, feature, 0, resolved=False, closed=False, facts=Facts(), concerned=()
            )
            self._of(visitor_id).conversations.append(told)

    def _read_shown(self, earliest_ms: int) -> None:
        """Recommendations that a sale may still rest on, and the prices of what was looked at before them."""
        for visitor_id, *shown in self._read(
            "SELECT visitor_id, occurred_ms, message_id, product_id, session_id FROM recommendations "
            "WHERE day < :day AND occurred_ms >= :earliest AND visitor_id IN :ids",
            day=self.day, earliest=earliest_ms,
        ):  # fmt: skip
            self._of(visitor_id).recommended.append(Recommended._make(shown))
        for visitor_id, occurred_ms, message_id, category, price in self._read(
            "SELECT visitor_id, occurred_ms, message_id, category, price FROM frozen_views WHERE visitor_id IN :ids"
        ):
            self._of(visitor_id).views.append(View(occurred_ms, message_id, category, number(price)))


def _event(occurred_ms: int, message_id: str, day: int, visitor_id: str) -> Event:
    """What is left of an event: its moment, its name, whose it was."""
    return Event(occurred_ms, message_id, "track", None, day, visitor_id, None, None, None, "", None)
