import inspect
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.period import (
    EARLIEST,
    GRAINS,
    LATEST,
    PERIODS,
    WINDOW_PARAMETERS,
    PeriodError,
    Window,
    bucket_start,
    resolve,
)

TODAY = date(2026, 11, 22)
DAYS = st.dates(EARLIEST, LATEST)


@st.composite
def windows(draw: st.DrawFn) -> Window:
    """Periods and ranges of every grain, with a today before, inside and after them."""
    end = draw(DAYS)
    today = min(LATEST, max(EARLIEST, end + timedelta(days=draw(st.integers(-40, 40)))))
    grain = draw(st.sampled_from([None, *GRAINS]))
    if draw(st.booleans()):
        return resolve(period=draw(st.sampled_from(list(PERIODS))), as_of=end.isoformat(), grain=grain, today=today)
    start = max(EARLIEST, end - timedelta(days=draw(st.integers(0, 1099))))
    return resolve(start=start.isoformat(), end=end.isoformat(), grain=grain, today=today)


def test_the_parameters_of_a_query_are_what_a_window_is_resolved_from() -> None:
    assert {*WINDOW_PARAMETERS, "today"} == set(inspect.signature(resolve).parameters)


@pytest.mark.parametrize(
    ("period", "days", "grain"), [("7d", 7, "D"), ("30d", 30, "D"), ("90d", 90, "W"), ("1y", 365, "M"), (None, 30, "D")]
)
def test_a_period_is_that_many_whole_days_ending_with_today(period: str | None, days: int, grain: str) -> None:
    window = resolve(period=period, today=TODAY)
    assert (window.days, window.end, window.grain) == (days, TODAY, grain)
    assert window.start == TODAY - timedelta(days=days - 1)


def test_as_of_moves_the_days_and_not_the_clock() -> None:
    window = resolve(period="7d", as_of="2025-10-31", today=TODAY)
    assert (window.start, window.end, window.today) == (date(2025, 10, 25), date(2025, 10, 31), TODAY)


@pytest.mark.parametrize(("days", "grain"), [(1, "D"), (31, "D"), (32, "W"), (182, "W"), (183, "M"), (1100, "M")])
def test_a_range_is_cut_by_its_length(days: int, grain: str) -> None:
    start = TODAY - timedelta(days=days - 1)
    window = resolve(start=start.isoformat(), end=TODAY.isoformat(), today=TODAY)
    assert (window.days, window.grain, window.period) == (days, grain, "custom")


@given(windows())
def test_buckets_are_a_partition_of_the_window(window: Window) -> None:
    buckets = window.buckets()
    days = [b.first + timedelta(days=n) for b in buckets for n in range((b.last - b.first).days + 1)]
    assert days == [window.start + timedelta(days=n) for n in range(window.days)]
    assert all(bucket_start(day, window.grain) == b.start for b in buckets for day in (b.first, b.last))
    assert [b.start for b in buckets] == sorted({b.start for b in buckets})


@given(windows())
def test_a_bucket_is_partial_when_the_window_cuts_it_or_today_is_in_it(window: Window) -> None:
    for bucket in window.buckets():
        whole = [bucket.start + timedelta(days=n) for n in range(31)]
        whole = [day for day in whole if bucket_start(day, window.grain) == bucket.start]
        cut = whole[0] < window.start or whole[-1] > window.end
        assert bucket.partial == (cut or window.today in whole)


@given(windows())
def test_the_window_before_ends_the_day_before_and_is_as_long(window: Window) -> None:
    before = window.before()
    assert (before.days, before.end) == (window.days, window.start - timedelta(days=1))


@given(windows())
def test_a_comparison_leaves_the_unfinished_days_out_of_both_sides(window: Window) -> None:
    sides = window.compared()
    if sides is None:
        assert window.start >= window.today
        return
    now, before = sides
    assert now.end == min(window.end, window.today - timedelta(days=1))
    assert (now.start, before.start, before.days) == (window.start, window.before().start, now.days)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"period": "banana"}, "7d, 30d, 90d, 1y"),
        ({"period": ""}, "Unknown period"),
        ({"period": "30D"}, "Unknown period"),
        ({"grain": "d"}, "D (days), W (weeks) or M (months)"),
        ({"as_of": "2026-02-30"}, "as_of is '2026-02-30'"),
        ({"as_of": "20260228"}, "YYYY-MM-DD"),
        ({"as_of": "2026-W05-1"}, "YYYY-MM-DD"),
        ({"as_of": "٢٠٢٦-٠١-٠١"}, "YYYY-MM-DD"),
        ({"as_of": "1969-12-31"}, "1970-01-01"),
        ({"as_of": "9999-12-31"}, "2199-12-31"),
        ({"start": "2026-01-02", "end": "2026-01-01"}, "is after end"),
        ({"start": "2026-01-01"}, "without end"),
        ({"end": "2026-01-01"}, "without start"),
        ({"start": "", "end": ""}, "start is ''"),
        ({"start": "2026-01-01", "end": "2026-01-02", "period": "7d"}, "period cannot stand together"),
        ({"start": "2026-01-01", "end": "2026-01-02", "as_of": "2026-01-02"}, "as_of cannot stand together"),
        ({"start": "2020-01-01", "end": "2026-01-01"}, "at most 1100"),
        ({"period": "x" * 5000}, "..."),
    ],
)
def test_a_request_that_makes_no_sense_is_refused_in_words(query: dict[str, str], words: str) -> None:
    with pytest.raises(PeriodError) as refused:
        resolve(**query, today=TODAY)
    assert words in str(refused.value)
    assert len(str(refused.value)) < 200


@given(
    st.dictionaries(st.sampled_from(["period", "start", "end", "as_of", "grain"]), st.text(max_size=12), max_size=5)
)
def test_any_text_gives_a_window_or_a_refusal(query: dict[str, str]) -> None:
    try:
        window = resolve(**query, today=TODAY)
    except PeriodError:
        return
    assert window.buckets()
