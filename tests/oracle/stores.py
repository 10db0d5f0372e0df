"""Real stores of the system under test, filled with streams, beside the calculation of the same streams."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from data.period import Window as TheirWindow
from data.period import resolve
from smartshopie_db.database import SmartShopieDB
from smartshopie_db.settings import load_settings
from tests import opening
from tests.oracle.calculation import Calculation
from tests.oracle.comparison import Comparison
from tests.oracle.conversations import FEATURES
from tests.oracle.money import Plan
from tests.oracle.store import Store
from tests.oracle.windows import Window, window
from tests.streams.named import NamedStore

PLAN = """
name = "Small"
currency = "{currency}"
base_price = "{price}"
renewal_day = 1
"""
FEATURE = """
[features.{feature}]
free_units = {free_units}
overage_rate = "{overage_rate}"
"""


class Databases:
    """Makes empty stores: files in a folder, or databases of a running PostgreSQL server."""

    def __init__(self, folder: Path, server: str | None = None) -> None:
        self.folder, self.server = folder, server

    @contextmanager
    def _url(self) -> Iterator[str]:
        """Where an empty store may be made; it is gone afterwards."""
        if self.server is not None:
            with opening.database(self.server) as url:
                yield url
            return
        with TemporaryDirectory(dir=self.folder) as folder:
            yield f"sqlite:///{folder}/store.db"

    @contextmanager
    def store(self, timezone: str, currency: str, plan: NamedStore | None = None) -> Iterator[SmartShopieDB]:
        """An empty open store, gone afterwards."""
        with self._url() as url:
            environ = {
                "SMARTSHOPIE_DATABASE_URL": url,
                "SMARTSHOPIE_TIMEZONE": timezone,
                "SMARTSHOPIE_CURRENCY": currency,
            }
            if plan is not None:
                environ["SMARTSHOPIE_PLAN"] = str(self._plan_file(plan))
            with SmartShopieDB(settings=load_settings(environ)) as db:
                yield db

    def _plan_file(self, named: NamedStore) -> Path:
        path = self.folder / f"{named.name}-plan.toml"
        features = "".join(
            FEATURE.format(feature=feature, free_units=named.free_units, overage_rate=named.overage_rate)
            for feature in FEATURES
            if feature != "other"
        )
        path.write_text(PLAN.format(currency=named.currency, price=named.price) + features, encoding="utf-8")
        return path


def shuffled(messages: Iterable[Mapping[str, Any]], seed: int) -> list[Mapping[str, Any]]:
    result = list(messages)
    Random(seed).shuffle(result)  # noqa: S311 - reproducible on purpose
    return result


def send(db: SmartShopieDB, messages: Iterable[Mapping[str, Any]], *, batch: int = 10_000) -> None:
    """Hand messages over in batches; which of them are refused is for the calculation to agree with."""
    messages = list(messages)
    for start in range(0, len(messages), batch):
        db.ingest(messages[start : start + batch], source="api")


def calculation(
    messages: Iterable[Mapping[str, Any]],
    timezone: str,
    currency: str,
    named: NamedStore,
    order_file: Iterable[Mapping[str, Any]] = (),
) -> Calculation:
    rates = {f: (named.free_units, named.overage_rate) for f in FEATURES if f != "other"}
    store = Store(messages, timezone=timezone, currency=currency, order_file=order_file)
    return Calculation(store, Plan(named.price, rates))


def windows(*, today: date, **query: Any) -> tuple[Window, TheirWindow]:
    """The same window as the calculation and as the system see it."""
    said = {key: value.isoformat() if isinstance(value, date) else value for key, value in query.items()}
    return window(today=today, **query), resolve(today=today, **said)


def differences(db: SmartShopieDB, mine: Calculation, name: str, *, today: date, **query: Any) -> list[str]:
    """Where fetch() and the calculation disagree about one endpoint and window."""
    from data.fetch import fetch

    ours, theirs = windows(today=today, **query)
    comparison = Comparison(name, mine.store.currency)
    found = comparison.differences(mine.body(name, ours), fetch(db, name, theirs).body)
    if name == "ai/model-performance":
        ring = mine.body(name, ours, mode="ring")
        found += comparison.differences(ring, fetch(db, name, theirs, mode="ring").body)
    return [f"{query} {difference}" for difference in found]
