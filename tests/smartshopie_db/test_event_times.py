"""When an event happened: what messages say, corrected where a clock was wrong."""

from datetime import UTC, datetime
from typing import Any

import pytest

from smartshopie_db.clock import DAY_MS, HOUR_MS
from smartshopie_db.events import Reading, moment
from tests.smartshopie_db.reading import LOCAL, NOON, NOON_MS, NOW, OVER_HTTP, accepted, refused, track


def test_the_time_is_the_timestamp_else_the_original_one_else_the_receipt() -> None:
    assert accepted(track(originalTimestamp="2026-11-19T00:00:00Z")).occurred_ms == NOON_MS
    assert accepted(track(timestamp=None, originalTimestamp=NOON)).occurred_ms == NOON_MS
    assert accepted(track(timestamp=None, receivedAt=NOON)).occurred_ms == NOON_MS
    assert accepted(track(timestamp=None, receivedAt=NOON), OVER_HTTP).occurred_ms == NOW


@pytest.mark.parametrize("nothing", ["", []])
def test_nothing_in_the_place_of_a_time_counts_as_missing(nothing: Any) -> None:
    assert accepted(track(timestamp=nothing)).occurred_ms == NOW


def test_over_http_a_clock_that_is_wrong_is_corrected() -> None:
    message = track(timestamp="2031-01-01T00:00:00Z", sentAt="2031-01-01T00:01:00Z")
    assert accepted(message, OVER_HTTP).occurred_ms == NOW - 60_000


def test_over_http_a_time_without_a_readable_time_of_sending_stays_as_it_is() -> None:
    assert accepted(track(), OVER_HTTP).occurred_ms == NOON_MS
    assert accepted(track(sentAt="just now"), OVER_HTTP).occurred_ms == NOON_MS


def test_in_a_file_the_time_is_corrected_only_where_the_message_says_when_it_was_received() -> None:
    sent = {"sentAt": "2026-11-20T12:00:10Z"}
    assert accepted(track(**sent)).occurred_ms == NOON_MS
    assert accepted(track(**sent, receivedAt="2026-11-20T13:00:10Z")).occurred_ms == NOON_MS + HOUR_MS
    archive = track(**sent, receivedAt="2026-11-20T13:00:10Z", originalTimestamp="2026-11-20T11:00:00Z")
    assert accepted(archive).occurred_ms == NOON_MS  # the collector that wrote both has corrected it already


def test_a_day_in_the_future_is_taken_and_more_is_not() -> None:
    ahead = datetime(2026, 11, 23, 12, tzinfo=UTC).isoformat()
    assert accepted(track(timestamp=ahead)).occurred_ms == NOW + DAY_MS
    assert refused(track(timestamp="2026-11-23T12:00:00.001Z")).code == "future"


@pytest.mark.parametrize("wrong", ["yesterday", "2026-13-01", "12:00", 12, "1970-01-01T00:00:00Z", "0001-01-01"])
def test_a_time_that_cannot_be_is_refused_and_not_guessed(wrong: Any) -> None:
    assert refused(track(timestamp=wrong)).code == "invalid_timestamp"


@pytest.mark.parametrize(
    "written",
    ["2026-11-20T12:00:00Z", "2026-11-20T13:00:00.000+01:00", "2026-11-20T12:00:00.000000000Z", "2026-11-20T12:00",
     "2026-11-20 12:00:00", "20261120T120000Z", NOON_MS, NOON_MS / 1000, NOON_MS // 1000],
)  # fmt: skip
def test_the_forms_of_a_time_that_clients_use_are_read(written: Any) -> None:
    assert moment(written) == NOON_MS


def test_events_older_than_they_are_kept_are_refused() -> None:
    reading = Reading(NOW, "http", LOCAL, oldest_day=LOCAL.day(NOON_MS))
    assert accepted(track(timestamp="2026-11-19T23:00:00Z"), reading)  # midnight in Berlin
    assert refused(track(timestamp="2026-11-19T22:59:59.999Z"), reading).code == "before_retention"
