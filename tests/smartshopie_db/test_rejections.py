"""What cannot be counted is refused with a code and a sentence; what is odd but harmless is taken."""

import json
from typing import Any

import pytest

from smartshopie_db.events import Reading
from tests.smartshopie_db.reading import LOCAL, NOW, accepted, order, refused, track


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


def test_an_invoice_that_no_store_could_add_up_is_refused() -> None:
    assert accepted(track("Invoice Paid", {"amount": "4.5"}))
    assert refused(track("Invoice Paid", {"amount": 1e15})).code == "invalid_amount"


@pytest.mark.parametrize("name", ["response_time_ms", "message_count", "rating", "confidence"])
@pytest.mark.parametrize("value", [-500, 87, 1e15, "1e999999"])
def test_a_measured_value_that_cannot_be_true_does_not_cost_its_event(name: str, value: object) -> None:
    assert accepted(track("Message Received", {name: value})).body["properties"] == {name: value}


def test_a_rejection_names_the_message_and_keeps_it_to_be_tried_again() -> None:
    message = track("Order Refunded", {"note": "héllo"})
    rejection = refused(message)
    assert rejection.message_id == "m1"
    assert json.loads(rejection.json) == message


def test_files_may_have_longer_orders() -> None:
    long = order(products=[{"product_id": str(n), "price": 1} for n in range(2000)])
    assert refused(long).code == "too_large"
    assert accepted(long, Reading(NOW, "orders:shopify", LOCAL, max_event_bytes=10**6))
