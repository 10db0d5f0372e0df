"""Of the activity feed only the conversations that changed are written."""

from __future__ import annotations

import pytest

from smartshopie_db import rollup as rollups
from smartshopie_db.clock import iso_day
from tests.smartshopie_db.rollups.conftest import HandFilled
from tests.smartshopie_db.rollups.receiving import (
    FIRST_DAY,
    Message,
    anew,
    assert_same,
    message,
    receive,
    run,
    summaries,
)


def conversation(number: int, day: float, user: str = "1", at: int | None = None) -> Message:
    return message(at or number, "Conversation Started", day, user, conversationId=f"c{number}")


def told(store: HandFilled) -> dict[str, tuple[str, str]]:
    """The rows of the activity feed by conversation: their day, and what happened."""
    rows = store.rows("customer_interactions")
    return {row["interaction_id"]: (row["record_date"], row["activity_description"]) for row in rows}


def spoil_the_feed(store: HandFilled) -> None:
    """Make every row of the feed one that nobody would write now."""
    with store.engine.write() as transaction:
        transaction.execute("UPDATE customer_interactions SET activity_description = 'as it was'")


def test_a_rollup_writes_only_the_conversations_of_a_day_that_changed(store: HandFilled) -> None:
    receive(store, [conversation(0, 0), conversation(10, 0.1), conversation(20, 0.2)])
    run(store)
    spoil_the_feed(store)
    receive(store, [message(1, "Concern Detected", 0.11, conversationId="c10", concern="acne"), conversation(30, 0.3)])
    run(store)
    day = iso_day(FIRST_DAY)
    assert told(store) == {
        "c0": (day, "as it was"), "c20": (day, "as it was"),
        "c10": (day, "asked about acne"), "c30": (day, "started a chat"),
    }  # fmt: skip
    assert store.rows("interaction_summary")[0]["total_interactions"] == 4


def test_a_day_that_was_dirty_before_is_told_whole(store: HandFilled) -> None:
    receive(store, [conversation(0, 0), conversation(10, 1)])
    run(store)
    spoil_the_feed(store)
    store.put("dirty_days", kind="day", day=FIRST_DAY)  # as a rollup that was cut off leaves it
    receive(store, [conversation(20, 0.1)])
    run(store)
    assert told(store) == {
        "c0": (iso_day(FIRST_DAY), "started a chat"), "c20": (iso_day(FIRST_DAY), "started a chat"),
        "c10": (iso_day(FIRST_DAY + 1), "as it was"),
    }  # fmt: skip


@pytest.mark.parametrize("many", [1, 5_000])
def test_a_conversation_that_began_earlier_than_thought_leaves_its_day(
    store: HandFilled, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    monkeypatch.setattr(rollups, "MANY_CONVERSATIONS", many)
    receive(store, [conversation(0, 0, "2"), conversation(10, 40, "1"), conversation(20, 40.1, "2")])
    run(store)
    receive(store, [conversation(10, 0.4, "3", at=30)])  # the same one, in another month, begun by somebody else
    run(store)
    assert {key: day for key, (day, _) in told(store).items()} == {
        "c0": iso_day(FIRST_DAY), "c10": iso_day(FIRST_DAY), "c20": iso_day(FIRST_DAY + 40),
    }  # fmt: skip
    assert_same(summaries(store), anew(store))
