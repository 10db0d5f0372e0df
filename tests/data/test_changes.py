"""A change compares a window with the equally long one before it."""

from __future__ import annotations

from datetime import date, timedelta

from data.fetch import fetch
from data.period import resolve
from smartshopie_db.database import SmartShopieDB
from tests.data.asking import covered, data, days
from tests.data.conftest import TODAY


def kpis(store: SmartShopieDB, first: str, values: list[tuple[int, int, int, int]]) -> None:
    """Days of (customers, sessions, conversions, minor units of credited revenue) from `first` on, all covered."""
    start = date.fromisoformat(first)
    covered(store, first, str(start + timedelta(days=len(values) - 1)), overview_kpis=[
        {"record_date": str(start + timedelta(days=n)), "total_customers": c, "sessions": s, "conversions": k,
         "ai_interactions": s, "revenue_impact_minor": r}
        for n, (c, s, k, r) in enumerate(values)
    ])  # fmt: skip


def test_a_change_compares_with_the_equally_long_window_before(store: SmartShopieDB) -> None:
    kpis(store, "2026-10-01", [(10, 4, 1, 100), (20, 4, 1, 100), (30, 8, 4, 150), (50, 8, 4, 350)])
    answer = fetch(store, "overview/kpis", days("2026-10-03", "2026-10-04"))
    row = answer.body["data"]
    assert (row["total_customers"], row["total_customers_change"]) == (50, 150.0)
    assert (row["ai_interactions"], row["ai_interactions_change"]) == (16, 100.0)
    assert (row["conversion_rate"], row["conversion_rate_change"]) == (50.0, 25.0)
    assert (row["revenue_impact"], row["revenue_impact_change"]) == (5.0, 150.0)
    assert answer.meta["change_basis"] == "2026-10-03 to 2026-10-04 against 2026-10-01 to 2026-10-02"


def test_a_change_is_null_when_the_window_before_is_not_covered_in_full(store: SmartShopieDB) -> None:
    kpis(store, "2026-10-01", [(10, 4, 1, 100), (20, 4, 1, 100), (30, 8, 4, 150)])
    answer = fetch(store, "overview/kpis", days("2026-10-02", "2026-10-03"))
    assert {v for k, v in answer.body["data"].items() if k.endswith("_change")} == {None}
    assert answer.meta["change_basis"] is None


def test_a_change_from_nothing_is_null_and_of_a_rate_it_is_points(store: SmartShopieDB) -> None:
    kpis(store, "2026-10-01", [(0, 5, 0, 0), (3, 5, 1, 70)])
    row = data(store, "overview/kpis", days("2026-10-02"))
    assert (row["total_customers_change"], row["revenue_impact_change"]) == (None, None)
    assert (row["conversion_rate"], row["conversion_rate_change"]) == (20.0, 20.0)


def test_an_unfinished_today_is_left_out_of_both_sides(store: SmartShopieDB) -> None:
    ones = [(1, 10, 1, 10)] * 6 + [(1, 1000, 1, 10)]
    kpis(store, "2026-11-09", [*ones, *[(1, 20, 1, 10)] * 6, (1, 1, 1, 10)])
    answer = fetch(store, "overview/kpis", resolve(period="7d", today=TODAY))
    assert answer.body["data"]["ai_interactions"] == 121
    assert answer.body["data"]["ai_interactions_change"] == 100.0  # 6 x 20 against 6 x 10
    assert answer.meta["change_basis"] == "2026-11-16 to 2026-11-21 against 2026-11-09 to 2026-11-14"


def test_today_alone_is_compared_with_nothing(two_years: SmartShopieDB) -> None:
    answer = fetch(two_years, "overview/kpis", days(str(TODAY)))
    assert answer.meta["change_basis"] is None
    assert answer.body["data"]["ai_interactions_change"] is None


def test_a_shorter_time_to_convert_is_a_negative_change(store: SmartShopieDB) -> None:
    covered(store, "2026-10-01", "2026-10-02", conversion_analytics=[
        {"record_date": f"2026-10-0{day}", "sessions": 9, "conversions": 2, "convert_ms_sum": ms}
        for day, ms in ((1, 4_800_000), (2, 1_200_000))
    ])  # fmt: skip
    row = data(store, "conversions/analytics", days("2026-10-02"))
    assert (row["avg_time_to_convert"], row["avg_time_change"]) == (10.0, -75.0)
