"""The frame around all pages: header with the period, sidebar, theme. Plain HTML, painted before Dash has loaded.

Nothing in it depends on the data, so it is part of the index page and never rendered again; assets/dashboard.js marks
what is current and keeps the links in step with the address.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from typing import Any, Final

import dash
import flask
from dash import dcc, html

from data.period import PERIODS

NAME: Final = "SmartShopie Analytics"
BOOTSTRAP: Final = "/bootstrap/static/css/bootstrap.min.css"  # a file of the package Bootstrap-Flask
ASSETS: Final = Path(__file__).parent.parent / "assets"
MARK: Final = "icon.svg"
SUITES: Final = "/_dash-component-suites/"
BUNDLE: Final = "plotly.min.js"
UNUSED: Final = ("/deps/polyfill@", "/dash_table/")
NOT_FOUND: Final = "not_found_404"
HEAD_SCRIPT: Final = "theme.js"  # part of the index page, so that it runs before anything is painted

PERIOD_WORDS: Final[Mapping[str, str]] = {"7d": "7 days", "30d": "30 days", "90d": "90 days", "1y": "1 year"}
THEMES: Final = (("light", "Light", "sun"), ("system", "System", "screen"), ("dark", "Dark", "moon"))

# Icons of 20 x 20, strokes of 1.6.
ICONS: Final[Mapping[str, str]] = {
    "overview": "M3 3h6v8H3zM11 3h6v4h-6zM11 9h6v8h-6zM3 13h6v4H3z",
    "conversions": "M2.5 4h15l-5.8 6.6v5.6l-3.4-1.8v-3.8z",
    "customers": "M7.5 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2 16.5c.4-3 2.6-4.5 5.5-4.5s5.1 1.5 5.5 4.5"
        "M13 4a2.8 2.8 0 0 1 0 5.3M15 12.3c1.7.6 2.7 2 3 4.2",
    "products": "M10 2.5l6.5 3.5v8L10 17.5 3.5 14V6zM3.5 6L10 9.5 16.5 6M10 9.5v8",
    "revenue": "M2.5 17.5h15M4.5 14.5v-4M8.2 14.5v-7M11.8 14.5v-5M15.5 14.5V4",
    "ai": "M10 2.5l1.9 5.6 5.6 1.9-5.6 1.9L10 17.5l-1.9-5.6L2.5 10l5.6-1.9z",
    "interactions": "M3 4h14v9.5H9l-4 3.5v-3.5H3z",
    "system": "M2 10.5h3.5l2-6 4 11 2.5-8 1.5 3H18",
    "billing": "M2.5 4.5h15v11h-15zM2.5 8.5h15M5.5 12.5h3",
    "sign-out": "M8 3.5H3.5v13H8M12.5 6l4 4-4 4M16.5 10H8",
    "sun": "M10 13.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM10 1.5v2M10 16.5v2M1.5 10h2M16.5 10h2"
        "M4 4l1.4 1.4M14.6 14.6L16 16M16 4l-1.4 1.4M5.4 14.6L4 16",
    "moon": "M16.5 12A7 7 0 1 1 8 3.5a5.6 5.6 0 0 0 8.5 8.5z",
    "screen": "M2.5 3.5h15v10h-15zM7 17h6M10 13.5V17",
    "menu": "M3 5h14M3 10h14M3 15h14",
}  # fmt: skip


def icon(name: str) -> str:
    """An inline SVG that takes the colour of the text and says nothing to a screen reader."""
    return (
        '<svg class="icon" viewBox="0 0 20 20" width="18" height="18" aria-hidden="true" fill="none" '
        'stroke="currentColor" stroke-width="1.6" stroke-linejoin="round" stroke-linecap="round">'
        f'<path d="{ICONS[name]}"/></svg>'
    )


def layout() -> Any:
    """What Dash renders: a place for every page. The page of the address is in its place; the browser opens the others.

    A page stays in its place when another is shown, so that coming back to it costs nothing (docs/adr/0011). The
    address comes as the query of this request, its path as `path`.
    """
    query = flask.request.args.to_dict() if flask.has_request_context() else {}
    path = "/" + query.pop("path", "/").strip("/")
    entries = list(dash.page_registry.values())
    found = next((entry for entry in entries if entry["path"] == path and "icon" in entry), None)
    opened = found or next(entry for entry in entries if name_of(entry) == NOT_FOUND)
    return html.Div([place(entry, query if entry is opened else None) for entry in entries])


def place(entry: Mapping[str, Any], query: Mapping[str, str] | None) -> Any:
    """Where a page is, with the stores by which the browser asks for it and for another window; empty without query."""
    name = name_of(entry)
    content = None if query is None else entry["layout"](**query)
    return html.Div([
        html.Div(content, id=f"{name}-place"), dcc.Store(id=f"{name}-open"), dcc.Store(id=f"{name}-period"),
    ])  # fmt: skip


def name_of(entry: Mapping[str, Any]) -> str:
    """The name of a page's module, with which its ids begin."""
    return str(entry["module"]).rpartition(".")[2]


def index_string(pages: Iterable[Mapping[str, Any]], *, sign_out: bool = False) -> str:
    """Dash's index page with our frame around the application; `pages` are entries of dash.page_registry."""
    links = "".join(
        f'<li><a href="{escape(page["path"])}" data-page="{name_of(page)}" data-carry="1">'
        f"{icon(page['icon'])}{escape(page['name'])}</a></li>"
        for page in sorted((page for page in pages if "icon" in page), key=lambda page: page["order"])
    )
    if sign_out:
        links += f'<li class="apart"><a href="/sign-out">{icon("sign-out")}Sign out</a></li>'
    periods = "".join(
        f'<a href="?period={period}" data-period="{period}" aria-label="Last {PERIOD_WORDS[period]}">{period}</a>'
        for period in PERIODS
    )
    themes = "".join(
        f'<button type="button" data-choice="{key}" title="{words}" aria-label="{words} theme">{icon(sign)}</button>'
        for key, words, sign in THEMES
    )
    return _INDEX.format(
        bootstrap=BOOTSTRAP, head_script=(ASSETS / HEAD_SCRIPT).read_text("utf-8"),
        icon=f"/assets/{versioned(ASSETS / MARK)}", mark=(ASSETS / MARK).read_text("utf-8"),
        name=NAME, menu=icon("menu"), links=links, periods=periods, themes=themes, chart_scripts=chart_scripts(),
    )  # fmt: skip


def without_unused(scripts: str) -> str:
    """Dash's scripts without those for browsers of before 2017 and for its table: 38 KB compressed."""
    return "\n".join(tag for tag in scripts.splitlines() if not any(name in tag for name in UNUSED))


def chart_scripts() -> str:
    """The scripts that draw the charts, loaded beside everything else and not when Dash comes to them.

    A plotly.js made by `make bundle` lies among the assets and takes the packaged one's place.
    """
    bundle = ASSETS / "bundle" / BUNDLE
    plotly = f"/assets/bundle/{versioned(bundle)}" if bundle.exists() else SUITES + "plotly/package_data/plotly.min.js"
    graph = f'<link rel="preload" as="script" href="{SUITES}dash/dcc/async-graph.js">'
    return f'<script async src="{plotly}"></script>\n{graph}'


def versioned(file: Path) -> str:
    """The name of an asset with its time of change, so that the browser need not ask for it again."""
    return f"{file.name}?m={int(file.stat().st_mtime)}"


_INDEX: Final = """<!DOCTYPE html>
<html lang="en">
<head>
{{%metas%}}
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{{%title%}}</title>
<script>{head_script}</script>
<link rel="icon" type="image/svg+xml" href="{icon}">
<link rel="stylesheet" href="{bootstrap}">
{{%css%}}
{chart_scripts}
</head>
<body>
<a class="skip" href="#main">Skip to the page</a>
<header class="frame">
<button type="button" id="menu" aria-expanded="false" aria-controls="sidebar" aria-label="Menu">{menu}</button>
<a class="brand" href="/" data-page="1" data-carry="1">
<span class="logo" aria-hidden="true">{mark}</span><span>SmartShopie</span></a>
<div class="periods" role="group" aria-label="Period">{periods}
<details class="popover" id="custom"><summary>Custom</summary>
<form class="panel" id="range" method="get">
<label>From <input type="date" id="range-start" name="start" required></label>
<label>to <input type="date" id="range-end" name="end" required></label>
<button type="submit">Show these days</button></form>
</details></div>
<div class="themes" role="group" aria-label="Theme">{themes}</div>
</header>
<nav id="sidebar" aria-label="Pages"><ul>{links}</ul></nav>
<p id="connection" role="alert" hidden>The server did not answer. What you see may be out of date.
<button type="button" data-retry="1">Try again</button></p>
<main id="main" tabindex="-1">
{{%app_entry%}}
</main>
<noscript><p>{name} needs JavaScript. Without it the numbers are under /api/, as JSON and CSV.</p></noscript>
<footer>
{{%config%}}
{{%scripts%}}
{{%renderer%}}
</footer>
</body>
</html>
"""
