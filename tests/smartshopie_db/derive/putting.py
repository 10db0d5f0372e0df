"""Messages into a store, derived."""

from collections.abc import Sequence

from smartshopie_db.derive import derive
from smartshopie_db.engine import Engine
from smartshopie_db.facts import StoreFacts
from smartshopie_db.ingest import ingest

from .tangle import DAY, START_MS, Message

NOW_MS = START_MS + 100 * DAY
FACTS = StoreFacts("UTC", "EUR", 7, 1, None)
FIRST_DAY = START_MS // DAY


def put(engine: Engine, messages: Sequence[Message]) -> None:
    """Ingest; a fixed part of the messages comes from an order file."""
    for source in ("api", "orders:shopify"):
        batch = [message for message in messages if _source_of(message) == source]
        if batch:
            ingest(engine, FACTS, batch, source=source, received_ms=NOW_MS)


def _source_of(message: Message) -> str:
    is_order = message.get("event", "").startswith("Order")
    return "orders:shopify" if is_order and message["messageId"][0] in "012" else "api"


def put_and_derive(engine: Engine, *messages: Message) -> None:
    put(engine, messages)
    derive(engine, FACTS)
