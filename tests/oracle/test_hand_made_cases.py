"""Small cases that once told the system and the calculation apart, with the answer that the definitions give."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from data.fetch import fetch
from smartshopie_db.database import SmartShopieDB
from tests.oracle.calculation import NAMES
from tests.oracle.stores import Databases, calculation, differences, send, windows
from tests.streams.named import NamedStore

TODAY = date(2026, 3, 9)
Message = dict[str, Any]


def track(time: str, event: str, message_id: str, who: Message | None = None, **properties: Any) -> Message:
    return {
        "type": "track",
        "event": event,
        "messageId": message_id,
        "timestamp": f"2026-03-02T{time}Z",
        "properties": properties,
        **(who or {}),
    }


def identify(time: str, message_id: str, user: str, anonymous: str) -> Message:
    told = {"messageId": message_id, "timestamp": f"2026-03-02T{time}Z"}
    return {"type": "identify", "userId": user, "anonymousId": anonymous, **told}


class Case:
    """A store of a few messages, compared as a whole before it is asked for details."""

    def __init__(
        self, db: SmartShopieDB, messages: list[Message], currency: str, order_file: Sequence[Message] = ()
    ) -> None:
        named = NamedStore("case", "UTC", currency, messages, TODAY, Decimal(50), 1, Decimal(2))
        mine = calculation(messages, "UTC", currency, named, order_file)
        send(db, messages)
        db.ingest(list(order_file), source="orders:shopify")
        db.rollup()
        self.db = db
        names = [name for name in NAMES if not name.startswith("billing/") and name != "revenue/summary"]
        found = [d for name in names for d in differences(db, mine, name, today=TODAY, period="30d")]
        assert not found, "\n".join(found)

    def data(self, name: str) -> Any:
        return fetch(self.db, name, windows(today=TODAY, period="30d")[1]).body["data"]

    def visitor(self, message_id: str) -> str:
        sql = "SELECT visitor_id FROM events WHERE message_id = :id"
        return str(self.db.engine.read(sql, {"id": message_id}).rows[0][0])


@pytest.fixture
def store(sqlite_databases: Databases, request: pytest.FixtureRequest) -> Iterator[SmartShopieDB]:
    with sqlite_databases.store("UTC", getattr(request, "param", "EUR")) as db:
        yield db


U1, A1 = {"userId": "u1"}, {"anonymousId": "a1"}


def test_a_recommendation_of_a_server_is_in_the_session_of_the_conversations_visitor(store: SmartShopieDB) -> None:
    case = Case(
        store,
        [
            track("10:00:00", "Conversation Started", "m1", U1, conversationId="c"),
            track("10:01:00", "Recommendation Shown", "m2", None, conversationId="c", product_id="p"),
            track("10:02:00", "Product Viewed", "m3", U1, product_id="p", category="Skin"),
        ],
        "EUR",
    )
    (row,) = [row for row in case.data("products/category-performance") if row["total_views"]]
    assert row["ai_recommendation_rate"] == 100


def test_an_anonymous_event_belongs_to_a_link_of_its_own_millisecond(store: SmartShopieDB) -> None:
    case = Case(
        store,
        [
            track("12:00:00", "Product Viewed", "m9", A1, product_id="p"),
            identify("12:00:00", "m1", "u1", "a1"),
            identify("13:00:00", "m2", "u2", "a1"),
        ],
        "EUR",
    )
    assert case.visitor("m9") == "u:u1"


@pytest.mark.parametrize("store", ["JPY"], indirect=True)
def test_a_mean_of_money_has_no_part_of_a_minor_unit(store: SmartShopieDB) -> None:
    case = Case(
        store,
        [
            track("10:00:00", "Order Completed", "m1", U1, order_id="o1", revenue=10),
            track("11:00:00", "Order Completed", "m2", U1, order_id="o2", revenue=14),
            track("12:00:00", "Order Completed", "m3", U1, order_id="o3", revenue=14),
        ],
        "JPY",
    )
    assert case.data("revenue/summary")["avg_order_value"] == 13


def test_a_product_that_nobody_named_is_shown_by_its_id(store: SmartShopieDB) -> None:
    case = Case(
        store,
        [
            track("10:00:00", "Product List Viewed", "m1", U1, products=[{"product_id": "p", "category": "Skin"}]),
            track("10:01:00", "Product Viewed", "m2", U1, product_id="p"),
            track("10:02:00", "Product Viewed", "m3", U1, product_id="q", name="Quince"),
        ],
        "EUR",
    )
    shown = {row["product_id"]: (row["product_name"], row["category"]) for row in case.data("products/analytics")}
    assert shown == {"p": ("p", "Skin"), "q": ("Quince", "Uncategorised")}


def test_an_update_in_another_currency_changes_no_revenue(store: SmartShopieDB) -> None:
    case = Case(
        store,
        [
            track("10:00:00", "Order Completed", "m1", U1, order_id="o", revenue=100, currency="EUR"),
            track("11:00:00", "Order Updated", "m2", order_id="o", revenue=95),
            track("12:00:00", "Order Updated", "m3", order_id="o", revenue=11_000, currency="JPY"),
            track("13:00:00", "Order Refunded", "m4", order_id="o", revenue=5),
        ],
        "EUR",
    )
    assert [row["revenue_amount"] for row in case.data("revenue/category")] == [90]


def test_an_order_file_in_another_currency_fills_no_revenue(store: SmartShopieDB) -> None:
    lines = [{"product_id": "p", "category": "Skin", "price": 5000}]
    case = Case(
        store,
        [
            track("10:00:00", "Order Completed", "m1", U1, order_id="o1", currency="EUR"),
            track("10:00:00", "Order Completed", "m2", U1, order_id="o2", currency="EUR"),
        ],
        "EUR",
        [
            track("11:00:00", "Order Completed", "f1", order_id="o1", revenue=5000, currency="JPY", products=lines),
            track("11:00:00", "Order Completed", "f2", order_id="o2", revenue=30, currency="EUR"),
        ],
    )
    sold = {row["category_name"]: row["revenue_amount"] for row in case.data("revenue/category")}
    assert sold == {"Uncategorised": 30}


@pytest.mark.parametrize("store", ["JPY"], indirect=True)
@pytest.mark.parametrize(("told", "upsell"), [({"currency": "USD"}, 0), ({"currency": "jpy"}, 2980), ({}, 2980)])
def test_a_price_seen_in_another_currency_is_not_compared(
    store: SmartShopieDB, told: Message, upsell: int
) -> None:
    dear = {"product_id": "dear", "category": "Skin", "price": 3000}
    case = Case(
        store,
        [
            track("10:00:00", "Product Viewed", "m1", U1, product_id="cheap", category="Skin", price=20, **told),
            track("11:00:00", "Recommendation Shown", "m2", U1, product_id="dear"),
            track("12:00:00", "Order Completed", "m3", U1, order_id="o", products=[dear]),
        ],
        "JPY",
    )
    assert [row["upsell"] for row in case.data("products/cross-sell-upsell")] == [upsell]


def test_measured_values_that_cannot_be_true_are_missing(store: SmartShopieDB) -> None:
    case = Case(
        store,
        [
            track("10:00:00", "Conversation Started", "m1", U1, conversationId="c"),
            track("10:01:00", "Message Received", "m2", conversationId="c", response_time_ms=-500, confidence=87),
            track("10:02:00", "Message Received", "m3", conversationId="c", response_time_ms=700, confidence=0.5),
            track("10:03:00", "Feedback Submitted", "m4", conversationId="c", rating=100),
            track("10:04:00", "Feedback Submitted", "m5", conversationId="c", rating=4),
        ],
        "EUR",
    )
    (chat,) = [row for row in case.data("ai/feature-performance") if row["usage_count"]]
    assert chat["user_satisfaction"] == 0.8
    summary = case.data("ai/summary")
    assert (summary["response_time_ms"], summary["confidence"]) == (700, 0.5)


def test_a_credited_order_in_another_currency_is_counted_by_feature_and_not_among_those_averaged(
    store: SmartShopieDB,
) -> None:
    case = Case(
        store,
        [
            track("10:00:00", "Conversation Started", "m1", U1, conversationId="c"),
            track("11:00:00", "Order Completed", "m2", U1, order_id="o1", revenue=30),
            track("12:00:00", "Order Completed", "m3", U1, order_id="o2", revenue=90, currency="USD"),
        ],
        "EUR",
    )
    assert sum(row["orders"] for row in case.data("revenue/attribution")) == 2
    summary = case.data("revenue/summary")
    assert (summary["orders"], summary["ai_orders"], summary["avg_order_value_with_ai"]) == (1, 1, 30)


def test_of_two_categories_in_one_event_others_hear_the_first(store: SmartShopieDB) -> None:
    twice = [{"product_id": "p", "category": name, "price": 5} for name in ("Skin", "Sale")]
    case = Case(
        store,
        [
            track("10:00:00", "Order Completed", "m1", U1, order_id="o1", products=twice),
            track("11:00:00", "Order Completed", "m2", U1, order_id="o2", products=[{"product_id": "p", "price": 7}]),
        ],
        "EUR",
    )
    rows = case.data("products/category-performance")
    revenue = {row["category_name"]: row["total_revenue"] for row in rows if row["total_revenue"]}
    assert revenue == {"Skin": 12.0, "Sale": 5.0}


def test_the_best_of_three_models_is_held_against_the_next_best(store: SmartShopieDB) -> None:
    wrong_of_forty = {"first": 14, "second": 9, "third": 20}
    case = Case(
        store,
        [
            track(f"10:{number:02}:00", "Prediction Reviewed", f"{model}{number}", None, model=model,
                  predicted="a" if number >= wrong else "b", actual="a")
            for model, wrong in wrong_of_forty.items() for number in range(40)
        ],
        "EUR",
    )  # fmt: skip
    summary = case.data("ai/summary")
    assert (summary["ab_winner"], summary["ab_improvement_pct"]) == ("second", pytest.approx(19.2308))
    # as a chi-square test says: 80 * (31 * 14 - 9 * 26)^2 / (40 * 40 * 57 * 23) = 1.5256 with one degree of freedom
    assert summary["ab_chance_pct"] == pytest.approx(21.678, abs=0.01)
