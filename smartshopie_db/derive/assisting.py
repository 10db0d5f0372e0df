"""The rows of what the assistant did for a visitor: conversations, their facts, recommendations."""

from collections.abc import Sequence

from smartshopie_db.derive.bodies import properties, text
from smartshopie_db.derive.conversations import OVERALL, Conversation, Facts
from smartshopie_db.derive.credit import Moments, any_between
from smartshopie_db.derive.rows import WEEK_MS, ConversationRow, Event, RecommendationRow, Tables
from smartshopie_db.derive.sessions import Session
from smartshopie_db.derive.visitor import Visitor


def add_conversations(visitor: Visitor, tables: Tables) -> None:
    """The visitor's conversations with what came of them, and all facts that are the visitor's to tell."""
    _add_facts(visitor.outside, tables)
    if not visitor.conversations:
        return
    added = [event.occurred_ms for event in visitor.called("Product Added")]
    clicked = Moments(
        (product_id, event.occurred_ms)
        for event in visitor.called("Recommendation Clicked", "Product Clicked")
        if (product_id := text(properties(event), "product_id")) is not None
    )
    for found in visitor.conversations:
        _add_facts(found.facts, tables)
        session = visitor.sessions.of_participating(found.event.message_id)
        matched = any(
            happened.within_week_after(one.product_id, one.occurred_ms)
            for one in found.facts.shown
            for happened in (visitor.bought, clicked)
        )
        outcome = _outcome(found.event, session, visitor.order_moments, added)
        tables.conversations.append(_row(found, session, outcome, matched=matched))


def _row(found: Conversation, session: Session | None, outcome: str, *, matched: bool) -> ConversationRow:
    start, facts = found.event, found.facts
    timed = [answer.response_ms for answer in facts.answers if answer.response_ms is not None]
    overall = [rating.rating_milli for rating in facts.ratings if rating.aspect == OVERALL]
    return ConversationRow(
        found.conversation_id, start.message_id, start.visitor_id, session.session_id if session else None,
        found.feature, start.occurred_ms, start.day, found.messages, int(found.resolved), int(found.closed),
        int(bool(facts.shown)), int(matched), sum(timed), len(timed), sum(overall), len(overall), outcome,
    )  # fmt: skip


def _outcome(start: Event, session: Session | None, ordered: Sequence[int], added: Sequence[int]) -> str:
    """Converted, High Intent or Browsing: what the visitor did after a conversation began."""
    span = (start.occurred_ms, start.occurred_ms + WEEK_MS)
    if any_between(ordered, *span):
        return "Converted"
    looked = session is not None and any(
        event.event == "Product Viewed" and event[:2] > start[:2] for event in session.events
    )
    return "High Intent" if looked or any_between(added, *span) else "Browsing"


def _add_facts(facts: Facts, tables: Tables) -> None:
    tables.answers += facts.answers
    tables.ratings += facts.ratings
    tables.concerns += facts.concerns.values()
    tables.predictions += facts.predictions
    tables.product_requests += facts.product_requests


def add_recommendations(visitor: Visitor, tables: Tables) -> None:
    """Recommendations to the visitor: those of its conversations, and its own outside a known one."""
    for shown in visitor.shown:
        session = visitor.sessions.of_passive(shown.event)
        session_id = session.session_id if session else None
        purchased = visitor.bought.within_week_after(shown.product_id, shown.occurred_ms)
        tables.recommendations.append(
            RecommendationRow(
                shown.message_id, shown.conversation_id, visitor.visitor_id, session_id, shown.occurred_ms, shown.day,
                shown.product_id, shown.model, int(purchased),
            )
        )  # fmt: skip
