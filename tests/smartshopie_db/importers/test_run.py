"""Files in: formats are recognised, nothing counts twice, an interrupted import goes on, refusals have reasons."""

from __future__ import annotations

import gzip
import itertools
import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from smartshopie_db.database import SmartShopieDB
from smartshopie_db.engine import Transaction
from smartshopie_db.importers import run
from smartshopie_db.importers.run import import_file
from smartshopie_db.importers.steps import FileError
from tests.smartshopie_db.importers.conftest import Store


def messages(count: int) -> list[dict[str, object]]:
    return [
        {"type": "track", "event": "Product Viewed", "messageId": f"m{number}", "anonymousId": f"a{number % 7}",
         "timestamp": f"2026-03-{1 + number % 28:02}T10:00:00Z", "properties": {"product_id": f"p{number % 5}"}}
        for number in range(count)
    ]  # fmt: skip


def ndjson(path: Path, events: list[dict[str, object]]) -> Path:
    content = "".join(json.dumps(event) + "\n" for event in events).encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def power_cut(at: int) -> Callable[..., None]:
    """Interrupts whoever calls it for the so-many-th time."""
    calls = itertools.count(1)

    def call(*_: object) -> None:
        if next(calls) == at:
            raise KeyboardInterrupt

    return call


@pytest.fixture
def batches_of_ten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "BATCH_ROWS", 10)


def count(db: SmartShopieDB, where: str = "1 = 1") -> int:
    return int(db.engine.read(f"SELECT COUNT(*) FROM events WHERE {where}").rows[0][0])


@pytest.mark.parametrize("name", ["events.jsonl", "events.ndjson.gz"])
def test_messages_are_read_from_ndjson_plain_or_gzipped(store: Store, tmp_path: Path, name: str) -> None:
    db = store()
    report = import_file(db, ndjson(tmp_path / name, messages(20)))
    assert (report.format, report.rows, report.accepted) == ("Segment messages", 20, 20)
    again = import_file(db, tmp_path / name)
    assert (again.accepted, again.duplicates, count(db)) == (0, 20, 20)


def test_a_line_that_is_no_json_is_kept_with_its_reason_and_the_rest_goes_on(store: Store, tmp_path: Path) -> None:
    path = ndjson(tmp_path / "events.jsonl", messages(3))
    path.write_text(path.read_text() + "{torn\n\n" + json.dumps({"type": "track"}) + "\n")
    db = store()
    report = import_file(db, path)
    assert (report.accepted, report.rejected) == (3, 2)
    assert report.reasons == {"malformed_json": 1, "missing_event": 1}
    found = db.engine.read("SELECT code FROM rejected_events ORDER BY code").rows
    assert found == [("malformed_json",), ("missing_event",)]


def test_a_line_with_nan_is_taken_as_over_http_and_a_torn_or_endless_one_is_not(store: Store, tmp_path: Path) -> None:
    first = messages(1)[0]
    odd = json.dumps({**first, "messageId": "odd", "properties": {"product_id": "p", "price": float("nan")}})
    assert "NaN" in odd
    deep = '{"a":' * 100_000
    (tmp_path / "events.jsonl").write_text(f"{json.dumps(first)}\n{odd}\n{deep}\n{{\n")
    db = store()
    report = import_file(db, tmp_path / "events.jsonl")
    assert (report.accepted, report.reasons) == (2, {"malformed_json": 2})
    (body,) = db.engine.read("SELECT body FROM events WHERE message_id = 'odd'").rows[0]
    assert json.loads(body) == {"properties": {"product_id": "p", "price": None}}


def test_a_dry_run_checks_everything_and_stores_nothing(store: Store, tmp_path: Path) -> None:
    path = ndjson(tmp_path / "events.jsonl", [*messages(5), {"type": "track"}])
    db = store()
    report = import_file(db, path, dry_run=True)
    assert (report.accepted, report.rejected, report.reasons) == (5, 1, {"missing_event": 1})
    assert count(db) == 0
    assert db.engine.read("SELECT COUNT(*) FROM rejected_events").rows == [(0,)]


def test_a_dry_run_refuses_what_the_import_will_refuse(store: Store, tmp_path: Path) -> None:
    old, long = messages(2)
    old |= {"timestamp": "2020-01-01T10:00:00Z"}
    long |= {"properties": {"product_id": "p", "note": "n" * 40_000}}
    path = ndjson(tmp_path / "events.jsonl", [*messages(5)[2:], old, long])
    db = store()
    with db.engine.write() as transaction:
        transaction.set("horizon_day", "20000")  # in 2024: older days are frozen
    reports = [import_file(db, path, dry_run=dry_run) for dry_run in (True, False)]
    for report in reports:
        assert (report.accepted, report.reasons) == (3, {"before_retention": 1, "too_large": 1})


@pytest.mark.usefixtures("batches_of_ten")
def test_an_interrupted_import_goes_on_where_it_stopped(store: Store, tmp_path: Path) -> None:
    path = ndjson(tmp_path / "events.jsonl", messages(45))
    db = store()
    with pytest.raises(KeyboardInterrupt):
        import_file(db, path, progress=power_cut(at=3))
    assert count(db) == 30
    report = import_file(db, path)
    assert (report.resumed_after, report.accepted, report.duplicates) == (30, 15, 0)
    assert count(db) == 45
    assert import_file(db, path).resumed_after == 0


@pytest.mark.usefixtures("batches_of_ten")
def test_a_batch_is_stored_with_its_bookmark_or_not_at_all(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = ndjson(tmp_path / "events.jsonl", messages(25))
    db = store()
    really, bookmark = Transaction.set, power_cut(at=2)

    def remember(transaction: Transaction, name: str, value: str) -> None:
        if name.startswith("import:"):
            bookmark()
        really(transaction, name, value)

    with monkeypatch.context() as patched:
        patched.setattr(Transaction, "set", remember)
        with pytest.raises(KeyboardInterrupt):
            import_file(db, path)
    assert count(db) == 10
    assert import_file(db, path).resumed_after == 10


def test_properties_that_are_no_object_cost_nothing_else(store: Store, tmp_path: Path) -> None:
    odd = [{**messages(1)[0], "event": "Order Completed", "messageId": f"odd{n}", "properties": properties}
           for n, properties in enumerate(("text", [1], 7, {"order_id": "1", "currency": ["USD"]}))]  # fmt: skip
    report = import_file(store(), ndjson(tmp_path / "events.jsonl", [*odd, *messages(3)]))
    assert (report.accepted, report.reasons) == (4, {"missing_order": 3})
    assert not report.foreign_currencies


SHOPIFY = """Name,Financial Status,Currency,Subtotal,Shipping,Taxes,Total,Created at,Lineitem name,Lineitem price
#1,paid,EUR,10.00,0,0,10.00,2026-03-01 10:00:00 +0000,soap,10.00
#2,paid,EUR,ODD,0,0,10.00,2026-03-01 10:00:00 +0000,soap,10.00
#3,paid,EUR,10.00,0,ODD,10.00,2026-03-01 10:00:00 +0000,soap,10.00
#4,paid,EUR,10.00,0,0,10.00,2026-03-01 10:00:00 +0000,soap,ODD
"""


@pytest.mark.parametrize("amount", ["NaN", "sNaN", "-Infinity", "1e9999999", "ten"])
def test_an_amount_that_is_none_costs_its_shopify_order_alone(store: Store, tmp_path: Path, amount: str) -> None:
    (tmp_path / "orders.csv").write_text(SHOPIFY.replace("ODD", amount))
    report = import_file(store(), tmp_path / "orders.csv")
    assert (report.accepted, report.reasons) == (1, {"unreadable_order": 3})


@pytest.mark.usefixtures("batches_of_ten")
def test_with_another_mapping_an_interrupted_import_begins_anew(store: Store, tmp_path: Path) -> None:
    table, mapping = till(tmp_path, MAPPING.replace("%d.%m.%Y", "%d/%m/%Y"))
    names, *_ = TILL.splitlines()
    table.write_text(names + "".join(f"\n{n};01.03.2026 10:00;soap;1;3.50;k1" for n in range(30)))
    db = store()
    with pytest.raises(KeyboardInterrupt):
        import_file(db, table, mapping=mapping, progress=power_cut(at=2))
    mapping.write_text(MAPPING)
    report = import_file(db, table, mapping=mapping)
    assert (report.resumed_after, report.accepted) == (0, 30)


def damaged_parquet(path: Path) -> None:
    columns = {name: [f"{n}" for n in range(50_000)] for name in ("receipt", "when", "article", "pieces", "price")}
    pyarrow.parquet.write_table(pa.table({**columns, "card": columns["receipt"]}), path, row_group_size=10_000)
    with path.open("r+b") as raw:
        raw.seek(path.stat().st_size // 3)
        raw.write(b"\xff" * 50_000)


def test_a_damaged_table_is_said_in_words(store: Store, tmp_path: Path) -> None:
    _, mapping = till(tmp_path)
    damaged_parquet(tmp_path / "till.parquet")
    with pytest.raises(FileError, match=r"^till\.parquet cannot be read (after row|from its beginning)"):
        import_file(store(), tmp_path / "till.parquet", mapping=mapping)


CUT = gzip.compress(b"".join(json.dumps(event).encode() + b"\n" for event in messages(500)))[:-200]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("cut.jsonl.gz", CUT, r"^cut\.jsonl\.gz cannot be read after row \d+: it ends too early\.$"),
        ("odd.csv", b"\x1f\x8bno gzip at all", "cannot be opened: it is no sound gzip file"),
        ("empty.csv", b"", "not clear from its name"),
        ("wide.csv", "Name,Total".encode("utf-16"), r"wide\.csv is written in UTF-16: save it as UTF-8"),
        ("text.parquet", b"no parquet", "is not a readable Parquet file"),
        ("quote.csv", SHOPIFY.encode() + b'#5,"' + b"x\n" * 9_000_000,
         r"quote\.csv cannot be read after row 4: a quote is opened and not closed again"),
    ],
    ids=["cut", "no gzip", "empty", "UTF-16", "no Parquet", "open quote"],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_said_in_words(
    store: Store, tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    (tmp_path / name).write_bytes(content)
    for progress in (None, lambda *_: None):
        with pytest.raises(FileError, match=words):
            import_file(store(), tmp_path / name, progress=progress)


def test_a_semicolon_file_is_no_shopify_export(store: Store, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(SHOPIFY.replace(",", ";"))
    with pytest.raises(FileError, match=r"has no column Name, .*; it has Name;Financial Status"):
        import_file(store(), tmp_path / "orders.csv", format_name="shopify", progress=lambda *_: None)


@pytest.mark.parametrize("opened", ["open", "is_file"])
def test_a_file_that_may_not_be_read_is_said_in_words(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, opened: str
) -> None:
    db, path = store(), ndjson(tmp_path / "events.jsonl", messages(1))

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, opened, refuse)
    with pytest.raises(FileError, match=r"events\.jsonl cannot be opened: Permission denied\."):
        import_file(db, path)


@pytest.mark.usefixtures("batches_of_ten")
def test_what_was_stored_before_the_damage_stays_and_is_said(store: Store, tmp_path: Path) -> None:
    (tmp_path / "cut.jsonl.gz").write_bytes(CUT)
    db = store()
    with pytest.raises(FileError, match=r"it ends too early\. \d+ of its rows are read") as caught:
        import_file(db, tmp_path / "cut.jsonl.gz")
    stored = count(db)
    assert stored > 0
    assert f"{stored} of its rows are read" in str(caught.value)
    whole = import_file(db, ndjson(tmp_path / "whole.jsonl", messages(500)))
    assert (whole.accepted, whole.duplicates) == (500 - stored, stored)


def test_what_a_file_holds_must_be_clear(store: Store, tmp_path: Path) -> None:
    (tmp_path / "letters.csv").write_text("a,b\n1,2\n")
    with pytest.raises(FileError, match="not clear"):
        import_file(store(), tmp_path / "letters.csv")
    with pytest.raises(FileError, match="not a file"):
        import_file(store("other"), tmp_path / "missing.csv")
    with pytest.raises(FileError, match="no format 'excel'"):
        import_file(store("third"), tmp_path / "letters.csv", format_name="excel")


MAPPING = """
kind = "order_lines"
name = "till"
identical_rows = "keep"
time_format = "%d.%m.%Y %H:%M"
timezone = "Europe/Berlin"
delimiter = ";"
refund_prefix = "R"

[columns]
order_id = "receipt"
time = "when"
product_id = "article"
quantity = "pieces"
price = "price"
user_id = "card"
"""
TILL = """receipt;when;article;pieces;price;card
1;01.03.2026 10:00;soap;2;3.50;k1
1;01.03.2026 10:00;soap;2;3.50;k1
2;01.03.2026 11:00;comb;1;4.00;
1;01.03.2026 10:00;oil;1;9.00;k1
3;02.03.2026 09:00;oil;0;9.00;k2
R9;02.03.2026 10:00;oil;-1;9.00;k1
4;soon;oil;1;9.00;k2
5;02.03.2026 12:00;oil;1;-9.00;k2
"""


def till(tmp_path: Path, mapping: str = MAPPING) -> tuple[Path, Path]:
    (tmp_path / "till.csv").write_text(TILL)
    (tmp_path / "till.toml").write_text(mapping)
    return tmp_path / "till.csv", tmp_path / "till.toml"


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
