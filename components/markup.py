"""Components as HTML text, and the attributes that Dash's types do not know.

A page is mostly words: as Dash components each of them costs the browser 0.1 to 0.4 ms at every change of the page, as
text they cost next to nothing. What is no chart therefore travels as HTML (docs/adr/0011). All text is escaped here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from dash.development.base_component import Component
from markupsafe import Markup, escape

EMPTY_ELEMENTS: Final = frozenset({"br", "hr", "img", "input"})
NAMES: Final = {"className": "class", "htmlFor": "for"}  # the others are the same in lower case


def data(**values: str) -> Any:
    """`data(table="..")` -> {"data-table": ".."}, to be passed on as keyword arguments."""
    return {f"data-{name.replace('_', '-')}": value for name, value in values.items()}


def aria(**values: str) -> Any:
    """`aria(label="..")` -> {"aria-label": ".."}."""
    return {f"aria-{name}": value for name, value in values.items()}


def as_html(content: Any) -> Markup:
    """A tree of dash.html components (None: nothing; lists: one after the other) as HTML, its text escaped.

    Raises TypeError for a component that needs the browser's help, such as a dcc.Graph.
    """
    return Markup("".join(_pieces(content)))  # noqa: S704  every piece is escaped or written here


def _pieces(content: Any) -> Iterator[str]:
    if content is None:
        return
    if isinstance(content, list | tuple):
        for one in content:
            yield from _pieces(one)
    elif not isinstance(content, Component):
        yield escape(content)  # leaves a Markup as it is
    else:
        described = content.to_plotly_json()
        if described["namespace"] != "dash_html_components":
            raise TypeError(f"{described['type']} cannot be written as text")
        tag, values = described["type"].lower(), described["props"]
        yield f"<{tag}{''.join(_attributes(values))}>"
        if tag not in EMPTY_ELEMENTS:
            yield from _pieces(values.get("children"))
            yield f"</{tag}>"


def _attributes(values: dict[str, Any]) -> Iterator[str]:
    for name, value in sorted(values.items()):  # Dash keeps some of them in a set
        if name == "children" or value is None or value is False:
            continue
        shown = _style(value) if name == "style" else value
        yield f" {NAMES.get(name, name.lower())}" + ("" if value is True else f'="{escape(shown)}"')


def _style(properties: dict[str, Any]) -> str:
    """{"maskImage": "x"} -> "mask-image:x"."""
    return ";".join(f"{_dashed(name)}:{value}" for name, value in properties.items())


def _dashed(name: str) -> str:
    return "".join(f"-{sign.lower()}" if sign.isupper() else sign for sign in name)
