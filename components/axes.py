"""The axes of charts and the texts beside the pointer: from a unit, a currency and the size of buckets alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from components.format import currency_sign
from data.dataset import COUNT, Unit
from smartshopie_db.clock import DAY_MS

FEW: Final = 4  # counts up to here get a tick each
SHORT_FROM: Final = 1_000  # amounts from here on are written with k and M
MOST_TICKS: Final = 4  # on the time axis, and one more behind the last bucket: six run into each other on a phone
EDGE, DIGIT, MOST_DIGITS = 12, 7, 4  # margins: pixels, and characters of a tick


class Scale(NamedTuple):
    """What a chart needs to know to write values and dates."""

    unit: Unit = COUNT
    currency: str = "EUR"
    grain: str = "D"


def time_axis(places: Sequence[str], grain: str) -> dict[str, Any]:
    """A date axis with a tick at the start of a bucket, and the year where it changes."""
    axis: dict[str, Any] = {
        "type": "date",
        "tickformat": "%b\n%Y" if grain == "M" else "%-d %b\n%Y",
        "hoverformat": _hover_date(grain),
    }
    distinct = sorted(set(places))
    if not distinct:
        return axis
    step = -(-len(distinct) // MOST_TICKS)
    axis["tick0"] = distinct[0]
    axis["dtick"] = f"M{step}" if grain == "M" else step * (7 if grain == "W" else 1) * DAY_MS
    return axis


def moment_axis(count: int) -> dict[str, Any]:
    """An axis of so many minutes, with a tick at whole ones."""
    step = max(1, -(-count // MOST_TICKS)) * 60_000
    return {"type": "date", "tickformat": "%H:%M", "hoverformat": "%H:%M", "dtick": step}


def value_axis(scale: Scale, highest: float = math.inf) -> dict[str, Any]:
    """A value axis with its unit at every tick. Amounts begin at zero; ratings, of which 1 is the lowest, need not.

    `highest`: the largest amount on it; below 1,000 a tick may be a part of one, which k, M and m do not suit.
    """
    axis: dict[str, Any] = {"rangemode": "normal" if scale.unit.name == "rating" else "tozero", "nticks": 5}
    written = "~s" if highest >= SHORT_FROM else ",.2~f"
    match scale.unit.name:
        case "money":
            return {**axis, "tickprefix": currency_sign(scale.currency), "tickformat": written}
        case "percent":
            return {**axis, "ticksuffix": "%"}
        case "count" if highest <= FEW:
            return {**axis, "dtick": 1}  # halves of a conversation do not exist
        case "count":
            return {**axis, "tickformat": "~s"}
        case "milliseconds":
            return {**axis, "ticksuffix": " ms"}
        case _:
            return axis


def room(axis: dict[str, Any]) -> int:
    """Pixels beside a value axis. Margins that plotly must find out by itself cost it half of its time."""
    return EDGE + DIGIT * (MOST_DIGITS + len(axis.get("tickprefix", "")) + len(axis.get("ticksuffix", "")))


def hover_text(scale: Scale, remark: str = "") -> str:
    """The value with its unit, then the series and a remark on its bucket, in plotly's own words."""
    prefix = currency_sign(scale.currency) if scale.unit.name == "money" else ""
    digits = {"money": ",.0f", "count": ",.0f", "milliseconds": ",.0f"}.get(scale.unit.name, ",.2f")
    suffix = {"percent": "%", "rating": " / 5", "milliseconds": " ms", "minutes": " min", "seconds": " s"}.get(
        scale.unit.name, ""
    )
    return f"{prefix}%{{y:{digits}}}{suffix}<extra>%{{fullData.name}}{remark}</extra>"


def _hover_date(grain: str) -> str:
    return {"M": "%b %Y", "W": "week of %-d %b %Y"}.get(grain, "%a %-d %b %Y")
