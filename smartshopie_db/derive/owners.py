"""Which visitors touched orders, conversations and products concern: those they belonged to, and belong to now."""

from collections.abc import Iterable

from smartshopie_db.derive.conversations import FACT_EVENTS
from smartshopie_db.derive.marks import Mark, make_dirty, marks, portions, remove, touch_visitors
from smartshopie_db.derive.orders import KINDS
from smartshopie_db.derive.products import Categories, read_mentions
from smartshopie_db.derive.rows import ORDER_FILES
from smartshopie_db.engine import Engine

PORTION = 2_000  # orders or conversations per transaction
PRODUCTS = 50  # products at a time: one may have many rows


def touch_owners(engine: Engine, newest_batch: int) -> None:
    """Turn the marks of orders, conversations and products into marks of visitors."""
    for portion in portions(marks(engine, ("order",), newest_batch), PORTION):
        _replace(engine, portion, _of_orders(engine, [mark.key for mark in portion]))
    for portion in portions(marks(engine, ("conversation",), newest_batch), PORTION):
        _replace(engine, portion, _of_conversations(engine, [mark.key for mark in portion]))
    for portion in portions(marks(engine, ("product",), newest_batch), PRODUCTS):
        _replace(engine, portion, _of_products(engine, [mark.key for mark in portion]))


def _replace(engine: Engine, done: list[Mark], visitor_ids: Iterable[str]) -> None:
    with engine.write() as transaction:
        touch_visitors(transaction, visitor_ids)
        if any(mark.kind == "product" for mark in done):
            make_dirty(transaction, "product_name", [0])  # daily rows carry the newest name and category
        remove(transaction, done)


def _of_orders(engine: Engine, order_ids: list[str]) -> set[str]:
    """Whose the orders were, whose their reversals were, and who the event that makes each known comes from.

    Of an order that is not known (any more: events can be forgotten) also those who sent its reversals.
    """
    ids = {"ids": order_ids}
    stored = engine.read(
        "SELECT visitor_id FROM orders WHERE order_id IN :ids "
        "UNION SELECT visitor_id FROM reversals WHERE order_id IN :ids",
        ids,
    )
    told = engine.read(
        "SELECT order_id, source, occurred_ms, message_id, visitor_id FROM events "
        "WHERE order_id IN :ids AND event = 'Order Completed'",
        ids,
    )
    best: dict[str, tuple[bool, int, str, str]] = {}
    for order_id, source, *place in told.rows:
        found = (source.startswith(ORDER_FILES), *place)
        best[order_id] = min(found, best.get(order_id, found))
    orphans = [order_id for order_id in order_ids if order_id not in best]
    senders = _senders(engine, "order_id", orphans, sorted(KINDS))
    return {row[0] for row in stored.rows} | {found[3] for found in best.values()} | senders


def _of_conversations(engine: Engine, conversation_ids: list[str]) -> set[str]:
    """Who began the conversations, then and now.

    Of one that becomes known also those whose recommendations it takes; of one that is known no more (events can be
    forgotten) those who get their facts back.
    """
    stored = dict(
        engine.read(
            "SELECT conversation_id, visitor_id FROM conversations WHERE conversation_id IN :ids",
            {"ids": conversation_ids},
        ).rows
    )
    started = engine.read(
        "SELECT conversation_id, occurred_ms, message_id, visitor_id FROM events "
        "WHERE conversation_id IN :ids AND event = 'Conversation Started'",
        {"ids": conversation_ids},
    )
    first: dict[str, tuple[int, str, str]] = {}
    for conversation_id, *place in started.rows:
        found = (place[0], place[1], place[2])
        first[conversation_id] = min(found, first.get(conversation_id, found))
    owners = {*stored.values(), *(found[2] for found in first.values())}
    taken = _senders(engine, "conversation_id", list(first.keys() - stored.keys()), ["Recommendation Shown"])
    given_back = _senders(engine, "conversation_id", list(stored.keys() - first.keys()), list(FACT_EVENTS))
    return owners | taken | given_back


def _senders(engine: Engine, column: str, keys: list[str], events: list[str]) -> set[str]:
    """The visitors whose events of these names carry one of these ids."""
    if not keys:
        return set()
    found = engine.read(
        f"SELECT DISTINCT visitor_id FROM events WHERE {column} IN :keys AND event IN :events",
        {"keys": keys, "events": events},
    )
    return {row[0] for row in found.rows}


_ROWS_WITH_CATEGORY = (
    "SELECT product_id, occurred_ms, category, visitor_id FROM product_views WHERE product_id IN :ids",
    "SELECT product_id, occurred_ms, category, visitor_id FROM order_lines "
    "JOIN orders ON orders.order_id = order_lines.order_id WHERE product_id IN :ids",
    "SELECT product_id, occurred_ms, category, visitor_id FROM reversal_lines "
    "JOIN reversals ON reversals.message_id = reversal_lines.message_id WHERE product_id IN :ids AND order_known = 0",
)


def _of_products(engine: Engine, product_ids: list[str]) -> set[str]:
    """The visitors with a row whose category is not what the mentions say now."""
    categories = Categories()
    categories.learn(product_ids, read_mentions(engine, product_ids))
    concerned = set()
    for rows_with_category in _ROWS_WITH_CATEGORY:
        for piece in engine.read_chunks(rows_with_category, {"ids": product_ids}):
            for product_id, moment, category, visitor_id in piece.rows:
                if category != categories.at(product_id, moment):
                    concerned.add(visitor_id)
    return concerned
