"""Rollups of stores that receive events: incremental, again, anew."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

import pytest

from smartshopie_db import rollup as rollups
from smartshopie_db.clock import LocalTime, iso_day
from smartshopie_db.engine import Engine
from smartshopie_db.rollup import rollup
from smartshopie_db.rollups import lease as leases
from smartshopie_db.rollups.names import SEGMENTS, TENURE_BANDS
from tests.smartshopie_db.rollups.conftest import FACTS, HandFilled
from tests.smartshopie_db.rollups.receiving import (
    FIRST_DAY,
    anew,
    assert_same,
    message,
    purchase,
    receive,
    run,
    shop,
    summaries,
)


def test_a_store_without_events_covers_nothing(store: HandFilled) -> None:
    assert run(store).days == 0
    assert store.engine.get("newest_day") is None


def test_covered_days_run_without_gaps_and_have_all_their_rows(store: HandFilled) -> None:
    receive(store, [*purchase(0, 0, "1"), *purchase(10, 40, "2")])
    assert run(store).days == 41
    assert (store.engine.get("first_day"), store.engine.get("newest_day")) == (str(FIRST_DAY), str(FIRST_DAY + 40))
    every_day = [iso_day(day) for day in range(FIRST_DAY, FIRST_DAY + 41)]
    for table in ("overview_kpis", "conversion_trends", "revenue_summary", "interaction_summary"):
        assert [row["record_date"] for row in store.rows(table)] == every_day
    assert [row["total_customers"] for row in store.rows("overview_kpis")] == [1] * 40 + [2]
    assert len(store.rows("customer_segments")) == 41 * len(SEGMENTS)
    assert len(store.rows("customer_lifetime_value")) == 41 * len(TENURE_BANDS)


def test_a_second_rollup_changes_nothing(store: HandFilled) -> None:
    receive(store, shop(20))
    first = run(store)
    before = summaries(store)
    again = run(store)
    assert (again.days, again.visitors, again.data_version) == (0, 0, first.data_version)
    assert_same(summaries(store), before)


@pytest.mark.parametrize("seed", [1, 2])
def test_batches_in_any_order_end_as_if_everything_was_made_anew(store: HandFilled, seed: int) -> None:
    messages = shop(75, seed)
    Random(seed).shuffle(messages)  # noqa: S311
    version = 0
    for start in range(0, len(messages), 120):
        receive(store, messages[start : start + 120])
        report = run(store)
        assert report.data_version > version
        version = report.data_version
    incremental = summaries(store)
    assert_same(incremental, anew(store))
    assert all(incremental[table] for table in ("category_products", "customer_value_analysis", "revenue_forecasting"))


def test_new_days_extend_what_is_covered_at_both_ends(store: HandFilled) -> None:
    receive(store, purchase(0, 10, "1"))
    run(store)
    receive(store, purchase(10, 0, "2") + purchase(20, 14, "1"))
    assert run(store).days >= 14
    assert [row["total_customers"] for row in store.rows("overview_kpis")] == [1] * 10 + [2] * 5
    assert_same(summaries(store), anew(store))


def test_a_late_view_changes_the_next_active_day_of_its_product(store: HandFilled) -> None:
    receive(store, purchase(0, 0, "1", "p7") + purchase(10, 20, "1", "p7") + purchase(20, 30, "1", "p8"))
    run(store)
    receive(store, [message(30, "Product Viewed", 12, "2", product_id="p7")])
    run(store)
    chain = {row["record_date"]: row["previous_date"] for row in store.rows("category_products")}
    assert chain[iso_day(FIRST_DAY + 20)] == iso_day(FIRST_DAY + 12)
    assert_same(summaries(store), anew(store))


def test_a_new_product_name_reaches_old_days(store: HandFilled) -> None:
    receive(store, purchase(0, 0, "1"))
    run(store)
    receive(store, [message(10, "Product Viewed", 9, "1", product_id="p1", name="Renamed", category="Balm")])
    run(store)
    assert {(row["product_name"], row["category"]) for row in store.rows("product_analytics")} == {("Renamed", "Balm")}
    assert_same(summaries(store), anew(store))


def test_a_new_name_of_a_customer_reaches_old_conversations(store: HandFilled) -> None:
    receive(store, purchase(0, 0, "1"))
    run(store)
    later = message(10, "", 5) | {"type": "identify", "traits": {"name": "Mia"}}
    receive(store, [{key: value for key, value in later.items() if key not in ("event", "properties")}])
    run(store)
    assert [row["customer_name"] for row in store.rows("customer_interactions")] == ["Mia"]


def test_month_end_figures_stand_for_month_ends_and_the_newest_day_only(store: HandFilled) -> None:
    receive(store, shop(70))
    run(store)
    newest = int(store.engine.get("newest_day") or 0)
    expected = ["2026-01-31", "2026-02-28", iso_day(newest)]
    assert sorted({row["record_date"] for row in store.rows("customer_value_analysis")}) == expected
    receive(store, purchase(9000, 80, "1"))
    run(store)
    days = {row["record_date"] for row in store.rows("customer_value_analysis")}
    assert days == {"2026-01-31", "2026-02-28", "2026-03-31", iso_day(FIRST_DAY + 80)}
    assert {row["record_date"] for row in store.rows("revenue_forecasting")} == {"2026-03-31", iso_day(FIRST_DAY + 80)}


def test_imported_rows_are_left_alone(store: HandFilled) -> None:
    with store.engine.write() as transaction:
        transaction.append(
            "overview_kpis", ("record_date", "total_customers", "source"),
            [(iso_day(FIRST_DAY), 77, "imported"), ("2020-01-01", 3, "imported")],
        )  # fmt: skip
    receive(store, purchase(0, 0, "1"))
    run(store)
    anew(store)
    rows = {(row["record_date"], row["source"]): row["total_customers"] for row in store.rows("overview_kpis")}
    day = iso_day(FIRST_DAY)
    assert rows == {("2020-01-01", "imported"): 3, (day, "imported"): 77, (day, "events"): 1}


def test_what_was_spoiled_by_hand_is_mended_by_a_rebuild(store: HandFilled) -> None:
    receive(store, shop(35))
    run(store)
    before = summaries(store)
    with store.engine.write() as transaction:
        transaction.execute("UPDATE revenue_summary SET orders = 999")
        transaction.execute("DELETE FROM visitor_days")
        transaction.execute("UPDATE customer_segments SET segment_size = 5")
        transaction.append("product_gaps", ("record_date", "product_name", "category"), [("2031-01-01", "x", "y")])
        transaction.append("customer_value_analysis", ("record_date", "tier_name"), [("2026-02-02", "High Value")])
    assert_same(anew(store), before)


def test_readers_see_a_new_version_with_every_block(sqlite_store: HandFilled) -> None:
    receive(sqlite_store, shop(75))
    versions: list[int] = []
    rollup(
        sqlite_store.engine, FACTS, wait_seconds=0,
        progress=lambda _done, _total: versions.append(int(sqlite_store.engine.get("data_version") or 0)),
    )  # fmt: skip
    blocks = [version for version in versions if version]
    assert blocks == sorted(set(blocks))
    assert len(blocks) >= 3


def test_a_running_rollup_keeps_others_out(sqlite_store: HandFilled, monkeypatch: pytest.MonkeyPatch) -> None:
    receive(sqlite_store, purchase(0, 0, "1"))
    refused: list[str] = []

    def derive_and_ask(engine: Engine, *rest: Any) -> Any:
        with pytest.raises(leases.RollupRunning) as caught:
            rollup(engine, FACTS, wait_seconds=0)
        refused.append(str(caught.value))
        return original(engine, *rest)

    original = rollups.derive
    monkeypatch.setattr(rollups, "derive", derive_and_ask)
    run(sqlite_store)
    assert refused == ["Another rollup is running on this store. Try again in a moment."]
    assert sqlite_store.engine.get(leases.NAME) is None


def naive_snapshots(store: HandFilled, day: int) -> Mapping[str, tuple[int, int]]:
    """Customers and net revenue by tenure band, judged customer by customer."""
    found = {name: (0, 0) for name, _, _ in TENURE_BANDS}
    people = store.engine.read("SELECT visitor_id, first_day FROM visitors WHERE is_customer = 1").rows
    for visitor, first in people:
        for name, shortest, longest in TENURE_BANDS:
            if shortest <= day - first <= longest:
                spent = store.engine.read(
                    "SELECT COALESCE(SUM(net_revenue_minor), 0) FROM visitor_days "
                    "WHERE visitor_id = :visitor AND day <= :day",
                    {"visitor": visitor, "day": day},
                ).rows[0][0]
                found[name] = (found[name][0] + 1, found[name][1] + int(spent))
    return found


def test_lifetime_value_is_what_customers_of_a_band_spent(sqlite_store: HandFilled) -> None:
    receive(sqlite_store, purchase(0, 0, "1", revenue=50) + purchase(10, 400, "1", revenue=30))
    receive(sqlite_store, purchase(20, 380, "2", revenue=11) + purchase(30, 20, "3", revenue=7))
    run(sqlite_store)
    for offset in (0, 31, 200, 399, 400):
        expected = naive_snapshots(sqlite_store, FIRST_DAY + offset)
        rows = [row for row in sqlite_store.rows("customer_lifetime_value")
                if row["record_date"] == iso_day(FIRST_DAY + offset)]  # fmt: skip
        assert {row["segment_name"]: (row["customers"], row["net_revenue_minor"]) for row in rows} == expected
    newest = {row["segment_name"]: row for row in rows}
    # 365 days before the newest day, customer 1 was 35 days old and customer 3 15: 30.00 and 0.00 were spent since.
    assert (newest["31-60d"]["reference_customers"], newest["31-60d"]["reference_revenue_minor"]) == (1, 3000)
    assert newest["0-30d"]["current_clv"] == 11.0
    assert newest["0-30d"]["predicted_clv"] == 11.0
    assert newest["1-2y"]["predicted_clv"] is None
    young = iso_day(FIRST_DAY + 364)
    rows = [row for row in sqlite_store.rows("customer_lifetime_value") if row["record_date"] == young]
    assert {row["reference_customers"] for row in rows} == {None}


def test_a_day_is_the_stores_own(sqlite_store: HandFilled) -> None:
    local = LocalTime("UTC")
    receive(sqlite_store, purchase(0, 0, "1"))
    run(sqlite_store)
    row = sqlite_store.rows("customer_interactions")[0]
    assert row["interaction_date"] == local.iso(row["started_ms"])
