"""Official client libraries deliver every event once, through refusals and a restart, to the running program."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from smartshopie_db.engine import Engine
from tests.clients.installing import LIBRARIES, Library, NotInstalledError, installed, must_be_here
from tests.clients.places import quick_folder
from tests.clients.running import KEY, Server

PATIENCE = 900  # seconds until a client that hangs is a failure


@dataclass(frozen=True)
class Size:
    """How many events, and how long the server refuses them: for clients that wait, and for one that does not."""

    events: int
    seconds: float
    short_seconds: float


SHORT, LONG = Size(1_000, 2, 0.3), Size(5_000, 30, 0.8)


@dataclass(frozen=True)
class Case:
    """A client, and what it meets. One that gives up after a few tries meets one trouble, the others all in a row."""

    library: Library
    troubles: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.library.name}-{'-'.join(self.troubles)}"

    def steps(self, size: Size) -> list[str]:
        """What to tell the server: it refuses after its first answer, and restarts after half of them."""
        half = size.events // (40 if self.library.is_node else 200)
        seconds = size.seconds if self.library.patient else size.short_seconds
        return [f"restart:{half}" if trouble == "restart" else f"{trouble}:1:{seconds}" for trouble in self.troubles]


TROUBLES = ("503", "429", "restart")
CASES = [Case(library, TROUBLES) for library in LIBRARIES if library.patient]
CASES += [Case(library, (trouble,)) for library in LIBRARIES if not library.patient for trouble in TROUBLES]


@dataclass(frozen=True)
class Delivery:
    """What came of it."""

    exit_code: int
    said: str
    stored: list[int]  # the numbers of the stored events
    weather: Counter[str]  # how many requests each answer got, and the restarts
    successor: Counter[str]  # the part of it that the second server told
    server_codes: list[int]
    complaints: list[str]


def deliver(case: Case, libraries: Path, size: Size) -> Delivery:
    """Run a client against the program in bad weather."""
    folder = installed(case.library, libraries)
    with quick_folder() as place:
        return _deliver(case, folder, size, place)


def _deliver(case: Case, folder: Path, size: Size, place: Path) -> Delivery:
    logs = [place / "weather.log", place / "successor.log"]
    for log in logs:
        log.touch()
    hooks, next_hooks = [("tests.clients.weather", "--log", str(log)) for log in logs]
    servers = [Server(place, *hooks, *case.steps(size)).ready()]
    restarts = "restart" in case.troubles
    if restarts and not case.library.patient:  # the next process has all it needs but the port
        servers.append(Server(place, *next_hooks, "--successor", port=servers[0].port).ready("waits for"))
    command = case.library.command(folder, servers[0].address, KEY, size.events)
    client = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        if restarts and case.library.patient:
            servers[0].process.wait(timeout=PATIENCE)
            servers.append(Server(place, *next_hooks, port=servers[0].port).ready())
        said, _ = client.communicate(timeout=PATIENCE)
        if restarts:
            servers[0].process.wait(timeout=PATIENCE)
            if not case.library.patient:
                servers[1].ready()
    finally:
        client.kill()
        codes = [server.stop() for server in servers]
    first, second = (Counter(log.read_text().splitlines()) for log in logs)
    stored = _numbers(servers[0].url)
    return Delivery(client.returncode, said, stored, first + second, second, codes, servers[0].complaints())


def _numbers(url: str) -> list[int]:
    engine = Engine.open(url, create=False)
    try:
        found = engine.read("SELECT body FROM events WHERE event = 'Delivered'").rows
    finally:
        engine.close()
    return sorted(json.loads(body)["properties"]["number"] for (body,) in found)


Start = Callable[[Size], dict[str, Future[Delivery]]]


@pytest.fixture(scope="module")
def deliveries(tmp_path_factory: pytest.TempPathFactory) -> Start:
    """All clients at the same time, each with a server of its own."""
    libraries = tmp_path_factory.getbasetemp().parent / "client-libraries"

    @cache
    def start(size: Size) -> dict[str, Future[Delivery]]:
        with ThreadPoolExecutor(len(CASES)) as pool:
            return {case.name: pool.submit(deliver, case, libraries, size) for case in CASES}

    return start


LONG_ONES = pytest.param(LONG, id="long", marks=pytest.mark.long)


@pytest.mark.xdist_group("clients")  # one process runs them all at once
@pytest.mark.parametrize("size", [pytest.param(SHORT, id="short"), LONG_ONES])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_event_is_stored_once_whatever_the_weather(
    case: Case, size: Size, deliveries: Start, project: Path
) -> None:
    try:
        delivery = deliveries(size)[case.name].result()
    except NotInstalledError as missing:
        if must_be_here():
            raise
        pytest.skip(str(missing))
    if size is LONG:
        results = project / "test-results"
        results.mkdir(exist_ok=True)
        (results / f"client-{case.name}.json").write_text(json.dumps(delivery.weather), encoding="utf-8")
    assert delivery.exit_code == 0, delivery.said
    assert delivery.stored == list(range(size.events))
    for trouble in case.troubles:
        assert delivery.weather[trouble] > 0, trouble
    assert (delivery.successor["200 answered"] > 0) == ("restart" in case.troubles)
    assert delivery.complaints == []
    assert delivery.server_codes == [0] * (2 if "restart" in case.troubles else 1)
