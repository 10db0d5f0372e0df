"""Charts: a frame -> a plotly figure as a plain dict. Pure.

No figure carries a colour or a template: series take their colours by position in the colour way, which assets/theme.js
gives in the browser for the light or the dark mode. A trace that must share another's colour says so in `meta.series`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import pandas as pd

from components.axes import EDGE, Scale, hover_text, room, time_axis, value_axis
from components.format import is_nothing
from components.traces import bar_traces, line_traces, numbers_of, partial_of, texts_of

Figure = dict[str, Any]

GREY: Final = 4  # the place of grey in the colour way
OTHERS: Final = frozenset({"Other", "All others"})
FEW_GROWTH_LABELS, MOST_GROWTH_LABELS = 8, 14
TWO_LINES, LEGEND = 40, 32  # margins, in pixels


class Series(NamedTuple):
    """One line or one set of bars: the frame's column and the words in the legend."""

    column: str
    label: str


def lines(
    frame: pd.DataFrame, series: Sequence[Series], scale: Scale, *, x: str = "record_date", area: bool = False
) -> Figure:
    """One line per series over time. Points of unfinished buckets hang on a dotted piece; gaps stay gaps.

    An `area` fills what is under a line without gaps: plotly.js would fill these too.
    """
    days, partial = texts_of(frame[x]), partial_of(frame)
    traces = [
        trace
        for position, one in enumerate(series)
        for trace in line_traces(one.label, days, numbers_of(frame[one.column]), partial, scale, position)
    ]
    if area and len(series) == 1 and not any(value is None for value in numbers_of(frame[series[0].column])):
        traces[0]["fill"] = "tozeroy"
    axis = value_axis(scale, _highest(traces))
    return _figure(traces, xaxis=time_axis(days, scale.grain), yaxis=axis, legend=len(series) > 1)


def places(names: Sequence[str]) -> list[int]:
    """The places of names in the colour way: what is added up as "others" is grey wherever it stands."""
    named = iter([place for place in range(len(names) + 1) if place != GREY])
    return [GREY if name in OTHERS else next(named) for name in names]


def stacked_bars(
    frame: pd.DataFrame, by: str, value: str, scale: Scale, *, x: str = "record_date", order: Sequence[str] = ()
) -> Figure:
    """Bars over time, stacked by the values of column `by` (in `order`, else as they come)."""
    found: dict[str, tuple[list[str], list[float | None], list[bool]]] = {}
    days = texts_of(frame[x])
    for name, day, number, cut in zip(frame[by], days, numbers_of(frame[value]), partial_of(frame), strict=True):
        buckets, values, cuts = found.setdefault(name, ([], [], []))
        buckets.append(day)
        values.append(number)
        cuts.append(cut)
    names = [name for name in (order or found) if name in found]
    traces = []
    for position, name in zip(places(names), names, strict=True):
        traces += bar_traces(name, *found[name], scale, position)
    yaxis = value_axis(scale, _highest(traces, stacked=True))
    figure = _figure(traces, xaxis=time_axis(days, scale.grain), yaxis=yaxis, legend=len(names) > 1)
    figure["layout"]["barmode"] = "relative"
    return figure


def bars(
    frame: pd.DataFrame, series: Sequence[Series], scale: Scale, *, x: str = "record_date", stacked: bool = False
) -> Figure:
    """Bars over time or over named groups, one set per series, side by side or stacked."""
    places = texts_of(frame[x])
    traces = [
        trace
        for position, one in enumerate(series)
        for trace in bar_traces(one.label, places, numbers_of(frame[one.column]), partial_of(frame), scale, position)
    ]
    axis = (
        time_axis(places, scale.grain)
        if x.endswith("_date") or x == "date"
        else {"type": "category", "automargin": True, "tickangle": "auto"}
    )
    yaxis = value_axis(scale, _highest(traces, stacked=stacked))
    figure = _figure(traces, xaxis=axis, yaxis=yaxis, legend=len(series) > 1)
    figure["layout"]["barmode"] = "relative" if stacked else "group"
    return figure


def bars_and_line(
    frame: pd.DataFrame,
    series: Sequence[Series],
    line: Series,
    scale: Scale,
    line_scale: Scale,
    *,
    x: str = "record_date",
) -> Figure:
    """Bars on the left axis and a line on the right one, for quantities and their rate."""
    figure = bars(frame, series, scale, x=x)
    days, rate = texts_of(frame[x]), numbers_of(frame[line.column])
    rates = line_traces(line.label, days, rate, partial_of(frame), line_scale, len(series))
    figure["data"] += [{**trace, "yaxis": "y2"} for trace in rates]
    figure["layout"]["yaxis2"] = {
        **value_axis(line_scale),
        "overlaying": "y",
        "side": "right",
        "showgrid": False,
        "tickmode": "auto",
    }
    figure["layout"]["showlegend"] = True
    figure["layout"]["margin"] |= {"r": room(figure["layout"]["yaxis2"]), "t": LEGEND}
    return figure


def with_growth(frame: pd.DataFrame, value: str) -> pd.DataFrame:
    """The frame with `growth`: percent against the row before, empty unless both are whole and that one is above 0."""
    before = frame[value].shift(1)
    whole = ~frame["partial"].astype(bool)
    comparable = whole & whole.shift(1, fill_value=False) & (before > 0)
    return frame.assign(growth=((frame[value] - before) / before * 100).where(comparable))


def write_growth(figure: Figure, frame: pd.DataFrame) -> None:
    """Write the growth above its bar, where there is room for it."""
    if len(frame) <= MOST_GROWTH_LABELS:
        rates = dict(zip(texts_of(frame["record_date"]), frame["growth"], strict=True))
        told = [rates[place] for place in figure["data"][0]["x"]]
        figure["data"][0]["text"] = ["" if is_nothing(rate) else f"{rate:+.0f}%".replace("-", "−") for rate in told]
        figure["data"][0]["textposition"] = "outside"
        figure["data"][0]["constraintext"] = "none"
        if len(frame) > FEW_GROWTH_LABELS:
            figure["data"][0]["textangle"] = -90  # a phone has 23 pixels for each of a year's months
            figure["layout"]["yaxis"]["autorangeoptions"] = {"include": 1.2 * _highest(figure["data"])}  # room for them
        figure["data"][0]["cliponaxis"] = False


def forecast(history: pd.DataFrame, value: str, ahead: pd.DataFrame, scale: Scale) -> Figure:
    """Past months as bars, the months ahead as a dashed line inside its interval."""
    past = texts_of(history["record_date"])
    future = texts_of(ahead["forecast_date"])
    measured = bar_traces("Measured", past, numbers_of(history[value]), partial_of(history), scale, 0)
    hover = hover_text(scale)
    band: dict[str, Any] = {"type": "scatter", "mode": "lines", "x": future, "line": {"width": 0}, "showlegend": False}
    traces = [
        *measured,
        {
            **band,
            "name": "Lower bound",
            "y": numbers_of(ahead["lower_bound"]),
            "hovertemplate": hover,
            "meta": {"series": 1},
        },
        {
            **band,
            "name": "Upper bound",
            "y": numbers_of(ahead["upper_bound"]),
            "hovertemplate": hover,
            "fill": "tonexty",
            "meta": {"series": 1},
        },
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": "Forecast",
            "x": future,
            "y": numbers_of(ahead["predicted_revenue"]),
            "line": {"dash": "dash"},
            "hovertemplate": hover,
            "meta": {"series": 1},
        },
    ]
    axis = value_axis(scale, _highest(traces))
    return _figure(traces, xaxis=time_axis(past + future, "M"), yaxis=axis, legend=True)


def nothing() -> Figure:
    """The figure behind a card that has nothing to draw: no axes, no trace."""
    return {"data": [], "layout": {"xaxis": {"visible": False}, "yaxis": {"visible": False}}}


def in_words(frame: pd.DataFrame, series: Sequence[Series], write: Any, *, x: str = "record_date") -> str:
    """What a chart shows, for people who do not see it: per series first, last, lowest and highest value."""
    parts = []
    for one in series:
        known = [
            (str(place), value)
            for place, value in zip(frame[x], frame[one.column], strict=True)
            if not is_nothing(value)
        ]
        if not known:
            parts.append(f"{one.label}: no values.")
            continue
        low, high = min(known, key=lambda pair: pair[1]), max(known, key=lambda pair: pair[1])
        parts.append(
            f"{one.label}: from {write(known[0][1])} ({known[0][0]}) to {write(known[-1][1])} ({known[-1][0]}), "
            f"lowest {write(low[1])} ({low[0]}), highest {write(high[1])} ({high[0]})."
        )
    return " ".join(parts)


def _highest(traces: Sequence[Mapping[str, Any]], *, stacked: bool = False) -> float:
    """The largest amount of any place, of stacked bars that of the stack."""
    amounts: dict[Any, float] = {}
    for trace in traces:
        for place, value in zip(trace["x"], trace["y"], strict=True):
            if value is not None:
                before = amounts.get(place, 0.0)
                amounts[place] = before + abs(value) if stacked else max(before, abs(value))
    return max(amounts.values(), default=0.0)


def _figure(traces: list[dict[str, Any]], *, xaxis: dict[str, Any], yaxis: dict[str, Any], legend: bool) -> Figure:
    margin = {"l": room(yaxis), "r": EDGE, "t": LEGEND if legend else EDGE, "b": TWO_LINES}
    places = len({place for trace in traces for place in trace["x"]})  # theme.js: how near the pointer has to be
    layout = {"xaxis": xaxis, "yaxis": yaxis, "showlegend": legend, "margin": margin, "meta": {"places": places}}
    return {"data": traces, "layout": layout}
