"""Windows and buckets, as the words define them and as the program cuts them."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.oracle.stores import windows

DATES = st.dates(date(2024, 1, 1), date(2027, 12, 31))


@given(DATES, st.sampled_from(["7d", "30d", "90d", "1y"]), st.integers(0, 400), st.sampled_from([None, "D", "W", "M"]))
def test_periods_have_the_days_and_buckets_that_the_words_say(
    today: date, period: str, ago: int, grain: str | None
) -> None:
    mine, theirs = windows(today=today, period=period, as_of=today - timedelta(ago), grain=grain)
    assert (theirs.start, theirs.end, theirs.grain) == (mine.days.first, mine.days.last, mine.grain)
    assert (theirs.before().start, theirs.before().end) == (mine.before().first, mine.before().last)
    cut = [(bucket.start, bucket.days.first, bucket.days.last, bucket.partial) for bucket in mine.buckets()]
    assert [tuple(bucket) for bucket in theirs.buckets()] == cut


@given(DATES, st.integers(0, 500), st.integers(0, 300))
def test_ranges_of_ones_own_are_cut_by_their_length(today: date, ago: int, length: int) -> None:
    start = today - timedelta(ago)
    mine, theirs = windows(today=today, start=start, end=start + timedelta(length))
    assert theirs.grain == mine.grain
    cut = [(bucket.start, bucket.days.first, bucket.days.last, bucket.partial) for bucket in mine.buckets()]
    assert [tuple(bucket) for bucket in theirs.buckets()] == cut
