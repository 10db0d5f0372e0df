"""The rows of a visitor's orders: lines, credits, reversals."""

from collections.abc import Sequence

from smartshopie_db.derive.bodies import Line
from smartshopie_db.derive.credit import LineCredit, line_credits
from smartshopie_db.derive.customers import TakenBack
from smartshopie_db.derive.orders import KINDS, Order, Reversal, read_orphan
from smartshopie_db.derive.rows import OrderLineRow, OrderRow, ReversalLineRow, ReversalRow, Tables
from smartshopie_db.derive.visitor import Visitor


def add_orders(visitor: Visitor, tables: Tables) -> list[TakenBack]:
    """Add orders, lines and reversals; returns what was taken back, those of unknown orders included."""
    taken: list[TakenBack] = []
    for order in visitor.orders:
        event, ours = order.event, order.currency == visitor.around.currency
        credited = None if visitor.is_guest else visitor.attribution.credited(event.occurred_ms)
        feature = credited.feature if credited else None
        tables.orders.append(
            OrderRow(
                order.order_id, event.message_id, visitor.visitor_id, visitor.session_id(event), event.source,
                event.occurred_ms, event.day, order.currency, int(ours), order.revenue_minor, order.total_minor,
                order.reversed_minor, order.status, order.cancelled_day, feature,
                credited.conversation_id if credited else None,
            )
        )  # fmt: skip
        categories = _categories(visitor, order.lines, event.occurred_ms)
        _add_lines(visitor, order, categories, feature, tables)
        taken += _add_reversals(visitor, order, categories, feature, tables)
    return taken + _add_frozen(visitor, tables) + _add_orphans(visitor, tables)


def _add_frozen(visitor: Visitor, tables: Tables) -> list[TakenBack]:
    """Orders of frozen days: they stay as they are, but later reversals take from what is left of them."""
    taken = list(visitor.past.taken)
    for row, _ in visitor.past.orders:
        order = visitor.around.order(row.order_id)
        if order is None or not order.reversals:
            tables.orders.append(row)
            continue
        reversed_minor, status = order.reversed_minor, order.status
        if not row.in_store_currency and row.reversed_minor > reversed_minor:  # reversals say nothing of foreign money
            reversed_minor, status = row.reversed_minor, row.status
        tables.orders.append(
            row._replace(reversed_minor=reversed_minor, status=status, cancelled_day=order.cancelled_day)
        )
        categories = _categories(visitor, order.lines, row.occurred_ms)
        taken += _add_reversals(visitor, order, categories, row.credited_feature, tables)
    return taken


def _add_reversals(
    visitor: Visitor, order: Order, categories: Sequence[str], feature: str | None, tables: Tables
) -> list[TakenBack]:
    ours = order.currency == visitor.around.currency
    taken = []
    for reversal in order.reversals:
        row = ReversalRow(
            reversal.event.message_id, order.order_id, visitor.visitor_id, 1, reversal.kind, reversal.occurred_ms,
            reversal.day, reversal.amount_minor if ours else 0, feature,
        )  # fmt: skip
        taken.append(_add_reversal(row, reversal, categories, tables))
    return taken


def _categories(visitor: Visitor, lines: Sequence[Line], moment: int) -> list[str]:
    return [visitor.category(line.category, line.product_id, moment) for line in lines]


def _add_lines(
    visitor: Visitor, order: Order, categories: Sequence[str], feature: str | None, tables: Tables
) -> None:
    """Lines of an order in a foreign currency have no money."""
    ours = order.currency == visitor.around.currency
    credits_by_line = [LineCredit(0, 0)] * len(order.lines)
    if ours and visitor.recommended:
        credits_by_line = line_credits(order, categories, visitor.recommended, visitor.views)
    parts = zip(order.lines, categories, order.line_revenues, credits_by_line, strict=True)
    for number, (line, category, revenue, credit) in enumerate(parts, start=1):
        tables.order_lines.append(
            OrderLineRow(
                order.order_id, number, line.product_id, line.product_name, category, float(line.quantity),
                revenue if ours else 0, order.event.day, feature, credit.cross_sell_minor, credit.upsell_minor,
            )
        )  # fmt: skip


def _add_orphans(visitor: Visitor, tables: Tables) -> list[TakenBack]:
    """The visitor's reversals of orders that are not known."""
    taken = []
    for event in visitor.called(*KINDS):
        if event.order_id is None or visitor.around.order(event.order_id) is not None:
            continue
        reversal = read_orphan(event, visitor.around.currency)
        row = ReversalRow(
            event.message_id, event.order_id, visitor.visitor_id, 0, reversal.kind, event.occurred_ms, event.day,
            reversal.amount_minor, None,
        )  # fmt: skip
        categories = _categories(visitor, reversal.lines, event.occurred_ms)
        taken.append(_add_reversal(row, reversal, categories, tables))
    return taken


def _add_reversal(row: ReversalRow, reversal: Reversal, categories: Sequence[str], tables: Tables) -> TakenBack:
    """A reversal, with a row for each line it takes money from."""
    tables.reversals.append(row)
    if row.amount_minor:
        parts = zip(reversal.lines, categories, reversal.line_amounts, strict=True)
        for number, (line, category, amount) in enumerate(parts, start=1):
            if amount:
                tables.reversal_lines.append(
                    ReversalLineRow(
                        row.message_id, number, row.order_id, line.product_id, category, amount, row.day,
                        row.credited_feature,
                    )
                )  # fmt: skip
    return TakenBack(row.day, row.amount_minor)
