"""Numbers with a bar against their full scale."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from dash import html

from components.card import Drawing, Seen
from components.format import NOTHING, decimal, is_nothing


class Meter(NamedTuple):
    """A field of an object, the words before it, the value of a full bar, and the words after it."""

    field: str
    label: str
    full: float
    suffix: str


def meters(*wanted: Meter) -> Callable[[Seen], Drawing]:
    """One line and bar per field."""

    def draw(seen: Seen) -> Drawing:
        values = seen.data()[0]
        return Drawing(content=[html.Div([_meter(one, values[one.field]) for one in wanted], className="meters")])

    return draw


def _meter(one: Meter, value: float | None) -> html.Div:
    known = not is_nothing(value) and value is not None
    share = min(1.0, max(0.0, value / one.full)) if known and value is not None else 0
    return html.Div(
        [
            html.Span(one.label, className="meter-label"),
            html.Span(
                decimal(value, 1) + one.suffix if known and value is not None else NOTHING, className="meter-value"
            ),
            html.Div(html.Div(style={"width": f"{100 * share:.1f}%"}), className="track"),
        ],
        className="meter",
    )
