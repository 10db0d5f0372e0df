"""A card is a dataset drawn by a function: its frame (title, definition, table, CSV) and its states."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from dash import Output, dcc, html

from components.about import about
from components.charts import Figure, nothing
from components.format import bucket_in_words, is_nothing, number
from components.markup import aria, data
from components.table import table
from data.catalogue import CATALOGUE
from data.dataset import DATE, FLAG, Column, Dataset, Same
from data.fetch import Answer, fetch
from smartshopie_db.clock import day_of

if TYPE_CHECKING:
    from data.period import Window
    from smartshopie_db import SmartShopieDB

IMPORTED: Final = {
    "imported": "Imported.",
    "mixed": "Partly imported.",
}

BUCKET: Final = {"D": "Day", "W": "Week", "M": "Month"}

log = logging.getLogger(__name__)

GRAPH_CONFIG: Final[Any] = {"displayModeBar": False, "responsive": True}
NO_EVENTS: Final = "No events in this window."
NOTHING_RECORDED: Final = "None recorded in this window."
NOTHING_YET: Final = "Nothing has been recorded yet."


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a drawing function made of its answers: a figure with its words, or content; the rows behind it."""

    figure: Figure | None = None
    words: str = ""  # what the figure shows, for people who do not see it
    content: Any = None
    table: Mapping[str, Any] | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a card shows for a window: its parts by the id of their place, the figure of a chart."""

    parts: Mapping[str, Any]
    figure: Figure | None = None
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """What a drawing function is given: the answer of its card's dataset and those of `also`."""

    db: SmartShopieDB
    window: Window
    answers: tuple[Answer, ...]

    @property
    def answer(self) -> Answer:
        """The answer of the card's own dataset."""
        return self.answers[0]

    @property
    def currency(self) -> str:
        """The currency of the answer: the store's, or of what the assistant costs the plan's."""
        return str(self.answer.meta["currency"])

    def data(self, at: int = 0) -> Any:
        """The `data` member of the JSON of an answer."""
        return self.answers[at].body["data"]

    def compared(self, column: Column) -> tuple[Mapping[str, Any], Mapping[str, Any]] | None:
        """The object of the whole days of the window, and that of as many days before; None with nothing to compare.

        A column that is measured on earlier days needs those of the window before, too.
        """
        sides = self.window.compared()
        if sides is None:
            return None
        covered, earlier = self.db.covered(), getattr(column, "moved_back", 0)
        if earlier and covered and covered[0] > day_of(sides[1].start) - earlier:
            return None
        now, before = (fetch(self.db, self.answer.dataset.name, side) for side in sides)
        return (now.body["data"], before.body["data"]) if before.meta["coverage"] == "full" else None


@dataclass(frozen=True, slots=True)
class Card:
    """One card of a page. `part` tells cards of the same dataset apart; `span` is its width in twelfths."""

    dataset: str
    draw: Callable[[Seen], Drawing]
    span: int = 6
    title: str = ""
    part: str = ""
    also: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    kind: str = "chart"  # chart, table or figures (numbers without a table)
    empty: str = ""  # what is said when there is nothing to show
    live: bool = False  # drawn again at every news, also where no summary has changed

    @property
    def heading(self) -> str:
        """The words of its title."""
        return self.title or CATALOGUE[self.dataset].title

    def base(self, page: str) -> str:
        """The beginning of its ids: the dataset's name, led by the page's where it belongs to another area."""
        slug = "-".join(filter(None, (self.dataset.replace("/", "-"), self.part.replace("_", "-"))))
        return slug if slug.startswith(page + "-") else f"{page}-{slug}"

    def outputs(self, page: str) -> list[Output]:
        """The properties that change with the window beside the page's parts: the figure of a chart."""
        return [Output(f"{self.base(page)}-chart", "figure")] if self.kind == "chart" else []

    def shown(self, page: str, db: SmartShopieDB, window: Window) -> Shown:
        """The card for a window. A failure stays inside its card and says what failed."""
        try:
            names = (self.dataset, *self.also)
            answers = tuple(fetch(db, name, window, **(self.options if name == self.dataset else {})) for name in names)
            missing = missing_words(answers[0], self.empty)
            drawing = Drawing() if missing else self.draw(Seen(db, window, answers))
        except Exception:
            log.exception("card %s", self.dataset)
            return replace(self._in_place(page, failure(self.heading)), failed=True)
        if missing:
            return self._in_place(page, html.Span(missing, className="empty"))
        base = self.base(page)
        if self.kind == "figures":
            hints = [html.P(words, className="hint") for words in remarks(answers)]
            return Shown({f"{base}-content": [*drawing.content, *hints]})
        notes = [drawing.note, partial_words(answers[0]) if self.kind == "chart" else "", *remarks(answers)]
        said = " ".join(filter(None, notes))
        parts = {
            f"{base}-note": html.Span(said) if said else None,
            f"{base}-table": table(drawing.table or table_of(answers[0])),
        }
        if self.kind == "table":
            return Shown(parts)
        return Shown({f"{base}-words": f"{self.heading}. {drawing.words}", **parts}, drawing.figure)

    def _in_place(self, page: str, message: Any) -> Shown:
        """A message where the drawing would be."""
        base = self.base(page)
        if self.kind == "figures":
            return Shown({f"{base}-content": message})
        parts = {f"{base}-note": message, f"{base}-table": None}
        if self.kind == "table":
            return Shown(parts)
        return Shown({f"{base}-words": f"{self.heading}. Nothing to draw.", **parts}, nothing())

    def frame(self, page: str, query: Mapping[str, str]) -> dict[str, Any]:
        """What stays when the window changes, by the id of its place."""
        base = self.base(page)
        head = [html.H2(self.heading, id=f"{base}-title"), about(self.dataset, query)]
        top = html.Div(head, className="card-head")
        rows = html.Div(id=f"{base}-table", className="rows")
        note = html.Div(id=f"{base}-note", className="note")
        if self.kind == "figures":
            return {base: [top, html.Div(id=f"{base}-content", className="content")]}
        if self.kind == "table":
            return {base: [top, rows, note]}
        words = html.P(id=f"{base}-words", hidden=True)
        behind = html.Details([html.Summary("Table"), rows], className="behind")
        return {f"{base}-head": head, f"{base}-foot": [words, note, behind]}

    def component(self, page: str, shown: Shown) -> Any:
        """The card's place in the page; but for a chart's figure it is filled with parts."""
        base = self.base(page)
        chart = dcc.Graph(id=f"{base}-chart", figure=shown.figure, config=GRAPH_CONFIG)
        parts = [
            html.Div(id=f"{base}-head", className="card-head"),
            html.Figure(chart, className="chart", role="img", **aria(labelledby=f"{base}-words")),
            html.Div(id=f"{base}-foot"),
        ]
        return html.Section(
            parts if self.kind == "chart" else None,
            id=base,
            className=f"panel-card of-{self.kind} span-{self.span}",
            **data(testid=self.dataset),
            **aria(labelledby=f"{base}-title"),
        )


def failure(heading: str) -> Any:
    """What failed, and a way to try again."""
    return html.Span(
        [
            f"{heading} could not be read from the store. ",
            html.Button("Try again", type="button", **data(retry="1")),
        ],
        className="failed",
        role="alert",
    )


def missing_words(answer: Answer, otherwise: str = "") -> str:
    """Why there is nothing to draw; empty when there is something."""
    dataset, columns = answer.dataset, answer.columns
    if dataset.needs_events and answer.meta.get("coverage") == "none":
        return NO_EVENTS
    numbers = [column.name for column in dataset.frame_columns if column.unit.is_number and column.name in columns]
    empty = not any(columns.values())
    if empty or (numbers and all(is_nothing(value) for name in numbers for value in columns[name])):
        return otherwise or (NOTHING_RECORDED if dataset.windowed else NOTHING_YET)
    return ""


def remarks(answers: Sequence[Answer]) -> list[str]:
    """Warnings about the answers of a card, and whether their rows are imported ones."""
    found = [words for answer in answers for words in answer.meta["warnings"]]
    if answers[0].meta["source"] in IMPORTED:
        found.append(IMPORTED[answers[0].meta["source"]])
    return list(dict.fromkeys(found))


def partial_words(answer: Answer) -> str:
    """Which buckets are cut by the window or not over yet."""
    if "partial" not in answer.columns:
        return ""
    places = next(iter(answer.columns.values()))
    cut = dict.fromkeys(place for place, is_cut in zip(places, answer.columns["partial"], strict=True) if is_cut)
    if not cut:
        return ""
    buckets = {bucket.start.isoformat(): bucket for bucket in answer.window.buckets()}
    words = [bucket_in_words(buckets[text].start, answer.window.grain) for text in cut if text in buckets]
    return f"Incomplete: {', '.join(words)}." if words else ""


def table_of(answer: Answer, columns: Sequence[str] = ()) -> Mapping[str, Any]:
    """An answer's rows as the data of a table, every cell already written in words."""
    dataset, currency = answer.dataset, answer.meta["currency"]
    chosen = [
        column
        for column in dataset.frame_columns
        if (column.name in columns if columns else not isinstance(column, Same)) and column.name in answer.columns
    ]
    grain = answer.window.grain

    def cell(column: Column, value: Any) -> str:
        if column.unit is DATE and dataset.axis == "time" and not is_nothing(value):
            return bucket_in_words(date.fromisoformat(str(value)[:10]), grain)
        return ("incomplete" if value else "complete") if column.unit is FLAG else number(value, column.unit, currency)

    return {
        "caption": dataset.title,
        "head": [{"label": head_label(column, dataset, grain), "number": column.unit.is_number} for column in chosen],
        "rows": [
            [cell(column, value) for column, value in zip(chosen, row, strict=True)]
            for row in zip(*(answer.columns[column.name] for column in chosen), strict=True)
        ],
    }


def head_label(column: Column, dataset: Dataset, grain: str) -> str:
    """The words over a column: what its dates are, `State` over the mark of buckets that are not whole."""
    if column.unit is FLAG:
        return "State"
    return BUCKET[grain] if column.unit is DATE and dataset.axis == "time" else column.label
