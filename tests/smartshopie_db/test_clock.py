from datetime import UTC, date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartshopie_db.clock import DAY_MS, LocalTime, date_of, day_of, iso_day, moment_of, now_ms, today

ZONES = ["UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "Pacific/Kiritimati", "Australia/Lord_Howe"]
MOMENTS = st.integers(moment_of(datetime(1990, 1, 1, tzinfo=UTC)), moment_of(datetime(2040, 1, 1, tzinfo=UTC)))


def ms(text: str) -> int:
    return moment_of(datetime.fromisoformat(text))


def test_a_moment_is_counted_in_whole_milliseconds_also_before_1970() -> None:
    assert ms("1970-01-01T00:00:00.001999+00:00") == 1
    assert ms("1969-12-31T23:59:59.999+00:00") == -1


def test_a_day_number_and_its_date_are_the_same_day() -> None:
    assert day_of(date(1970, 1, 2)) == 1
    assert date_of(20779) == date(2026, 11, 22)
    assert iso_day(20779) == "2026-11-22"


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)))
def test_days_go_back_and_forth(day: date) -> None:
    assert date_of(day_of(day)) == day


@given(MOMENTS, st.sampled_from(ZONES))
def test_local_day_and_hour_are_those_of_the_calendar(moment: int, zone: str) -> None:
    local = LocalTime(zone)
    calendar = datetime.fromtimestamp(moment // 1000, ZoneInfo(zone))
    assert (local.day(moment), local.hour(moment)) == (day_of(calendar.date()), calendar.hour)


@pytest.mark.parametrize("text", ["2026-03-29T00:59:59.999+00:00", "2026-03-29T01:00:00+00:00"])
def test_the_minute_when_summer_begins_is_exact(text: str) -> None:
    local = LocalTime("Europe/Berlin")
    assert local.hour(ms(text)) == (1 if "00:59" in text else 3)


def test_a_moment_is_written_with_its_local_offset() -> None:
    local = LocalTime("Europe/Berlin")
    assert local.iso(ms("2026-11-22T12:00:00+00:00")) == "2026-11-22T13:00:00.000+01:00"
    assert local.iso(ms("1880-01-01T00:00:00+00:00")) == "1880-01-01T00:00:00.000+00:00"


@given(MOMENTS, st.integers(0, 2 * 365 * DAY_MS), st.sampled_from(ZONES))
def test_stretches_of_equal_offset_cover_the_time_without_a_gap(first: int, length: int, zone: str) -> None:
    local = LocalTime(zone)
    stretches = list(local.stretches(first, first + length))
    assert stretches[0][0] == first
    assert stretches[-1][1] == first + length + 1
    for (_, end, offset), (start, _, following) in pairwise(stretches):
        assert end == start
        assert offset != following
    for start, end, offset in stretches:
        assert (start + offset) // DAY_MS == local.day(start)
        assert (end - 1 + offset) // DAY_MS == local.day(end - 1)


def test_now_and_today_agree() -> None:
    before, day, after = now_ms(), today(ZoneInfo("UTC")), now_ms()
    assert before // DAY_MS <= day_of(day) <= after // DAY_MS
