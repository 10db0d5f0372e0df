"""Days of an original database, and days added by hand: their own stored numbers, until events cover the day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from data.fetch import Answer, fetch
from data.period import Window, resolve
from smartshopie_db.database import SmartShopieDB
from tests.data.conftest import TODAY
from tests.data.rows_of_a_shop import cover, write

LAST = "2025-10-31"


def at(period: str, **more: str) -> Window:
    return resolve(period=period, as_of=LAST, today=TODAY, **more)


def days(start: str, end: str) -> Window:
    return resolve(start=start, end=end, today=TODAY)


def sums(db: SmartShopieDB, sql: str, window: Window) -> tuple[Any, ...]:
    found = db.engine.read(sql, {"first": window.start.isoformat(), "last": window.end.isoformat()})
    return tuple(found.rows[0])


@pytest.mark.parametrize("period", ["7d", "30d", "90d", "1y"])
def test_daily_counts_and_amounts_add_up_to_what_the_file_holds(original: SmartShopieDB, period: str) -> None:
    window = at(period)
    answer = fetch(original, "overview/kpis", window)
    where = "WHERE record_date BETWEEN :first AND :last"
    stored = sums(original, f"SELECT SUM(ai_interactions), SUM(revenue_impact) FROM overview_kpis {where}", window)
    assert answer.body["data"]["ai_interactions"] == stored[0]
    assert answer.body["data"]["revenue_impact"] == pytest.approx(stored[1], abs=0.005)
    assert answer.meta["source"] == "imported"
    attribution = fetch(original, "revenue/attribution", window).frame
    stored = sums(original, f"SELECT SUM(revenue_amount) FROM revenue_attribution {where}", window)
    assert attribution["revenue_amount"].sum() == pytest.approx(stored[0], abs=0.05)


def test_a_stored_rate_is_the_mean_of_the_days_and_the_answer_says_so(original: SmartShopieDB) -> None:
    window = at("30d")
    answer = fetch(original, "overview/kpis", window)
    sql = "SELECT AVG(conversion_rate) FROM overview_kpis WHERE record_date BETWEEN :first AND :last"
    assert answer.body["data"]["conversion_rate"] == pytest.approx(sums(original, sql, window)[0], abs=0.00005)
    assert any("mean of the stored rates" in note for note in answer.meta["definition_notes"])


def test_changes_compare_imported_days_too(original: SmartShopieDB) -> None:
    answer = fetch(original, "overview/kpis", at("30d"))
    sql = "SELECT SUM(ai_interactions) FROM overview_kpis WHERE record_date BETWEEN :first AND :last"
    now, before = (sums(original, sql, window)[0] for window in (at("30d"), at("30d").before()))
    assert answer.body["data"]["ai_interactions_change"] == pytest.approx((now - before) * 100 / before, abs=0.0001)
    assert fetch(original, "overview/kpis", at("1y")).body["data"]["ai_interactions_change"] is None


@pytest.mark.parametrize("name", ["overview/funnel", "overview/interaction-types", "customers/product-gaps"])
def test_weekly_rows_are_shown_as_the_latest_snapshot_and_never_added_up(original: SmartShopieDB, name: str) -> None:
    month, year = fetch(original, name, at("30d")), fetch(original, name, at("1y"))
    assert month.body == year.body
    assert month.meta["definition_notes"] == ["From imported rows of 2025-10-30."]


def test_headcounts_of_weeks_are_not_added_up(original: SmartShopieDB) -> None:
    for period in ("7d", "30d", "90d", "1y"):
        rows = fetch(original, "customers/segments", at(period)).body["data"]
        assert sum(row["segment_size"] for row in rows) == 800


def test_monthly_figures_show_as_months_and_never_as_daily_zeros(original: SmartShopieDB) -> None:
    year = fetch(original, "ai/model-performance", at("1y")).body
    assert [len(line["data"]) for line in year["series"]] == [12] * 3
    weeks = fetch(original, "ai/model-performance", at("90d")).body
    assert {sum(value is not None for value in line["data"]) for line in weeks["series"]} == {2}
    daily = fetch(original, "products/category-performance", at("90d", grain="D")).body["data"]
    assert {row["record_date"] for row in daily} == {"2025-09-01", "2025-10-01"}


def test_a_month_that_reaches_into_the_window_speaks_for_it_and_says_so(original: SmartShopieDB) -> None:
    answer = fetch(original, "revenue/summary", at("7d"))
    stored = original.engine.read(
        "SELECT total_revenue_impact, avg_order_value FROM revenue_summary WHERE record_date = '2025-10-01'"
    ).rows[0]
    assert (answer.body["data"]["total_revenue_impact"], answer.body["data"]["avg_order_value"]) == stored
    assert "From imported rows of 2025-10-01." in answer.meta["definition_notes"]
    assert answer.meta["coverage"] == "partial"


def test_ratings_are_means_of_the_days_in_a_bucket(original: SmartShopieDB) -> None:
    rows = fetch(original, "customer/satisfaction", at("1y")).body["data"]
    assert (len(rows), rows[0]["record_date"], rows[-1]["partial"]) == (12, "2024-11-01", False)
    sql = "SELECT AVG(overall_satisfaction) FROM customer_satisfaction WHERE record_date BETWEEN :first AND :last"
    assert rows[1]["overall_satisfaction"] == round(sums(original, sql, days("2024-12-01", "2024-12-31"))[0], 4)


def test_nothing_older_is_shown_for_a_window_that_ends_today(original: SmartShopieDB) -> None:
    answer = fetch(original, "overview/kpis", resolve(today=TODAY))
    assert set(answer.body["data"].values()) == {None}
    assert (answer.meta["newest"], answer.meta["coverage"]) == (LAST, "none")


def test_a_key_is_shown_by_its_last_four_characters_alone(original: SmartShopieDB) -> None:
    rows = fetch(original, "config", resolve(today=TODAY)).body["data"]
    assert {row["status"] for row in rows} == {"stale", "not configured"}
    assert "demo_" not in str(rows)
    assert all(row["api_key"] is None or len(row["api_key"].strip("•")) == 4 for row in rows)


# ---------------------------------------------------------------------- events and imported days together
@pytest.fixture
def both(store: SmartShopieDB) -> SmartShopieDB:
    """Four imported days, of which events cover the last two."""
    first = date(2026, 10, 1)
    for day in range(4):
        imported = {"record_date": str(first + timedelta(days=day)), "source": "imported"}
        write(store.engine, "overview_kpis", [
            {**imported, "conversion_rate": 90.0, "ai_interactions": 1000, "revenue_impact": 10.5}
        ])  # fmt: skip
        write(store.engine, "conversion_trends", [{**imported, "conversions": 70}])
    for day in (2, 3):
        events = {"record_date": str(first + timedelta(days=day)), "source": "events"}
        write(store.engine, "overview_kpis", [
            {**events, "sessions": 10, "conversions": 2, "ai_interactions": 5, "revenue_impact_minor": 300}
        ])  # fmt: skip
        write(store.engine, "conversion_trends", [{**events, "conversions": 2, "sessions": 10}])
    cover(store.engine, first + timedelta(days=2), first + timedelta(days=3))
    return store


def shown(answer: Answer, *names: str) -> tuple[Any, ...]:
    return tuple(answer.body["data"][name] for name in names)


def test_events_win_over_imported_rows_of_the_same_day(both: SmartShopieDB) -> None:
    answer = fetch(both, "overview/kpis", days("2026-10-03", "2026-10-04"))
    assert shown(answer, "ai_interactions", "revenue_impact", "conversion_rate") == (10, 6.0, 20.0)
    assert (answer.meta["source"], answer.meta["definition_notes"]) == ("events", [])


def test_a_window_with_both_adds_counts_and_divides_over_the_days_of_events_only(both: SmartShopieDB) -> None:
    answer = fetch(both, "overview/kpis", days("2026-10-01", "2026-10-04"))
    assert shown(answer, "ai_interactions", "revenue_impact", "conversion_rate") == (2010, 27.0, 20.0)
    assert (answer.meta["source"], answer.meta["coverage"]) == ("mixed", "full")
    assert "over the 2 days that events cover" in answer.meta["definition_notes"][0]


def test_a_bucket_of_both_kinds_of_days_divides_over_events_only(both: SmartShopieDB) -> None:
    window = resolve(start="2026-10-01", end="2026-10-04", grain="W", today=TODAY)
    rows = fetch(both, "conversions/trends", window).body["data"]
    assert [(row["conversions"], row["sessions"], row["conversion_rate"]) for row in rows] == [(144, 20, 20.0)]
    daily = fetch(both, "conversions/trends", days("2026-10-01", "2026-10-04")).body["data"]
    assert [row["conversion_rate"] for row in daily] == [None, None, 20.0, 20.0]


def test_a_change_may_compare_events_with_imported_days(both: SmartShopieDB) -> None:
    answer = fetch(both, "overview/kpis", days("2026-10-03", "2026-10-04"))
    assert shown(answer, "ai_interactions_change", "conversion_rate_change") == (-99.5, -70.0)


def test_a_headcount_is_never_added_up(both: SmartShopieDB) -> None:
    with both.engine.write() as transaction:
        transaction.execute("UPDATE overview_kpis SET total_customers = 6000 WHERE source = 'imported'")
        transaction.execute("UPDATE overview_kpis SET total_customers = 5 WHERE source = 'events'")
    assert shown(fetch(both, "overview/kpis", days("2026-10-01", "2026-10-04")), "total_customers") == (5,)
    assert shown(fetch(both, "overview/kpis", days("2026-10-01", "2026-10-02")), "total_customers") == (6000,)
    later = {"record_date": "2026-10-06", "source": "imported", "total_customers": 7000}
    write(both.engine, "overview_kpis", [later])
    cover(both.engine, date(2026, 10, 3), date(2026, 10, 4), version=2)
    assert shown(fetch(both, "overview/kpis", days("2026-10-01", "2026-10-06")), "total_customers") == (7000,)


def test_the_return_per_month_is_that_of_the_days_of_events(both: SmartShopieDB) -> None:
    for day, source, impact in (
        (1, "imported", 5_000_000), (2, "imported", 5_000_000), (3, "events", 1_000), (4, "events", 3_000),
    ):  # fmt: skip
        write(both.engine, "revenue_summary", [
            {"record_date": f"2026-10-0{day}", "source": source, "revenue_impact_minor": impact}
        ])  # fmt: skip
    cover(both.engine, date(2026, 10, 3), date(2026, 10, 4), version=2)
    answer = fetch(both, "revenue/summary", days("2026-10-01", "2026-10-04"))
    assert shown(answer, "total_revenue_impact", "monthly_return") == (100_040.0, 608.8)  # 40 in 2 days x 30.44
    assert any(note.startswith("Return per month and ROI: over the 2 days") for note in answer.meta["definition_notes"])
    alone = fetch(both, "revenue/summary", days("2026-10-03", "2026-10-04"))
    assert shown(alone, "monthly_return", "roi") == shown(answer, "monthly_return", "roi")


def test_models_are_compared_by_what_events_say_of_them(both: SmartShopieDB) -> None:
    """Imported: another model with the best rate, and an early day of a model, which events cover."""
    columns = ("record_date", "source", "model_name", "accuracy", "correct", "reviewed")
    write(both.engine, "ai_model_performance", [
        dict(zip(columns, row, strict=True)) for row in (
            ("2026-10-01", "imported", "old", 99.0, None, None), ("2026-10-03", "imported", "birch", 90.0, None, None),
            ("2026-10-03", "events", "atlas", None, 5, 10), ("2026-10-04", "events", "birch", None, 8, 10),
        )
    ])  # fmt: skip
    cover(both.engine, date(2026, 10, 3), date(2026, 10, 4), version=2)
    for start in ("2026-10-01", "2026-10-03"):
        summary = fetch(both, "ai/summary", days(start, "2026-10-04"))
        assert shown(summary, "ab_winner", "ab_improvement_pct", "ab_chance_pct") == ("birch", 60.0, None)
