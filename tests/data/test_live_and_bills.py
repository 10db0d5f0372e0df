"""The feed, the server's own rows, the data sources, the bill."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from data.fetch import fetch
from data.period import Window, resolve
from smartshopie_db import clock
from smartshopie_db.database import SmartShopieDB
from smartshopie_db.keys import add_key, revoke_key
from tests.data.conftest import TODAY, Opener
from tests.data.rows_of_a_shop import cover, write

PLAN = """
name = "Small"
currency = "{currency}"
base_price = "100.00"
renewal_day = 31

[features.chat]
free_units = 10
overage_rate = "0.50"

[features.image]
free_units = 5
overage_rate = "0.125"
"""


def now() -> Window:
    return resolve(today=TODAY)


def data(db: SmartShopieDB, name: str, window: Window | None = None, **options: Any) -> Any:
    return fetch(db, name, window or now(), **options).body["data"]


# ---------------------------------------------------------------------- the feed
def test_the_feed_is_newest_first_and_knows_its_window(two_years: SmartShopieDB) -> None:
    rows = data(two_years, "customers/interactions", resolve(as_of="2026-06-30", today=TODAY), limit=3)
    assert [row["interaction_id"] for row in rows] == ["c-2026-06-30-1", "c-2026-06-30-0", "c-2026-06-29-1"]
    assert rows[0]["interaction_date"] == "2026-06-30T11:00:00.000+00:00"


# ---------------------------------------------------------------------- the server about itself
def minutes(db: SmartShopieDB, count: int) -> None:
    write(db.engine, "realtime_metrics", [
        {"recorded_at": f"2026-11-22T{n // 60:02}:{n % 60:02}:00Z", "active_sessions": n} for n in range(count)
    ])  # fmt: skip


def test_the_latest_hour_is_shown_oldest_first_and_never_remembered(store: SmartShopieDB) -> None:
    minutes(store, 90)
    assert [row["active_sessions"] for row in data(store, "realtime/system-health")] == list(range(30, 90))
    write(store.engine, "realtime_metrics", [{"recorded_at": "2026-11-22T01:30:00Z", "active_sessions": 90}])
    assert data(store, "realtime/system-health")[-1]["active_sessions"] == 90


@pytest.mark.parametrize(
    ("since", "first"),
    [
        ("2026-11-22T01:27:00Z", 88),
        ("2026-11-22T01:27:00+00:00", 88),
        ("2026-11-22T01:27:00 00:00", 88),  # a plus sign that was not escaped in a URL
        ("2026-11-22T02:27:30+01:00", 88),
        ("2026-11-22T01:27", 87),
        ("2026-11-22T01:29:00Z", None),
        ("z", None),
    ],
)
def test_since_is_exclusive_and_may_have_any_offset(store: SmartShopieDB, since: str, first: int | None) -> None:
    minutes(store, 90)
    rows = data(store, "realtime/system-health", since=since)
    assert (rows[0]["active_sessions"] if rows else None) == first


def test_routes_are_added_up_over_days_and_divided_last(store: SmartShopieDB) -> None:
    write(store.engine, "api_endpoints", [
        {"endpoint_name": "/api/config", "method": "GET", "record_date": day, "request_count": requests,
         "response_us_sum": micros, "error_count": errors, "last_checked": f"{day}T10:00:00Z", "base_url": "http://x"}
        for day, requests, micros, errors in (
            ("2026-11-20", 1, 9000, 1), ("2026-11-21", 3, 3000, 0), ("2025-01-01", 9, 9, 9),
        )
    ])  # fmt: skip
    (row,) = data(store, "realtime/api-endpoints")
    assert (row["request_count"], row["avg_response_ms"]) == (4, 3.0)
    assert (row["error_rate"], row["success_rate"]) == (25.0, 75.0)
    assert (row["last_checked"], row["daily_calls"]) == ("2026-11-21T10:00:00Z", 2)


# ---------------------------------------------------------------------- data sources
def received(db: SmartShopieDB, source: str, hours_ago: float, events: int) -> None:
    at = clock.now_ms() - int(hours_ago * clock.HOUR_MS)
    day = clock.LocalTime("UTC").day(at)
    write(db.engine, "event_sources", [
        {"source": source, "day": day, "events": events, "last_received_ms": at, "last_occurred_ms": at}
    ])  # fmt: skip


def test_a_source_is_active_for_a_day_after_its_last_event(store: SmartShopieDB) -> None:
    received(store, "http", 0, 7)
    received(store, "import:shopify", 25, 3)
    rows = {row["api_name"]: row for row in data(store, "config")}
    assert {name: row["status"] for name, row in rows.items()} == {"http": "active", "shopify": "stale"}
    assert (rows["http"]["events_today"], rows["shopify"]["events_today"]) == (7, 0)
    assert rows["shopify"]["events_total"] == 3


def test_a_key_that_never_sent_anything_is_not_configured_and_never_shown(store: SmartShopieDB) -> None:
    key = add_key(store.engine, "web shop")
    add_key(store.engine, "old shop")
    revoke_key(store.engine, "old shop")
    (row,) = data(store, "config")
    assert (row["api_name"], row["status"], row["last_sync"]) == ("web shop", "not configured", None)
    assert row["api_key"] == f"••••{key[-4:]}"
    assert key not in str(row)


def test_a_store_that_nobody_sends_to_says_so(empty_store: SmartShopieDB) -> None:
    (row,) = data(empty_store, "config")
    assert row["status"] == "not configured"


# ---------------------------------------------------------------------- the bill
def used(db: SmartShopieDB, day: str, feature: str, count: int) -> None:
    write(db.engine, "usage_breakdown", [
        {"record_date": day, "service_name": feature, "usage_type": feature, "usage_count": count, "used": count}
    ])  # fmt: skip


@pytest.fixture
def billed(open_store: Opener, tmp_path: Path) -> SmartShopieDB:
    """14 chats and 4 images in November up to the 22nd, 30 chats in October."""
    plan = tmp_path / "plan.toml"
    plan.write_text(PLAN.format(currency="EUR"), encoding="utf-8")
    store = open_store(plan=str(plan))
    for day, feature, count in (
        ("2026-11-01", "chat", 6), ("2026-11-22", "chat", 8), ("2026-11-02", "image", 4), ("2026-10-31", "chat", 30),
    ):  # fmt: skip
        used(store, day, feature, count)
    cover(store.engine, date(2026, 10, 5), TODAY)
    return store


def test_the_lines_of_the_bill_add_up_to_its_total(billed: SmartShopieDB) -> None:
    bill = data(billed, "billing/summary")
    lines = [bill[f"{feature}_amount"] for feature in ("chat", "image", "questionnaire", "routine")]
    assert lines == [2.0, 0.0, 0.0, 0.0]
    assert bill["overage_amount"] == bill["usage_cost"] == sum(lines)
    assert bill["total_estimated"] == bill["total_cost"] == 102.0
    assert bill["subscription_amount"] + bill["overage_amount"] == 102.0
    assert (bill["billing_period_start"], bill["billing_period_end"]) == ("2026-11-01", "2026-11-30")
    assert (bill["plan_name"], bill["renewal_date"]) == ("Small", "2026-11-30")


def test_the_bill_is_that_of_the_as_of_days_month_so_far(billed: SmartShopieDB) -> None:
    assert data(billed, "billing/summary", resolve(as_of="2026-11-21", today=TODAY))["overage_amount"] == 0.0
    assert data(billed, "billing/summary", resolve(as_of="2026-10-31", today=TODAY))["chat_amount"] == 10.0


def test_a_plan_is_paid_without_any_usage_too(billed: SmartShopieDB, empty_store: SmartShopieDB) -> None:
    assert data(billed, "billing/summary", resolve(as_of="2026-09-30", today=TODAY))["total_estimated"] == 100.0
    assert data(empty_store, "billing/summary")["overage_amount"] == 0.0
    assert data(empty_store, "billing/usage-breakdown") == []


def test_usage_is_listed_for_the_months_that_are_known(billed: SmartShopieDB) -> None:
    rows = data(billed, "billing/usage-breakdown")
    assert [(row["month"], row["usage_type"], row["used"], row["cost"]) for row in rows] == [
        ("2026-10", "chat", 30, 10.0), ("2026-10", "image", 0, 0.0),
        ("2026-11", "chat", 14, 2.0), ("2026-11", "image", 4, 0.0),
    ]  # fmt: skip
    assert (rows[0]["overage_rate"], rows[0]["overage_cost"]) == ("0.50 EUR each above 10", "10.00 EUR")
    assert rows[1]["overage_rate"] == "0.125 EUR each above 5"


def test_alerts_come_from_the_same_usage(billed: SmartShopieDB) -> None:
    alerts = data(billed, "billing/alerts")
    assert [(alert["level"], alert["title"].partition(":")[0]) for alert in alerts] == [
        ("error", "Chat"), ("warning", "Image"),
    ]  # fmt: skip
    assert alerts[0]["message"] == "14 of 10 free units used (140 %). Overage so far: 2.00 EUR."
    assert alerts[1]["message"] == "4 of 5 free units used (80 %)."


def test_all_free_units_are_used_up_at_exactly_a_hundred_percent(billed: SmartShopieDB) -> None:
    used(billed, "2026-11-03", "image", 1)
    cover(billed.engine, date(2026, 10, 5), TODAY, version=2)
    assert data(billed, "billing/alerts")[1]["title"].endswith(": free units used up")
    assert "(100 %)" in data(billed, "billing/alerts")[1]["message"]


def test_what_the_assistant_costs_is_in_the_currency_of_its_plan(open_store: Opener, tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text(PLAN.format(currency="EUR"), encoding="utf-8")
    store = open_store(plan=str(plan), currency="JPY")  # without decimals
    used(store, "2026-11-20", "chat", 13)
    cover(store.engine, TODAY - timedelta(days=30), TODAY)
    window = resolve(period="30d", today=TODAY)
    bill = fetch(store, "billing/summary", window)
    assert (bill.body["data"]["chat_amount"], bill.meta["currency"]) == (1.5, "EUR")
    usage = fetch(store, "billing/usage-breakdown", window)
    assert (usage.body["data"][-2]["cost"], usage.body["data"][-2]["overage_cost"]) == (1.5, "1.50 EUR")
    write(store.engine, "billing_payments", [
        {"invoice_id": currency, "payment_date": "2026-11-01", "description": "Plan", "amount": 99.5,
         "currency": currency, "status": "paid"}
        for currency in ("EUR", "JPY")
    ])  # fmt: skip
    paid = fetch(store, "billing/payment-history", window).body["data"]
    assert {row["currency"]: row["amount"] for row in paid} == {"EUR": 99.5, "JPY": 100.0}
    assert fetch(store, "revenue/summary", window).meta["currency"] == "JPY"


def test_the_return_is_held_against_the_price_of_the_windows_last_month(billed: SmartShopieDB) -> None:
    write(billed.engine, "revenue_summary", [
        {"record_date": "2026-11-20", "revenue_impact_minor": 30_000, "net_revenue_minor": 50_000, "orders": 5,
         "order_revenue_minor": 50_000, "ai_orders": 2, "ai_order_revenue_minor": 26_000}
    ])  # fmt: skip
    window = resolve(start="2026-11-13", end="2026-11-22", today=TODAY)
    row = data(billed, "revenue/summary", window)
    assert (row["avg_order_value"], row["avg_order_value_with_ai"]) == (100.0, 130.0)
    assert row["avg_order_value_without_ai"] == 80.0
    assert row["avg_order_value_improvement"] == 62.5
    assert (row["monthly_investment"], row["monthly_return"]) == (102.0, 913.2)
    assert row["roi"] == pytest.approx((913.2 - 102) / 102, abs=0.0001)
    assert row["roi_percentage"] == pytest.approx(row["roi"] * 100, abs=0.01)


def test_a_plan_in_another_currency_is_not_held_against_the_stores_revenue(open_store: Opener, tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text(PLAN.format(currency="USD"), encoding="utf-8")
    store = open_store(plan=str(plan))
    cover(store.engine, TODAY - timedelta(days=9), TODAY)
    answer = fetch(store, "revenue/summary", resolve(period="7d", today=TODAY))
    assert (answer.body["data"]["monthly_investment"], answer.body["data"]["roi"]) == (None, None)
    assert "USD" in answer.meta["warnings"][0]


def test_payments_are_listed_newest_first(store: SmartShopieDB) -> None:
    write(store.engine, "billing_payments", [
        {"invoice_id": f"i{n}", "payment_date": day, "description": "Plan", "amount": 9.5, "currency": "EUR",
         "status": "paid", "invoice_url": None}
        for n, day in enumerate(("2026-09-01", "2026-11-01", "2026-10-01"))
    ])  # fmt: skip
    assert [row["payment_date"] for row in data(store, "billing/payment-history")] == [
        "2026-11-01", "2026-10-01", "2026-09-01",
    ]  # fmt: skip
