"""The two pages in stock Dash: one callback for the numbers and one per chart and table; each reads what it shows.

python dash_page.py STORE_FILE PORT
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pandas as pd
import plotly.express as px
import plotly.io
import waitress
from dash import Dash, Input, Output, dcc, html, page_container, register_page
from frames import DAYS, FEATURE, Frames

plotly.io.templates.default = "none"  # with a theme in every figure a period change takes a fifth longer
frames = Frames(Path(sys.argv[1]))
app = Dash(__name__, use_pages=True, pages_folder="", compress=True)
PERIOD = Input("period", "value")


def table(frame: pd.DataFrame) -> Any:
    head = html.Thead(html.Tr([html.Th(name) for name in frame.columns]))
    return html.Table([head, html.Tbody([html.Tr([html.Td(cell) for cell in row]) for row in frame.to_numpy()])])


def numbers(names: tuple[str, ...], read: Any) -> Any:
    places = [f"{read.__name__}-{name}" for name in names]

    @app.callback([Output(place, "children") for place in places], PERIOD)
    def renew(period: str) -> list[str]:
        found = read(period)
        return [f"{found[name]:,.1f}" for name in names]

    return beside(*(html.Div([html.H4(name), html.Div(id=place)]) for name, place in zip(names, places, strict=True)))


def chart(name: str, draw: Any) -> Any:
    @app.callback(Output(name, "figure"), PERIOD)
    def renew(period: str) -> Any:
        return draw(period)

    return dcc.Graph(id=name)


def rows(name: str, read: Any) -> Any:
    @app.callback(Output(name, "children"), PERIOD)
    def renew(period: str) -> Any:
        return table(read(period))

    return html.Div(id=name)


def attribution(period: str) -> Any:
    return px.bar(frames.attribution(period), x="record_date", y="revenue", color=FEATURE)


def rates(period: str) -> Any:
    return px.bar(frames.model_rates(period), x="percent", y="rate", orientation="h")


def satisfaction(period: str) -> Any:
    return px.line(frames.satisfaction(period), x="record_date", y=["Overall", "Product match", "Helpfulness"])


def growth(period: str) -> Any:
    return px.bar(frames.growth(period), x="record_date", y="revenue")


def forecast(period: str) -> Any:
    return px.line(frames.forecast(period), x="forecast_date", y=["predicted_revenue", "lower_bound", "upper_bound"])


def beside(*parts: Any) -> Any:
    return html.Div(list(parts), style={"display": "grid", "gridTemplateColumns": f"repeat({len(parts)}, 1fr)"})


OVERVIEW = ("Total customers", "Conversion rate", "AI interactions", "Revenue impact")
REVENUE = ("Revenue impact", "Net revenue", "Average order value")
register_page("overview", path="/", layout=html.Div([
    numbers(OVERVIEW, frames.numbers),
    beside(rows("funnel", frames.funnel), rows("types", frames.interaction_types)),
    beside(chart("attribution", attribution), chart("rates", rates)),
    beside(chart("satisfaction", satisfaction), rows("interactions", frames.interactions)),
]))  # fmt: skip
register_page("revenue", path="/revenue", layout=html.Div([
    numbers(REVENUE, frames.revenue_numbers),
    beside(chart("revenue-attribution", attribution), rows("tiers", frames.tiers)),
    beside(rows("categories", frames.categories), chart("growth", growth)),
    chart("forecast", forecast),
]))  # fmt: skip

app.layout = html.Div([
    html.Nav([dcc.Link("Overview", href="/"), " ", dcc.Link("Revenue", href="/revenue")]),
    dcc.RadioItems(list(DAYS), "30d", id="period", inline=True),
    page_container,
])  # fmt: skip

if __name__ == "__main__":
    for draw in (attribution, satisfaction):  # plotly express fails when threads draw its first figures at once
        draw("30d")
    waitress.serve(app.server, host="127.0.0.1", port=int(sys.argv[2]), threads=8)
