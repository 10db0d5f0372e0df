"""A number, what became of it, and its sparkline."""

import re
import xml.etree.ElementTree as ET
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components import kpi
from data.dataset import COUNT, MINUTES, PERCENT, RATIO01

VALUES = st.lists(st.one_of(st.none(), st.floats(-1e9, 1e9, allow_nan=False)), max_size=60)


@pytest.mark.parametrize(
    ("now", "before", "unit", "amount"),
    [
        (120, 100, COUNT, 20),
        (3, 2.5, PERCENT, 0.5),
        (0.9, 0.8, RATIO01, 10),
        (5, 0, COUNT, None),
        (None, 5, COUNT, None),
        (2, 0, PERCENT, 2),
        (5, None, COUNT, None),
    ],
)
def test_rates_change_in_points_and_amounts_in_percent(now, before, unit, amount):
    found = kpi.change(now, before, unit)
    assert found is None if amount is None else found == pytest.approx(amount)


def test_a_shorter_time_is_better():
    change = kpi.in_words(-12.3, MINUTES, up_is_good=False)
    assert (change.arrow, change.words, change.verdict) == ("▼", "down 12.3%", "good")


def test_a_change_says_its_direction_without_colour():
    assert kpi.in_words(4, COUNT, up_is_good=True).words == "up 4.0%"
    assert kpi.in_words(-0.6, PERCENT, up_is_good=True).words == "down 0.6 points"


@given(st.floats(-0.2, 0.2))
def test_nothing_goes_up_or_down_by_zero(amount):
    assert "0.0" not in kpi.in_words(amount, PERCENT, up_is_good=True).words
    assert kpi.in_words(-0.05, PERCENT, up_is_good=True).words == "unchanged"


@given(st.one_of(st.none(), st.floats(-1e6, 1e6)), st.sampled_from([True, False, None]))
def test_a_verdict_follows_from_the_direction_and_what_is_good(amount, good):
    change = kpi.in_words(amount, COUNT, up_is_good=good)
    if amount is None or round(amount, 1) == 0 or good is None:
        assert change.verdict == "even"
    else:
        assert change.verdict == ("good" if (amount > 0) == good else "bad")


@given(VALUES, st.booleans())
def test_a_sparkline_is_an_svg_whose_points_stay_inside(values, unfinished):
    drawn = kpi.sparkline(values, unfinished=unfinished)
    if sum(value is not None for value in values) < 2:
        assert drawn == ""
        return
    root = ET.fromstring(drawn)  # noqa: S314  our own text
    for path in root.iter("{http://www.w3.org/2000/svg}path"):
        for x, y in re.findall(r"[ML]([\d.]+) ([\d.]+)", path.get("d")):
            assert 0 <= float(x) <= kpi.WIDTH
            assert 0 <= float(y) <= kpi.HEIGHT


def test_a_sparkline_lifts_its_pen_over_a_gap():
    drawn = kpi.sparkline([1, 2, None, 3, 4])
    line = re.search(r'<path vector-effect="non-scaling-stroke" d="([^"]+)"', drawn).group(1)
    assert line.count("M") == 2
    area = re.search(r'<path d="([^"]+)" fill-opacity', drawn).group(1)
    assert area.count("Z") == 2
    assert not re.search(r'd="[^"]', kpi.sparkline([1, None, None, 5]).partition("<g")[0])  # no two beside each other


def test_a_change_that_is_not_known_says_why():
    assert kpi.in_words(None, COUNT, up_is_good=True).words == "no full earlier period to compare with"
    assert kpi.in_words(None, COUNT, up_is_good=True, compared=True).words == "nothing earlier to compare with"


@given(VALUES)
def test_an_address_holds_the_whole_svg(values):
    drawn = kpi.sparkline(values)
    assert unquote(kpi.as_address(drawn)) == f'url("data:image/svg+xml,{drawn}")'
