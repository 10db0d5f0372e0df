"""Tables with a mapping: lines become orders, and a mapping is checked before it is used."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from smartshopie_db.database import SmartShopieDB
from smartshopie_db.importers.run import import_file
from smartshopie_db.importers.steps import FileError
from tests.smartshopie_db.importers.conftest import Store
from tests.smartshopie_db.importers.files import MAPPING, TILL, count, till


def revenue(db: SmartShopieDB) -> dict[str, int]:
    db.rollup()
    found = db.engine.read("SELECT order_id, revenue_minor FROM orders").rows
    return {str(order): int(minor) for order, minor in found}


def test_lines_become_orders_even_when_they_do_not_stand_together(store: Store, tmp_path: Path) -> None:
    table, mapping = till(tmp_path)
    db = store()
    report = import_file(db, table, mapping=mapping)
    assert report.reasons == {"no_sale": 2, "unreadable_order": 1}
    assert revenue(db) == {"1": 2300, "2": 400}
    assert db.engine.read("SELECT amount_minor FROM reversals").rows == [(900,)]
    assert import_file(db, table, mapping=mapping).accepted == 0


def test_a_row_that_is_cut_short_or_has_no_finite_amount_costs_no_other_order(store: Store, tmp_path: Path) -> None:
    table, mapping = till(tmp_path)
    odd = (
        "6;02.03.2026 12:00;oil;1;NaN;k2\n7;02.03.2026 12:00;oil;Infinity;1.00;k2\n8\n\n"
        "R10;02.03.2026 12:00;oil;1e9999999;1.00;k2\n"
    )
    table.write_text(TILL + odd)
    db = store()
    assert import_file(db, table, mapping=mapping).reasons == {"no_sale": 2, "unreadable_order": 5}
    assert revenue(db) == {"1": 2300, "2": 400}
    (kept,) = db.engine.read("SELECT message FROM rejected_events WHERE message LIKE '%order 8:%'").rows
    assert kept == ("A row of order 8: its price, quantity or time cannot be read.",)


def test_an_order_with_an_unreadable_row_is_refused_whole_and_stored_when_the_file_is_mended(
    store: Store, tmp_path: Path
) -> None:
    table, mapping = till(tmp_path)
    table.write_text(TILL.replace("soap;2;3.50", "soap;2;3,50", 1))
    db = store()
    report = import_file(db, table, mapping=mapping)
    assert report.reasons == {"no_sale": 2, "unreadable_order": 4}
    assert revenue(db) == {"2": 400}
    kept = db.engine.read("SELECT message FROM rejected_events WHERE message LIKE '%order 1:%' ORDER BY message").rows
    assert [message for (message,) in kept] == [
        "A row of order 1: another row of the order cannot be read.",
        "A row of order 1: another row of the order cannot be read.",
        "A row of order 1: its price, quantity or time cannot be read.",
    ]
    table.write_text(TILL)
    assert import_file(db, table, mapping=mapping).accepted == 1
    assert revenue(db) == {"1": 2300, "2": 400}


def test_order_files_open_no_sessions(store: Store, tmp_path: Path) -> None:
    table, mapping = till(tmp_path)
    db = store()
    import_file(db, table, mapping=mapping)
    db.rollup()
    assert db.engine.read("SELECT COUNT(*) FROM sessions").rows == [(0,)]
    assert db.engine.read("SELECT COUNT(*), COUNT(session_id) FROM orders").rows == [(2, 0)]


def test_identical_rows_can_be_dropped(store: Store, tmp_path: Path) -> None:
    rows = "when,what,who\n2026-03-01T10:00:00Z,view,u1\n2026-03-01T10:00:00Z,view,u1\n"
    (tmp_path / "log.csv").write_text(rows)
    base = 'kind = "events"\nname = "log"\n[columns]\ntime = "when"\nevent = "what"\nuser_id = "who"\n'
    events = '[events]\nview = "Product Viewed"\n'
    for rule, expected in (("drop", 1), ("keep", 2)):
        (tmp_path / "log.toml").write_text(f'identical_rows = "{rule}"\n{base}{events}')
        db = store(rule)
        import_file(db, tmp_path / "log.csv", mapping=tmp_path / "log.toml")
        assert count(db, "event = 'Product Viewed'") == expected


def test_parquet_reads_like_csv(store: Store, tmp_path: Path) -> None:
    table, mapping = till(tmp_path)
    names, *lines = [line.split(";") for line in TILL.splitlines()]
    columns = {name: [line[place] for line in lines] for place, name in enumerate(names)}
    pyarrow.parquet.write_table(pa.table(columns), tmp_path / "till.parquet")
    csv_store, parquet_store = store("csv"), store("parquet")
    import_file(csv_store, table, mapping=mapping)
    import_file(parquet_store, tmp_path / "till.parquet", mapping=mapping)
    assert revenue(csv_store) == revenue(parquet_store) != {}


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ('kind = "poems"', 'needs kind = "events" or "order_lines"'),
        (MAPPING.replace('"keep"', '"some"'), "identical_rows"),
        (MAPPING.replace("Berlin", "Berlim"), "unknown time zone"),
        (MAPPING.replace('price = "price"', ""), "needs \\[columns\\] with price"),
        (MAPPING + 'colour = "blue"', "unknown key colour"),
        ("kind = ", "is not TOML"),
        ("kind = 'ä'".encode("latin-1"), "is not written in UTF-8"),
        (MAPPING.replace('";"', '";;"'), "has the delimiter ';;', but it is one character"),
        (MAPPING.replace('";"', '""'), "has the delimiter '', but it is one character"),
        (MAPPING.replace('";"', "'\"'"), "but it is one character"),
        (MAPPING.replace('";"', "59"), 'needs text for delimiter, written delimiter = "..."'),
        (MAPPING.replace('"price"', "3"), "needs text for price in \\[columns\\]"),
        (MAPPING.replace('"price"', '["price"]'), "needs text for price in \\[columns\\]"),
        (MAPPING.replace('"Europe/Berlin"', "[1]"), "needs text for timezone"),
        (MAPPING.replace('"%d.%m.%Y %H:%M"', "2026-03-01"), "needs text for time_format"),
        (MAPPING.replace("%H:%M", "%Q"), "by which no time can be read"),
        (MAPPING.replace("%H:%M", "%d"), "by which no time can be read"),
        ('columns = "price"\n' + MAPPING.partition("[columns]")[0], "needs a table for columns"),
        ("events = 3\n" + MAPPING, "needs a table for events"),
        ('catalogue = "items.csv"\n' + MAPPING, "needs a table for catalogue"),
        (MAPPING + '[catalogue]\nfile = "till.csv"\nproduct_id = 7', "needs text for product_id in \\[catalogue\\]"),
        (MAPPING + '[catalogue]\nfile = "till.csv"', "needs 'product_id' in \\[catalogue\\]"),
        (MAPPING + '[catalogue]\nfile = "till.csv"\nproduct_id = "sku"', "till.csv has no column sku"),
        (MAPPING + '[catalogue]\nfile = "none.csv"\nproduct_id = "sku"', "none.csv cannot be opened"),
    ],
)
def test_a_wrong_mapping_is_refused_in_words(store: Store, tmp_path: Path, mapping: str | bytes, words: str) -> None:
    table, path = till(tmp_path)
    path.write_bytes(mapping if isinstance(mapping, bytes) else mapping.encode())
    with pytest.raises(FileError, match=words):
        import_file(store(), table, mapping=path)


def test_a_missing_column_is_named(store: Store, tmp_path: Path) -> None:
    table, mapping = till(tmp_path, MAPPING.replace('"pieces"', '"count"'))
    with pytest.raises(FileError, match="has no column count"):
        import_file(store(), table, mapping=mapping)
