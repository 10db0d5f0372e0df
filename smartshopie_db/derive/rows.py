"""The records of derivation: the event that is read, and one class per derived table with the table's columns.

Sorting events sorts them by (time, messageId), the order that docs/definitions.md means by first, last and next.
"""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

DAY_MS = 86_400_000
WEEK_MS = 7 * DAY_MS
ORDER_FILES = "orders:"  # how the sources of order files begin


class Event(NamedTuple):
    """One stored message; `body` is its parsed JSON where derivation reads it of this kind of event, else None."""

    occurred_ms: int
    message_id: str
    type: str
    event: str | None
    day: int
    visitor_id: str
    client_session_id: str | None
    conversation_id: str | None
    order_id: str | None
    source: str
    body: dict[str, Any] | None

    @property
    def from_order_file(self) -> bool:
        """Whether it comes from a file of orders, which tells nothing about sessions."""
        return self.source.startswith(ORDER_FILES)


class VisitorRow(NamedTuple):
    """visitors."""

    visitor_id: str
    is_customer: int
    first_ms: int
    first_day: int
    customer_name: str | None


class SessionRow(NamedTuple):
    """sessions."""

    session_id: str
    visitor_id: str
    client_session_id: str | None
    first_ms: int
    last_ms: int
    day: int
    hour: int
    has_conversation: int
    has_product_view: int
    has_product_added: int
    orders: int
    credited_orders: int
    first_order_ms: int | None
    recovered: int
    recovered_via_ai: int


class ConversationRow(NamedTuple):
    """conversations."""

    conversation_id: str
    message_id: str
    visitor_id: str
    session_id: str | None
    feature: str
    started_ms: int
    day: int
    messages: int
    resolved: int
    closed: int
    recommended: int
    matched: int
    response_ms_sum: int
    response_count: int
    rating_milli_sum: int
    rating_count: int
    outcome: str


class AnswerRow(NamedTuple):
    """answers."""

    message_id: str
    conversation_id: str | None
    day: int
    feature: str
    model: str | None
    response_ms: int | None
    confidence_milli: int | None


class RatingRow(NamedTuple):
    """ratings."""

    message_id: str
    conversation_id: str | None
    day: int
    feature: str
    aspect: str
    rating_milli: int


class ConcernRow(NamedTuple):
    """concerns."""

    concern_key: str
    concern_name: str
    concern_category: str
    conversation_id: str | None
    day: int
    resolved: int


class RecommendationRow(NamedTuple):
    """recommendations."""

    message_id: str
    conversation_id: str | None
    visitor_id: str
    session_id: str | None
    occurred_ms: int
    day: int
    product_id: str
    model: str | None
    purchased: int


class PredictionRow(NamedTuple):
    """predictions."""

    message_id: str
    day: int
    model: str
    predicted: str
    actual: str


class ProductRequestRow(NamedTuple):
    """product_requests."""

    message_id: str
    day: int
    product_name: str
    category: str


class ProductViewRow(NamedTuple):
    """product_views."""

    message_id: str
    visitor_id: str
    session_id: str | None
    occurred_ms: int
    day: int
    product_id: str
    category: str
    after_recommendation: int


class OrderRow(NamedTuple):
    """orders."""

    order_id: str
    message_id: str
    visitor_id: str
    session_id: str | None
    source: str
    occurred_ms: int
    day: int
    currency: str
    in_store_currency: int
    revenue_minor: int
    total_minor: int | None
    reversed_minor: int
    status: str
    cancelled_day: int | None
    credited_feature: str | None
    credited_conversation_id: str | None


class OrderLineRow(NamedTuple):
    """order_lines."""

    order_id: str
    line: int
    product_id: str | None
    product_name: str | None
    category: str
    quantity: float
    revenue_minor: int
    day: int
    credited_feature: str | None
    cross_sell_minor: int
    upsell_minor: int


class ReversalRow(NamedTuple):
    """reversals."""

    message_id: str
    order_id: str
    visitor_id: str
    order_known: int
    kind: str
    occurred_ms: int
    day: int
    amount_minor: int
    credited_feature: str | None


class ReversalLineRow(NamedTuple):
    """reversal_lines."""

    message_id: str
    line: int
    order_id: str
    product_id: str | None
    category: str
    amount_minor: int
    day: int
    credited_feature: str | None


class VisitorDayRow(NamedTuple):
    """visitor_days."""

    visitor_id: str
    day: int
    is_customer: int
    first_day: int
    previous_day: int | None
    sessions: int
    orders: int
    order_revenue_minor: int
    net_revenue_minor: int


class SegmentMoveRow(NamedTuple):
    """segment_moves."""

    visitor_id: str
    day: int
    segment_name: str
    customers: int
    orders: int
    order_revenue_minor: int
    net_revenue_minor: int


class PaymentRow(NamedTuple):
    """billing_payments, without its source, which is 'events'."""

    invoice_id: str
    payment_date: str
    description: str
    amount: float | None
    amount_minor: int | None
    currency: str | None
    status: str
    invoice_url: str | None


@dataclass(slots=True)
class Tables:
    """Derived rows by the name of their table."""

    visitors: list[VisitorRow] = field(default_factory=list)
    sessions: list[SessionRow] = field(default_factory=list)
    conversations: list[ConversationRow] = field(default_factory=list)
    answers: list[AnswerRow] = field(default_factory=list)
    ratings: list[RatingRow] = field(default_factory=list)
    concerns: list[ConcernRow] = field(default_factory=list)
    recommendations: list[RecommendationRow] = field(default_factory=list)
    predictions: list[PredictionRow] = field(default_factory=list)
    product_requests: list[ProductRequestRow] = field(default_factory=list)
    product_views: list[ProductViewRow] = field(default_factory=list)
    orders: list[OrderRow] = field(default_factory=list)
    order_lines: list[OrderLineRow] = field(default_factory=list)
    reversals: list[ReversalRow] = field(default_factory=list)
    reversal_lines: list[ReversalLineRow] = field(default_factory=list)
    visitor_days: list[VisitorDayRow] = field(default_factory=list)
    segment_moves: list[SegmentMoveRow] = field(default_factory=list)
