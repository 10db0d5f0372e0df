"""One visitor while its rows are made: its events sorted out, and what they depend on beyond them."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Protocol

from smartshopie_db.derive.bodies import price_in, properties, text
from smartshopie_db.derive.conversations import FACT_EVENTS, Conversation, Facts, Shown, read_facts
from smartshopie_db.derive.credit import Attribution, Moments, View
from smartshopie_db.derive.frozen import Past
from smartshopie_db.derive.orders import Order
from smartshopie_db.derive.products import Categories
from smartshopie_db.derive.rows import Event
from smartshopie_db.derive.sessions import VisitorSessions
from smartshopie_db.events import PARTICIPATING_TYPES, PASSIVE


class Surroundings(Protocol):
    """What a visitor's rows depend on beyond its own events."""

    currency: str
    attribution_ms: int
    hour: Callable[[int], int]  # local, of a moment
    categories: Categories

    def order(self, order_id: str) -> Order | None:
        """The known order, whoever placed it."""

    def conversation(self, conversation_id: str) -> Conversation | None:
        """The known conversation; may be None where none of the visitors at hand began it."""

    def is_known(self, conversation_id: str) -> bool:
        """Whether a conversation is known, whoever began it."""


def participates(event: Event) -> bool:
    """Whether an event can open a session and keep it open."""
    return event.type in PARTICIPATING_TYPES and event.event not in PASSIVE and not event.from_order_file


class Visitor:
    """A visitor's events by name, its sessions, and the orders, conversations and recommendations that are its own."""

    def __init__(
        self, visitor_id: str, events: Sequence[Event], around: Surroundings, past: Past | None = None,
        since: int | None = None,
    ) -> None:  # fmt: skip
        """Take all events of the visitor, ordered, and what is frozen of the time before the day `since`."""
        self.visitor_id = visitor_id
        self.is_guest = visitor_id.startswith("g:")
        self.is_customer = visitor_id.startswith("u:")
        self.events = events
        self.around = around
        self.past = past or Past()
        self.recent = events if since is None else [event for event in events if event.day >= since]
        named: dict[str, list[Event]] = defaultdict(list)
        for event in events:
            if event.event is not None:
                named[event.event].append(event)
        self.named = dict(named)
        participating = [] if self.is_guest else [event for event in self.recent if participates(event)]
        self.sessions = VisitorSessions(participating, self.past.sessions)
        self.conversations = self._own_conversations()
        self.attribution = Attribution([*self.past.conversations, *self.conversations], around.attribution_ms)
        self.orders = self._own_orders()
        self.order_moments = sorted(order.event.occurred_ms for order in self.orders)
        self.outside = self._facts_outside()
        told = (self.outside, *(found.facts for found in self.conversations))
        self.shown: list[Shown] = sorted(shown for facts in told for shown in facts.shown)

    def called(self, *names: str) -> list[Event]:
        """The visitor's events of these names, ordered within each name."""
        return [event for name in names for event in self.named.get(name, ())]

    def session_id(self, event: Event) -> str | None:
        """The session a participating event is part of."""
        session = self.sessions.of_participating(event.message_id)
        return session.session_id if session else None

    def session_keys(self) -> list[str]:
        """All keys under which a session of the visitor is kept, or was: any of its events may have been the first."""
        return [event.message_id for session in self.sessions.sessions for event in session.events]

    def concern_keys(self) -> list[str]:
        """All keys under which the visitor's concerns are kept, or were before a conversation was known."""
        kept = [f"c:{found.conversation_id}" for found in self.conversations]
        kept += [f"m:{message_id}" for found in self.conversations for message_id in found.concerned]
        return kept + [f"m:{event.message_id}" for event in self.called("Concern Detected")]

    def category(self, own: str | None, product_id: str | None, moment: int) -> str:
        """The category given, else the product's at that moment."""
        return own if own is not None else self.around.categories.at(product_id, moment)

    @cached_property
    def bought(self) -> Moments:
        """When the visitor ordered which product."""
        return Moments(
            (line.product_id, order.event.occurred_ms)
            for order in self.orders
            for line in order.lines
            if line.product_id is not None
        )

    @cached_property
    def recommended(self) -> dict[str, list[tuple[int, str]]]:
        """By product: the moments at which it was recommended to the visitor, sorted."""
        found: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for before in self.past.recommended:
            found[before.product_id].append(before[:2])
        for shown in self.shown:
            found[shown.product_id].append(shown[:2])
        return {product_id: sorted(moments) for product_id, moments in found.items()}

    @cached_property
    def views(self) -> list[View]:
        """What the visitor looked at, with category and price in the store's currency, sorted."""
        found = sorted(self.past.views)
        known = {view.message_id for view in found}
        for event in self.called("Product Viewed"):
            if event.message_id in known:
                continue
            told = properties(event)
            category = self.category(text(told, "category"), text(told, "product_id"), event.occurred_ms)
            price = price_in(told, self.around.currency)
            found.append(View(event.occurred_ms, event.message_id, category, price))
        return found

    def _own_conversations(self) -> list[Conversation]:
        ids = dict.fromkeys(event.conversation_id for event in self.called("Conversation Started"))
        found = [self.around.conversation(one) for one in ids if one is not None]
        return [one for one in found if one is not None and one.event.visitor_id == self.visitor_id]

    def _own_orders(self) -> list[Order]:
        frozen = {row.order_id for row, _ in self.past.orders}
        ids = dict.fromkeys(event.order_id for event in self.called("Order Completed"))
        found = [self.around.order(one) for one in ids if one is not None and one not in frozen]
        return [one for one in found if one is not None and one.event.visitor_id == self.visitor_id]

    def _facts_outside(self) -> Facts:
        """The visitor's facts that no known conversation takes."""
        return read_facts(
            event
            for event in self.called(*FACT_EVENTS)
            if event.conversation_id is None or not self.around.is_known(event.conversation_id)
        )
