"""The package as Python users know it: the documented example, the original names, many threads."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from smartshopie_db import CoveredDayError, SmartShopieDB, StoreError, create_database
from smartshopie_db.models import OverviewKpis

ORDER = {
    "type": "track", "event": "Order Completed", "messageId": "m1", "userId": "u1", "timestamp": "2026-03-05T10:00:00Z",
    "properties": {"order_id": "o1", "revenue": 20, "products": [{"product_id": "p1", "price": 20, "quantity": 1}]},
}


@pytest.fixture
def db(tmp_path: Path) -> SmartShopieDB:
    return SmartShopieDB(tmp_path / "smartshopie_dashboard.db").connect()


def test_the_example_of_the_users_document_runs_as_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    db = SmartShopieDB("smartshopie_dashboard.db")
    db.connect()
    db.add_overview_kpis(
        record_date=date.today(),  # noqa: DTZ011, TID251 - as the document has it
        total_customers=25000,
        conversion_rate=28.5,
        revenue_impact=1500000.0,
    )
    db.add_conversion_funnel("2026-03-01", stage_name="Page Visitors", stage_order=0, count=100, percentage=100.0)
    kpis = db.get_overview_kpis()
    assert kpis is not None
    print(f"Total Customers: {kpis.total_customers}")
    print(f"Conversion Rate: {kpis.conversion_rate}%")
    for stage in db.get_conversion_funnel():
        print(f"{stage.stage_name}: {stage.count} ({stage.percentage}%)")
    db.close()
    said = capsys.readouterr().out
    assert said == "Total Customers: 25000\nConversion Rate: 28.5%\nPage Visitors: 100 (100.0%)\n"
    assert (tmp_path / "smartshopie_dashboard.db").exists()


def test_a_record_reads_like_a_dictionary_too(db: SmartShopieDB) -> None:
    db.add_overview_kpis("2026-01-01", total_customers=5)
    kpis = db.get_overview_kpis("2026-01-01")
    assert isinstance(kpis, OverviewKpis)
    assert kpis["total_customers"] == kpis.total_customers == 5
    assert dict(kpis.as_dict())["record_date"] == "2026-01-01"
    with pytest.raises(KeyError):
        kpis["TABLE"]


def test_adding_a_day_again_replaces_it(db: SmartShopieDB) -> None:
    db.add_revenue_attribution("2026-01-01", ai_feature="Chat Recommendations", revenue_amount=10.0)
    before = db.data_version()
    db.add_revenue_attribution("2026-01-01", ai_feature="Chat Recommendations", revenue_amount=12.5)
    assert [row.revenue_amount for row in db.get_revenue_attribution()] == [12.5]
    assert db.execute_query("SELECT revenue_amount_minor FROM revenue_attribution") == [{"revenue_amount_minor": 1250}]
    assert db.data_version() > before


def test_a_day_covered_by_events_cannot_be_overwritten(db: SmartShopieDB) -> None:
    db.ingest([ORDER])
    db.rollup()
    with pytest.raises(CoveredDayError, match="covered by events"):
        db.add_overview_kpis("2026-03-05", total_customers=1)
    db.add_overview_kpis("2026-03-04", total_customers=1)
    newest = db.get_overview_kpis()
    assert newest is not None
    assert newest.record_date == "2026-03-05"


def test_an_unknown_field_is_refused_in_words(db: SmartShopieDB) -> None:
    with pytest.raises(ValueError, match="overview_kpis has no field visitors"):
        db.add_overview_kpis("2026-03-05", visitors=1)


def test_names_of_the_original_package_keep_working(db: SmartShopieDB) -> None:
    db.initialize_database()
    db.insert_overview_kpi("2026-01-01", 10, 0.5, 3.5, None, 7, None, 99.5, None)
    db.insert_conversion_funnel("2026-01-01", "Page Visitors", 0, 10, 100.0, None)
    db.insert_conversion_analytics("2026-01-01", 3.5, None, 1, 50.0, None, None, 8.0, None)
    db.insert_customer_segment("2026-01-01", "Loyalists", 4, 40.0, 60.0, 20.0)
    db.insert_revenue_summary("2026-01-01", 99.5, 10.0, None, None, None, None, None)
    db.insert_revenue_attribution("2026-01-01", "Chat Recommendations", 99.5, 100.0)
    overview = db.get_all_data_for_tab("overview")
    assert overview["overview_kpis"][0]["revenue_impact_minor"] == 9950
    assert db.get_all_data_for_tab("revenue", "2026-01-02")["revenue_attribution"] == []
    with pytest.raises(ValueError, match="no tab"):
        db.get_all_data_for_tab("secrets")


def test_every_tab_of_the_original_can_be_read(db: SmartShopieDB) -> None:
    tabs = "overview conversions customers products ai-performance interactions revenue realtime billing api-config"
    for tab in tabs.split():
        assert db.get_all_data_for_tab(tab)


def test_positional_parameters_leave_question_marks_in_text_alone(db: SmartShopieDB) -> None:
    db.add_revenue_attribution("2026-01-01", ai_feature="why?", revenue_amount=1.0)
    query = "SELECT ai_feature FROM revenue_attribution WHERE ai_feature = 'why?' AND revenue_amount > ? AND source = ?"
    assert db.execute_query(query, (0.5, "imported")) == [{"ai_feature": "why?"}]


def test_create_database_makes_the_tables(tmp_path: Path) -> None:
    with create_database(tmp_path / "fresh.db") as db:
        assert db.get_overview_kpis() is None


def test_an_unopened_store_says_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="connect"):
        SmartShopieDB(tmp_path / "x.db").get_overview_kpis()


def test_many_threads_share_one_store(db: SmartShopieDB) -> None:
    def add(number: int) -> None:
        db.add_revenue_attribution("2026-01-01", ai_feature=f"feature {number:02}", revenue_amount=float(number))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(40)))
        counts = list(pool.map(lambda _: len(db.get_revenue_attribution("2026-01-01")), range(40)))
    assert counts == [40] * 40
