"""Every endpoint of three awkward stores, on both engines, equals the independent calculation."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from data.fetch import fetch
from tests.oracle.calculation import NAMES
from tests.oracle.conftest import Filled
from tests.oracle.stores import differences, windows
from tests.oracle.windows import next_month


def queries(filled: Filled) -> list[dict[str, Any]]:
    """All periods today and in the past, other grains, and ranges of one's own."""
    covered = filled.mine.store.covered
    assert covered is not None
    today = filled.named.today
    dice = Random(filled.named.name)  # noqa: S311 - reproducible on purpose
    past = [covered.first + timedelta(dice.randrange(len(covered))) for _ in range(3)]
    asked: list[dict[str, Any]] = [{"period": period} for period in ("7d", "30d", "90d", "1y")]
    asked += [{"period": period, "as_of": day} for period, day in zip(("7d", "30d", "90d"), past, strict=True)]
    asked += [{"period": "1y", "as_of": covered.last}, {"period": "30d", "grain": "W"}, {"period": "30d", "grain": "M"}]
    for _ in range(4):
        start = covered.first + timedelta(dice.randrange(len(covered)))
        asked.append({"start": start, "end": min(start + timedelta(dice.randrange(60)), today)})
    return asked


@pytest.mark.parametrize("name", NAMES)
def test_every_endpoint_says_what_the_calculation_says(filled: Filled, name: str) -> None:
    found = [
        difference
        for query in queries(filled)
        for difference in differences(filled.db, filled.mine, name, today=filled.named.today, **query)
    ]
    assert not found, "\n".join(found[:12])


def test_segments_are_right_at_the_end_of_every_day(filled: Filled) -> None:
    covered = filled.mine.store.covered
    assert covered is not None
    found = [
        difference
        for ago in range(0, len(covered), 1 if len(covered) < 100 else 7)
        for difference in differences(
            filled.db, filled.mine, "customers/segments", today=filled.named.today, as_of=covered.last - timedelta(ago)
        )
    ]
    assert not found, "\n".join(found[:12])


def test_a_window_without_covered_days_shows_nothing(filled: Filled) -> None:
    covered = filled.mine.store.covered
    assert covered is not None
    long_ago = covered.first - timedelta(1)
    found = [
        difference
        for name in NAMES
        if not name.startswith("billing/")  # a plan is paid with or without data
        for difference in differences(
            filled.db, filled.mine, name, today=filled.named.today, period="7d", as_of=long_ago
        )
    ]
    assert not found, "\n".join(found)


def test_a_forecast_names_the_next_six_months_and_says_what_it_rests_on(filled: Filled) -> None:
    covered = filled.mine.store.covered
    assert covered is not None
    for ago in range(0, len(covered) - 1, 7):
        day = covered.last - timedelta(ago)
        rows = fetch(filled.db, "revenue/forecasting", windows(today=filled.named.today, as_of=day)[1]).body["data"]
        if not rows:
            continue
        made = {date.fromisoformat(row["record_date"]) for row in rows}
        assert len(made) == 1
        run = made.pop()
        assert run <= day
        assert (run - covered.first).days + 1 >= 60, "a forecast from fewer than 60 covered days"
        months = [date.fromisoformat(row["forecast_date"]) for row in rows]
        assert len(months) == 6
        assert all(month.day == 1 for month in months)
        assert all(later == next_month(month) for month, later in pairwise(months))
        assert months[0] in {run.replace(day=1), next_month(run.replace(day=1))}
        for row in rows:
            assert row["lower_bound"] <= row["predicted_revenue"] <= row["upper_bound"]
            assert 0 < row["confidence_level"] < 1


def test_a_young_store_has_no_forecast(filled: Filled) -> None:
    covered = filled.mine.store.covered
    assert covered is not None
    young = covered.first + timedelta(min(58, len(covered) - 1))
    query = windows(today=filled.named.today, as_of=young)[1]
    assert fetch(filled.db, "revenue/forecasting", query).body["data"] == []


def test_payments_are_the_invoices_that_were_reported(filled: Filled) -> None:
    query = windows(today=filled.named.today, period="30d")[1]
    rows = fetch(filled.db, "billing/payment-history", query).body["data"]
    reported = [event for event in filled.mine.store.events if event.name == "Invoice Paid"]
    invoices = {event.properties["invoice_id"]: str(filled.mine.store.day(event)) for event in reported}
    assert sorted(row["payment_date"] for row in rows) == sorted(invoices.values())
    assert all((row["amount"], row["description"], row["status"]) == (249, "Plan", "paid") for row in rows)


def test_alerts_come_from_the_usage_that_is_shown(filled: Filled) -> None:
    covered = filled.mine.store.covered
    assert covered is not None
    query = windows(today=filled.named.today, as_of=covered.last)[1]
    alerts = fetch(filled.db, "billing/alerts", query).body["data"]
    usage = fetch(filled.db, "billing/usage-breakdown", query).body["data"]
    month = str(covered.last)[:7]
    high = [row for row in usage if row["month"] == month and row["used"] >= 0.8 * filled.named.free_units]
    assert len(alerts) == len(high)
    assert sum(alert["level"] == "error" for alert in alerts) == sum(r["used"] > r["free_limit"] for r in high)
