"""Which days a store knows: read once per data version, and shared by all answers of that version."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from data.span import Span
from smartshopie_db import clock

if TYPE_CHECKING:
    from smartshopie_db.database import SmartShopieDB


class KnownDays:
    """The days of one data version. Whatever changes them makes the version grow, so they are not read again."""

    def __init__(self, store: SmartShopieDB) -> None:
        self._store = store
        self._imported: dict[str, tuple[date, ...]] = {}

    @cached_property
    def covered(self) -> Span | None:
        """The days covered by events."""
        days = self._store.covered()
        return Span(clock.date_of(days[0]), clock.date_of(days[1])) if days else None

    @cached_property
    def whole_months(self) -> frozenset[date]:
        """The first days of the months whose sums may be read in place of their days."""
        found = self._store.engine.read("SELECT record_date FROM whole_months").rows
        return frozenset(date.fromisoformat(month) for (month,) in found)

    def imported(self, table: str) -> tuple[date, ...]:
        """Days with imported rows that events do not cover, in order."""
        found = self._imported.get(table)
        if found is None:
            dates = f"SELECT DISTINCT record_date FROM {table} WHERE source = 'imported'"
            if self.covered:  # two ranges of the key, mostly empty ones
                dates = f"{dates} AND record_date < :first UNION {dates} AND record_date > :last"
            rows = self._store.engine.read(dates, self.covered.bounds() if self.covered else {}).rows
            found = tuple(sorted(date.fromisoformat(str(day)[:10]) for (day,) in rows if day))
            self._imported[table] = found
        return found
