"""A page is rows of cards under a head: rendered whole for the address's window, renewed by one callback."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

import flask
from dash import Input, Output, State, callback, html
from dash.exceptions import PreventUpdate

from components.card import Card, csv_address
from components.format import day_in_words, days_in_words, is_nothing, seconds_between, since_in_words
from components.markup import data
from components.shell import PERIOD_WORDS
from data.catalogue import CATALOGUE
from data.fetch import fetch, window_for
from data.period import PeriodError, Window
from smartshopie_db.clock import LocalTime, now_ms, today
from smartshopie_db.errors import StoreError

if TYPE_CHECKING:
    from smartshopie_db import SmartShopieDB

log = logging.getLogger(__name__)

QUERY: Final = ("period", "start", "end", "as_of", "grain")  # what a page reads of its address


@dataclass(frozen=True, slots=True)
class Page:
    """A page: the beginning of its ids, its heading, one sentence on what it answers, its cards."""

    name: str
    title: str
    question: str
    cards: Sequence[Card]
    names: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(dict.fromkeys(card.dataset for card in self.cards)))


def show(page: Page) -> Callable[..., Any]:
    """The layout function of a page, with the callbacks that renew it when the period changes or time passes."""
    head = [Output(f"{page.name}-when", "children"), Output(f"{page.name}-notice", "children")]

    @callback(
        *head,
        *(one for card in page.cards for one in card.outputs(page.name)),
        Input("period", "data"),
        prevent_initial_call=True,
    )
    def renew(asked: Mapping[str, Any] | None) -> Any:
        if not asked or asked.get("via") == "back":
            raise PreventUpdate  # Back and Forward open the page anew
        db = store()
        window, problem = window_of(db, asked)
        return [*head_values(db, window, problem), *(one for card in page.cards for one in card.values(db, window))]

    live = [card for card in page.cards if card.live]
    if live:

        @callback(
            *(one for card in live for one in card.outputs(page.name)),
            Input("live", "n_intervals"),
            State("period", "data"),
            State(page.name, "data-query"),
            prevent_initial_call=True,
        )
        def tick(_passed: int, asked: Mapping[str, Any] | None, address: str) -> Any:
            db = store()
            window, _ = window_of(db, asked or dict(parse_qsl(address)))
            return [one for card in live for one in card.values(db, window)]

    def layout(**query: str) -> Any:
        db = store()
        window, problem = window_of(db, query)
        return component(page, db, window, problem, {name: query[name] for name in QUERY if name in query})

    return layout


def store() -> SmartShopieDB:
    """The open store of the server that answers."""
    found: SmartShopieDB = flask.current_app.config["STORE"]
    return found


def window_of(db: SmartShopieDB, query: Mapping[str, Any]) -> tuple[Window, str]:
    """The window of an address, and what is wrong with the address; the default window stands in for a wrong one."""
    asked = {name: str(query[name]) for name in QUERY if query.get(name) is not None}
    try:
        return window_for(db, asked), ""
    except PeriodError as error:
        return window_for(db, {}), str(error)


def component(page: Page, db: SmartShopieDB, window: Window, problem: str, query: Mapping[str, str]) -> Any:
    """The finished page."""
    when, notice = head_values(db, window, problem)
    return html.Div(
        [
            html.Header(
                [
                    html.Div([html.H1(page.title), html.P(page.question, className="question")]),
                    html.Div(
                        [html.P(when, id=f"{page.name}-when", className="when"), export(page, query)], className="tools"
                    ),
                ],
                className="page-head",
            ),
            html.Div(notice, id=f"{page.name}-notice", className="notice", role="status"),
            html.Div(
                [card.component(page.name, card.values(db, window), query) for card in page.cards], className="cards"
            ),
        ],
        id=page.name,
        className="page",
        **data(query=urlencode(sorted(query.items()))),
    )


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


def head_values(db: SmartShopieDB, window: Window, problem: str) -> tuple[Any, Any]:
    """What stands in the head of a page: the days in words with the data's freshness, and what to know about them."""
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
    except StoreError:
        log.exception("head of the page")
        return words, html.P("The store does not answer at the moment.", className="failed")
    if db.facts.contents == "demo":
        words.append(html.Span("Demo data", className="badge"))
    notices = [html.P(f"{problem} Showing the last 30 days.", className="failed")] if problem else []
    if meta["coverage"] == "none":
        notices.append(html.P(["No events in this window. ", *newest_link(meta["newest"], window)]))
    return words, notices


def newest_link(newest: str | None, window: Window) -> list[Any]:
    """Where the newest events are, as a link to the window of the same length that ends with them."""
    if is_nothing(newest):
        return ["This store has no events yet."]
    last = date.fromisoformat(str(newest))
    if window.period == "custom":
        address, words = f"?start={last - timedelta(days=window.days - 1)}&end={last}", f"{window.days} days"
    else:
        address, words = f"?period={window.period}&as_of={last}", PERIOD_WORDS[window.period]
    return [f"The newest are from {day_in_words(last)}: ", html.A(f"show the {words} up to then", href=address), "."]


def freshness(db: SmartShopieDB, window: Window) -> list[Any]:
    """Until when events have come in, and how long ago that was."""
    sources = fetch(db, "config", window).frame
    moments = [str(text) for text in sources["last_sync"] if not is_nothing(text)]
    if not moments:
        return []
    newest = max(moments, key=lambda text: -seconds_between(text, 0))
    local = LocalTime(db.facts.timezone).iso(round(-seconds_between(newest, 0) * 1000))
    ago = since_in_words(seconds_between(newest, now_ms()))
    same_day = local[:10] == today(ZoneInfo(db.facts.timezone)).isoformat()
    until = local[11:16] if same_day else day_in_words(date.fromisoformat(local[:10]))
    return [f" · events until {until}, ", html.Time(ago, dateTime=newest, **data(ago="1"))]
