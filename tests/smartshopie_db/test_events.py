"""What clients send becomes events; nothing they can write breaks the reading."""

import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartshopie_db.clock import DAY_MS
from smartshopie_db.events import FIRST_VERSION, ORDER_EVENTS, PASSIVE, Event, Reading, normalise
from smartshopie_db.properties import number, text
from tests.event_names import KNOWN_EVENTS
from tests.smartshopie_db.reading import (
    FROM_FILE,
    LOCAL,
    NOON_MS,
    NOW,
    OVER_HTTP,
    accepted,
    mentioned,
    order,
    refused,
    track,
)


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


def test_an_alias_takes_the_anonymous_id_where_it_names_no_previous_one() -> None:
    assert accepted({"type": "alias", "userId": "new", "previousId": 5}).previous_id == "5"
    assert accepted({"type": "alias", "userId": "new", "anonymousId": "a"}).previous_id == "a"


def test_the_lists_of_names_agree_with_each_other() -> None:
    assert PASSIVE <= KNOWN_EVENTS
    assert ORDER_EVENTS <= KNOWN_EVENTS
    assert not FIRST_VERSION.keys() & KNOWN_EVENTS


def test_text_is_a_text_with_something_in_it_or_a_number() -> None:
    assert [text(value) for value in (" a ", 5, 1.5)] == ["a", "5", "1.5"]
    assert [text(value) for value in ("", None, False, ["a"])] == [None] * 4


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
