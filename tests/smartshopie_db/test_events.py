import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartshopie_db.clock import DAY_MS, HOUR_MS, LocalTime, moment_of
from smartshopie_db.events import (
    FIRST_VERSION,
    KNOWN_EVENTS,
    ORDER_EVENTS,
    PASSIVE,
    Event,
    Reading,
    Rejection,
    moment,
    normalise,
)
from smartshopie_db.mentions import collect
from smartshopie_db.properties import number, text

NOW = moment_of(datetime(2026, 11, 22, 12, tzinfo=UTC))
LOCAL = LocalTime("Europe/Berlin")
FROM_FILE = Reading(NOW, "import:segment", LOCAL)
OVER_HTTP = Reading(NOW, "http", LOCAL, corrected=True)
NOON = "2026-11-20T12:00:00Z"
NOON_MS = moment_of(datetime(2026, 11, 20, 12, tzinfo=UTC))


def track(name: str = "Product Viewed", properties: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    message = {"type": "track", "event": name, "messageId": "m1", "userId": "u1", "timestamp": NOON}
    return {**message, "properties": properties or {}, **more}


def accepted(message: object, reading: Reading = FROM_FILE) -> Event:
    result = normalise(message, reading)
    assert isinstance(result, Event), result
    return result


def mentioned(event: Event) -> dict[str, tuple[str | None, list[str]]]:
    return {key: (found.name, list(found.categories.values())) for key, found in collect([event]).items()}


def refused(message: object, reading: Reading = FROM_FILE) -> Rejection:
    result = normalise(message, reading)
    assert isinstance(result, Rejection), result
    assert result.message.endswith(".")
    return result


def order(**properties: Any) -> dict[str, Any]:
    return track("Order Completed", {"order_id": "o1", **properties})


# ------------------------------------------------------------------ what clients send


def test_a_message_becomes_an_event_with_all_its_columns() -> None:
    event = accepted(track(
        "Order Completed",
        {"order_id": "o1", "revenue": 12.5, "conversationId": "c1", "session_id": "s2"},
        anonymousId="a1", context={"sessionId": "s1", "page": {"path": "/"}}, traits={"name": "Ada"},
    ))  # fmt: skip
    assert (event.message_id, event.type, event.event) == ("m1", "track", "Order Completed")
    assert (event.user_id, event.anonymous_id, event.visitor_id) == ("u1", "a1", "u:u1")
    assert (event.client_session_id, event.conversation_id, event.order_id) == ("s1", "c1", "o1")
    assert (event.occurred_ms, event.received_ms, event.day) == (NOON_MS, NOW, LOCAL.day(NOON_MS))
    assert event.source == "import:segment"
    assert json.loads(event.json) == event.body
    assert event.body["traits"] == {"name": "Ada"}
    assert event.body["context"] == {"sessionId": "s1", "page": {"path": "/"}}


def test_every_message_real_clients_sent_is_accepted(real_data: Path) -> None:
    seen = set()
    for line in (real_data / "segment_http_captures" / "captures.ndjson").read_text(encoding="utf-8").splitlines():
        body = json.loads(line)["body"]
        for message in body["batch"] if isinstance(body, dict) else []:
            if isinstance(message, dict):
                event = accepted({"sentAt": body["sentAt"], **message}, Reading(NOW + 300 * DAY_MS, "http", LOCAL))
                seen.add((event.type, event.event))
    assert {kind for kind, _ in seen} == {"track", "identify", "page", "screen", "group", "alias"}
    assert ("track", "Order Completed") in seen
    assert all((name is None) != (kind == "track") for kind, name in seen)


def test_every_example_of_the_specification_is_accepted(real_data: Path) -> None:
    lines = (real_data / "segment_ecommerce_spec_examples" / "examples.ndjson").read_text(encoding="utf-8")
    for line in lines.splitlines():
        message = json.loads(line)
        event = accepted({**message, "properties": {"order_id": "o", **message.get("properties", {})}})
        assert event.event == message["event"]


@pytest.mark.parametrize(("old", "new"), FIRST_VERSION.items())
def test_names_of_the_first_specification_are_stored_under_the_second(old: str, new: str) -> None:
    assert accepted(track(old, {"order_id": "o"})).event == new
    assert new in KNOWN_EVENTS


def test_an_order_of_the_first_specification_keeps_its_order_and_products() -> None:
    event = accepted(track("Completed Order", {"orderId": 77, "products": [{"id": 5, "name": "Serum", "price": 9}]}))
    assert event.order_id == "77"
    assert mentioned(event) == {"5": ("Serum", [])}


def test_an_unknown_event_with_unknown_properties_is_kept_as_it_is() -> None:
    properties = {"deep": {"list": [1, None, {"x": "y"}]}, "flag": True, "": "empty"}
    event = accepted(track("Sun Rose", properties))
    assert event.event == "Sun Rose"
    assert event.body["properties"] == properties


def test_only_track_messages_have_an_event_and_a_page_keeps_its_name() -> None:
    page = accepted({"type": "page", "messageId": "m", "anonymousId": "a", "name": "Home", "category": "Docs"})
    assert page.event is None
    assert (page.body["name"], page.body["category"]) == ("Home", "Docs")
    assert accepted({"type": "group", "userId": "u", "groupId": "g"}).body["groupId"] == "g"
    assert accepted({"type": "IDENTIFY", "userId": "u", "event": "ignored"}).event is None


def test_traits_are_found_where_rudderstack_puts_them() -> None:
    event = accepted({"type": "identify", "userId": "u", "context": {"traits": {"name": "Ada"}, "ip": "::1"}})
    assert event.body == {"traits": {"name": "Ada"}, "context": {"ip": "::1"}}


@pytest.mark.parametrize("nothing", [None, "", "  ", float("nan"), float("inf"), True, [], {}])
def test_nothing_in_the_place_of_an_id_counts_as_missing(nothing: Any) -> None:
    event = accepted(track(userId=nothing, anonymousId=nothing, context={"sessionId": nothing}))
    assert (event.user_id, event.anonymous_id, event.client_session_id) == (None, None, None)
    assert event.visitor_id == "g:m1"


def test_ids_may_be_numbers_of_any_size() -> None:
    event = accepted(track(userId=42, anonymousId=9007199254740993, properties={"conversationId": 10**30}))
    assert (event.user_id, event.anonymous_id) == ("42", "9007199254740993")
    assert event.conversation_id == str(10**30)


def test_an_anonymous_visitor_is_named_by_the_anonymous_id() -> None:
    assert accepted(track(userId=None, anonymousId="a1")).visitor_id == "a:a1"


def test_nan_and_infinity_are_missing_values_and_lose_no_event() -> None:
    event = accepted(order(revenue=float("nan"), total=float("inf"), tax="NaN", products=[{"price": float("-inf")}]))
    assert event.body["properties"]["tax"] == "NaN"
    assert json.loads(event.json)["properties"]["revenue"] is None


def test_numbers_may_be_text() -> None:
    assert accepted(order(revenue="12.50", products=[{"price": "5", "quantity": " 2 "}])).order_id == "o1"
    assert [str(number(value)) for value in ("5", " 5.10 ", 5, 0.1, "1e2")] == ["5", "5.10", "5", "0.1", "1E+2"]
    assert [number(value) for value in ("five", "", None, True, [], "Infinity", float("nan"))] == [None] * 7


def test_labels_become_text_of_limited_length_and_currencies_capitals() -> None:
    given = {"model": 7, "predicted": True, "actual": "x" * 500, "currency": " usd"}
    properties = accepted(track("Prediction Reviewed", given)).body["properties"]
    assert (properties["model"], properties["predicted"], properties["currency"]) == ("7", "true", "USD")
    assert len(properties["actual"]) == 200


def test_the_senders_message_is_not_changed() -> None:
    message = track("Completed Order", {"orderId": 1, "currency": "usd", "products": [{"id": 5, "category": 9}]})
    before = json.dumps(message)
    accepted(message)
    assert json.dumps(message) == before


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters() | st.sampled_from("\x00\ud800")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3), max_leaves=8,
), st.sampled_from(["type", "event", "messageId", "userId", "anonymousId", "timestamp", "sentAt", "context",
                    "properties", "traits", "previousId"]))  # fmt: skip
def test_nothing_a_sender_can_write_breaks_the_reading(value: Any, place: str) -> None:
    for message in (value, {**order(revenue=1), place: value}, order(revenue=value), order(products=value),
                    order(products=[{"price": value, "product_id": value, "category": value}])):  # fmt: skip
        for reading in (FROM_FILE, OVER_HTTP):
            result = normalise(message, reading)
            written = result.json.encode()  # no lone surrogate, and no NUL once it is read
            assert b"\x00" not in written
            if isinstance(result, Event):
                assert "\x00" not in str(json.loads(written))
                assert "\x00" not in f"{result.message_id}{result.visitor_id}{result.event}{mentioned(result)}"


def test_what_python_programs_hand_over_is_understood() -> None:
    when = datetime(2026, 11, 20, 13, tzinfo=LOCAL.zone)
    event = accepted(order(revenue=Decimal("12.50"), position=np.int64(3)) | {"timestamp": when})
    assert event.occurred_ms == NOON_MS
    assert event.body["properties"]["revenue"] == "12.50"
    assert event.body["properties"]["position"] == 3


def test_what_is_nested_too_deeply_is_cut_and_not_lost() -> None:
    deep: dict[str, Any] = {}
    for _ in range(500):
        deep = {"d": deep}
    assert accepted(track(properties=deep)).event == "Product Viewed"


# ------------------------------------------------------------------ messageId


def test_without_a_message_id_the_same_message_has_the_same_one_however_often_it_is_sent() -> None:
    message = track(messageId=None)
    first = accepted({**message, "sentAt": "2026-11-20T12:00:01Z"}, OVER_HTTP)
    again = accepted({**message, "sentAt": "2026-11-20T12:09:01Z", "receivedAt": "2026-11-20T12:09:01Z"}, OVER_HTTP)
    other = accepted(track(messageId=None, properties={"product_id": 1}))
    assert first.message_id == again.message_id != other.message_id
    assert len(first.message_id) <= 100


def test_a_message_id_has_at_most_100_characters() -> None:
    assert accepted(track(messageId="é" * 100)).message_id == "é" * 100
    assert refused(track(messageId="x" * 101)).code == "invalid_message_id"


# ------------------------------------------------------------------ time


def test_the_time_is_the_timestamp_else_the_original_one_else_the_receipt() -> None:
    assert accepted(track(originalTimestamp="2026-11-19T00:00:00Z")).occurred_ms == NOON_MS
    assert accepted(track(timestamp=None, originalTimestamp=NOON)).occurred_ms == NOON_MS
    assert accepted(track(timestamp="")).occurred_ms == NOW
    assert accepted(track(timestamp=None, receivedAt=NOON)).occurred_ms == NOON_MS
    assert accepted(track(timestamp=None, receivedAt=NOON), OVER_HTTP).occurred_ms == NOW


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


@pytest.mark.parametrize("wrong", ["yesterday", "2026-13-01", "12:00", 12, [], "1970-01-01T00:00:00Z", "0001-01-01"])
def test_a_time_that_cannot_be_is_refused_and_not_guessed(wrong: Any) -> None:
    if wrong == []:
        assert accepted(track(timestamp=wrong)).occurred_ms == NOW
    else:
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


# ------------------------------------------------------------------ what is refused


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("text", "not_an_object"), ([], "not_an_object"), (None, "not_an_object"), (5, "not_an_object"),
        ({}, "unknown_type"), ({"type": "purchase"}, "unknown_type"), ({"type": 5}, "unknown_type"),
        (track(""), "missing_event"), ({"type": "track", "userId": "u"}, "missing_event"),
        (track("Conversation Started"), "missing_conversation"),
        (track("Conversation Started", {"conversationId": " "}), "missing_conversation"),
        (track("Order Refunded", {"revenue": 1}), "missing_order"), (track("Completed Order"), "missing_order"),
        ({"type": "alias", "userId": "u"}, "missing_alias"), ({"type": "alias", "previousId": "u"}, "missing_alias"),
        (track(userId="u" * 256), "invalid_id"), (track(properties={"conversationId": "c" * 256}), "invalid_id"),
        (track(properties={"x": "y" * 33_000}), "too_large"),
    ],
)  # fmt: skip
def test_what_cannot_be_counted_is_refused_with_a_code_and_a_sentence(message: object, code: str) -> None:
    assert refused(message).code == code


@pytest.mark.parametrize(
    "properties",
    [
        {"revenue": -1}, {"revenue": "-0.01"}, {"revenue": "12,50"}, {"revenue": "€ 5"}, {"revenue": 1e300},
        {"revenue": 10**12}, {"total": 10, "shipping": 8, "tax": 3}, {"subtotal": -5}, {"products": [{"price": -1}]},
        {"products": [{"price": 1, "quantity": -1}]}, {"products": [{"price": 10**9, "quantity": 10**9}]},
        {"products": [{"price": "free"}]}, {"quantity": "1e400"},
    ],
)  # fmt: skip
def test_an_order_that_would_make_money_wrong_is_refused(properties: dict[str, Any]) -> None:
    assert refused(order(**properties)).code == "invalid_amount"


@pytest.mark.parametrize(
    "properties",
    [
        {"revenue": 0}, {"revenue": ""}, {"revenue": None, "total": 5, "shipping": 5}, {"discount": -3, "revenue": 1},
        {"products": "none"}, {"products": [None, "x", {"price": None, "quantity": 0}]}, {"products": {}},
        {"revenue": 999_999_999_999.99},
    ],
)  # fmt: skip
def test_an_order_with_odd_but_harmless_values_is_taken(properties: dict[str, Any]) -> None:
    assert accepted(order(**properties)).order_id == "o1"


def test_a_view_with_an_unreadable_price_is_still_a_view_but_a_negative_one_is_refused() -> None:
    assert accepted(track(properties={"price": "from 12 EUR"}))
    assert refused(track(properties={"price": -12})).code == "invalid_amount"


@pytest.mark.parametrize("name", ["response_time_ms", "message_count", "rating", "confidence"])
def test_a_measured_value_that_no_store_could_add_up_is_refused(name: str) -> None:
    assert accepted(track("Message Received", {name: "4.5"}))
    assert refused(track("Message Received", {name: 1e15})).code == "invalid_amount"


def test_a_rejection_names_the_message_and_keeps_it_to_be_tried_again() -> None:
    message = track("Order Refunded", {"note": "héllo"})
    rejection = refused(message)
    assert rejection.message_id == "m1"
    assert json.loads(rejection.json) == message


def test_files_may_have_longer_orders() -> None:
    long = order(products=[{"product_id": str(n), "price": 1} for n in range(2000)])
    assert refused(long).code == "too_large"
    assert accepted(long, Reading(NOW, "orders:shopify", LOCAL, max_event_bytes=10**6))


# ------------------------------------------------------------------ aliases, mentions, lists


def test_an_alias_takes_the_anonymous_id_where_it_names_no_previous_one() -> None:
    assert accepted({"type": "alias", "userId": "new", "previousId": 5}).previous_id == "5"
    assert accepted({"type": "alias", "userId": "new", "anonymousId": "a"}).previous_id == "a"


def test_products_are_mentioned_at_the_top_and_in_lists() -> None:
    event = accepted(track("Product List Viewed", {
        "product_id": "p0", "category": " Care ",
        "products": [{"product_id": 1, "name": "Serum", "category": ""}, {"name": "nameless"}, {"product_id": "p2"}, 7],
    }))  # fmt: skip
    assert mentioned(event) == {"p0": (None, ["Care"]), "1": ("Serum", []), "p2": (None, [])}
    assert mentioned(accepted({"type": "page", "userId": "u", "properties": {"product_id": 1, "name": "x"}})) == {}


def test_of_several_names_the_newest_counts_whatever_the_order_of_messages() -> None:
    days = ("2026-11-19T12:00:00Z", "2026-11-21T12:00:00Z", "2026-11-20T12:00:00Z")
    events = [accepted(track(properties={"product_id": "p", "name": day}, timestamp=day)) for day in days]
    found = collect(events)["p"]
    assert (found.name, found.named) == (days[1], (events[1].occurred_ms, "m1"))


def test_the_lists_of_names_agree_with_each_other() -> None:
    assert PASSIVE <= KNOWN_EVENTS
    assert ORDER_EVENTS <= KNOWN_EVENTS
    assert not FIRST_VERSION.keys() & KNOWN_EVENTS


def test_text_is_a_text_with_something_in_it_or_a_number() -> None:
    assert [text(value) for value in (" a ", 5, 1.5)] == ["a", "5", "1.5"]
    assert [text(value) for value in ("", None, False, ["a"])] == [None] * 4
