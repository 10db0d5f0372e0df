"""kill -9 under load: nothing acknowledged is lost, nothing counts twice, the summaries are those of a calm run."""

from __future__ import annotations

import json
import shutil
import signal
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from smartshopie_db.database import SmartShopieDB
from smartshopie_db.engine import Engine
from tests.clients.running import Server
from tests.crashes.load import Load, Message
from tests.crashes.victim import RECEIVED
from tests.oracle.tables import Tables, first_difference, tables

POINTS = ("before the commit", "after the commit", "in a rollup", "from outside")
LATEST = {"before the commit": 80, "after the commit": 80, "in a rollup": 25, "from outside": 80}
SHORT = ("before the commit", "after the commit", "in a rollup", "from outside", "in a rollup")
LONG = ("before the commit",) * 11 + ("after the commit",) * 11 + ("in a rollup",) * 13 + ("from outside",) * 10


def one_kill(folder: Path, load: Load, point: str, count: int) -> None:
    """Serve under load until death comes, then look whether all that was acknowledged is there, once."""
    log = folder / "kills.log"
    arguments = () if point == "from outside" else ("--kill", f"{point}:{count}")
    server = Server(folder, "tests.crashes.victim", "--log", str(log), *arguments).ready()
    until = load.answers + count

    def kill_at_the_count() -> None:
        if point == "from outside" and load.answers == until:
            with log.open("a") as file:
                file.write(json.dumps({"killed": point}) + "\n")
            server.process.kill()

    try:
        load.run(server, answered=kill_at_the_count)
    finally:
        server.kill()
    assert server.process.returncode == -signal.SIGKILL
    engine = Engine.open(server.url, create=False)
    try:
        found = engine.read(
            "SELECT COUNT(*) FROM events WHERE message_id IN :ids", {"ids": sorted(load.acknowledged)}
        ).rows[0][0]
    finally:
        engine.close()
    assert found == len(load.acknowledged)


def after_the_storm(folder: Path, load: Load) -> Tables:
    """Send what was never acknowledged, end calmly, add up."""
    server = Server(folder, "tests.crashes.victim", "--log", str(folder / "kills.log")).ready()
    try:
        load.run(server, new=False)
    finally:
        assert server.stop() == 0
    with SmartShopieDB(server.url) as db:
        db.rollup()
        return tables(db)


def calm(folder: Path, messages: list[Message]) -> Tables:
    """All messages in one go, nothing happens."""
    with SmartShopieDB(folder / "calm.db") as db:
        report = db.ingest(
            messages, source="http:SMARTSHOPIE_WRITE_KEY", received_ms=RECEIVED, corrected=True, verdicts=False
        )
        assert report.accepted == len(messages)
        db.rollup()
        return tables(db)


@pytest.mark.parametrize("kills", [pytest.param(SHORT, id="5"), pytest.param(LONG, id="45", marks=pytest.mark.long)])
def test_no_kill_loses_or_doubles_anything(kills: tuple[str, ...], folder: Path, project: Path) -> None:
    load, random = Load(), Random(len(kills))  # noqa: S311
    for point in random.sample(kills, len(kills)):
        one_kill(folder, load, point, random.randint(1, LATEST[point]))
    disturbed = after_the_storm(folder, load)
    assert load.acknowledged == {message["messageId"] for message in load.sent}
    assert first_difference(calm(folder, load.sent), disturbed) is None
    lines = [json.loads(line) for line in (folder / "kills.log").read_text().splitlines()]
    deaths = Counter(line["killed"] for line in lines if "killed" in line)
    assert deaths == Counter(kills)
    if kills is LONG:
        results = project / "test-results"
        results.mkdir(exist_ok=True)
        where = Counter(line["where"] for line in lines if line.get("killed") == "in a rollup")
        said = {"deaths": deaths, "in a rollup": where, "events": len(load.sent), "answers": load.answers}
        (results / "crashes.json").write_text(json.dumps(said, indent=1), encoding="utf-8")
        shutil.copy(folder / "kills.log", results / "kills.log")
