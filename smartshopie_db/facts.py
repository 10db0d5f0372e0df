"""What a store was made with: time zone, currency, attribution window. It remembers them, and others are refused."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from smartshopie_db.clock import DAY_MS, LocalTime, iso_day
from smartshopie_db.engine import Engine, Rows, Transaction
from smartshopie_db.errors import StoreMismatch, StoreUnavailable
from smartshopie_db.settings import Settings

SCHEMA_VERSION = 2  # 1: visitor_days by visitor first, no frozen_visitors, no months (upgrade.py)


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """What the table `store` says about the store itself; contents: demo, imported, or None."""

    timezone: str
    currency: str
    attribution_days: int
    schema_version: int
    contents: str | None

    def counts_as(self, other: "StoreFacts") -> bool:
        """Whether both have days, money and credit counted the same way."""
        mine = self.timezone, self.currency, self.attribution_days
        return mine == (other.timezone, other.currency, other.attribution_days)


class FactsChanged(StoreUnavailable):
    """The store was rebuilt with another time zone, currency or window since it was opened here."""


def open_facts(engine: Engine, settings: Settings) -> StoreFacts:
    """Read what the store was made with; a new one is given the settings (UTC, EUR and 7 where they are silent).

    Raises StoreMismatch, naming the command that rebuilds, when the settings say otherwise.
    """
    if engine.get("timezone") is None:
        with engine.write() as transaction:
            if not transaction.read("SELECT 1 FROM store WHERE name = 'timezone'").rows:  # another may have been faster
                _write(
                    transaction, settings.timezone or "UTC", settings.currency or "EUR", settings.attribution_days or 7
                )
    facts = read_facts(engine.read)
    if facts.schema_version > SCHEMA_VERSION:
        raise StoreMismatch(
            f"The store was made by a newer version (schema {facts.schema_version}, this program knows "
            f"{SCHEMA_VERSION}): update the program."
        )
    for name, stored, wanted in (
        ("time zone", facts.timezone, settings.timezone),
        ("currency", facts.currency, settings.currency),
        ("attribution window (days)", facts.attribution_days, settings.attribution_days),
    ):
        if wanted is not None and wanted != stored:
            raise StoreMismatch(
                f"The store counts with the {name} {stored}, but the settings say {wanted}. To change the store: "
                f"python -m smartshopie_db rebuild --timezone {settings.timezone or facts.timezone} "
                f"--currency {settings.currency or facts.currency} "
                f"--attribution-days {settings.attribution_days or facts.attribution_days}"
            )
    return facts


def check_facts(read: Callable[[str], Rows], facts: StoreFacts) -> None:
    """Raise FactsChanged when the store counts otherwise than `facts` say."""
    if not read_facts(read).counts_as(facts):
        raise FactsChanged("The store was rebuilt with another time zone, currency or attribution window. Try again.")


def change_facts(
    transaction: Transaction, timezone: str | None, currency: str | None, attribution_days: int | None
) -> StoreFacts:
    """Give the store another time zone, currency or window, and its events their days there; part of a rebuild.

    Raises StoreMismatch where old events are gone: frozen days cannot be counted again.
    """
    known = read_facts(transaction.read)
    frozen = transaction.get("frozen_day")
    wanted = replace(
        known, timezone=timezone or known.timezone, currency=currency or known.currency,
        attribution_days=attribution_days or known.attribution_days,
    )  # fmt: skip
    if wanted.counts_as(known):
        return known
    if frozen is not None:
        raise StoreMismatch(
            f"The days before {iso_day(int(frozen))} are frozen, their events are gone "
            "(SMARTSHOPIE_RETENTION_DAYS): they cannot be counted with another time zone, currency or window. "
            "Make a new store for that."
        )
    _write(transaction, wanted.timezone, wanted.currency, wanted.attribution_days)
    next_data_version(transaction)  # whoever has the store open learns of it
    if wanted.timezone != known.timezone:
        _rewrite_days(transaction, LocalTime(wanted.timezone))
    return wanted


def read_facts(read: Callable[[str], Rows]) -> StoreFacts:
    """What the store says now."""
    stored = dict(read("SELECT name, value FROM store").rows)
    return StoreFacts(
        timezone=stored.get("timezone", "UTC"),
        currency=stored.get("currency", "EUR"),
        attribution_days=int(stored.get("attribution_days", 7)),
        schema_version=int(stored.get("schema_version", SCHEMA_VERSION)),
        contents=stored.get("contents"),
    )


def next_data_version(transaction: Transaction) -> None:
    """Say that what is shown may have changed: nothing that was remembered may be shown again."""
    transaction.set("data_version", str(int(transaction.get("data_version") or 0) + 1))


def _write(transaction: Transaction, timezone: str, currency: str, attribution_days: int) -> None:
    transaction.set("timezone", timezone)
    transaction.set("currency", currency)
    transaction.set("attribution_days", str(attribution_days))
    transaction.set("schema_version", str(SCHEMA_VERSION))


def _rewrite_days(transaction: Transaction, local: LocalTime) -> None:
    """The days of events and of their receipt in another time zone, one statement per stretch of equal offset."""
    span = "SELECT MIN({0}), MAX({0}) FROM events"
    first, last = transaction.read(span.format("occurred_ms")).rows[0]
    if first is None:
        return
    for start, end, offset in local.stretches(first, last):
        transaction.execute(  # moments are positive, so both engines' integer division rounds down
            "UPDATE events SET day = (occurred_ms + :offset) / :day WHERE occurred_ms >= :start AND occurred_ms < :end",
            {"offset": offset, "day": DAY_MS, "start": start, "end": end},
        )
    totals: dict[tuple[str, int], tuple[int, int, int]] = {}
    first, last = transaction.read(span.format("received_ms")).rows[0]
    for start, end, offset in local.stretches(first, last):
        found = transaction.read(
            "SELECT source, (received_ms + :offset) / :day AS day, COUNT(*), MAX(received_ms), MAX(occurred_ms) "
            "FROM events WHERE received_ms >= :start AND received_ms < :end GROUP BY 1, 2",
            {"offset": offset, "day": DAY_MS, "start": start, "end": end},
        )
        for source, day, events, received, occurred in found.rows:
            before = totals.get((source, day), (0, 0, 0))
            totals[source, day] = (before[0] + events, max(before[1], received), max(before[2], occurred))
    transaction.execute("DELETE FROM event_sources")
    transaction.append(
        "event_sources", ("source", "day", "events", "last_received_ms", "last_occurred_ms"),
        [(*key, *numbers) for key, numbers in totals.items()],
    )  # fmt: skip
