import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from data.catalogue import CATALOGUE
from data.dataset import Change, Dataset, Dimension, Measure, Ratio, Same, Share
from data.period import PeriodError

DATASETS = list(CATALOGUE.values())
OURS = {"customers/growth", "ingest/rejected"}  # beyond what clients of the original system call
BY_NAME = pytest.mark.parametrize("dataset", DATASETS, ids=lambda dataset: dataset.name)


@pytest.fixture(scope="session")
def tables(project: Path) -> dict[str, set[str]]:
    """Columns by table, as the schema makes them."""
    connection = sqlite3.connect(":memory:")
    connection.executescript((project / "database_schema.sql").read_text(encoding="utf-8"))
    names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {name: {row[1] for row in connection.execute(f"PRAGMA table_info({name})")} for name in names}


def test_every_endpoint_is_a_dataset_and_every_dataset_an_endpoint(endpoints: dict[str, Any]) -> None:
    assert set(CATALOGUE) == set(endpoints) | OURS


@BY_NAME
def test_every_field_of_the_api_is_a_column(dataset: Dataset, endpoints: dict[str, Any]) -> None:
    fields = set(endpoints.get(dataset.name, {"fields": {}})["fields"]) - {"categories", "series"}
    assert fields <= {column.name for column in dataset.shown_columns}


@BY_NAME
def test_a_dataset_says_in_words_what_it_means(dataset: Dataset) -> None:
    assert dataset.title
    assert dataset.definition.endswith(".")
    assert len(dataset.definition) > 60
    for column in (*dataset.columns, *dataset.timeline, *dataset.others):
        assert column.meaning, column.name
        assert column.label
        assert re.fullmatch(r"[a-z][a-z0-9_]*", column.name)


@BY_NAME
def test_what_is_credited_is_never_called_an_effect(dataset: Dataset) -> None:
    if re.search(r"credited|attributed", dataset.definition):
        assert re.search(r"observed|the revenue impact of", dataset.definition)
    assert not re.search(r"\b(caused|thanks to|because of the assistant)\b", dataset.definition)


@BY_NAME
def test_names_inside_a_dataset_point_to_its_columns(dataset: Dataset) -> None:
    names = [column.name for column in dataset.columns]
    assert len(set(names)) == len(names)
    for column in dataset.columns:
        if isinstance(column, Ratio):
            assert {column.part, column.whole} <= set(names)
        if isinstance(column, Share | Change | Same):
            assert column.of in names
    computed = {column.name for column in dataset.columns}
    assert {name.removeprefix("-") for name in dataset.order} <= computed


@BY_NAME
def test_what_is_read_is_in_the_schema(dataset: Dataset, tables: dict[str, set[str]]) -> None:
    assert dataset.table in tables
    if dataset.axis == "own":
        return
    for column in dataset.columns:
        if isinstance(column, Dimension):
            assert (column.column or column.name) in tables[dataset.table]
        elif isinstance(column, Measure):
            assert column.source_column in tables[column.through or dataset.table]
            assert not column.stored or column.stored in tables[dataset.table]
        elif isinstance(column, Ratio):
            assert not column.stored or column.stored in tables[dataset.table]


@BY_NAME
def test_a_top_list_names_what_breaks_a_tie(dataset: Dataset) -> None:
    if dataset.top is None:
        return
    ties = {name.removeprefix("-") for name in dataset.order}
    assert {dimension.name for dimension in dataset.dimensions} <= ties


def test_options_have_bounds_and_say_so_in_words() -> None:
    feed = CATALOGUE["customers/interactions"]
    assert feed.read_options({}) == {"limit": 10}
    assert feed.read_options({"limit": "200"}) == {"limit": 200}
    for wrong in ("0", "201", "-1", "ten", "", "1e2", "999999999999999999999", "१०"):
        with pytest.raises(PeriodError, match="from 1 to 200"):
            feed.read_options({"limit": wrong})
    with pytest.raises(PeriodError, match="no option"):
        feed.read_options({"order": "x"})
    with pytest.raises(PeriodError, match="ring"):
        CATALOGUE["ai/model-performance"].read_options({"mode": "bars"})


def test_a_shorter_time_is_better_and_more_revenue_too() -> None:
    figures = CATALOGUE["conversions/analytics"]
    assert figures.column("avg_time_to_convert").direction is False
    assert figures.column("avg_time_change").direction is False
    assert figures.column("overall_conversion_rate").direction is True
    assert CATALOGUE["revenue/summary"].column("monthly_investment").direction is False
