"""Whatever is sent and whenever events go, frozen days stay and no number changes."""

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartshopie_db import retention
from smartshopie_db.clock import LocalTime, day_of, moment_of
from smartshopie_db.engine import Engine
from smartshopie_db.facts import StoreFacts
from smartshopie_db.ingest import ingest
from smartshopie_db.rollup import rebuild, rollup
from tests.smartshopie_db.retention.conftest import FAR
from tests.smartshopie_db.retention.tables import Tables, check, dump, summaries
from tests.streams.stored import store_of_example


def cut(engine: Engine, facts: StoreFacts, horizon: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(retention, "now_ms", lambda: retention.start_of(facts, horizon + 5) + 3600_000)
        rollup(engine, facts, retention_days=5)


@given(seed=st.integers(0, 10**6), share=st.floats(0.1, 1.1), again=st.floats(0, 0.5))
@settings(max_examples=25)
def test_pruning_changes_no_number_and_what_is_kept_gives_the_same_again(
    tmp_path_factory: Any, seed: int, share: float, again: float
) -> None:
    with store_of_example(tmp_path_factory.mktemp("store"), seed) as (engine, facts, drawn):
        ingest(engine, facts, drawn.messages, source="http", received_ms=FAR)
        rollup(engine, facts)
        expected = dump(engine)
        first = day_of(drawn.first)
        for part in (share, share + again):
            horizon = first + int(drawn.days * part)
            cut(engine, facts, horizon)
            assert dump(engine) == expected
            rebuild(engine)
            assert dump(engine) == expected
            left = engine.read("SELECT order_id, conversation_id FROM events WHERE day < :day", {"day": horizon})
            assert all(any(row) for row in left.rows)


@given(seed=st.integers(0, 10**6), keep=st.integers(1, 12))
@settings(max_examples=12)
def test_with_a_horizon_that_moves_every_day_frozen_days_stay_and_totals_agree(
    tmp_path_factory: Any, seed: int, keep: int
) -> None:
    """Messages come in their order, some days apart, and each time the horizon moves: the strictest life of a store."""
    with store_of_example(tmp_path_factory.mktemp("store"), seed) as (engine, facts, drawn):
        local, by_day = LocalTime(facts.timezone), {}
        for one in drawn.messages:
            by_day.setdefault(local.day(moment_of(datetime.fromisoformat(one["timestamp"]))), []).append(one)
        frozen: tuple[int, Tables] = (0, {})
        for day in sorted(by_day):
            ingest(engine, facts, by_day[day], source="http", received_ms=FAR)
            cut(engine, facts, day - keep)
            assert summaries(engine, before=frozen[0]) == (frozen[1] or summaries(engine, before=frozen[0]))
            newest = int(engine.get("newest_day") or 0)  # days without events behind it are still to be counted
            horizon = min(day - keep, newest + 1)
            frozen = (horizon, summaries(engine, before=horizon))
            check(engine)
        expected = dump(engine)
        rebuild(engine)
        assert dump(engine) == expected
