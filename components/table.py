"""A table as HTML text: {caption, head: [{label, number, bar}], rows: [[cell]]} -> Markup.

A cell is a text, or {text, below, bar: share of the column's highest (0 to 1), tone, ago: an RFC 3339 moment}. The
browser writes how long ago a moment is, and lets the keyboard scroll a table that is larger than its place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape

Cell = str | Mapping[str, Any]


def table(given: Mapping[str, Any]) -> Markup:
    """The table; nothing where there are no rows."""
    if not given["rows"]:
        return Markup()
    kinds = [_kind(column) for column in given["head"]]
    head = "".join(
        f'<th scope="col"{kind}>{escape(column["label"])}</th>'
        for kind, column in zip(kinds, given["head"], strict=True)
    )
    body = "".join(_row(row, kinds) for row in given["rows"])
    return Markup(  # noqa: S704  every piece is escaped or written here
        f"<table><caption>{escape(given['caption'])}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _kind(column: Mapping[str, Any]) -> str:
    names = [name for name, meant in (("number", column.get("number")), ("barred", column.get("bar"))) if meant]
    return f' class="{" ".join(names)}"' if names else ""


def _row(row: Sequence[Cell], kinds: Sequence[str]) -> str:
    first, *others = (
        escape(cell) if isinstance(cell, str) and "barred" not in kind else _cell(cell, kind)
        for cell, kind in zip(row, kinds, strict=True)
    )
    cells = "".join(f"<td{kind}>{cell}</td>" for cell, kind in zip(others, kinds[1:], strict=True))
    return f'<tr><th scope="row"{kinds[0]}>{first}</th>{cells}</tr>'


def _cell(given: Cell, kind: str) -> str:
    cell = {"text": given} if isinstance(given, str) else given
    tone, below, ago = cell.get("tone"), cell.get("below"), cell.get("ago")
    tag = "time" if ago else "b" if tone else "span"
    marks = (f' class="{tone}"' if tone else "") + (f' datetime="{escape(ago)}" data-ago="1"' if ago else "")
    words = f"<{tag}{marks}>{escape(cell['text'])}</{tag}>"
    if "barred" in kind:  # the bar, or its empty place
        bar = f' class="bar" style="--share:{cell["bar"]}"' if "bar" in cell else ""
        words = f"<span><i{bar}></i>{words}</span>"
    return words + (f"<small>{escape(below)}</small>" if below else "")
