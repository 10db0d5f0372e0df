"""What an unknown address shows."""

from typing import Any

from dash import html, register_page

from components.markup import data
from components.shell import NOT_FOUND

register_page(__name__, title="Not found · SmartShopie Analytics")


def layout(**_query: str) -> Any:
    """A sentence and a way back."""
    words = [
        html.H1("There is no page here"),
        html.P([
            "The address may be mistyped. Go to the ", html.A("overview", href="/"), ", or choose from the menu.",
        ]),
    ]  # fmt: skip
    return html.Div(words, id=NOT_FOUND, className="page", **data(query=""))
