"""The properties of an event: labels made text, amounts that could make money wrong refused. Pure."""

import math
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, Final

MAX_LABEL: Final = 200

# Properties that become keys or labels: text of limited length, whatever the sender's type.
LABELS: Final = frozenset({
    "product_id", "sku", "category", "name", "product_name", "brand", "variant", "order_id", "feature", "model",
    "concern", "concern_category", "aspect", "predicted", "actual", "recommendation_id", "resolved_by", "reason",
    "invoice_id", "status", "experiment_id", "experiment_name", "variation_id", "variation_name",
})  # fmt: skip
_AMOUNTS = ("revenue", "price", "quantity")  # never negative, in any event
_ORDER_AMOUNTS = ("revenue", "total", "subtotal", "shipping", "tax", "discount")
_AMOUNT_LIMIT = 10**12
_NUMBERS = (int, float)

# Between what a measured value can be true, both included. One outside is kept and counts as missing: what else its
# event says is true all the same.
MEASURES: Final = {"rating": (1, 5), "confidence": (0, 1), "response_time_ms": (0, 10**9), "message_count": (0, 10**9)}


class Refused(Exception):  # noqa: N818 - a decision on the way, not an error
    """Why an event cannot be accepted: a code for programs, a sentence for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def text(value: object) -> str | None:
    """A text without blanks around it, or a number as text; None for anything else and for an empty one."""
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
        return str(value)
    return None


def number(value: object) -> Decimal | None:
    """A finite number from its decimal text ("5" and 5 alike); None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    try:
        found = Decimal(repr(value) if isinstance(value, float) else value)
    except (InvalidOperation, ValueError):
        return None
    return found if found.is_finite() else None


def shown(value: object) -> str:
    """A value as a sentence shows it: short."""
    written = repr(value)
    return written if len(written) <= 60 else f"{written[:57]}..."


def tidy_properties(given: dict[str, Any], *, first_version: bool) -> dict[str, Any]:
    """The properties with labels as text, currency in capitals, and the first version's names brought up to date."""
    if first_version:
        given = _second_version(given)
    tidy = _tidy_labels(given)
    listed = tidy.get("products")
    if isinstance(listed, list) and listed:
        if first_version:
            lines = [_tidy_labels(_second_version(line)) if isinstance(line, dict) else line for line in listed]
        else:
            lines = [_tidy_labels(line) if isinstance(line, dict) else line for line in listed]
        if lines != listed:
            tidy = {**tidy, "products": lines}
    return tidy


def _second_version(part: dict[str, Any]) -> dict[str, Any]:
    changed = dict(part)
    for old, new in (("orderId", "order_id"), ("id", "product_id")):
        if changed.get(new) is None and changed.get(old) is not None:
            changed[new] = changed[old] if isinstance(changed[old], str) else text(changed[old])
    return changed


def _tidy_labels(part: dict[str, Any]) -> dict[str, Any]:
    """The same object where nothing is to do: most events need no copy."""
    changes: dict[str, Any] = {}
    for key, value in part.items():
        if isinstance(value, str):
            if key == "currency":
                if not (value.isupper() and len(value) == 3):
                    changes[key] = value.strip().upper()[:MAX_LABEL] or None
            elif len(value) > MAX_LABEL and key in LABELS:
                changes[key] = value[:MAX_LABEL]
        elif key in LABELS and value is not None:
            changes[key] = str(value).lower() if isinstance(value, bool) else text(value)
    return {**part, **changes} if changes else part


def check_amounts(name: str, given: dict[str, Any], *, is_order: bool) -> None:
    """Refuse what would make money negative, unreadable or too large to add up."""
    odd = [part for part in parts(given) if not _is_usual(part)]
    for part in odd:
        for key in _AMOUNTS:
            _amount(key, part.get(key), strict=is_order, low=0)
    _amount("amount", given.get("amount"), strict=False, low=1 - _AMOUNT_LIMIT)
    if is_order:
        _check_order(name, given, odd)


def _is_usual(part: dict[str, Any]) -> bool:
    """Whether price and quantity are plain numbers within the limits, which needs no detour through decimals."""
    price: Any = part.get("price")
    quantity: Any = part.get("quantity", 1)
    return (
        type(price) in _NUMBERS and type(quantity) in _NUMBERS and part.get("revenue") is None
        and 0 <= price < _AMOUNT_LIMIT and 0 <= quantity < _AMOUNT_LIMIT and price * quantity < _AMOUNT_LIMIT
    )  # fmt: skip


def parts(given: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The properties themselves, then the lines they list: wherever a product may be named."""
    yield given
    listed = given.get("products")
    if isinstance(listed, list):
        yield from (line for line in listed if isinstance(line, dict))


def _check_order(name: str, given: dict[str, Any], odd: list[dict[str, Any]]) -> None:
    """What an order comes to, and whether one of its odd lines is worth too much."""
    amounts = {key: _amount(key, given.get(key), strict=True, low=1 - _AMOUNT_LIMIT) for key in _ORDER_AMOUNTS}
    for part in odd:
        worth = (number(part.get("price")) or 0) * (number(part.get("quantity")) or 0)
        if worth >= _AMOUNT_LIMIT:
            raise Refused("invalid_amount", f"The price times the quantity is {worth}: too large for an amount.")
    total, shipping, tax = (amounts[key] for key in ("total", "shipping", "tax"))
    if amounts["revenue"] is None and total is not None and name != "Order Refunded":
        total -= (shipping or 0) + (tax or 0)
    revenue = next((amount for amount in (amounts["revenue"], total, amounts["subtotal"]) if amount is not None), None)
    if revenue is not None and revenue < 0:
        raise Refused("invalid_amount", f"The {name} comes to {revenue}: an amount cannot be negative.")


def _amount(key: str, value: object, *, strict: bool, low: int) -> Decimal | None:
    """The number of a property; None where it is missing or (strict apart) unreadable."""
    found = number(value)
    if found is None:
        if strict and isinstance(value, str) and value.strip() and not _says_no_number(value):
            raise Refused("invalid_amount", f"The {key} {shown(value)} is no number.")
        return None
    if found < low:
        raise Refused("invalid_amount", f"The {key} is {shown(value)}, but cannot be negative.")
    if found >= _AMOUNT_LIMIT:
        raise Refused("invalid_amount", f"The {key} is {shown(value)}: too large to be true.")
    return found


def _says_no_number(value: str) -> bool:
    """NaN and Infinity as text: missing, like the values themselves."""
    try:
        return not Decimal(value).is_finite()
    except InvalidOperation:
        return False
