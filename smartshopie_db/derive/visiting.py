"""The rows of a visitor itself: sessions, views, who it is, its days, its segments."""

from collections import Counter
from collections.abc import Sequence

from smartshopie_db.derive.bodies import part, properties, text
from smartshopie_db.derive.customers import Placed, TakenBack, segment_moves, visitor_days
from smartshopie_db.derive.rows import Event, OrderRow, ProductViewRow, SessionRow, Tables, VisitorRow
from smartshopie_db.derive.visitor import Visitor


def add_views(visitor: Visitor, tables: Tables) -> None:
    """Product views, and whether the product was recommended earlier in the same session."""
    shown_in: dict[tuple[str, str], tuple[int, str]] = {}
    for before in sorted(visitor.past.recommended):
        if before.session_id is not None:
            shown_in.setdefault((before.session_id, before.product_id), before[:2])
    for shown in visitor.shown:
        session = visitor.sessions.of_passive(shown.event)
        if session is not None:
            shown_in.setdefault((session.session_id, shown.product_id), shown.event[:2])
    for event in visitor.called("Product Viewed"):
        told = properties(event)
        product_id = text(told, "product_id")
        if product_id is None:
            continue
        category = visitor.category(text(told, "category"), product_id, event.occurred_ms)
        session_id = visitor.session_id(event)
        first = shown_in.get((session_id, product_id)) if session_id is not None else None
        tables.product_views.append(
            ProductViewRow(
                event.message_id, visitor.visitor_id, session_id, event.occurred_ms, event.day, product_id, category,
                int(first is not None and first < event[:2]),
            )
        )  # fmt: skip


def add_sessions(visitor: Visitor, orders: Sequence[OrderRow], tables: Tables) -> None:
    """Sessions with the visitor's orders in them, and which of the carts left behind were won back."""
    placed: Counter[str | None] = Counter(order.session_id for order in orders)
    credited: Counter[str | None] = Counter(order.session_id for order in orders if order.credited_feature is not None)
    first_order: dict[str | None, int] = {}
    for order in orders:
        first_order[order.session_id] = min(order.occurred_ms, first_order.get(order.session_id, order.occurred_ms))
    for session in visitor.sessions.sessions:
        name = session.session_id
        seen = {event.event for event in session.events}
        abandoned = "Product Added" in seen and not placed[name]
        recovered = visitor.attribution.recovery(session.last_ms, visitor.order_moments) if abandoned else (0, 0)
        tables.sessions.append(
            SessionRow(
                name, visitor.visitor_id, session.client_session_id, session.first.occurred_ms, session.last_ms,
                session.first.day, visitor.around.hour(session.first.occurred_ms),
                int("Conversation Started" in seen), int("Product Viewed" in seen), int("Product Added" in seen),
                placed[name], credited[name], first_order.get(name), *recovered,
            )
        )  # fmt: skip


def add_person(visitor: Visitor, orders: Sequence[OrderRow], taken: Sequence[TakenBack], tables: Tables) -> None:
    """Who the visitor is, the days it was there or paid, and its segments where it is a customer."""
    person = _person(visitor)
    if person is None:
        return
    tables.visitors.append(person)
    placed = [
        Placed(order.day, order.cancelled_day, order.in_store_currency, order.revenue_minor * order.in_store_currency)
        for order in orders
    ]
    begun_before = len(visitor.past.sessions)
    days = sorted(session.first.day for session in visitor.sessions.sessions)[begun_before:]
    tables.visitor_days += visitor_days(
        visitor.visitor_id, person.first_day, days, placed, taken, visitor.past.previous_day
    )
    if visitor.is_customer:
        tables.segment_moves += segment_moves(visitor.visitor_id, person.first_day, placed, taken)


def _person(visitor: Visitor) -> VisitorRow | None:
    """Who the visitor is; None where all that is left are early messages about a later order or conversation."""
    known, name = visitor.past.visitor, _newest_name(visitor.recent)
    if known is not None:
        return known._replace(customer_name=name or known.customer_name)
    if not visitor.recent:
        return None
    first = visitor.recent[0]
    return VisitorRow(visitor.visitor_id, int(visitor.is_customer), first.occurred_ms, first.day, name)


def _newest_name(events: Sequence[Event]) -> str | None:
    """The newest name among traits; a group's traits are not the visitor's."""
    for event in reversed(events):
        if event.body is not None and "traits" in event.body and event.type != "group":
            traits = part(event, "traits")
            parts = (text(traits, "firstName", "first_name"), text(traits, "lastName", "last_name"))
            name = text(traits, "name") or " ".join(given for given in parts if given)
            if name:
                return name
    return None


