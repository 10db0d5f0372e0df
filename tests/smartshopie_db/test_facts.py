import shlex
from datetime import UTC, datetime, timedelta

import pytest

from smartshopie_db.clock import LocalTime
from smartshopie_db.database import SmartShopieDB
from smartshopie_db.engine import Engine
from smartshopie_db.errors import StoreMismatch
from smartshopie_db.facts import SCHEMA_VERSION, FactsChanged, StoreFacts, change_facts, open_facts, read_facts
from smartshopie_db.ingest import ingest
from smartshopie_db.rollup import rebuild, rollup
from smartshopie_db.settings import load_settings

START = datetime(2025, 12, 31, 23, 30, tzinfo=UTC)


def opened(engine: Engine, **settings: str) -> StoreFacts:
    return open_facts(engine, load_settings({f"SMARTSHOPIE_{name}": value for name, value in settings.items()}))


def change(engine: Engine, timezone: str, currency: str | None = None, days: int | None = None) -> StoreFacts:
    with engine.write() as transaction:
        return change_facts(transaction, timezone, currency, days)


def test_a_new_store_takes_the_settings_and_remembers_them(engine: Engine) -> None:
    facts = opened(engine, TIMEZONE="Asia/Tokyo", CURRENCY="JPY", ATTRIBUTION_DAYS="30")
    assert facts == StoreFacts("Asia/Tokyo", "JPY", 30, SCHEMA_VERSION, None)
    assert opened(engine) == facts


def test_a_new_store_without_settings_counts_in_utc_and_euro(engine: Engine) -> None:
    assert opened(engine) == StoreFacts("UTC", "EUR", 7, SCHEMA_VERSION, None)


@pytest.mark.parametrize(
    ("name", "value"), [("TIMEZONE", "Europe/Berlin"), ("CURRENCY", "USD"), ("ATTRIBUTION_DAYS", "14")]
)
def test_other_settings_are_refused_with_the_command_that_rebuilds(engine: Engine, name: str, value: str) -> None:
    opened(engine)
    with pytest.raises(StoreMismatch) as caught:
        opened(engine, **{name: value})
    command = shlex.split(str(caught.value).split(": ", 1)[1])
    assert command[:4] == ["python", "-m", "smartshopie_db", "rebuild"]
    wanted = {"TIMEZONE": "UTC", "CURRENCY": "EUR", "ATTRIBUTION_DAYS": "7", name: value}
    assert command[4:] == [
        "--timezone", wanted["TIMEZONE"], "--currency", wanted["CURRENCY"],
        "--attribution-days", wanted["ATTRIBUTION_DAYS"],
    ]  # fmt: skip


def test_a_store_of_a_newer_version_is_refused(engine: Engine) -> None:
    opened(engine)
    with engine.write() as transaction:
        transaction.set("schema_version", str(SCHEMA_VERSION + 1))
    with pytest.raises(StoreMismatch, match="newer version"):
        opened(engine)


def test_another_time_zone_gives_events_and_receipts_their_days_there(engine: Engine) -> None:
    facts = opened(engine)
    moments = [START + timedelta(days=10 * n, minutes=n) for n in range(40)]  # both changes of the clocks included
    for n, moment in enumerate(moments):
        message = {"type": "page", "messageId": str(n), "userId": "u", "timestamp": moment.isoformat()}
        ingest(engine, facts, [message], source="http", received_ms=int(moment.timestamp() * 1000) + 3_600_000)
    changed = change(engine, "America/Los_Angeles")
    assert changed == StoreFacts("America/Los_Angeles", "EUR", 7, SCHEMA_VERSION, None)
    local = LocalTime("America/Los_Angeles")
    stored = engine.read("SELECT occurred_ms, received_ms, day FROM events").rows
    assert [day for _, _, day in stored] == [local.day(occurred) for occurred, _, _ in stored]
    sources = engine.read("SELECT * FROM event_sources ORDER BY day").rows
    assert [row[1] for row in sources] == sorted({local.day(received) for _, received, _ in stored})
    assert sum(row[2] for row in sources) == 40
    change(engine, "UTC", "USD", 14)
    back = engine.read("SELECT occurred_ms, day FROM events").rows
    assert all(day == LocalTime("UTC").day(occurred) for occurred, day in back)


def test_an_empty_store_changes_its_time_zone_too(engine: Engine) -> None:
    opened(engine)
    assert change(engine, "Asia/Tokyo", None, 3).attribution_days == 3
    assert opened(engine, TIMEZONE="Asia/Tokyo").timezone == "Asia/Tokyo"


def test_a_rebuild_in_another_time_zone_that_was_cut_off_is_finished_by_the_next_rollup(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = opened(engine)
    for day in (1, 3):
        message = {"type": "page", "messageId": str(day), "userId": "u", "timestamp": f"2026-03-0{day}T02:00:00Z"}
        ingest(engine, facts, [message], source="http")
    rollup(engine, facts)
    with monkeypatch.context() as patched:
        patched.setattr("smartshopie_db.rollup.derive", lambda *_: 1 / 0)  # all is marked, nothing is derived yet
        with pytest.raises(ZeroDivisionError):
            rebuild(engine, timezone="America/New_York")  # every event is of the day before
    rollup(engine, read_facts(engine.read))
    days = [row[0] for row in engine.read("SELECT record_date FROM overview_kpis ORDER BY 1").rows]
    assert days == ["2026-02-28", "2026-03-01", "2026-03-02"]


def page(number: int, at: str) -> dict[str, str]:
    return {"type": "page", "messageId": str(number), "userId": "u", "timestamp": at}


def test_an_open_store_learns_that_another_program_rebuilt_it_in_another_time_zone(store_url: str) -> None:
    with SmartShopieDB(store_url) as server, SmartShopieDB(store_url) as program:
        server.ingest([page(1, "2026-03-01T20:00:00Z")])
        server.rollup()
        before = server.data_version()
        program.rebuild(timezone="Asia/Tokyo")
        late = page(2, "2026-03-04T20:00:00Z")
        with pytest.raises(FactsChanged):
            server.ingest([late])  # its day was told in UTC: the sender is to send it again
        assert server.ingest([late]).accepted == 1
        program.rebuild(timezone="America/New_York")
        with pytest.raises(FactsChanged):
            server.rollup()
        server.rollup()
        assert (server.facts.timezone, program.facts.timezone) == ("America/New_York", "America/New_York")
        assert server.data_version() > before
        days = [row[0] for row in server.engine.read("SELECT record_date FROM overview_kpis ORDER BY 1").rows]
        assert days == ["2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04"]


def test_the_data_version_tells_what_the_store_counts_with(store_url: str) -> None:
    with SmartShopieDB(store_url) as server, SmartShopieDB(store_url) as program:
        assert (server.data_version(), server.facts.currency) == (0, "EUR")
        program.rebuild(currency="USD", attribution_days=14)
        assert server.data_version() == 1
        assert (server.facts.currency, server.facts.attribution_days) == ("USD", 14)


def test_a_server_whose_settings_name_the_old_time_zone_says_so(store_url: str) -> None:
    settings = load_settings({"SMARTSHOPIE_DATABASE_URL": store_url, "SMARTSHOPIE_TIMEZONE": "UTC"})
    with SmartShopieDB(settings=settings) as server:
        with SmartShopieDB(store_url) as program:
            program.rebuild(timezone="Asia/Tokyo")
        for ask in (server.data_version, server.rollup):
            with pytest.raises(StoreMismatch, match="Asia/Tokyo"):
                ask()
