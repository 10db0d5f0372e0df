"""Tables as text: every cell in its place, nothing but text in it."""

from hypothesis import given
from hypothesis import strategies as st

from components.table import table
from tests.components.test_markup import SAFE, parsed

HEAD = [{"label": "Name"}, {"label": "Value", "number": True, "bar": True}, {"label": "When"}]


def rows_of(text: str) -> list[list[str]]:
    """The texts of the cells, row by row."""
    rows: list[list[str]] = []
    for one in parsed(text):
        if isinstance(one, tuple):
            if one[0] == "tr":
                rows.append([])
            elif one[0] in {"td", "th"}:
                rows[-1].append("")
        elif rows and rows[-1]:
            rows[-1][-1] += str(one)
    return rows


def test_a_table_has_its_caption_its_heads_and_its_rows():
    text = table({"caption": "Sales", "head": HEAD, "rows": [["A", {"text": "3", "bar": 0.5}, "now"]]})
    assert "<caption>Sales</caption>" in text
    assert rows_of(text) == [["Name", "Value", "When"], ["A", "3", "now"]]
    assert '<th scope="row">A</th><td class="number barred"><span><i class="bar" style="--share:0.5"></i>' in text


def test_a_table_without_rows_is_nothing():
    assert table({"caption": "Sales", "head": HEAD, "rows": []}) == ""


def test_a_number_without_a_bar_keeps_the_bars_place():
    text = table({"caption": "", "head": HEAD, "rows": [["A", {"text": "4", "tone": "total"}, ""]]})
    assert '<span><i></i><b class="total">4</b></span>' in text


def test_a_moment_is_told_to_the_browser_and_what_is_below_stands_below():
    cell = {"text": "3 h ago", "ago": "2026-11-22T09:00:00Z", "below": "by mail"}
    text = table({"caption": "", "head": HEAD, "rows": [["A", "", cell]]})
    assert '<time datetime="2026-11-22T09:00:00Z" data-ago="1">3 h ago</time><small>by mail</small>' in text


WORDS = st.text(SAFE)


@given(st.lists(st.tuples(WORDS, WORDS, WORDS), min_size=1, max_size=4), WORDS)
def test_no_text_leaves_its_cell(texts, caption):
    rows = [[first, {"text": second, "bar": 1.0}, {"text": third, "below": ""}] for first, second, third in texts]
    assert rows_of(table({"caption": caption, "head": HEAD, "rows": rows}))[1:] == [list(row) for row in texts]
