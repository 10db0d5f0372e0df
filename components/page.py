"""A page is rows of cards under a head: rendered whole for the address's window, renewed by one callback."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import dash_bootstrap_components as dbc
import flask
import orjson
from dash import Input, Output, State, callback, html, no_update

from components.about import csv_address
from components.card import IMPORTED, Card, Shown
from components.format import day_in_words, days_in_words, is_nothing, seconds_between, since_in_words
from components.markup import as_html, data
from components.shell import PERIOD_WORDS
from data.catalogue import CATALOGUE
from data.fetch import fetch, window_for
from data.period import WINDOW_PARAMETERS, PeriodError, Window
from smartshopie_db.clock import LocalTime, now_ms, today
from smartshopie_db.errors import StoreError

if TYPE_CHECKING:
    from smartshopie_db import SmartShopieDB

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Page:
    """A page: the beginning of its ids, its heading, one sentence on what it answers, its cards."""

    name: str
    title: str
    question: str
    cards: Sequence[Card]
    guide: Callable[[SmartShopieDB], Any] | None = None  # what stands in place of the cards while it is not None
    names: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(dict.fromkeys(card.dataset for card in self.cards)))


def show(page: Page) -> Callable[..., Any]:
    """The layout function of a page, with its two callbacks: one opens it in its place, one renews what it shows."""

    def layout(**query: str) -> Any:
        return component(page, store(), query)

    @callback(Output(f"{page.name}-place", "children"), Input(f"{page.name}-open", "data"), prevent_initial_call=True)
    def open_page(asked: Any) -> Any:
        return layout(**query_of(asked))

    @callback(
        Output(page.name, "data-parts"),
        Output(page.name, "data-query"),
        Output(page.name, "data-shown"),
        *(one for card in page.cards for one in card.outputs(page.name)),
        Input(f"{page.name}-period", "data"),
        State(page.name, "data-shown"),
        prevent_initial_call=True,
    )
    def renew(asked: Any, shown: str | None) -> Any:
        return renewed(page, store(), query_of(asked), shown if is_live(asked) else None)

    return layout


def query_of(asked: Any) -> dict[str, str]:
    """What the address asks for, without what made the browser ask; whatever is no question asks for nothing."""
    given = asked if isinstance(asked, Mapping) else {}
    return {str(name): str(value) for name, value in given.items() if name != "via"}


def is_live(asked: Any) -> bool:
    """Whether a page is renewed because the server told of news."""
    return isinstance(asked, Mapping) and asked.get("via") == "live"


def renewed(page: Page, db: SmartShopieDB, query: Mapping[str, str], shown: str | None) -> list[Any]:
    """The values of all outputs. `shown`: the mark of what the page shows; of the same, only live cards are read."""
    window, problem = window_of(db, query)
    mark = mark_of(db, window)  # before the cards are read: at worst they are read once more
    cards = [card.shown(page.name, db, window) if mark != shown or card.live else None for card in page.cards]
    figures = [
        no_update if one is None else one.figure
        for card, one in zip(page.cards, cards, strict=True)
        if card.kind == "chart"
    ]
    parts = head_parts(page, db, window, problem) | parts_of(one for one in cards if one is not None)
    return [as_json(parts), canonical(query), mark, *figures]


def parts_of(cards: Iterable[Shown]) -> dict[str, Any]:
    """What cards show, by the id of its place; what failed is not kept for others who ask."""
    parts: dict[str, Any] = {}
    for one in cards:
        parts |= one.parts
        if one.failed:
            flask.g.failed = True
    return parts


def as_json(parts: Mapping[str, Any]) -> str:
    """Parts as the browser puts them in their places: {id: HTML}."""
    return orjson.dumps({place: str(as_html(content)) for place, content in parts.items()}).decode()


def canonical(query: Mapping[str, str]) -> str:
    """A query with its names in order, so that the browser can tell what a page shows."""
    return urlencode(sorted(query.items()))


def mark_of(db: SmartShopieDB, window: Window) -> str:
    """Which days of which data a page shows; the data version is its last word."""
    return f"{window.start} {window.end} {window.grain} {db.data_version()}"


def store() -> SmartShopieDB:
    """The open store of the server that answers."""
    found: SmartShopieDB = flask.current_app.config["STORE"]
    return found


def window_of(db: SmartShopieDB, query: Mapping[str, Any]) -> tuple[Window, str]:
    """The window of an address, and what is wrong with the address; the default window stands in for a wrong one."""
    asked = {name: str(query[name]) for name in WINDOW_PARAMETERS if query.get(name) is not None}
    try:
        return window_for(db, asked), ""
    except PeriodError as error:
        return window_for(db, {}), str(error)


def component(page: Page, db: SmartShopieDB, query: Mapping[str, str]) -> Any:
    """The finished page: places for its parts, its charts, and the parts."""
    window, problem = window_of(db, query)
    mark = mark_of(db, window)
    cards = [card.shown(page.name, db, window) for card in page.cards]
    parts = head_frame(page, query) | head_parts(page, db, window, problem)
    for card in page.cards:
        parts |= card.frame(page.name, query)
    return html.Div(
        [
            html.Div(id=f"{page.name}-top"),
            dbc.Row(
                [column(card, card.component(page.name, shown)) for card, shown in zip(page.cards, cards, strict=True)],
                className="cards",
            ),
        ],
        id=page.name,
        className="page",
        **data(parts=as_json(parts | parts_of(cards)), query=canonical(query), shown=mark),
    )


def head_frame(page: Page, query: Mapping[str, str]) -> dict[str, Any]:
    """What stands above the cards and stays when the window changes."""
    name = page.name
    words = html.Div([html.H1(page.title), html.P(page.question, className="question")])
    tools = html.Div([html.P(id=f"{name}-when", className="when"), export(page, query)], className="tools")
    top = [
        html.Header([words, tools], className="page-head"),
        html.Div(id=f"{name}-notice", className="notice", role="status"),
        html.Div(id=f"{name}-guide", className="guide"),
    ]
    return {f"{name}-top": top}


def column(card: Card, content: Any) -> Any:
    """A card in Bootstrap's grid of twelve: as wide as it asks for on a wide screen, else half or all of the row."""
    return dbc.Col(content, xs=6 if card.span == 3 else 12, xl=card.span, className="d-flex")


def export(page: Page, query: Mapping[str, str]) -> Any:
    """The page's datasets as files, and the page on paper."""
    files = [
        html.Li(html.A(CATALOGUE[name].title, href=csv_address(name, query), download="", **data(carry="1")))
        for name in page.names
    ]
    return html.Details(
        [
            html.Summary("Export"),
            html.Div(
                [
                    html.P("CSV of this window"),
                    html.Ul(files),
                    html.Button("Print or save as PDF", type="button", **data(print="1")),
                ],
                className="panel",
            ),
        ],
        className="popover export",
    )


def head_parts(page: Page, db: SmartShopieDB, window: Window, problem: str) -> dict[str, Any]:
    """What stands above the cards: the days in words with the data's freshness, what to know about them, a guide."""
    when, notice, guide = head_values(page, db, window, problem)
    return {f"{page.name}-when": when, f"{page.name}-notice": notice, f"{page.name}-guide": guide}


def head_values(page: Page, db: SmartShopieDB, window: Window, problem: str) -> tuple[Any, Any, Any]:
    """The values of `head_parts`."""
    zone = db.facts.timezone
    words: list[Any] = [
        html.Span(
            f"{days_in_words(window.start, window.end)}, {zone}",
            **data(start=str(window.start), end=str(window.end)),
        )
    ]
    try:
        words += freshness(db, window)
        meta = fetch(db, "overview/kpis", window).meta
        guide = page.guide(db) if page.guide else None
    except StoreError:
        log.exception("head of the page")
        flask.g.failed = True
        return words, html.P("The store does not answer at the moment.", className="failed"), None
    if db.facts.contents == "demo":
        words.append(html.Span("Demo data", className="badge"))
    notices = [html.P(f"{problem} Showing the last 30 days.", className="failed")] if problem else []
    if meta["source"] in IMPORTED:
        notices.append(html.P(f"{IMPORTED[meta['source']]} Such rows are shown as the original system stored them."))
    if meta["coverage"] == "none" and not guide:
        notices.append(html.P(["No events in this window. ", *newest_link(meta["newest"], window)]))
    return words, notices, guide


def newest_link(newest: str | None, window: Window) -> list[Any]:
    """Where the newest events are, as a link to the window of the same length that ends with them."""
    if is_nothing(newest):
        begin = html.A("how to send the first ones", href="/", **data(page="1", carry="1"))
        return ["This store has no events yet: ", begin, "."]
    last = date.fromisoformat(str(newest))
    if window.period == "custom":
        address, words = f"?start={last - timedelta(days=window.days - 1)}&end={last}", f"{window.days} days"
    else:
        address, words = f"?period={window.period}&as_of={last}", PERIOD_WORDS[window.period]
    return [f"The newest are from {day_in_words(last)}: ", html.A(f"show the {words} up to then", href=address), "."]


def freshness(db: SmartShopieDB, window: Window) -> list[Any]:
    """When the last event was received, and how long ago that was."""
    sources = fetch(db, "config", window).columns
    moments = [str(text) for text in sources["last_sync"] if not is_nothing(text)]
    if not moments:
        return []
    newest = max(moments, key=lambda text: -seconds_between(text, 0))
    local = LocalTime(db.facts.timezone).iso(round(-seconds_between(newest, 0) * 1000))
    ago = since_in_words(seconds_between(newest, now_ms()))
    same_day = local[:10] == today(ZoneInfo(db.facts.timezone)).isoformat()
    until = local[11:16] if same_day else day_in_words(date.fromisoformat(local[:10]))
    return [f" · last event received {until}, ", html.Time(ago, dateTime=newest, **data(ago="1"))]
