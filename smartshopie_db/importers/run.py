"""Import a file: choose its reader, send what it yields to the store in batches, remember how far, report."""

from __future__ import annotations

import gc
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from smartshopie_db import clock
from smartshopie_db.derive.rows import ORDER_FILES
from smartshopie_db.events import Rejection, normalise, text
from smartshopie_db.importers import mapped, segment, shopify, tables
from smartshopie_db.importers.mapping import READY, Mapping, load_mapping, ready_mappings
from smartshopie_db.importers.steps import BadRow, FileError, Step, fingerprint
from smartshopie_db.ingest import ORDER_FILE_BYTES, ingest, keep_rejected, reading_for

if TYPE_CHECKING:
    from smartshopie_db.database import SmartShopieDB
    from smartshopie_db.engine import Transaction

BATCH_ROWS: Final = 5_000
MESSAGE_FILES: Final = (".jsonl", ".ndjson", ".json")
IDENTITY_SAMPLE: Final = 65_536  # bytes of a file that, with its size, tell it from others

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class ImportReport:
    """What became of a file. `reasons` counts the rejected rows by code; the rows themselves are kept in the store."""

    path: Path
    format: str
    resumed_after: int = 0
    rows: int = 0
    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    foreign_currencies: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Format:
    """How a file is read: the name shown, the source its events get, the steps after so many rows, how many there are.

    `meaning`: what a mapping says; another one makes it another import.
    """

    name: str
    source: str
    steps: Callable[[int, shopify.RefundedSoFar], Iterator[Step]]
    rows: Callable[[], int]
    meaning: str = ""


def import_file(
    db: SmartShopieDB, path: Path, *, format_name: str | None = None, mapping: Path | None = None,
    dry_run: bool = False, progress: Progress | None = None,
) -> ImportReport:  # fmt: skip
    """Import a file into an open store; safe to repeat, goes on where an interrupted import stopped.

    `format_name`: segment, shopify or a ready mapping's name; left out, the file's name and header decide. `mapping`: a
    mapping file of one's own. `dry_run`: everything is read and checked, nothing is stored. No rollup is run. Raises
    FileError and StoreError.
    """
    began = time.monotonic()
    chosen = choose_format(path, format_name, mapping)
    report = ImportReport(path, chosen.name)
    bookmark = f"import:{_identity(path, chosen)}"
    skip = 0 if dry_run else int(db.engine.get(bookmark) or 0)
    report.resumed_after = skip
    total = chosen.rows() if progress else 0
    try:
        with _rare_collections():
            for steps in _batches(chosen.steps(skip, _refunds(db))):
                if dry_run:
                    _check(db, steps, chosen.source, report)
                else:
                    _store(db, steps, chosen.source, report, bookmark)
                if progress:
                    progress(steps[-1].row, total)
    except FileError as error:
        if dry_run or report.rows == 0:
            raise
        raise FileError(
            f"{error} {skip + report.rows:,} of its rows are read, and what they told stays stored: "
            "`python -m smartshopie_db rollup` adds it up."
        ) from error
    if not dry_run:
        with db.engine.write() as transaction:
            transaction.execute("DELETE FROM store WHERE name = :name", {"name": bookmark})
    report.seconds = time.monotonic() - began
    return report


def choose_format(path: Path, name: str | None, mapping: Path | None) -> Format:
    """Find how the file is to be read. FileError when nothing fits."""
    try:
        is_file = path.is_file()
    except OSError as error:
        raise FileError(f"{path} cannot be opened: {error.strerror}.") from error
    if not is_file:
        raise FileError(f"{path} is not a file.")
    if mapping is not None:
        return _mapped(path, load_mapping(mapping))
    name = name or _detect(path)
    if name == "segment":
        return Format(
            "Segment messages", segment.SOURCE, lambda skip, _: segment.read(path, skip),
            lambda: sum(1 for _ in tables.lines(path)),
        )  # fmt: skip
    if name == "shopify":
        tables.require(path, shopify.NEEDED)
        return Format(
            "Shopify orders export", shopify.SOURCE, lambda skip, refunded: shopify.read(path, skip, refunded),
            lambda: sum(1 for _ in tables.column(path, "Name")),
        )  # fmt: skip
    if name in ready_mappings():
        return _mapped(path, load_mapping(READY / f"{name}.toml"))
    raise FileError(f"There is no format {name!r}; there are segment, shopify, {', '.join(ready_mappings())}.")


def _mapped(path: Path, mapping: Mapping) -> Format:
    table = mapped.Table(path, mapping)
    return Format(
        f"table, mapping {mapping.name}", mapping.source, lambda skip, _: table.steps(skip), table.rows, repr(mapping)
    )


def _detect(path: Path) -> str:
    """Guess the format by the file's name, else by its header."""
    plain = path.with_suffix("") if path.suffix.lower() == ".gz" else path
    if plain.suffix.lower() in MESSAGE_FILES:
        return "segment"
    names = set(tables.header(path))
    if set(shopify.NEEDED) <= names:
        return "shopify"
    for ready in ready_mappings():
        columns = load_mapping(READY / f"{ready}.toml").columns
        if {name for key, name in columns.items() if key not in ("category", "brand")} <= names:
            return ready
    raise FileError(
        f"What {path.name} holds is not clear from its name and header: say --format "
        f"(segment, shopify, {', '.join(ready_mappings())}) or give a --mapping."
    )


def _identity(path: Path, chosen: Format) -> str:
    """The same content, format and mapping are the same import, wherever the file lies. Raises FileError."""
    try:
        with path.open("rb") as raw:
            sample = raw.read(IDENTITY_SAMPLE)
        return fingerprint(chosen.source, chosen.meaning, path.stat().st_size, sample)
    except OSError as error:
        raise FileError(f"{path} cannot be opened: {error.strerror or error}.") from error


def _batches(steps: Iterator[Step]) -> Iterator[list[Step]]:
    """Steps in groups of some BATCH_ROWS rows."""
    batch: list[Step] = []
    rows = 0
    for step in steps:
        batch.append(step)
        rows += step.rows
        if rows >= BATCH_ROWS:
            yield batch
            batch, rows = [], 0
    if batch:
        yield batch


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Rows of a file hold no cycles: looking for them after every 700 new ones takes a tenth of an import."""
    before = gc.get_threshold()
    gc.set_threshold(100 * before[0], *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _store(db: SmartShopieDB, steps: list[Step], source: str, report: ImportReport, bookmark: str) -> None:
    """A batch with its refused rows and the bookmark behind it, in one commit."""
    now = clock.now_ms()
    events = [event for step in steps for event in step.events]
    bad = [_rejection(row) for step in steps for row in step.bad]

    def keep(transaction: Transaction) -> None:
        if bad:
            keep_rejected(transaction, bad, source, now)
        transaction.set(bookmark, str(steps[-1].done))

    outcome = ingest(
        db.engine, db.facts, events, source=source, received_ms=now, retention_days=db.settings.retention_days,
        max_event_bytes=_longest(source), beside=keep,
    )  # fmt: skip
    report.rows += sum(step.rows for step in steps)
    report.accepted += outcome.accepted
    report.duplicates += outcome.duplicates
    report.rejected += outcome.rejected + len(bad)
    report.reasons.update(verdict.code or "" for verdict in outcome.verdicts if verdict.status == "rejected")
    report.reasons.update(rejection.code for rejection in bad)
    _count_foreign(db, events, report)


def _longest(source: str) -> int | None:
    """Bytes of an event as JSON; None: as over HTTP."""
    return ORDER_FILE_BYTES if source.startswith(ORDER_FILES) else None


def _check(db: SmartShopieDB, steps: list[Step], source: str, report: ImportReport) -> None:
    """What _store() would do, without storing; doubles of what is stored already count as accepted here."""
    reading = reading_for(
        db.engine, db.facts, source, clock.now_ms(), db.settings.retention_days, _longest(source)
    )
    events = [event for step in steps for event in step.events]
    results = [normalise(event, reading) for event in events]
    refused = [result.code for result in results if isinstance(result, Rejection)]
    bad = [row.code for step in steps for row in step.bad]
    report.rows += sum(step.rows for step in steps)
    report.accepted += len(results) - len(refused)
    report.rejected += len(refused) + len(bad)
    report.reasons.update(refused + bad)
    _count_foreign(db, events, report)


def _count_foreign(db: SmartShopieDB, events: list[dict[str, Any]], report: ImportReport) -> None:
    """Orders in another currency than the store's: kept, left out of money, and said so."""
    for event in events:
        if isinstance(event, dict) and event.get("event") == "Order Completed":
            properties = event.get("properties")  # of a line that may say anything
            said = text(properties.get("currency")) if isinstance(properties, dict) else None
            if said is not None and said.upper() != db.facts.currency:
                report.foreign_currencies[said.upper()] += 1


def _rejection(row: BadRow) -> Rejection:
    body = row.body if isinstance(row.body, str) else orjson.dumps(row.body).decode()
    return Rejection(row.code, row.message, None, body)


def _refunds(db: SmartShopieDB) -> shopify.RefundedSoFar:
    """What earlier exports said was refunded: this export's amount is the sum so far, an event only what is new."""

    def refunded(order_id: str) -> Decimal:
        found = db.engine.read(
            "SELECT body FROM events WHERE order_id = :order_id AND source = :source AND event = 'Order Refunded'",
            {"order_id": order_id, "source": shopify.SOURCE},
        )
        return sum((Decimal(orjson.loads(body)["properties"]["total"]) for (body,) in found.rows), Decimal(0))

    return refunded
