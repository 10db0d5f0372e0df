"""Rollups of stores that receive events: incremental, again, after a crash, anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from smartshopie_db import rollup as rollups
from smartshopie_db.clock import LocalTime, day_of, iso_day
from smartshopie_db.engine import Engine, Transaction
from smartshopie_db.ingest import ingest
from smartshopie_db.rollup import RollupReport, rebuild, rollup
from smartshopie_db.rollups import lease as leases
from smartshopie_db.rollups.names import SEGMENTS, TENURE_BANDS
from smartshopie_db.rollups.tables import COVERED_TABLES
from tests.smartshopie_db.rollups.conftest import FACTS, HandFilled

START = datetime(2026, 1, 20, 12, tzinfo=UTC)
FIRST_DAY = day_of(START.date())
RECEIVED = 1_900_000_000_000
Message = dict[str, Any]
Tables = dict[str, list[str]]


def message(number: int, event: str, day: float, user: str | None = "1", **properties: Any) -> Message:
    who = {"userId": user} if user else {"anonymousId": f"anonymous{number}"}
    return {
        "messageId": f"m{number:05}", "type": "track", "event": event, "properties": properties, **who,
        "timestamp": (START + timedelta(days=day)).isoformat(),
    }  # fmt: skip


def purchase(number: int, day: float, user: str, product: str = "p1", revenue: int = 20) -> list[Message]:
    """A visit with a conversation, a view and an order."""
    line = {"product_id": product, "price": revenue, "quantity": 1, "category": "Serum", "name": f"Name of {product}"}
    return [
        message(number, "Conversation Started", day, user, conversationId=f"c{number}"),
        message(number + 1, "Product Viewed", day + 0.001, user, **line),
        message(number + 2, "Order Completed", day + 0.002, user, order_id=f"o{number}", revenue=revenue,
                products=[line]),
    ]  # fmt: skip


def shop(days: int, seed: int = 1) -> list[Message]:
    """Some 2 purchases a day of 9 customers and 5 products, a few of them refunded."""
    draw = Random(seed)  # noqa: S311 - the same shop every time
    found: list[Message] = []
    for number in range(0, days * 8, 4):
        day = draw.uniform(0, days)
        found += purchase(number, day, str(draw.randrange(9)), f"p{draw.randrange(5)}", draw.randrange(5, 90))
        if number % 5 == 0:
            later = min(day + draw.uniform(0, 9), days)
            found.append(message(number + 3, "Order Refunded", later, None, order_id=f"o{number}", revenue=3))
    return found


def receive(store: HandFilled, messages: list[Message]) -> None:
    report = ingest(store.engine, FACTS, messages, source="api", received_ms=RECEIVED)
    assert report.rejected == 0


def summaries(store: HandFilled) -> Tables:
    """Every row from events of every table with covered days, in an order that is theirs."""
    found = {}
    for table in COVERED_TABLES:
        rows = store.engine.read(f"SELECT * FROM {table} WHERE source = 'events'").rows
        found[table] = sorted(repr(tuple(row)) for row in rows)
    return found


def assert_same(one: Tables, other: Tables) -> None:
    for table, rows in one.items():
        assert rows == other[table], (table, set(rows) ^ set(other[table]))


def run(store: HandFilled) -> RollupReport:
    return rollup(store.engine, FACTS, wait_seconds=0)


def anew(store: HandFilled) -> Tables:
    rebuild(store.engine, FACTS, wait_seconds=0)
    return summaries(store)


def test_a_store_without_events_covers_nothing(store: HandFilled) -> None:
    assert run(store).days == 0
    assert store.engine.get("newest_day") is None


def test_covered_days_run_without_gaps_and_have_all_their_rows(store: HandFilled) -> None:
    receive(store, [*purchase(0, 0, "1"), *purchase(10, 40, "2")])
    assert run(store).days == 41
    assert (store.engine.get("first_day"), store.engine.get("newest_day")) == (str(FIRST_DAY), str(FIRST_DAY + 40))
    every_day = [iso_day(day) for day in range(FIRST_DAY, FIRST_DAY + 41)]
    for table in ("overview_kpis", "conversion_trends", "revenue_summary", "interaction_summary"):
        assert [row["record_date"] for row in store.rows(table)] == every_day
    assert [row["total_customers"] for row in store.rows("overview_kpis")] == [1] * 40 + [2]
    assert len(store.rows("customer_segments")) == 41 * len(SEGMENTS)
    assert len(store.rows("customer_lifetime_value")) == 41 * len(TENURE_BANDS)


def test_a_second_rollup_changes_nothing(store: HandFilled) -> None:
    receive(store, shop(20))
    first = run(store)
    before = summaries(store)
    again = run(store)
    assert (again.days, again.visitors, again.data_version) == (0, 0, first.data_version)
    assert_same(summaries(store), before)


@pytest.mark.parametrize("seed", [1, 2])
def test_batches_in_any_order_end_as_if_everything_was_made_anew(store: HandFilled, seed: int) -> None:
    messages = shop(75, seed)
    Random(seed).shuffle(messages)  # noqa: S311
    version = 0
    for start in range(0, len(messages), 120):
        receive(store, messages[start : start + 120])
        report = run(store)
        assert report.data_version > version
        version = report.data_version
    incremental = summaries(store)
    assert_same(incremental, anew(store))
    assert all(incremental[table] for table in ("category_products", "customer_value_analysis", "revenue_forecasting"))


def test_new_days_extend_what_is_covered_at_both_ends(store: HandFilled) -> None:
    receive(store, purchase(0, 10, "1"))
    run(store)
    receive(store, purchase(10, 0, "2") + purchase(20, 14, "1"))
    assert run(store).days >= 14
    assert [row["total_customers"] for row in store.rows("overview_kpis")] == [1] * 10 + [2] * 5
    assert_same(summaries(store), anew(store))


def test_a_late_view_changes_the_next_active_day_of_its_product(store: HandFilled) -> None:
    receive(store, purchase(0, 0, "1", "p7") + purchase(10, 20, "1", "p7") + purchase(20, 30, "1", "p8"))
    run(store)
    receive(store, [message(30, "Product Viewed", 12, "2", product_id="p7")])
    run(store)
    chain = {row["record_date"]: row["previous_date"] for row in store.rows("category_products")}
    assert chain[iso_day(FIRST_DAY + 20)] == iso_day(FIRST_DAY + 12)
    assert_same(summaries(store), anew(store))


def test_a_new_product_name_reaches_old_days(store: HandFilled) -> None:
    receive(store, purchase(0, 0, "1"))
    run(store)
    receive(store, [message(10, "Product Viewed", 9, "1", product_id="p1", name="Renamed", category="Balm")])
    run(store)
    assert {(row["product_name"], row["category"]) for row in store.rows("product_analytics")} == {("Renamed", "Balm")}
    assert_same(summaries(store), anew(store))


def test_a_new_name_of_a_customer_reaches_old_conversations(store: HandFilled) -> None:
    receive(store, purchase(0, 0, "1"))
    run(store)
    later = message(10, "", 5) | {"type": "identify", "traits": {"name": "Mia"}}
    receive(store, [{key: value for key, value in later.items() if key not in ("event", "properties")}])
    run(store)
    assert [row["customer_name"] for row in store.rows("customer_interactions")] == ["Mia"]


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


def test_month_end_figures_stand_for_month_ends_and_the_newest_day_only(store: HandFilled) -> None:
    receive(store, shop(70))
    run(store)
    newest = int(store.engine.get("newest_day") or 0)
    expected = ["2026-01-31", "2026-02-28", iso_day(newest)]
    assert sorted({row["record_date"] for row in store.rows("customer_value_analysis")}) == expected
    receive(store, purchase(9000, 80, "1"))
    run(store)
    days = {row["record_date"] for row in store.rows("customer_value_analysis")}
    assert days == {"2026-01-31", "2026-02-28", "2026-03-31", iso_day(FIRST_DAY + 80)}
    assert {row["record_date"] for row in store.rows("revenue_forecasting")} == {"2026-03-31", iso_day(FIRST_DAY + 80)}


def test_imported_rows_are_left_alone(store: HandFilled) -> None:
    with store.engine.write() as transaction:
        transaction.append(
            "overview_kpis", ("record_date", "total_customers", "source"),
            [(iso_day(FIRST_DAY), 77, "imported"), ("2020-01-01", 3, "imported")],
        )  # fmt: skip
    receive(store, purchase(0, 0, "1"))
    run(store)
    anew(store)
    rows = {(row["record_date"], row["source"]): row["total_customers"] for row in store.rows("overview_kpis")}
    day = iso_day(FIRST_DAY)
    assert rows == {("2020-01-01", "imported"): 3, (day, "imported"): 77, (day, "events"): 1}


def test_what_was_spoiled_by_hand_is_mended_by_a_rebuild(store: HandFilled) -> None:
    receive(store, shop(35))
    run(store)
    before = summaries(store)
    with store.engine.write() as transaction:
        transaction.execute("UPDATE revenue_summary SET orders = 999")
        transaction.execute("DELETE FROM visitor_days")
        transaction.execute("UPDATE customer_segments SET segment_size = 5")
        transaction.append("product_gaps", ("record_date", "product_name", "category"), [("2031-01-01", "x", "y")])
        transaction.append("customer_value_analysis", ("record_date", "tier_name"), [("2026-02-02", "High Value")])
    assert_same(anew(store), before)


class CrashError(Exception):
    """The power went."""


@pytest.fixture
def crash_at(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, int]]:
    """Let the n-th write transaction fail just before it commits; `seen` counts them."""
    state = {"at": 0, "seen": 0}
    original = leases.Lease.hold

    def hold(self: leases.Lease, transaction: Transaction) -> None:
        original(self, transaction)
        state["seen"] += 1
        if state["seen"] == state["at"]:
            raise CrashError

    monkeypatch.setattr(leases.Lease, "hold", hold)
    yield state
    state["at"] = 0


def test_a_crash_anywhere_is_repaired_by_the_next_call(sqlite_store: HandFilled, crash_at: dict[str, int]) -> None:
    messages = shop(75, seed=4)
    receive(sqlite_store, messages[:200])
    run(sqlite_store)
    receive(sqlite_store, messages[200:])
    crashes = 0
    for at in range(1, 30):
        crash_at |= {"at": at, "seen": 0}
        try:
            run(sqlite_store)
        except CrashError:
            crashes += 1
            receive(sqlite_store, purchase(5000 + at * 10, at, "3"))
        else:
            break
    assert crashes > 3
    crash_at["at"] = 0
    run(sqlite_store)
    assert_same(summaries(sqlite_store), anew(sqlite_store))


def test_a_rebuild_that_crashed_is_finished_by_a_rollup(sqlite_store: HandFilled, crash_at: dict[str, int]) -> None:
    receive(sqlite_store, shop(40))
    run(sqlite_store)
    before = summaries(sqlite_store)
    for at in (2, 10, 20, 22):
        crash_at |= {"at": at, "seen": 0}
        with pytest.raises(CrashError):
            anew(sqlite_store)
        crash_at["at"] = 0
        run(sqlite_store)
        assert_same(summaries(sqlite_store), before)


def test_readers_see_a_new_version_with_every_block(sqlite_store: HandFilled) -> None:
    receive(sqlite_store, shop(75))
    versions: list[int] = []
    rollup(
        sqlite_store.engine, FACTS, wait_seconds=0,
        progress=lambda _done, _total: versions.append(int(sqlite_store.engine.get("data_version") or 0)),
    )  # fmt: skip
    blocks = [version for version in versions if version]
    assert blocks == sorted(set(blocks))
    assert len(blocks) >= 3


def test_a_running_rollup_keeps_others_out(sqlite_store: HandFilled, monkeypatch: pytest.MonkeyPatch) -> None:
    receive(sqlite_store, purchase(0, 0, "1"))
    refused: list[str] = []

    def derive_and_ask(engine: Engine, *rest: Any) -> Any:
        with pytest.raises(leases.RollupRunning) as caught:
            rollup(engine, FACTS, wait_seconds=0)
        refused.append(str(caught.value))
        return original(engine, *rest)

    original = rollups.derive
    monkeypatch.setattr(rollups, "derive", derive_and_ask)
    run(sqlite_store)
    assert refused == ["Another rollup is running on this store. Try again in a moment."]
    assert sqlite_store.engine.get(leases.NAME) is None


def naive_snapshots(store: HandFilled, day: int) -> Mapping[str, tuple[int, int]]:
    """Customers and net revenue by tenure band, judged customer by customer."""
    found = {name: (0, 0) for name, _, _ in TENURE_BANDS}
    people = store.engine.read("SELECT visitor_id, first_day FROM visitors WHERE is_customer = 1").rows
    for visitor, first in people:
        for name, shortest, longest in TENURE_BANDS:
            if shortest <= day - first <= longest:
                spent = store.engine.read(
                    "SELECT COALESCE(SUM(net_revenue_minor), 0) FROM visitor_days "
                    "WHERE visitor_id = :visitor AND day <= :day",
                    {"visitor": visitor, "day": day},
                ).rows[0][0]
                found[name] = (found[name][0] + 1, found[name][1] + int(spent))
    return found


def test_lifetime_value_is_what_customers_of_a_band_spent(sqlite_store: HandFilled) -> None:
    receive(sqlite_store, purchase(0, 0, "1", revenue=50) + purchase(10, 400, "1", revenue=30))
    receive(sqlite_store, purchase(20, 380, "2", revenue=11) + purchase(30, 20, "3", revenue=7))
    run(sqlite_store)
    for offset in (0, 31, 200, 399, 400):
        expected = naive_snapshots(sqlite_store, FIRST_DAY + offset)
        rows = [row for row in sqlite_store.rows("customer_lifetime_value")
                if row["record_date"] == iso_day(FIRST_DAY + offset)]  # fmt: skip
        assert {row["segment_name"]: (row["customers"], row["net_revenue_minor"]) for row in rows} == expected
    newest = {row["segment_name"]: row for row in rows}
    # 365 days before the newest day, customer 1 was 35 days old and customer 3 15: 30.00 and 0.00 were spent since.
    assert (newest["31-60d"]["reference_customers"], newest["31-60d"]["reference_revenue_minor"]) == (1, 3000)
    assert newest["0-30d"]["current_clv"] == 11.0
    assert newest["0-30d"]["predicted_clv"] == 11.0
    assert newest["1-2y"]["predicted_clv"] is None
    young = iso_day(FIRST_DAY + 364)
    rows = [row for row in sqlite_store.rows("customer_lifetime_value") if row["record_date"] == young]
    assert {row["reference_customers"] for row in rows} == {None}


def test_a_day_is_the_stores_own(sqlite_store: HandFilled) -> None:
    local = LocalTime("UTC")
    receive(sqlite_store, purchase(0, 0, "1"))
    run(sqlite_store)
    row = sqlite_store.rows("customer_interactions")[0]
    assert row["interaction_date"] == local.iso(row["started_ms"])
