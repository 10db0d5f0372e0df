"""SmartShopieDB: one open store, usable from many threads at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from smartshopie_db.connections import file_of, sqlite_url
from smartshopie_db.engine import Engine
from smartshopie_db.errors import StoreError
from smartshopie_db.facts import FactsChanged, StoreFacts, open_facts
from smartshopie_db.forget import Forgotten, forget_person
from smartshopie_db.ingest import IngestReport, ingest
from smartshopie_db.migrate import Migration, is_original, migrate_original
from smartshopie_db.ownership import check_file, check_server
from smartshopie_db.records import RecordAccess
from smartshopie_db.rollup import RollupReport, rebuild, rollup
from smartshopie_db.settings import Settings, load_settings
from smartshopie_db.upgrade import upgrade

if TYPE_CHECKING:
    from os import PathLike

Progress = Callable[[int, int], None]
"""Called with (done, of how many)."""


def database_url(database: str | PathLike[str]) -> str:
    """Return the URL of a path (made absolute) or of a URL (as it is)."""
    text = str(database)
    return text if "://" in text else sqlite_url(Path(text))


class SmartShopieDB(RecordAccess):
    """The store behind a path or URL: events in, summaries out.

    Without `database`, the settings decide (SMARTSHOPIE_DATABASE_URL). Nothing is opened before `connect()`.
    """

    def __init__(self, database: str | PathLike[str] | None = None, *, settings: Settings | None = None) -> None:
        self.settings = settings or load_settings()
        self.url = database_url(database if database is not None else self.settings.database_url)
        self._engine: Engine | None = None
        self._facts: StoreFacts | None = None
        self._version = 0  # the data version at which the facts were read
        self.migration: Migration | None = None  # what connect() did to an original database, if it was one

    def connect(self, *, create: bool = True) -> Self:
        """Open the store; an empty database gets the schema first, and so does a missing SQLite file with `create`.

        A database of the original system is copied, the copy verified, and the file brought up to date in place; one of
        another program is left as it is. Raises StoreUnavailable or StoreMismatch, in words.
        """
        if self._engine is None:
            path = file_of(self.url)
            if path is not None:
                self._migrate(path)
                check_file(path)
            engine = Engine.open(self.url, create=create)
            try:
                if path is None:
                    check_server(engine)
                engine.apply_schema()
                upgrade(engine)
                self._facts = open_facts(engine, self.settings)
            except BaseException:
                engine.close()
                raise
            self._engine = engine
        return self

    def _migrate(self, path: Path) -> None:
        if is_original(path):
            self.migration = migrate_original(path, self.settings.currency or "EUR")

    def close(self) -> None:
        """Close every connection; `connect()` opens again."""
        if self._engine is not None:
            self._engine.close()
        self._engine = self._facts = None

    def __enter__(self) -> Self:
        return self.connect()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @property
    def engine(self) -> Engine:
        """The open engine; StoreError before connect()."""
        if self._engine is None:
            raise StoreError("The store is not open: call connect() first.")
        return self._engine

    @property
    def facts(self) -> StoreFacts:
        """Time zone, currency and attribution window the store was made with."""
        if self._facts is None:
            raise StoreError("The store is not open: call connect() first.")
        return self._facts

    def ingest(
        self, events: Iterable[Mapping[str, Any]], *, source: str = "api", received_ms: int | None = None,
        corrected: bool = False, strict: bool = False, verdicts: bool = True, max_event_bytes: int | None = None,
    ) -> IngestReport:
        """Check, de-duplicate and store events; see `smartshopie_db.ingest.ingest`."""
        with self._learning():
            return ingest(
                self.engine, self.facts, events, source=source, received_ms=received_ms, corrected=corrected,
                strict=strict, verdicts=verdicts, retention_days=self.settings.retention_days,
                max_event_bytes=max_event_bytes,
            )

    def rollup(self, progress: Progress | None = None) -> RollupReport:
        """Derive and add up what changed since the last rollup, and delete events older than they are kept."""
        with self._learning():
            return rollup(
                self.engine, self.facts, progress=progress, retention_days=self.settings.retention_days
            )

    def rebuild(
        self, progress: Progress | None = None, *, timezone: str | None = None, currency: str | None = None,
        attribution_days: int | None = None,
    ) -> RollupReport:  # fmt: skip
        """Derive and add up everything anew from the events, from now on with what is given."""
        report = rebuild(
            self.engine, progress=progress, timezone=timezone, currency=currency, attribution_days=attribution_days
        )
        self.settings = replace(
            self.settings, timezone=timezone or self.settings.timezone, currency=currency or self.settings.currency,
            attribution_days=attribution_days or self.settings.attribution_days,
        )  # fmt: skip
        self._facts = open_facts(self.engine, self.settings)
        return report

    def forget(self, user_id: str, progress: Progress | None = None) -> Forgotten | None:
        """Anonymise a person everywhere, numbers apart; None when nobody is known by this userId."""
        with self._learning():
            return forget_person(self.engine, self.facts, user_id, progress=progress)

    @contextmanager
    def _learning(self) -> Iterator[None]:
        """When the store was rebuilt otherwise by another program, learn how: the same call again goes well.

        Raises StoreMismatch instead where the settings forbid it.
        """
        try:
            yield
        except FactsChanged:
            self._facts = open_facts(self.engine, self.settings)
            raise

    def data_version(self) -> int:
        """A number that grows whenever a stored summary may have changed; 0 for a new store.

        With it the facts are learned anew, since another program may have changed them.
        """
        version = int(self.engine.get("data_version") or 0)
        if version != self._version:
            self._facts, self._version = open_facts(self.engine, self.settings), version
        return version

    def covered(self) -> tuple[int, int] | None:
        """First and newest day covered by events (days since 1970-01-01, local); None without events."""
        first, newest = self.engine.get("first_day"), self.engine.get("newest_day")
        return (int(first), int(newest)) if first is not None and newest is not None else None

    def initialize_database(self) -> None:
        """Make the tables; on a store that has them it changes nothing."""
        self.connect().engine.apply_schema()


def create_database(database: str | PathLike[str] = "smartshopie_dashboard.db") -> SmartShopieDB:
    """Make a store (or open the one that is there) and return it, connected."""
    return SmartShopieDB(database).connect()
