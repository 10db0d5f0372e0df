"""Components as text: escaped, and the same as what Dash would show."""

from html.parser import HTMLParser

import pytest
from dash import dcc, html
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from components.markup import aria, as_html, data


class Seen(HTMLParser):
    """The elements, attributes and texts of some HTML, in order."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[object] = []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.found.append(data)


def parsed(text: str) -> list[object]:
    seen = Seen()
    seen.feed(text)
    seen.close()
    return seen.found


def test_a_tree_becomes_elements_with_their_names_in_html():
    tree = html.Label(
        [html.Img(src="x.png"), None, 3, html.Details(html.Summary("More"), open=True), html.P(hidden=False)],
        htmlFor="k", className="a b", tabIndex=0, style={"maskImage": "none"}, **data(ago="1"), **aria(label="L"),
    )  # fmt: skip
    assert as_html(tree) == (
        '<label aria-label="L" class="a b" data-ago="1" for="k" style="mask-image:none" tabindex="0">'
        '<img src="x.png">3<details open><summary>More</summary></details><p></p></label>'
    )


def test_what_is_html_already_is_not_escaped_again():
    assert as_html(html.P([Markup("<b>1</b>"), "<b>"])) == "<p><b>1</b>&lt;b&gt;</p>"


def test_a_chart_cannot_be_written_as_text():
    with pytest.raises(TypeError, match="Graph"):
        as_html(html.Div(dcc.Graph()))


SAFE = st.characters(exclude_characters="\r\x00", exclude_categories=["Cs"])  # which parsers replace


@given(st.text(SAFE, min_size=1), st.text(SAFE))
def test_no_text_leaves_its_element(text, title):
    assert parsed(as_html(html.P(text, title=title)))[:2] == [("p", {"title": title}), text]
