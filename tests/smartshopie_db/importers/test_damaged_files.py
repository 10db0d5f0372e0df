"""Files that are damaged, unreadable or of another format: one sentence says what and where; what was stored stays."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from smartshopie_db.importers.run import import_file
from smartshopie_db.importers.steps import FileError
from tests.smartshopie_db.importers.conftest import Store
from tests.smartshopie_db.importers.files import SHOPIFY, count, messages, ndjson, till


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
