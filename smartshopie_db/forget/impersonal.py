"""What stays of a message when the person behind it is forgotten: the properties that numbers are made of. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from smartshopie_db.events import ORDER_EVENTS
from smartshopie_db.properties import MAX_LABEL

_PRODUCT: Final = frozenset({"product_id", "name", "product_name", "category", "price", "quantity"})
_ORDER: Final = frozenset({"revenue", "total", "subtotal", "shipping", "tax", "discount", "currency", "products"})
_ALWAYS: Final = frozenset({"order_id", "conversationId"})  # columns of the event; derivation joins by them

_KEPT: Final[Mapping[str, frozenset[str]]] = {
    "Product Clicked": _PRODUCT,
    "Product Viewed": _PRODUCT | {"currency"},  # a price in another one is not compared
    "Product Added": _PRODUCT,
    "Product Removed": _PRODUCT,
    "Product List Viewed": frozenset({"products"}),
    "Cart Viewed": frozenset({"products"}),
    "Checkout Started": _ORDER,
    **dict.fromkeys(ORDER_EVENTS, _ORDER),
    "Conversation Started": frozenset({"feature"}),
    "Conversation Ended": frozenset({"message_count"}),
    "Message Received": frozenset({"response_time_ms", "model", "confidence"}),
    "Feedback Submitted": frozenset({"rating", "aspect"}),
    "Recommendation Shown": _PRODUCT | {"recommendation_id", "position", "model"},
    "Recommendation Clicked": _PRODUCT | {"recommendation_id", "position", "model"},
    "Concern Detected": frozenset({"concern", "concern_category", "confidence"}),
    "Product Requested": frozenset({"product_name", "category"}),
    "Prediction Reviewed": frozenset({"model", "predicted", "actual"}),
    "Invoice Paid": frozenset({"invoice_id", "amount", "currency", "description", "status", "invoice_url"}),
    "Experiment Viewed": frozenset({"experiment_id", "experiment_name", "variation_id", "variation_name"}),
}
_LONGER: Final = frozenset({"description", "invoice_url"})  # of the store's own invoices


def without_person(event: str | None, body: Mapping[str, Any]) -> dict[str, Any]:
    """The body of a message with the properties that numbers need, and nothing else.

    Traits, context, the names of pages and whatever is not known to be needed go: what nobody has looked at may name
    somebody.
    """
    given = body.get("properties")
    if not isinstance(given, dict):
        return {}
    wanted = _ALWAYS | _KEPT.get(event or "", frozenset())
    kept = {key: value for key, value in given.items() if key in wanted and _is_plain(value, longer=key in _LONGER)}
    if "products" in wanted and isinstance(given.get("products"), list):
        kept["products"] = [_line(line) for line in given["products"] if isinstance(line, dict)]
    return {"properties": kept} if kept else {}


def _line(line: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in line.items() if key in _PRODUCT and _is_plain(value)}


def _is_plain(value: object, *, longer: bool = False) -> bool:
    """A number, a flag or a label: no text of somebody's own."""
    if isinstance(value, str):
        return longer or len(value) <= MAX_LABEL
    return isinstance(value, (int, float))


def without_mention(event: str | None, body: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The body of somebody else's message with a person's ids replaced, save in the properties that numbers need."""
    needed = _ALWAYS | _KEPT.get(event or "", frozenset())
    left = {part: renamed(value, names, part) for part, value in body.items() if part != "properties"}
    given = body.get("properties")
    if isinstance(given, dict):
        left["properties"] = {
            key: value if key in needed else renamed(value, names, key) for key, value in given.items()
        }
    return left


def renamed(value: Any, names: Mapping[str, str], key: str = "") -> Any:
    """The value with ids replaced wherever they stand as a whole text.

    An id that is a number could be any number, so it is replaced only where the key says that it is an id.
    """
    if isinstance(value, dict):
        return {name: renamed(item, names, name) for name, item in value.items()}
    if isinstance(value, list):
        return [renamed(item, names, key) for item in value]
    if isinstance(value, (str, int)) and not isinstance(value, bool):
        found = names.get(str(value).strip())
        if found is not None and (key.lower().endswith("id") or not is_number(str(value))):
            return found
    return value


def mentions_any(value: Any, ids: Mapping[str, str]) -> bool:
    """Whether one of the ids stands somewhere in a message."""
    return bool(renamed(value, ids) != value)


def is_number(text: str) -> bool:
    """Whether a text can be read as a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True
