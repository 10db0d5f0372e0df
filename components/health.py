"""The server's health: a verdict from stated thresholds, and the last hour minute by minute."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import pandas as pd
from dash import html

from components import charts
from components.axes import Scale, moment_axis
from components.card import Drawing, Seen
from components.charts import Series
from components.format import is_nothing, moment_in_words, number
from components.table import table


class Threshold(NamedTuple):
    """Up to `strained` a value is fine, up to `critical` strained, above it critical."""

    field: str
    label: str
    strained: float
    critical: float


THRESHOLDS: Final = (
    Threshold("api_response_time_ms", "API response, median", 300, 1000),
    Threshold("cpu_usage_pct", "CPU use", 75, 90),
    Threshold("memory_usage_pct", "Memory use", 80, 92),
)
VERDICTS: Final = ("Healthy", "Strained", "Critical")
TONES: Final = ("good", "warm", "bad")


def severity(value: float | None, threshold: Threshold) -> int | None:
    """0 fine, 1 strained, 2 critical; None for an unknown value."""
    if is_nothing(value) or value is None:
        return None
    return int(value > threshold.strained) + int(value > threshold.critical)


def health(seen: Seen) -> Drawing:
    """The verdict on the newest minute, with every value beside the thresholds that make it."""
    newest = seen.answer.frame.iloc[-1]
    found = [severity(newest[one.field], one) for one in THRESHOLDS]
    worst = max((level for level in found if level is not None), default=None)
    rows = []
    for one, level in zip(THRESHOLDS, found, strict=True):
        unit = seen.answer.dataset.column(one.field).unit
        rows.append(
            [
                one.label,
                number(newest[one.field], unit, seen.currency),
                {
                    "text": "Not measured" if level is None else VERDICTS[level],
                    "tone": "" if level is None else TONES[level],
                },
                f"above {number(one.strained, unit, seen.currency)}",
                f"above {number(one.critical, unit, seen.currency)}",
            ]
        )
    thresholds = {
        "caption": "Thresholds of the verdict",
        "head": [
            {"label": "Measured"},
            {"label": "Now", "number": True},
            {"label": "Verdict"},
            {"label": "Strained", "number": True},
            {"label": "Critical", "number": True},
        ],
        "rows": rows,
    }
    tone = "" if worst is None else TONES[worst]
    return Drawing(
        content=[
            html.P(
                [
                    html.Span("Not measured" if worst is None else VERDICTS[worst], className=f"verdict {tone}"),
                    html.Span(
                        f" The worst of three measurements, at {moment_in_words(str(newest['recorded_at']))} UTC."
                    ),
                ]
            ),
            html.Div(table(thresholds), className="rows"),
        ]
    )


def with_gaps(frame: pd.DataFrame) -> pd.DataFrame:
    """Measured minutes with an empty row wherever some were not measured: a line ends there and begins anew."""
    moments = pd.to_datetime(frame["recorded_at"], format="ISO8601")
    late = moments.diff() > 2 * moments.diff().median()
    if not late.any():
        return frame
    just_before = (moments[late] - pd.Timedelta(seconds=1)).dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    empty = pd.DataFrame({"recorded_at": just_before.to_list()}, index=just_before.index - 0.5)
    return pd.concat([frame, empty]).sort_index()


def minutes(*series: Series) -> Callable[[Seen], Drawing]:
    """Lines over the last hour, one point per measured minute."""

    def draw(seen: Seen) -> Drawing:
        frame = seen.answer.frame
        gapped = with_gaps(frame)
        unit = seen.answer.dataset.column(series[0].column).unit
        figure = charts.lines(gapped, series, Scale(unit, seen.currency), x="recorded_at", area=True)
        figure["layout"]["xaxis"] = moment_axis(len(frame))
        if not any(not is_nothing(value) for one in series for value in frame[one.column]):
            return Drawing(charts.nothing(), "No values.", note="Nothing to measure in this hour.")
        now = ", ".join(f"{one.label} {number(frame[one.column].iloc[-1], unit, seen.currency)}" for one in series)
        return Drawing(
            figure, f"The last {len(frame)} measured minutes. Now: {now}.", note=f"Now: {now}. Times in UTC."
        )

    return draw
