"""docs/connect.md and the guide in the app say what works: their programs are run, their examples taken."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.ingest import LARGEST_BODY, MOST_EVENTS
from app import create_app, http_server
from components.guide import CLIENTS, DEMO, IMPORTS, NEW_KEY, filled
from seed_demo_data import _parser as seed_parser
from smartshopie_db import events, importers, properties
from smartshopie_db.__main__ import _parser as command_parser
from smartshopie_db.clock import LocalTime, now_ms
from smartshopie_db.database import SmartShopieDB
from smartshopie_db.importers.mapping import load_mapping
from smartshopie_db.settings import load_settings
from tests import serving
from tests.clients.installing import LIBRARIES, Library, NotInstalledError, installed, must_be_here
from tests.event_names import KNOWN_EVENTS

PROJECT = Path(__file__).resolve().parent.parent
TEXT = (PROJECT / "docs" / "connect.md").read_text(encoding="utf-8")
KEY = "a-key-of-this-shop"
BLOCKS = [(language, block) for language, block in re.findall(r"^```(\w+)\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)]
PYTHON_LIBRARIES = {
    "segment.analytics": next(library for library in LIBRARIES if library.name == "segment-python-2.4.0"),
    "rudderstack.analytics": next(library for library in LIBRARIES if library.name == "rudder-python"),
}
NODE_LIBRARIES = {
    "@segment/analytics-node": next(library for library in LIBRARIES if library.name == "segment-node"),
    "@rudderstack/rudder-sdk-node": next(library for library in LIBRARIES if library.name == "rudder-node"),
}


def blocks(language: str) -> list[str]:
    return [block for of, block in BLOCKS if of == language]


class Shop:
    """A running server on an empty store."""

    def __init__(self, folder: Path) -> None:
        settings = {"SMARTSHOPIE_DATABASE_URL": str(folder / "shop.db"), "SMARTSHOPIE_WRITE_KEY": KEY}
        self.app = create_app(load_settings(settings))
        self.server = http_server(self.app, "127.0.0.1", 0)
        self.store: SmartShopieDB = self.app.server.config["STORE"]
        self.address = serving.begin(self.server)

    def close(self) -> None:
        serving.end(self.server, self.app.server)
        self.store.close()

    def own(self, program: str) -> str:
        """A program of the documentation for this server."""
        return program.replace("http://localhost:8050", self.address).replace("YOUR_WRITE_KEY", KEY)

    def received(self) -> list[tuple[str, str | None]]:
        """Type and name of every event."""
        found = self.store.engine.read("SELECT type, event FROM events ORDER BY occurred_ms, message_id").rows
        return [(str(kind), name) for kind, name in found]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    shop = Shop(tmp_path)
    yield shop
    shop.close()


@pytest.fixture(scope="session")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where client libraries are installed for this session."""
    return tmp_path_factory.mktemp("libraries")


def folder_of(library: Library, cache: Path) -> Path:
    """The library, installed; the test is skipped offline, and fails in CI."""
    try:
        return installed(library, cache)
    except NotInstalledError as missing:
        if must_be_here():
            raise
        pytest.skip(str(missing))


def run_python(program: str, folder: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONPATH": str(folder)}, capture_output=True, text=True, timeout=300,
        check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr


def run_node(program: str, folder: Path) -> None:
    path = folder / ("program.mjs" if "import " in program else "program.cjs")
    path.write_text(program, encoding="utf-8")
    result = subprocess.run(["node", str(path)], capture_output=True, text=True, timeout=300, check=False)
    assert result.returncode == 0, result.stderr


def run_shell(command: str) -> Any:
    if shutil.which("curl") is None:
        assert not must_be_here(), "curl is missing"
        pytest.skip("curl is not on this machine")
    result = subprocess.run(["bash", "-euc", command], capture_output=True, text=True, timeout=300, check=False)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


# ---------------------------------------------------------------------- docs/connect.md
@pytest.mark.parametrize("command", blocks("bash"), ids=lambda command: command.splitlines()[0][-60:])
def test_every_curl_command_does_what_it_is_there_for(shop: Shop, command: str) -> None:
    answer = run_shell(shop.own(command).replace("curl ", "curl -sS "))
    if "X-Strict-Mode" in command:
        assert (answer["status"], answer["rejected"][0]["code"]) == (400, "missing_event")
        assert shop.received() == []
    elif "/v1/" in command:
        assert answer["success"] is True
        assert answer["accepted"] == len(shop.received()) > 0
        assert answer["rejected"] == []
    else:
        assert answer["data"]["events"] == 0


@pytest.mark.parametrize("program", blocks("python"), ids=lambda program: program.splitlines()[0])
def test_every_python_program_delivers_its_events(shop: Shop, program: str, libraries: Path) -> None:
    (library,) = [library for module, library in PYTHON_LIBRARIES.items() if f"from {module}" in program]
    run_python(shop.own(program), folder_of(library, libraries))
    assert len(shop.received()) == program.count("analytics.track(") + program.count("analytics.identify(")


@pytest.mark.parametrize(
    "program",
    [program for program in blocks("js") if "analytics-next" not in program],
    ids=lambda program: program.splitlines()[0],
)
def test_every_node_program_delivers_its_events(shop: Shop, program: str, libraries: Path) -> None:
    (library,) = [library for package, library in NODE_LIBRARIES.items() if f'"{package}"' in program]
    run_node(shop.own(program), folder_of(library, libraries))
    assert shop.received() == [("track", "Product Viewed")]


def test_the_visit_in_json_is_taken_and_feeds_the_numbers(shop: Shop) -> None:
    (visit,) = (json.loads(block) for block in blocks("json"))
    now = now_ms()
    timed = [
        {**message, "timestamp": LocalTime("UTC").iso(now - 60_000 + 1_000 * at)} for at, message in enumerate(visit)
    ]
    report = shop.store.ingest(timed, source="http:docs", strict=True)
    assert (report.accepted, report.rejected) == (len(visit), 0)
    names = {message["event"] for message in visit if "event" in message}
    assert names <= KNOWN_EVENTS
    shop.store.rollup()
    client = shop.app.server.test_client()
    kpis = client.get("/api/overview/kpis").get_json()["data"]
    assert (kpis["total_customers"], kpis["ai_interactions"], kpis["revenue_impact"]) == (1, 1, 29.9)
    concern = client.get("/api/customers/concerns").get_json()["data"][0]
    assert concern["concern_name"] == "Dry skin"
    assert client.get("/api/customers/interactions").get_json()["data"][0]["status_badge"] == "Converted"


def test_the_mapping_is_one(tmp_path: Path) -> None:
    (mapping,) = blocks("toml")
    path = tmp_path / "our_orders.toml"
    path.write_text(mapping, encoding="utf-8")
    assert load_mapping(path).moment("22.11.2026 14:05").endswith("+01:00")


@pytest.mark.parametrize(
    "line",
    [line for text in [*blocks("sh"), NEW_KEY, IMPORTS] for line in text.splitlines() if line],
)
def test_every_command_is_understood(line: str) -> None:
    program, *arguments = shlex.split(line, comments=True)
    assert (program, *arguments[:2]) == ("python", "-m", "smartshopie_db")
    assert command_parser().parse_args(arguments[2:]).run


def test_the_demo_command_is_understood() -> None:
    program, script, *arguments = shlex.split(DEMO)
    assert (program, script) == ("python", "seed_demo_data.py")
    assert seed_parser().parse_args(arguments)


def test_codes_limits_and_event_names_are_those_of_the_program() -> None:
    code = "".join(Path(str(module.__file__)).read_text(encoding="utf-8") for module in (events, properties))
    told = TEXT.partition("| code | what is wrong |")[2].partition("\n\n")[0]
    assert set(re.findall(r"`(\w+)`", told)) - {"type"} == set(re.findall(r'Refused\(\s*"(\w+)"', code))
    readers = "".join(path.read_text(encoding="utf-8") for path in Path(importers.__path__[0]).glob("*.py"))
    told = TEXT.partition("| code of a row | what is wrong |")[2].partition("\n\n")[0]
    given = re.findall(r'(?:BadRow\(|_bad\(number, |code = |" if unreadable else )"(\w+)', readers)
    assert set(re.findall(r"`(\w+)`", told)) == set(given)
    assert f"up to {MOST_EVENTS:,} of them" in TEXT
    assert LARGEST_BODY == 4 * 1024 * 1024
    assert "more than 4 MB" in TEXT
    assert f"{events.MAX_EVENT_BYTES // 1024} KB, a `messageId` {events.MAX_MESSAGE_ID} characters" in TEXT
    assert f"a `userId` {events.MAX_ID}." in TEXT
    table = TEXT.partition("| number | needs | with |")[2].partition("\n\n")[0]
    needed = re.findall(r"`([A-Z][A-Za-z ]+)`", table)
    assert len(needed) > 15
    assert set(needed) <= KNOWN_EVENTS


# ---------------------------------------------------------------------- the guide in the app
@pytest.mark.parametrize(("title", "program"), CLIENTS, ids=[title for title, _ in CLIENTS])
def test_every_program_of_the_guide_delivers_its_event(
    shop: Shop, libraries: Path, title: str, program: str
) -> None:
    own = filled(program, shop.address).replace("YOUR_WRITE_KEY", KEY)
    if "curl" in title:
        assert run_shell(own.replace("curl ", "curl -sS "))["accepted"] == 1
    elif "Python" in title:
        run_python(own, folder_of(PYTHON_LIBRARIES["segment.analytics"], libraries))
    elif "Node" in title:
        run_node(own, folder_of(NODE_LIBRARIES["@segment/analytics-node"], libraries))
    else:
        assert f'apiHost: "{shop.address.removeprefix("http://")}/v1", protocol: "http"' in own
        return
    assert shop.received() == [("track", "Product Viewed")]
