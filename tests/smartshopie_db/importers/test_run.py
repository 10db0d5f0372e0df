"""Files in: formats are recognised, nothing counts twice, an interrupted import goes on, refusals have reasons."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from smartshopie_db.engine import Transaction
from smartshopie_db.importers.run import import_file
from tests.smartshopie_db.importers.conftest import Store
from tests.smartshopie_db.importers.files import MAPPING, SHOPIFY, TILL, count, messages, ndjson, power_cut, till


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
