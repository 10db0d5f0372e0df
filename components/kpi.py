"""A number and what became of it: (now, before) -> value, change and sparkline. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any, Final, Literal, NamedTuple
from urllib.parse import quote

from components.format import decimal, is_nothing
from data.dataset import Unit

WIDTH: Final = 200
HEIGHT: Final = 40
EDGE: Final = 3  # room for the line's thickness and its last point

Verdict = Literal["good", "bad", "even"]
_POINTS: Final = frozenset({"percent", "ratio"})  # units whose change is a difference


class Change(NamedTuple):
    """A change in words, with an arrow, and what it means."""

    arrow: str
    words: str
    verdict: Verdict


def change(now: Any, before: Any, unit: Unit) -> float | None:
    """Percent of `before`; percentage points for rates. None when there is nothing to compare with."""
    if is_nothing(now) or is_nothing(before):
        return None
    if unit.name in _POINTS:
        return (float(now) - float(before)) * (100 if unit.name == "ratio" else 1)
    return (float(now) - float(before)) / float(before) * 100 if float(before) > 0 else None


def in_words(amount: float | None, unit: Unit, *, up_is_good: bool | None, compared: bool = False) -> Change:
    """How a change of a value in `unit` is written: an arrow and words, so that its colour says nothing alone.

    `compared`: there was a window before; a change that is not known then had nothing to be measured against.
    """
    if is_nothing(amount) or amount is None:
        words = "nothing earlier to compare with" if compared else "no full earlier period to compare with"
        return Change("", words, "even")
    written = decimal(abs(amount), 1)
    if written == decimal(0, 1):  # as it is written: nothing goes down by 0.0
        return Change("●", "unchanged", "even")
    size = written + (" points" if unit.name in _POINTS else "%")
    rising = amount > 0
    verdict: Verdict = "even" if up_is_good is None else "good" if rising == up_is_good else "bad"
    return Change("▲" if rising else "▼", f"{'up' if rising else 'down'} {size}", verdict)


def sparkline(values: Sequence[Any], *, unfinished: bool = False) -> str:
    """An SVG of the values over time, from their lowest to their highest; gaps stay gaps.

    `unfinished`: the last value is not final, its piece of line is dashed. It is drawn as a mask, so it is all black.
    """
    known = [float(value) for value in values if not is_nothing(value)]
    if len(known) < 2:
        return ""
    low, span = min(known), (max(known) - min(known)) or 1.0
    step = (WIDTH - 2 * EDGE) / (len(values) - 1)
    points = [
        None
        if is_nothing(value)
        else (EDGE + at * step, HEIGHT - EDGE - (float(value) - low) / span * (HEIGHT - 2 * EDGE))
        for at, value in enumerate(values)
    ]
    dashed = [points[-2], points[-1]] if unfinished and points[-1] and points[-2] else []
    solid = points[:-1] if dashed else points
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none">'
        f'<path d="{_area(solid)}" fill-opacity=".14"/>'
        f'<g fill="none" stroke="#000" stroke-width="1.75" stroke-linejoin="round" stroke-linecap="round">'
        f'<path vector-effect="non-scaling-stroke" d="{_line(solid)}"/>'
        f'<path vector-effect="non-scaling-stroke" stroke-dasharray="3 4" d="{_line(dashed)}"/></g></svg>'
    )


def as_address(svg: str) -> str:
    """The SVG as a CSS image."""
    return f'url("data:image/svg+xml,{quote(svg)}")'


Points = Sequence[tuple[float, float] | None]


def _line(points: Points) -> str:
    path, pen_is_down = [], False
    for point in points:
        if point is not None:
            path.append(f"{'L' if pen_is_down else 'M'}{point[0]:.1f} {point[1]:.1f}")
        pen_is_down = point is not None
    return "".join(path)


def _area(points: Points) -> str:
    """The areas below the unbroken runs of points."""
    runs = [[point for point in run if point] for _, run in groupby(points, lambda point: point is None)]
    return "".join(
        f"{_line(run)}L{run[-1][0]:.1f} {HEIGHT}L{run[0][0]:.1f} {HEIGHT}Z" for run in runs if len(run) > 1
    )
