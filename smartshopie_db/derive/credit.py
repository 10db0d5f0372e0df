"""What is credited to the assistant: orders, carts won back, more and better sold (docs/definitions.md, Credit)."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from smartshopie_db.derive.conversations import Conversation
from smartshopie_db.derive.orders import Order, minor
from smartshopie_db.derive.rows import WEEK_MS


class View(NamedTuple):
    """One Product Viewed by a visitor, its category settled, its price in the store's currency."""

    occurred_ms: int
    message_id: str
    category: str
    price: Decimal | None


class Moments:
    """Moments of something by key, to ask whether one falls into a span."""

    def __init__(self, found: Iterable[tuple[str, int]]) -> None:
        """Take (key, moment), in any order."""
        self._by_key: dict[str, list[int]] = {}
        for key, moment in found:
            self._by_key.setdefault(key, []).append(moment)
        for moments in self._by_key.values():
            moments.sort()

    def within_week_after(self, key: str, moment: int) -> bool:
        """Whether one falls on `moment` or at most 7 x 24 hours after it."""
        moments = self._by_key.get(key)
        return moments is not None and any_between(moments, moment, moment + WEEK_MS)


def any_between(moments: Sequence[int], first: int, last: int) -> bool:
    """Whether one of the sorted moments lies in [first, last]."""
    position = bisect_left(moments, first)
    return position < len(moments) and moments[position] <= last


class Attribution:
    """The conversations of one visitor, asked for the one that an order is credited to."""

    def __init__(self, conversations: Iterable[Conversation], window_ms: int) -> None:
        """Take the visitor's conversations in any order."""
        self._window_ms = window_ms
        self._ordered = sorted(conversations, key=lambda found: (found.event.occurred_ms, found.conversation_id))
        self.starts = [found.event.occurred_ms for found in self._ordered]

    def credited(self, order_ms: int) -> Conversation | None:
        """The last conversation that began at or before the order and at most the window before it."""
        position = bisect_right(self.starts, order_ms) - 1
        if position < 0 or order_ms - self.starts[position] > self._window_ms:
            return None
        return self._ordered[position]

    def recovery(self, last_ms: int, order_moments: Sequence[int]) -> tuple[int, int]:
        """(recovered, via the assistant) of a cart left at `last_ms`, by the visitor's sorted orders."""
        position = bisect_right(order_moments, last_ms)
        if position == len(order_moments) or order_moments[position] - last_ms > WEEK_MS:
            return 0, 0
        return 1, int(any_between(self.starts, last_ms + 1, order_moments[position]))


class LineCredit(NamedTuple):
    """What one order line earned beside the recommended product."""

    cross_sell_minor: int
    upsell_minor: int


def line_credits(
    order: Order,
    categories: Sequence[str],
    recommended: Mapping[str, Sequence[tuple[int, str]]],
    views: Sequence[View],
) -> list[LineCredit]:
    """Cross-sell and upsell of each line of an order in the store's currency.

    `categories` are those of the lines; `recommended` has, by product, the sorted (moment, messageId) of what was
    recommended to the visitor; `views` are the visitor's, sorted.
    """
    moment = order.event.occurred_ms
    first_shown: list[tuple[int, str] | None] = []
    for line in order.lines:
        shown = recommended.get(line.product_id, ()) if line.product_id is not None else ()
        position = bisect_left(shown, (moment - WEEK_MS, ""))
        first_shown.append(shown[position] if position < len(shown) and shown[position][0] <= moment else None)
    if not any(first_shown):
        return [LineCredit(0, 0)] * len(order.lines)
    credits_by_line = []
    for line, first, category, revenue in zip(order.lines, first_shown, categories, order.line_revenues, strict=True):
        if first is None:
            credits_by_line.append(LineCredit(revenue, 0))
            continue
        compared = _last_price(views, category, first)
        gain = Decimal(0) if compared is None or line.price is None else max(Decimal(0), line.price - compared)
        credits_by_line.append(LineCredit(0, minor(gain * line.quantity, order.currency)))
    return credits_by_line


def _last_price(views: Sequence[View], category: str, before: tuple[int, str]) -> Decimal | None:
    """The price of the last view of a category before an event; None without a view or a price."""
    for view in reversed(views[: bisect_left(views, before)]):
        if view.category == category:
            return view.price
    return None
