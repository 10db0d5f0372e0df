"""Old events go, and what was made of them stays: frozen days, and later days on top of them."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartshopie_db import retention
from smartshopie_db.clock import DAY_MS, LocalTime, day_of, iso_day, moment_of
from smartshopie_db.engine import Engine
from smartshopie_db.errors import StoreMismatch
from smartshopie_db.facts import StoreFacts, change_facts, open_facts
from smartshopie_db.forget import forget_person
from smartshopie_db.ingest import HorizonMoved, ingest
from smartshopie_db.replay import replay
from smartshopie_db.rollup import DERIVED_TABLES, rebuild, rollup
from smartshopie_db.rollups.tables import COVERED_TABLES
from smartshopie_db.settings import load_settings
from tests.streams.strategies import example

START = datetime(2026, 3, 1, tzinfo=UTC)
FIRST = day_of(START.date())
FAR = moment_of(datetime(2030, 1, 1, tzinfo=UTC))
Message = dict[str, Any]
Tables = dict[str, list[tuple[Any, ...]]]


def dump(engine: Engine, tables: tuple[str, ...] = (*DERIVED_TABLES, *COVERED_TABLES, "billing_payments")) -> Tables:
    return {table: sorted(engine.read(f"SELECT * FROM {table}").rows, key=repr) for table in tables}


def summaries(engine: Engine, *, before: int | None = None) -> Tables:
    """The summary tables, up to a day."""
    condition = "" if before is None else f"WHERE record_date < '{iso_day(before)}'"
    return {
        table: sorted(engine.read(f"SELECT * FROM {table} {condition}").rows, key=repr) for table in COVERED_TABLES
    }


@pytest.fixture
def on_day(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Make it noon (UTC) of a day for whoever prunes."""
    return lambda day: monkeypatch.setattr(retention, "now_ms", lambda: day * DAY_MS + DAY_MS // 2)


@pytest.fixture
def prune(engine: Engine, facts: StoreFacts, on_day: Callable[[int], None]) -> Callable[[int], None]:
    """Roll up and freeze the days before one."""

    def prune(horizon: int) -> None:
        on_day(horizon + 10)
        rollup(engine, facts, retention_days=10)

    return prune


@pytest.fixture
def send(engine: Engine, facts: StoreFacts) -> Any:
    def send(*messages: Message) -> Any:
        report = ingest(engine, facts, messages, source="http", received_ms=FAR)
        rollup(engine, facts)
        return report

    return send


def message(event: str | None, day: float, who: str | None, /, **properties: Any) -> Message:
    """A message `day` days after the first day's beginning."""
    given = {key: properties.pop(key) for key in ("traits", "context", "messageId", "anonymousId") if key in properties}
    name = {"type": "track", "event": event} if event else {"type": "page"}
    when = (START + timedelta(days=day)).isoformat()
    ids = {"userId": who} if who else {}
    made = f"{event}-{day}-{who}-{given.get('anonymousId')}"
    return {"messageId": made, "timestamp": when, "properties": properties, **name, **ids, **given}


def shopping(day: float, who: str, order: str, price: int = 20) -> list[Message]:
    line = {"product_id": "p", "price": price, "category": "Skin", "name": "Cream"}
    return [
        message("Product Viewed", day, who, **line),
        message("Conversation Started", day + 0.001, who, conversationId=f"c-{order}"),
        message("Order Completed", day + 0.002, who, order_id=order, revenue=price, products=[line]),
    ]


def value(engine: Engine, sql: str) -> Any:
    return engine.read(sql).rows[0][0]


# ------------------------------------------------------------------ nothing changes


@pytest.fixture
def streams(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[int], tuple[Engine, StoreFacts, Any]]]:
    """Stores of random streams; `given` draws many for one test."""
    opened: list[Engine] = []

    def made(seed: int) -> tuple[Engine, StoreFacts, Any]:
        drawn = example(Random(seed))  # noqa: S311 - the same stream every time
        folder: Path = tmp_path_factory.mktemp("store")
        engine = Engine.open(f"sqlite:///{folder / 'store.db'}")
        opened.append(engine)
        engine.apply_schema()
        named = {"SMARTSHOPIE_TIMEZONE": drawn.timezone, "SMARTSHOPIE_CURRENCY": drawn.currency}
        return engine, open_facts(engine, load_settings(named)), drawn

    yield made
    for engine in opened:
        engine.close()


def cut(engine: Engine, facts: StoreFacts, horizon: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(retention, "now_ms", lambda: retention.start_of(facts, horizon + 5) + 3600_000)
        rollup(engine, facts, retention_days=5)


@given(seed=st.integers(0, 10**6), share=st.floats(0.1, 1.1), again=st.floats(0, 0.5))
@settings(max_examples=25)
def test_pruning_changes_no_number_and_what_is_kept_gives_the_same_again(
    tmp_path_factory: Any, seed: int, share: float, again: float
) -> None:
    with pytest.MonkeyPatch.context():
        for engine, facts, drawn in _made(tmp_path_factory, seed):
            ingest(engine, facts, drawn.messages, source="http", received_ms=FAR)
            rollup(engine, facts)
            expected = dump(engine)
            first = day_of(drawn.first)
            for part in (share, share + again):
                horizon = first + int(drawn.days * part)
                cut(engine, facts, horizon)
                assert dump(engine) == expected
                rebuild(engine, facts)
                assert dump(engine) == expected
                left = engine.read("SELECT order_id, conversation_id FROM events WHERE day < :day", {"day": horizon})
                assert all(any(row) for row in left.rows)


def _made(tmp_path_factory: Any, seed: int) -> Iterator[tuple[Engine, StoreFacts, Any]]:
    drawn = example(Random(seed))  # noqa: S311 - the same stream every time
    engine = Engine.open(f"sqlite:///{tmp_path_factory.mktemp('store') / 'store.db'}")
    try:
        engine.apply_schema()
        named = {"SMARTSHOPIE_TIMEZONE": drawn.timezone, "SMARTSHOPIE_CURRENCY": drawn.currency}
        yield engine, open_facts(engine, load_settings(named)), drawn
    finally:
        engine.close()
