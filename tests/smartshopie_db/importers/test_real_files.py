"""The real files, against what is known about them."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from pathlib import Path

import pytest

from smartshopie_db.database import SmartShopieDB
from smartshopie_db.importers.run import import_file
from tests.smartshopie_db.importers.conftest import Store


def one(db: SmartShopieDB, sql: str) -> int:
    return int(db.engine.read(sql).rows[0][0] or 0)


def shopify_totals(path: Path, statuses: set[str]) -> tuple[int, int, int]:
    """Orders, revenue and refunds in minor units, straight from the file's own columns."""
    orders = revenue = refunds = 0
    with path.open(encoding="utf-8-sig", newline="") as text:
        for row in csv.DictReader(text):
            if row["Financial Status"] not in statuses:
                continue
            subtotal, taxes, shipping = (Decimal(row[name] or "0") for name in ("Subtotal", "Taxes", "Shipping"))
            total, refunded = Decimal(row["Total"]), Decimal(row["Refunded Amount"] or "0")
            net = subtotal - taxes if taxes and total == subtotal + shipping else subtotal
            orders += 1
            revenue += int(net * 100)
            refunds += 1 if refunded > 0 else 0
    return orders, revenue, refunds


COUNTED = {"paid", "partially_paid", "partially_refunded", "refunded"}


@pytest.mark.parametrize(
    ("name", "currency", "counted", "kept_aside"),
    [("orders_export_zar_tax_included.csv", "ZAR", 35, 15), ("orders_export_cad_tax_excluded.csv", "CAD", 20, 0)],
)
def test_shopify_orders_count_by_their_status(
    store: Store, real_data: Path, name: str, currency: str, counted: int, kept_aside: int
) -> None:
    path = real_data / "shopify_orders" / name
    db = store(CURRENCY=currency)
    report = import_file(db, path)
    db.rollup()
    orders, revenue, refunds = shopify_totals(path, COUNTED)
    assert orders == counted
    assert one(db, "SELECT COUNT(*) FROM orders") == counted
    assert one(db, "SELECT SUM(revenue_minor) FROM orders") == revenue
    assert one(db, "SELECT COUNT(*) FROM reversals WHERE order_known = 1") == refunds
    waiting = "event IN ('Order Awaiting Payment', 'Order Voided')"
    assert one(db, f"SELECT COUNT(*) FROM events WHERE {waiting}") == kept_aside
    assert not report.foreign_currencies
    again = import_file(db, path)
    assert again.accepted == 0


def test_orders_in_another_currency_are_kept_left_out_and_warned_about(store: Store, real_data: Path) -> None:
    db = store(CURRENCY="EUR")
    report = import_file(db, real_data / "shopify_orders" / "orders_export_cad_tax_excluded.csv")
    db.rollup()
    assert report.foreign_currencies == {"CAD": 20}
    assert one(db, "SELECT COUNT(*) FROM orders WHERE in_store_currency = 0") == 20
    assert one(db, "SELECT SUM(net_revenue_minor) FROM revenue_summary") == 0
    assert one(db, "SELECT SUM(foreign_currency_orders) FROM overview_kpis") == 20


def test_no_address_of_a_shopify_customer_is_stored(store: Store, real_data: Path) -> None:
    db = store(CURRENCY="CAD")
    import_file(db, real_data / "shopify_orders" / "orders_export_cad_tax_excluded.csv")
    assert one(db, "SELECT COUNT(*) FROM events WHERE body LIKE '%@example.com%' OR user_id LIKE '%@%'") == 0
    assert one(db, "SELECT COUNT(*) FROM events WHERE user_id IS NOT NULL") > 0


def test_the_patterns_of_other_shops_are_understood(store: Store, real_data: Path) -> None:
    path = real_data / "shopify_orders" / "patterns_cod_cancelled_utm.csv"
    with path.open(encoding="utf-8-sig", newline="") as text:
        rows = [row for row in csv.DictReader(text) if row["Financial Status"]]
    db = store(CURRENCY="INR")
    report = import_file(db, path)
    db.rollup()
    assert report.rejected == 0
    assert one(db, "SELECT COUNT(*) FROM orders") == sum(row["Financial Status"] in COUNTED for row in rows)
    told = {row["Id"] or row["Name"] for row in rows}
    assert {order for (order,) in db.engine.read("SELECT order_id FROM events").rows} == told


def test_a_later_export_adds_only_what_is_new(store: Store, real_data: Path, tmp_path: Path) -> None:
    path = real_data / "shopify_orders" / "orders_export_cad_tax_excluded.csv"
    with path.open(encoding="utf-8-sig", newline="") as text:
        rows = list(csv.DictReader(text))
    order = next(row for row in rows if row["Financial Status"] == "partially_refunded")
    db = store(CURRENCY="CAD")
    import_file(db, path)
    order["Refunded Amount"] = "5.00"
    later = tmp_path / "later.csv"
    with later.open("w", newline="") as text:
        writer = csv.DictWriter(text, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    assert import_file(db, later).accepted == 1
    found = db.engine.read("SELECT body FROM events WHERE event = 'Order Refunded'").rows
    amounts = [Decimal(json.loads(body)["properties"]["total"]) for (body,) in found]
    assert sorted(amounts) == [Decimal("1.54"), Decimal("3.46")]


@pytest.mark.parametrize("with_catalogue", [False, True])
def test_the_cosmetics_shop_as_its_facts_say(
    store: Store, real_data: Path, tmp_path: Path, with_catalogue: bool
) -> None:
    folder = real_data / "rees46_cosmetics_sample"
    expected = json.loads((folder / "expected.json").read_text())
    mapping = None
    if with_catalogue:
        ready = Path("smartshopie_db/importers/mappings/cosmetics.toml").read_text()
        joined = f'[catalogue]\nfile = "{folder / "item.csv.gz"}"\nproduct_id = "product_id"\nbrand = "brand"\n'
        mapping = tmp_path / "cosmetics.toml"
        mapping.write_text(ready + joined + 'category = "category_code"\n')
    db = store()
    for month in ("oct", "nov", "dec"):
        import_file(db, folder / f"data_2022_{month}.csv", mapping=mapping)
    db.rollup()
    sessions = expected["sessions_with"]
    assert one(db, "SELECT COUNT(*) FROM sessions") == expected["sessions"]
    assert one(db, "SELECT COUNT(*) FROM sessions WHERE has_product_view = 1") == sessions["view"]
    assert one(db, "SELECT COUNT(*) FROM sessions WHERE has_product_added = 1") == sessions["cart"]
    assert one(db, "SELECT COUNT(*) FROM orders") == expected["purchase_sessions"]
    assert one(db, "SELECT COUNT(*) FROM order_lines") == expected["purchase_lines"]
    assert one(db, "SELECT SUM(revenue_minor) FROM orders") == 98915
    rows = expected["rows"] - expected["purchase_lines"]
    assert one(db, "SELECT COUNT(*) FROM events") == rows - expected["exact_duplicate_rows"] + 18


@pytest.mark.long
def test_online_retail_as_its_facts_say(store: Store, real_data: Path) -> None:
    folder = real_data / "uci_online_retail"
    expected = json.loads((folder / "expected.json").read_text())
    sales = expected["sales_only(no C, qty>0, price>0)"]
    db = store(CURRENCY="GBP", TIMEZONE="Europe/London")
    report = import_file(db, folder / "online_retail.csv.gz")
    assert report.rows == expected["raw"]["rows"]
    assert report.reasons == {"no_sale": 1_338}
    db.rollup()
    assert abs(one(db, "SELECT SUM(net_revenue_minor) FROM revenue_summary") - 976_987_205) <= 5
    assert one(db, "SELECT COUNT(*) FROM orders WHERE revenue_minor > 0") == sales["invoices"]
    assert one(db, "SELECT COUNT(*) FROM visitors WHERE is_customer = 1") == expected["raw"]["customers"]
    for month, revenue in sales["revenue_by_month"].items():
        found = one(db, f"SELECT SUM(order_revenue_minor) FROM revenue_summary WHERE record_date LIKE '{month}%'")
        assert abs(found - round(revenue * 100)) <= 5, month
    again = import_file(db, folder / "online_retail.csv.gz")
    assert (again.accepted, again.duplicates) == (0, report.accepted)
