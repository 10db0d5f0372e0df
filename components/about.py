"""What a dataset means, beside its card: definition, columns, and its rows as a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from dash import html

from components.markup import data
from components.table import table
from data.catalogue import CATALOGUE
from data.dataset import Column, Dataset


def about(name: str, query: Mapping[str, str]) -> Any:
    """What a dataset means: definition, columns with units, the table of its rows, and the rows as a file."""
    dataset = CATALOGUE[name]
    columns = {
        "caption": "Columns",
        "head": [{"label": "Column"}, {"label": "Meaning"}, {"label": "Unit"}],
        "rows": [[column.label, formula(dataset, column), column.unit.name] for column in dataset.shown_columns],
    }
    return html.Details(
        [
            html.Summary(html.Span(f"About: {dataset.title}", className="visually-hidden"), className="about"),
            html.Div(
                [
                    html.P(dataset.definition),
                    html.Div(table(columns), className="rows"),
                    html.P(
                        [
                            "Rows of table ",
                            html.Code(dataset.table),
                            ". ",
                            html.A("CSV of this window", href=csv_address(name, query), download="", **data(carry="1")),
                        ]
                    ),
                ],
                className="panel",
            ),
        ],
        className="popover",
    )


def csv_address(name: str, query: Mapping[str, str]) -> str:
    """Where the rows of a dataset are for the window of a query."""
    return f"/api/{name}.csv" + (f"?{urlencode(query)}" if query else "")


def formula(dataset: Dataset, column: Column) -> str:
    """A column's meaning, with part / whole for a ratio."""
    part, whole = getattr(column, "part", ""), getattr(column, "whole", "")
    if not (part and whole):
        return column.meaning
    return f"{column.meaning} ({dataset.column(part).label} / {dataset.column(whole).label})"
