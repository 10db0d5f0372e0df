"""Charts are pure: what is drawn is what the frame says."""

import json
from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components import charts
from components.axes import Scale, moment_axis, time_axis, value_axis
from components.charts import Series
from data.dataset import COUNT, MONEY, PERCENT, RATING
from smartshopie_db.clock import DAY_MS
from tests.components import frames

BOTH = (Series("first", "First"), Series("second", "Second"))
SCALES = st.sampled_from([Scale(unit, "EUR", grain) for unit in (COUNT, MONEY, PERCENT, RATING) for grain in "DWM"])


def drawn(figure, name):
    """What the traces of a series show together, by place."""
    shown = {}
    for trace in figure["data"]:
        if trace["name"] in {name, f"{name} (unfinished)"} and trace.get("hoverinfo") != "skip":
            shown |= {x: y for x, y in zip(trace["x"], trace["y"], strict=True) if y is not None}
    return shown


def expected(frame, column):
    return {x: y for x, y in zip(frame["record_date"], frames.known(frame[column]), strict=True) if y is not None}


@given(frames.timelines(), SCALES)
def test_lines_show_exactly_the_values_of_the_frame(frame, scale):
    figure = charts.lines(frame, BOTH, scale)
    assert drawn(figure, "First") == expected(frame, "first")
    assert drawn(figure, "Second") == expected(frame, "second")


@given(frames.timelines(), SCALES)
def test_only_what_is_under_a_line_without_gaps_is_filled(frame, scale):
    figure = charts.lines(frame, BOTH[:1], scale, area=True)
    assert ("fill" in figure["data"][0]) == (None not in frames.known(frame["first"]))


@given(frames.timelines(), SCALES, st.booleans())
def test_bars_show_exactly_the_values_of_the_frame(frame, scale, stacked):
    figure = charts.bars(frame, BOTH, scale, stacked=stacked)
    assert drawn(figure, "First") == expected(frame, "first")
    assert drawn(figure, "Second") == expected(frame, "second")


@given(frames.timelines(), SCALES)
def test_a_rate_on_the_right_axis_shows_its_values_too(frame, scale):
    figure = charts.bars_and_line(frame, BOTH[:1], BOTH[1], scale, Scale(PERCENT))
    assert drawn(figure, "Second") == expected(frame, "second")
    assert {trace.get("yaxis") for trace in figure["data"] if trace["name"].startswith("Second")} == {"y2"}


def cut_days(frame):
    return {day for day, partial in zip(frame["record_date"], frame["partial"], strict=True) if partial}


@given(frames.timelines(), SCALES)
def test_unfinished_buckets_of_lines_are_open_circles_on_a_dotted_piece(frame, scale):
    cut, days = cut_days(frame), list(frame["record_date"])
    for trace in charts.lines(frame, BOTH, scale)["data"]:
        shown = {x for x, y in zip(trace["x"], trace["y"], strict=True) if y is not None}
        if trace["name"].endswith("(unfinished)"):
            assert shown <= cut
            assert trace["marker"]["symbol"] == "circle-open"
        elif trace.get("hoverinfo") != "skip":
            assert not shown & cut
        else:
            assert trace["line"] == {"dash": "dot"}
            for (left, high), (right, low) in pairwise(zip(trace["x"], trace["y"], strict=True)):
                assert None in (high, low) or days.index(right) == days.index(left) + 1  # no dots across whole ones


@given(frames.timelines(), SCALES)
def test_unfinished_buckets_of_bars_are_hatched(frame, scale):
    cut = cut_days(frame)
    for trace in charts.bars(frame, BOTH, scale)["data"]:
        shapes = trace.get("marker", {"pattern": {"shape": [""] * len(trace["x"])}})["pattern"]["shape"]
        assert {x for x, shape in zip(trace["x"], shapes, strict=True) if shape} == cut


@given(frames.timelines(), SCALES)
def test_a_figure_is_plain_json_without_colours_and_template(frame, scale):
    text = json.dumps(charts.lines(frame, BOTH, scale)) + json.dumps(charts.bars(frame, BOTH, scale))
    assert "NaN" not in text
    assert '"template"' not in text
    assert "color" not in text


def test_stacked_bars_keep_the_declared_order_and_leave_out_what_is_not_there():
    frame = pd.DataFrame(
        {
            "record_date": ["2026-01-01"] * 3,
            "name": ["b", "a", "Other"],
            "value": [1.0, 2.0, 3.0],
            "partial": [False] * 3,
        }
    )
    figure = charts.stacked_bars(frame, "name", "value", Scale(), order=["a", "b", "c", "Other"])
    assert [trace["name"] for trace in figure["data"]] == ["a", "b", "Other"]
    assert [trace["meta"]["series"] for trace in figure["data"]] == [0, 1, charts.GREY]
    assert figure["layout"]["barmode"] == "relative"


@given(st.lists(st.text(min_size=1), max_size=5, unique=True))
def test_no_two_series_share_a_place_in_the_colour_way(names):
    places = charts.places(names)
    assert len(set(places)) == len(names) - max(0, len(set(names) & charts.OTHERS) - 1)
    assert all(place < 6 for place in places)


@given(frames.timelines())
def test_growth_is_only_between_two_whole_buckets(frame):
    told = charts.with_growth(frame, "first")
    for at, rate in enumerate(told["growth"]):
        before, now = (told["first"].iloc[at - 1], told["first"].iloc[at]) if at else (None, None)
        whole = at > 0 and not told["partial"].iloc[at - 1] and not told["partial"].iloc[at]
        if whole and before > 0 and now == now:
            assert rate == pytest.approx((now - before) / before * 100)
        else:
            assert rate != rate


def test_a_forecast_stands_after_what_was_measured_and_inside_its_interval():
    past = pd.DataFrame(
        {"record_date": ["2026-09-01", "2026-10-01"], "revenue": [10.0, 12.0], "partial": [False, False]}
    )
    ahead = pd.DataFrame(
        {
            "forecast_date": ["2026-11-01"],
            "predicted_revenue": [13.0],
            "lower_bound": [9.0],
            "upper_bound": [16.0],
        }
    )
    figure = charts.forecast(past, "revenue", ahead, Scale(MONEY, "EUR", "M"))
    by_name = {trace["name"]: trace for trace in figure["data"]}
    assert by_name["Measured"]["y"] == [10.0, 12.0]
    assert by_name["Lower bound"]["y"] <= by_name["Forecast"]["y"] <= by_name["Upper bound"]["y"]
    assert by_name["Forecast"]["line"]["dash"] == "dash"


@given(frames.timelines())
def test_the_words_of_a_chart_name_its_ends_and_its_extremes(frame):
    words = charts.in_words(frame, BOTH[:1], str)
    values = [value for value in frames.known(frame["first"]) if value is not None]
    if values:
        assert all(str(value) in words for value in (values[0], values[-1], min(values), max(values)))
    else:
        assert words == "First: no values."


@pytest.mark.parametrize(
    ("grain", "count", "step"),
    [("D", 7, 2 * DAY_MS), ("D", 30, 8 * DAY_MS), ("W", 13, 28 * DAY_MS), ("M", 13, "M4")],
)
def test_a_time_axis_has_few_ticks_and_they_stand_on_buckets(grain, count, step):
    frequency = {"D": "D", "W": "W-MON", "M": "MS"}[grain]
    days = [day.date().isoformat() for day in pd.date_range("2026-01-01", periods=count, freq=frequency)]
    axis = time_axis(days, grain)
    assert axis["dtick"] == step
    assert axis["tick0"] == days[0]


def test_amounts_below_a_thousand_are_not_written_in_thousandths():
    money = Scale(MONEY, "EUR")
    assert value_axis(money, 0.9)["tickformat"] == ",.2~f"
    assert value_axis(money, 1_000)["tickformat"] == "~s"
    frame = pd.DataFrame({"record_date": ["2026-11-01"] * 2, "kind": ["a", "b"], "amount": [600.0, 600.0]})
    stacked = charts.stacked_bars(frame, "kind", "amount", money)
    assert stacked["layout"]["yaxis"]["tickformat"] == "~s"  # together they are 1,200
    frame = frame.assign(record_date=["2026-11-01", "2026-11-02"])
    assert charts.stacked_bars(frame, "kind", "amount", money)["layout"]["yaxis"]["tickformat"] == ",.2~f"
    assert charts.bars(frame, [Series("amount", "Amount")], money)["layout"]["yaxis"]["tickformat"] == ",.2~f"


@pytest.mark.parametrize(("minutes", "step"), [(1, 60_000), (4, 60_000), (5, 120_000), (60, 900_000)])
def test_minutes_are_ticked_at_whole_ones(minutes, step):
    assert moment_axis(minutes)["dtick"] == step


def test_a_chart_of_nothing_known_has_finite_axes():
    months = [f"2026-{month:02}-01" for month in range(1, 11)]
    frame = pd.DataFrame({"record_date": months, "amount": None, "partial": False})
    figure = charts.bars(frame, [Series("amount", "Amount")], Scale(MONEY, "EUR", "M"))
    charts.write_growth(figure, frame.assign(growth=None))
    assert json.loads(json.dumps(figure, allow_nan=False)) == figure
