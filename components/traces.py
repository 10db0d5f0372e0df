"""The traces of one series of a chart, and a frame's columns as they are sent. Pure.

Buckets that are cut or not finished are hatched (bars) or dashed (lines).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pandas as pd

from components.axes import Scale, hover_text
from components.format import is_nothing


def bar_traces(
    name: str, places: list[str], values: list[float | None], partial: list[bool], scale: Scale, position: int
) -> list[dict[str, Any]]:
    """Bars of one series, those of unfinished buckets hatched. One trace: each one more costs the browser 2 ms."""
    bar: dict[str, Any] = {
        "type": "bar",
        "name": name,
        "x": places,
        "y": values,
        "hovertemplate": hover_text(scale),
        "meta": {"series": position},
    }
    if any(partial):
        order = sorted(range(len(places)), key=partial.__getitem__)  # whole ones first: the legend looks like the first
        bar["x"], bar["y"] = [places[at] for at in order], [values[at] for at in order]
        cuts = [partial[at] for at in order]
        bar["marker"] = {"pattern": {"shape": ["/" if cut else "" for cut in cuts], "size": 5, "solidity": 0.35}}
        bar["customdata"] = [" (unfinished)" if cut else "" for cut in cuts]
        bar["hovertemplate"] = hover_text(scale, "%{customdata}")
    return [bar]


def line_traces(
    name: str, days: list[str], values: list[float | None], partial: list[bool], scale: Scale, position: int
) -> list[dict[str, Any]]:
    """A line, and for unfinished buckets open circles on a dotted piece that hangs on their neighbours."""
    whole = _only(values, [not cut for cut in partial])
    line: dict[str, Any] = {"type": "scatter", "meta": {"series": position}}
    mode = "lines" if _is_connected(whole) else "lines+markers"
    traces = [{**line, "name": name, "x": days, "mode": mode, "y": whole, "hovertemplate": hover_text(scale)}]
    if all(value is None for value in _only(values, partial)):
        return traces
    last = len(values) - 1
    near = [cut or (at > 0 and partial[at - 1]) or (at < last and partial[at + 1]) for at, cut in enumerate(partial)]
    dotted = [at for at, here in enumerate(near) if here or (at < last and near[at + 1])]  # one more, empty: a gap
    circles = [at for at, cut in enumerate(partial) if cut]
    return [
        *traces,
        {
            **line,
            "name": name,
            "mode": "lines",
            "x": [days[at] for at in dotted],
            "y": [values[at] if near[at] else None for at in dotted],
            "line": {"dash": "dot"},
            "hoverinfo": "skip",
            "showlegend": False,
        },
        {
            **line,
            "name": f"{name} (unfinished)",
            "mode": "markers",
            "x": [days[at] for at in circles],
            "y": [values[at] for at in circles],
            "marker": {"symbol": "circle-open", "size": 7},
            "hovertemplate": hover_text(scale),
            "showlegend": False,
        },
    ]


def _only(values: list[float | None], wanted: Sequence[bool]) -> list[float | None]:
    return [value if keep else None for value, keep in zip(values, wanted, strict=True)]


def partial_of(frame: pd.DataFrame) -> list[bool]:
    """Which rows are of buckets that are cut or not finished."""
    return [bool(cut) for cut in frame["partial"]] if "partial" in frame else [False] * len(frame)


def _is_connected(values: list[float | None]) -> bool:
    """False when some point has no neighbour, so that a line alone would not show it."""
    known = [not is_nothing(value) for value in values]
    return all(
        not here or (at > 0 and known[at - 1]) or (at + 1 < len(known) and known[at + 1])
        for at, here in enumerate(known)
    )


def numbers_of(column: pd.Series) -> list[float | None]:
    """Plain rounded numbers: a list travels better than an array, and NaN becomes null."""
    return [None if is_nothing(value) or value is pd.NA else round(float(value), 4) for value in column]


def texts_of(column: pd.Series) -> list[str]:
    """Days in ISO 8601, anything else as text."""
    return [value.isoformat() if isinstance(value, date) else str(value) for value in column]
