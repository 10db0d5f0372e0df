"""The same numbers over HTTP: JSON and CSV of every endpoint hold what fetch() and the calculation say."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import flask
import pytest
from flask.testing import FlaskClient

import api
from tests.oracle.calculation import NAMES
from tests.oracle.comparison import Comparison
from tests.oracle.conftest import Filled
from tests.oracle.windows import window

Rows = list[dict[str, Any]]


@pytest.fixture
def client(filled: Filled) -> FlaskClient:
    server = flask.Flask(__name__)
    api.register(server, filled.db)
    return server.test_client()


def cells(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> list[tuple[str, ...]]:
    """Rows as a CSV shows them: numbers in one spelling, null as nothing."""
    return [tuple(_cell(row[column]) for column in columns) for row in rows]


def _cell(value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    try:
        return repr(float(value))
    except ValueError:
        return str(value)


def rows_of(body: Mapping[str, Any]) -> Rows:
    """What a CSV of this body holds: the timeline where there is one, the series as long rows."""
    if "series" in body:
        found = [
            {"record_date": date, "model_name": series["name"], "accuracy": value}
            for series in body["series"]
            for date, value in zip(body["categories"], series["data"], strict=True)
            if value is not None
        ]
        return sorted(found, key=lambda row: (row["record_date"], row["model_name"]))
    rows = body.get("timeline", body["data"])
    return [rows] if isinstance(rows, Mapping) else list(rows)


@pytest.mark.parametrize("name", NAMES)
def test_json_and_csv_say_what_the_calculation_says(filled: Filled, client: FlaskClient, name: str) -> None:
    covered = filled.mine.store.covered
    assert covered is not None
    end = covered.last
    query = {"start": str(end - timedelta(40)), "end": str(end - timedelta(1)), "grain": "W"}
    json_answer = client.get(f"/api/{name}", query_string=query)
    assert json_answer.status_code == 200
    body = json_answer.get_json()
    assert body["success"] is True
    mine = filled.mine.body(
        name, window(today=end + timedelta(900), start=end - timedelta(40), end=end - timedelta(1), grain="W")
    )
    plain = {key: value for key, value in body.items() if key not in {"success", "meta"}}
    found = Comparison(name, filled.mine.store.currency).differences(mine, plain)
    assert not found
    answer = client.get(f"/api/{name}.csv", query_string=query)
    header, *lines = csv.reader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff")))
    rows = rows_of(body)
    columns = [column for column in header if all(column in row for row in rows)]
    assert columns
    shown = [{column: line[header.index(column)] for column in columns} for line in lines]
    assert sorted(cells(shown, columns)) == sorted(cells(rows, columns))
