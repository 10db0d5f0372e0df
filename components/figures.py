"""Key figures: a number, what became of it since the window before, its course, and what stands beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from dash import html

from components import kpi
from components.card import Drawing, Seen
from components.draw import Draw, sums
from components.format import is_nothing, number, short
from components.markup import aria
from data.dataset import Change, Column
from data.fetch import Answer


class Trend(NamedTuple):
    """Where the sparkline of a key figure comes from: column `column` of answer `at`, added up per date if need be."""

    at: int
    column: str
    running: bool = False  # the column is what was added; the course is the number so far


class Beside(NamedTuple):
    """A second number of a key figure: the field and the words before it."""

    field: str
    label: str


def figure_of(field: str, *, trend: Trend | None = None, beside: Sequence[Beside] = (), hint: str = "") -> Draw:
    """One number of an object, what became of it since the window before, its course, and what stands beside it."""

    def draw(seen: Seen) -> Drawing:
        column, data = seen.answer.dataset.column(field), seen.data()
        parts: list[Any] = [
            html.P(
                short(data[field], column.unit, seen.currency),
                className="value" if column.unit.is_number else "value words",
            )
        ]
        if column.unit.is_number:
            parts.append(_change(seen, column))
        if beside:
            parts.append(
                html.Dl(
                    [
                        part
                        for one in beside
                        for part in (
                            html.Dt(one.label),
                            html.Dd(short(data[one.field], seen.answer.dataset.column(one.field).unit, seen.currency)),
                        )
                    ]
                )
            )
        if hint:
            parts.append(html.P(hint, className="hint"))
        if trend:
            parts.append(_spark(seen.answers[trend.at], trend, seen.currency, data[field]))
        return Drawing(content=[part for part in parts if part is not None])

    return draw


def _change(seen: Seen, column: Column) -> Any:
    """The change of a field: the dataset's own where it declares one, else worked out from the window before."""
    own = next((one for one in seen.answer.dataset.columns if isinstance(one, Change) and one.of == column.name), None)
    if own is not None:
        amount, compared = seen.data()[own.name], seen.answer.meta["change_basis"] is not None
    else:
        sides = seen.compared(column)
        amount = kpi.change(sides[0][column.name], sides[1][column.name], column.unit) if sides else None
        compared = sides is not None
    words = kpi.in_words(amount, column.unit, up_is_good=column.direction, compared=compared)
    meaning = {"good": "better", "bad": "worse"}.get(words.verdict, "")
    return html.P(
        [
            html.Span(f"{words.arrow} {words.words}".strip(), className=f"change {words.verdict}"),
            html.Span(f" {meaning}", className="visually-hidden") if meaning else None,
            html.Span(f" vs {days_before(seen.window.days)}", className="than") if not is_nothing(amount) else None,
        ],
        title=seen.answer.meta.get("change_basis") or "",
    )


def days_before(days: int) -> str:
    """What a window of so many days is compared with."""
    return "the day before" if days == 1 else f"{days} days before"


def _spark(answer: Answer, trend: Trend, currency: str, total: Any) -> Any:
    points = sums(answer, trend.column, next(iter(answer.columns)))
    values = [known for known, _ in points.values()]
    if trend.running and values and not is_nothing(total):  # backwards from the number at the end
        values = [total - sum(values[at + 1 :]) for at in range(len(values))]
    drawn = kpi.sparkline(values, unfinished=any(cut for _, cut in [*points.values()][-1:]))
    known = [value for value in values if not is_nothing(value)]
    if not drawn:
        return None
    unit = answer.dataset.column(trend.column).unit
    first, last, highest = (number(value, unit, currency) for value in (known[0], known[-1], max(known)))
    return html.Div(
        className="spark",
        role="img",
        style={"maskImage": kpi.as_address(drawn)},
        **aria(label=f"From {first} to {last}, highest {highest}"),
    )
