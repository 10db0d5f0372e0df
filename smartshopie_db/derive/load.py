"""Read what the rows of some visitors depend on: their events, and all events of their orders and conversations."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import orjson

from smartshopie_db.clock import DAY_MS, LocalTime
from smartshopie_db.derive import conversations, orders
from smartshopie_db.derive.bodies import lines, properties, text
from smartshopie_db.derive.conversations import FACT_EVENTS, Conversation, read_conversation
from smartshopie_db.derive.frozen import Frozen, Past
from smartshopie_db.derive.orders import Order, Taken, read_order, reverse
from smartshopie_db.derive.products import Categories, read_mentions
from smartshopie_db.derive.rows import Event
from smartshopie_db.engine import Engine, Rows
from smartshopie_db.events import ORDER_EVENTS
from smartshopie_db.facts import StoreFacts

_BODIES = sorted(
    {
        *ORDER_EVENTS, *FACT_EVENTS, "Product Viewed", "Product Clicked", "Recommendation Clicked",
        "Conversation Started", "Conversation Ended", "Invoice Paid",
    }
)  # fmt: skip
Read = Callable[[str, Mapping[str, Any]], Rows]
_TRAITS = '%"traits":%'
_COLUMNS = (
    "occurred_ms, message_id, type, event, day, visitor_id, client_session_id, conversation_id, order_id, source, "
    "CASE WHEN event IN :bodies OR body LIKE :traits THEN body END"
)


def read_events(read: Read, condition: str, parameters: Mapping[str, Any]) -> list[Event]:
    """The events that meet a condition, in no order; bodies only where derivation reads them."""
    found = read(
        f"SELECT {_COLUMNS} FROM events WHERE {condition}", {"bodies": _BODIES, "traits": _TRAITS, **parameters}
    )
    parse = orjson.loads
    return [Event._make((*row[:10], None if row[10] is None else parse(row[10]))) for row in found.rows]


class Reader:
    """Reads for one run; remembers what chunks of visitors share."""

    def __init__(self, engine: Engine, facts: StoreFacts) -> None:
        """Take the store and what it counts with."""
        self.engine = engine
        self.currency = facts.currency
        self.attribution_ms = facts.attribution_days * DAY_MS
        self.hour: Callable[[int], int] = LocalTime(facts.timezone).hour
        self.categories = Categories()
        self.frozen_day = frozen_day(engine)

    def learn_categories(self, product_ids: Iterable[str]) -> None:
        """Make sure that what was told about these products is known."""
        unknown = [product_id for product_id in product_ids if product_id not in self.categories]
        if unknown:
            self.categories.learn(unknown, read_mentions(self.engine, unknown))


class Chunk:
    """Some visitors with everything their rows depend on (the Surroundings of each)."""

    def __init__(self, reader: Reader, visitor_ids: Sequence[str], *, is_small: bool = False) -> None:
        """Read it all, with a handful of queries. Writes may wait for the events of a small chunk to be read."""
        self._reader = reader
        self.currency, self.attribution_ms, self.hour = reader.currency, reader.attribution_ms, reader.hour
        self.categories = reader.categories
        self.visitors: dict[str, list[Event]] = {visitor_id: [] for visitor_id in visitor_ids}
        read = reader.engine.read_to_write if is_small else reader.engine.read  # ingest wrote most a moment ago
        self.events = read_events(read, "visitor_id IN :visitors", {"visitors": list(visitor_ids)})
        self.events.sort()
        for event in self.events:
            self.visitors[event.visitor_id].append(event)
        self.frozen = self._read_frozen()
        self._orders = self._read_orders()
        self._starts: dict[str, Event] = {}
        self._conversations = self._read_conversations()
        self._learn()

    def order(self, order_id: str) -> Order | None:
        """The known order, whoever placed it."""
        return self._orders.get(order_id)

    def conversation(self, conversation_id: str) -> Conversation | None:
        """The known conversation, where one of these visitors began it."""
        return self._conversations.get(conversation_id)

    def is_known(self, conversation_id: str) -> bool:
        """Whether a conversation is known, whoever began it."""
        return conversation_id in self._starts or (
            self.frozen is not None and conversation_id in self.frozen.conversations
        )

    def past(self, visitor_id: str) -> Past | None:
        """What is frozen of a visitor, None where nothing is."""
        return self.frozen.past(visitor_id) if self.frozen else None

    def has_invoices(self) -> bool:
        """Whether one of the events is about an invoice for the assistant."""
        return any(event.event == "Invoice Paid" for event in self.events)

    def _read_frozen(self) -> Frozen | None:
        if self._reader.frozen_day is None:
            return None
        ordered = {event.order_id for event in self.events if event.order_id and event.event in ORDER_EVENTS}
        told = {event.conversation_id for event in self.events if event.conversation_id}
        day, window = self._reader.frozen_day, self.attribution_ms
        return Frozen(self._reader.engine, day, window, list(self.visitors), ordered, told)

    def _read_orders(self) -> dict[str, Order]:
        known = self.frozen.orders if self.frozen else {}
        before = self.frozen.taken if self.frozen else {}
        mine: dict[str, dict[str, Event]] = {order_id: {} for order_id in known}
        ordered = {event.order_id for event in self.events if event.event in ORDER_EVENTS}
        for event in self.events:
            if event.order_id is not None and event.order_id in ordered:
                mine.setdefault(event.order_id, {})[event.message_id] = event
        partial = self._incomplete("order_id", mine)
        for event in self._more("order_id IN :ids AND event IN :orders", partial, orders=sorted(ORDER_EVENTS)):
            mine[event.order_id or ""][event.message_id] = event
        orders_found: dict[str, Order] = {}
        for order_id, events in mine.items():
            told, taken = sorted(events.values()), before.get(order_id, Taken())
            if order_id in known:
                orders_found[order_id] = reverse(known[order_id], [e for e in told if self._is_recent(e)], taken)
            elif (order := read_order(told, self.currency, taken)) is not None:
                orders_found[order_id] = order
        return orders_found

    def _is_recent(self, event: Event) -> bool:
        return self._reader.frozen_day is None or event.day >= self._reader.frozen_day

    def _read_conversations(self) -> dict[str, Conversation]:
        """Conversations begun by these visitors; of all that they took part in, the start is remembered."""
        mine: dict[str, dict[str, Event]] = {}
        for event in self.events:
            if event.conversation_id is not None:
                mine.setdefault(event.conversation_id, {})[event.message_id] = event
        partial = self._incomplete("conversation_id", mine)
        for event in self._more("conversation_id IN :ids AND event = 'Conversation Started'", partial):
            mine[event.conversation_id or ""][event.message_id] = event
        starts = ((key, conversations.winner(events.values())) for key, events in mine.items())
        self._starts = {key: start for key, start in starts if start is not None}
        frozen = self.frozen.conversations if self.frozen else set()
        own = {key for key, start in self._starts.items() if start.visitor_id in self.visitors and key not in frozen}
        for event in self._more("conversation_id IN :ids", [key for key in partial if key in own]):
            mine[event.conversation_id or ""][event.message_id] = event
        found = ((key, read_conversation(sorted(mine[key].values()))) for key in own)
        return {key: conversation for key, conversation in found if conversation is not None}

    def _incomplete(self, column: str, mine: Mapping[str, Mapping[str, Event]]) -> list[str]:
        """The orders or conversations of which other visitors' events tell, too: counted in the index alone."""
        if not mine:
            return []
        counted = self._reader.engine.read_to_write(
            f"SELECT {column}, COUNT(*) FROM events WHERE {column} IN :ids GROUP BY {column}", {"ids": list(mine)}
        )
        return [key for key, count in counted.rows if count != len(mine[key])]

    def _more(self, condition: str, ids: Sequence[str], **parameters: Any) -> list[Event]:
        return read_events(self._reader.engine.read, condition, {"ids": ids, **parameters}) if ids else []

    def _learn(self) -> None:
        """Have the categories that are not given by the events."""
        nameless: set[str] = set()
        for event in self.events:
            if event.event == "Product Viewed":
                told = properties(event)
                if text(told, "category") is None:
                    nameless.add(text(told, "product_id") or "")
            elif event.event in orders.KINDS:
                nameless |= {line.product_id or "" for line in lines(properties(event)) if line.category is None}
        for order in self._orders.values():
            nameless |= {line.product_id or "" for line in order.lines if line.category is None}
        self._reader.learn_categories(nameless - {""})


def frozen_day(engine: Engine) -> int | None:
    """The horizon: rows of the days before it stay as they are. None where every day may still change."""
    found = engine.get("frozen_day")
    return None if found is None else int(found)


def event_counts(engine: Engine, visitor_ids: Sequence[str]) -> Counter[str]:
    """How many events each visitor has."""
    found = engine.read_to_write(
        "SELECT visitor_id, COUNT(*) FROM events WHERE visitor_id IN :visitors GROUP BY visitor_id",
        {"visitors": list(visitor_ids)},
    )
    return Counter(dict(found.rows))
