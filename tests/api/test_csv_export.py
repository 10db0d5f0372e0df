"""Cells of a CSV file."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.csv_export import RUNS_AS_FORMULA, cell, csv_text
from data.dataset import COUNT, FLAG, MONEY, TEXT, Computed, Dimension, Measure

NAME, SALES, ORDERS = Dimension("name", "Who"), Measure("sales", MONEY, "Sold"), Measure("orders", COUNT, "How often")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", '=HYPERLINK("http://x")'])
def test_a_text_never_becomes_a_formula(text: str) -> None:
    assert cell(text, NAME) == f"'{text}"


def test_numbers_stay_numbers() -> None:
    assert cell(-12.5, SALES) == -12.5
    assert cell(-3.0, ORDERS) == -3
    assert isinstance(cell(-3.0, ORDERS), int)


def test_nothing_is_an_empty_cell() -> None:
    assert (cell(None, SALES), cell(float("nan"), SALES), cell(float("nan"), NAME)) == ("", "", "")


def test_flags_are_words() -> None:
    partial = Computed("partial", FLAG, "Cut")
    assert [cell(value, partial) for value in (True, False)] == ["true", "false"]


def test_lines_end_as_rfc_4180_says() -> None:
    assert csv_text([NAME, SALES], [('a,"b"', 1.5), ("zwei\nZeilen", None)]) == (
        'name,sales\r\n"a,""b""",1.5\r\n"zwei\nZeilen",\r\n'
    )


@given(st.lists(st.tuples(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.floats(-1e9, 1e9))))
def test_what_is_written_can_be_read(rows: list[tuple[str, float]]) -> None:
    text = csv_text([Dimension("name", "Who", TEXT), SALES], rows)
    _head, *read = csv.reader(io.StringIO(text, newline=""))
    for (name, sales), (name_read, sales_read) in zip(rows, read, strict=True):
        assert name_read == (f"'{name}" if name.startswith(RUNS_AS_FORMULA) else name)
        assert float(sales_read) == sales
        assert not name_read.startswith(RUNS_AS_FORMULA)
