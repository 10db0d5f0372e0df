"""Everything that follows from a list of events before any day is added up: visitors, sessions, orders, credit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from tests.oracle.conversations import Conversation, Fact, conversations_and_facts
from tests.oracle.orders import Categories, Order, OrderBook, said_currency
from tests.oracle.people import Session, owners, session_around, sessions_of
from tests.oracle.reading import DAY, Calendar, Event, minor_units, number, products, read, text
from tests.oracle.windows import Days

SEVEN_DAYS = 7 * DAY


class Store:
    """The facts of one store of events."""

    def __init__(
        self,
        messages: Iterable[Mapping[str, Any]],
        *,
        timezone: str,
        currency: str,
        attribution_days: int = 7,
        order_file: Iterable[Mapping[str, Any]] = (),
    ) -> None:
        self.calendar, self.currency, self.attribution = Calendar(timezone), currency, attribution_days * DAY
        self.events = sorted([*read(messages), *read(order_file, order_file=True)], key=lambda event: event.at)
        self.visitor = owners(self.events)
        self.categories = Categories(self.events)
        self._find_sessions()
        self.conversations, self.facts = conversations_and_facts(self.events, self.visitor, self.session, self.calendar)
        book = OrderBook(self.events, self.visitor, self.calendar, currency, self.categories)
        self.orders, self.reversals = book.orders, book.reversals
        self._orders_of: dict[str, list[Order]] = {}
        self._orders_in: dict[str, list[Order]] = {}
        for order in sorted(self.orders, key=lambda order: order.event.at):
            self._orders_of.setdefault(order.visitor, []).append(order)
            session = self.session.get(order.event.id)
            if session is not None:
                self._orders_in.setdefault(session.name, []).append(order)
        for order in self.orders:
            order.feature = self._credited_feature(order)
        self.recommendations = [
            fact for fact in self.facts if fact.event.name == "Recommendation Shown" and fact.value("product_id")
        ]
        for order in self.orders:
            self._cross_and_upsell(order)

    # ------------------------------------------------------------------ visitors, sessions, days
    def _find_sessions(self) -> None:
        by_visitor: dict[str, list[Event]] = {}
        for event in self.events:
            by_visitor.setdefault(self.visitor[event.id], []).append(event)
        self.events_of = by_visitor
        self.sessions_of = {visitor: sessions_of(visitor, events) for visitor, events in by_visitor.items()}
        self.sessions = [session for sessions in self.sessions_of.values() for session in sessions]
        self.session = {event.id: session for session in self.sessions for event in session.events}

    @property
    def covered(self) -> Days | None:
        """From the first event's day to the newest event's day without gaps."""
        if not self.events:
            return None
        return Days(self.day(self.events[0]), self.day(self.events[-1]))

    def day(self, event: Event) -> date:
        return self.calendar.day(event.time)

    @property
    def customers(self) -> list[str]:
        return sorted(visitor for visitor in self.events_of if visitor.startswith("u:"))

    def first_seen(self, visitor: str) -> date:
        return self.day(self.events_of[visitor][0])

    # ------------------------------------------------------------------ orders
    def orders_of(self, visitor: str) -> list[Order]:
        return self._orders_of.get(visitor, [])

    def orders_in(self, session: Session) -> list[Order]:
        return self._orders_in.get(session.name, [])

    def net_revenue(self, visitor: str, days: Days) -> int:
        """Orders less reversals of one visitor."""
        sold = sum(order.money for order in self.orders_of(visitor) if order.day in days)
        taken = sum(r.amount for r in self.reversals if r.visitor == visitor and r.day in days)
        return sold - taken

    def _credited_feature(self, order: Order) -> str | None:
        """The feature of the visitor's last conversation at most the attribution window before the order."""
        reaching = [
            conversation
            for conversation in self.conversations.values()
            if conversation.visitor == order.visitor
            and 0 <= order.event.time - conversation.event.time <= self.attribution
        ]
        last = max(reaching, key=lambda c: (c.event.time, c.conversation_id), default=None)
        return last.feature if last else None

    # ------------------------------------------------------------------ recommendations
    def bought(self, recommendation: Fact) -> bool:
        """The visitor has an order with the product at most 7 x 24 h after it (0 included)."""
        return any(
            0 <= order.event.time - recommendation.event.time <= SEVEN_DAYS
            and any(line.product == text(recommendation.value("product_id")) for line in order.lines)
            for order in self.orders_of(recommendation.visitor)
        )

    def clicked(self, recommendation: Fact) -> bool:
        return any(
            event.name in {"Recommendation Clicked", "Product Clicked"}
            and text(event.properties.get("product_id")) == text(recommendation.value("product_id"))
            and 0 <= event.time - recommendation.event.time <= SEVEN_DAYS
            for event in self.events_of[recommendation.visitor]
        )

    def matched(self, conversation: Conversation) -> bool | None:
        """Whether a recommended product was clicked or bought; None where nothing was recommended."""
        shown = [fact for fact in self.recommendations if fact.conversation is conversation]
        return any(self.clicked(fact) or self.bought(fact) for fact in shown) if shown else None

    def view_after_recommendation(self, view: Event) -> bool:
        """The view's session has an earlier Recommendation Shown of that product."""
        session = self.session.get(view.id)
        if session is None:
            return False
        return any(
            fact.visitor == session.visitor
            and text(fact.value("product_id")) == text(view.properties.get("product_id"))
            and fact.event.at < view.at
            and session_around(fact.event, self.sessions_of[session.visitor]) is session
            for fact in self.recommendations
        )

    def view_category(self, view: Event) -> str:
        own = text(view.properties.get("category"))
        return self.categories.at(view.time, text(view.properties.get("product_id")), own)

    def _cross_and_upsell(self, order: Order) -> None:
        """Fill cross_sell and upsell of the order's lines; the store's currency only."""
        if not order.in_store_currency:
            return
        reaching: dict[str, Fact] = {}  # product -> the first recommendation in the 7 days before
        for fact in self.recommendations:
            if fact.visitor == order.visitor and 0 <= order.event.time - fact.event.time <= SEVEN_DAYS:
                reaching.setdefault(str(fact.value("product_id")), fact)
        if not any(line.product in reaching for line in order.lines):
            return
        for line in order.lines:
            if line.product not in reaching:
                line.cross_sell = line.revenue
                continue
            views = [
                event
                for event in self.events_of[order.visitor]
                if event.name == "Product Viewed"
                and event.at < reaching[line.product].event.at
                and self.view_category(event) == line.category
            ]
            viewed = self._price_seen(views[-1]) if views else None
            if viewed is not None and line.price is not None:
                line.upsell = minor_units(max(Decimal(0), line.price - viewed) * line.quantity, self.currency)

    def _price_seen(self, view: Event) -> Decimal | None:
        """A view's price; one in another currency than the store's counts as no price."""
        ours = said_currency(view) in {None, self.currency}
        return number(view.properties.get("price")) if ours else None

    def product_name(self, product: str) -> str:
        """The newest name any event gave; its id without one."""
        names = [
            text(part.get("name"))
            for event in self.events
            for part in (event.properties, *products(event))
            if text(part.get("product_id")) == product and part.get("name")
        ]
        return (names[-1] if names else None) or product

    # ------------------------------------------------------------------ what became of a conversation or a cart
    def outcome(self, conversation: Conversation) -> str:
        start, visitor = conversation.event, conversation.visitor
        if any(0 <= order.event.time - start.time <= SEVEN_DAYS for order in self.orders_of(visitor)):
            return "Converted"
        added = any(
            event.name == "Product Added" and 0 <= event.time - start.time <= SEVEN_DAYS
            for event in self.events_of[visitor]
        )
        session = conversation.session
        viewed = session is not None and any(e.name == "Product Viewed" and e.at > start.at for e in session.events)
        return "High Intent" if added or viewed else "Browsing"

    def is_abandoned(self, session: Session) -> bool:
        return session.has("Product Added") and not self.orders_in(session)

    def recovery(self, session: Session) -> tuple[bool, bool]:
        """(its visitor ordered within 7 x 24 h after its last event, with an AI interaction in between)."""
        end = session.last.time
        later = [o for o in self.orders_of(session.visitor) if 0 < o.event.time - end <= SEVEN_DAYS]
        if not later:
            return False, False
        via_ai = any(
            c.visitor == session.visitor and end < c.event.time <= later[0].event.time
            for c in self.conversations.values()
        )
        return True, via_ai
