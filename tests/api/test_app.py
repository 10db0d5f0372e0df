"""The whole program: pages and API on one server, and how it starts and stops."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dash
import pytest
from flask.testing import FlaskClient

import app as program
from api.access import BEARER_FAILURES
from api.datasets import SERVED
from api.headers import inline_scripts, source_hash
from smartshopie_db.settings import load_settings
from tests import serving
from tests.api.conftest import AS_OF, PROJECT


@pytest.fixture(scope="module")
def whole(database_url: str) -> dash.Dash:
    """The program on the shop's store."""
    return program.create_app(load_settings({"SMARTSHOPIE_DATABASE_URL": database_url, "SMARTSHOPIE_AS_OF": AS_OF}))


@pytest.fixture(scope="module")
def client(whole: dash.Dash) -> FlaskClient:
    """Whoever asks it."""
    return whole.server.test_client()


def test_pages_and_api_share_one_server(client: FlaskClient) -> None:
    for page in dash.page_registry.values():
        answer = client.get(page["path"])
        assert answer.mimetype == "text/html"
        assert (answer.status_code == 404) == page["module"].endswith("not_found_404")
    for name in SERVED:
        assert client.get(f"/api/{name}").mimetype == "application/json"


@pytest.mark.parametrize("asked", [None, 3, [], ["x"], {}, {"period": 5}, {"period": None, "via": []}, {"self": "x"}])
def test_a_page_is_answered_whatever_is_asked_of_it(client: FlaskClient, asked: Any) -> None:
    body = {
        "output": "revenue-place.children", "outputs": {"id": "revenue-place", "property": "children"},
        "inputs": [{"id": "revenue-open", "property": "data", "value": asked}], "changedPropIds": ["revenue-open.data"],
    }  # fmt: skip
    answer = client.post("/_dash-update-component", json=body)
    assert answer.status_code == 200
    assert answer.get_json()["response"]["revenue-place"]["children"]["props"]["id"] == "revenue"


def test_the_layout_has_a_place_for_every_page_and_the_page_of_the_address(client: FlaskClient) -> None:
    for path, opened in (("/", "overview"), ("/revenue/", "revenue"), ("/typo", "not_found_404")):
        layout = client.get("/_dash-layout", query_string={"path": path, "period": "7d"}).get_json()
        places = layout["props"]["children"]
        assert len(places) == len(dash.page_registry)
        full = [place["props"]["children"][0]["props"]["children"] for place in places]
        assert [page["props"]["id"] for page in full if page] == [opened]


def test_an_unknown_page_says_so_in_its_status(client: FlaskClient) -> None:
    assert client.get("/no/such/page").status_code == 404
    assert client.get("/revenue/").status_code == 200


@pytest.mark.parametrize("day", ["1970-01-01", "2199-12-31"])
def test_the_first_and_the_last_day_that_can_be_set_as_today_are_shown(tmp_path: Path, day: str) -> None:
    words = {"SMARTSHOPIE_DATABASE_URL": str(tmp_path / "new.db"), "SMARTSHOPIE_AS_OF": day}
    client = program.create_app(load_settings(words)).server.test_client()
    for period in ("7d", "1y"):
        assert client.get(f"/_dash-layout?path=/revenue&period={period}").status_code == 200
        assert client.get(f"/api/revenue/summary?period={period}").status_code == 200


def test_what_is_no_page_yet_keeps_its_status_on_an_unknown_address(client: FlaskClient, database_url: str) -> None:
    assert client.get("/no/such/page", headers={"Host": "elsewhere.example"}).status_code == 400
    words = {"SMARTSHOPIE_DATABASE_URL": database_url, "SMARTSHOPIE_READ_KEY": "k" * 32}
    signed_out = program.create_app(load_settings(words)).server.test_client()
    answer = signed_out.get("/no/such/page")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in?next=%2Fno%2Fsuch%2Fpage")


def test_unknown_api_addresses_are_not_the_page(client: FlaskClient) -> None:
    for path in ("/api/typo", "/api/", "/api/overview/kpis/", "/v1/typo"):
        answer = client.get(path)
        assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


def test_the_page_runs_no_script_its_policy_does_not_name(client: FlaskClient) -> None:
    answer = client.get("/")
    policy = answer.headers["Content-Security-Policy"]
    scripts = inline_scripts(answer.text)
    assert scripts
    assert all(source_hash(script) in policy for script in scripts)
    assert not re.search(r'(?:src|href)="(?:https?:)?//', answer.text)
    assert not re.search(r"\son\w+=\"", answer.text)


def test_every_file_of_the_page_comes_from_this_server(client: FlaskClient) -> None:
    page = client.get("/").text
    paths = re.findall(r'(?:src|href)="(/(?:assets|bootstrap|_dash)[^"]+)"', page)
    assert any(path.startswith("/bootstrap/") for path in paths)
    for path in paths:
        assert client.get(path.replace("&amp;", "&")).status_code == 200, path


def test_nothing_is_open_that_nobody_asked_for(client: FlaskClient) -> None:
    for path in ("/_mcp", "/healthz", "/_alive", "/not-found-404"):
        assert client.get(path).status_code == 404


@contextmanager
def served(folder: Path, **given: str) -> Iterator[int]:
    """The program on a new store behind a real server; its port."""
    words = {"DATABASE_URL": str(folder / "new.db"), **given}
    settings = load_settings({f"SMARTSHOPIE_{name}": value for name, value in words.items()})
    app = program.create_app(settings)
    server = program.http_server(app, settings.host, 0, settings.trusted_proxy)
    serving.begin(server)
    yield server.effective_port
    serving.end(server, app.server)
    app.server.config["STORE"].close()


def sent(
    port: int, method: str, path: str, headers: dict[str, str] | None = None, body: bytes | None = None
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of one answer; no redirect is followed."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(method, path, body, headers or {})
    answer = connection.getresponse()
    result = answer.status, dict(answer.getheaders()), answer.read()
    connection.close()
    return result


def cookie_given(port: int, forwarded: dict[str, str]) -> list[str]:
    form = {"Content-Type": "application/x-www-form-urlencoded", **forwarded}
    status, headers, _ = sent(port, "POST", "/sign-in", form, b"key=" + b"k" * 32)
    assert status == 303
    return headers["Set-Cookie"].split("; ")


def test_https_of_a_proxy_is_believed_when_the_proxy_is_named(tmp_path: Path) -> None:
    https = {"X-Forwarded-Proto": "https"}
    for proxy, believed in (("127.0.0.1", True), ("127.0.0.2", False), ("", False)):
        with served(tmp_path, READ_KEY="k" * 32, TRUSTED_PROXY=proxy) as port:
            assert ("Secure" in cookie_given(port, https)) is believed
            assert "Secure" not in cookie_given(port, {"X-Forwarded-Proto": "http"})
            assert "Secure" not in cookie_given(port, {})


def test_behind_a_named_proxy_who_sends_wrong_keys_waits_alone(tmp_path: Path) -> None:
    def status(key: str, client: str) -> int:
        # what a client writes into the header itself stands before what the proxy adds
        headers = {"Authorization": f"Bearer {key * 32}", "X-Forwarded-For": f"203.0.113.9, {client}"}
        return sent(port, "GET", "/api/config", headers)[0]

    with served(tmp_path, READ_KEY="k" * 32, TRUSTED_PROXY="127.0.0.1") as port:
        assert [status("x", "198.51.100.1") for _ in range(BEARER_FAILURES)] == [401] * BEARER_FAILURES
        assert (status("x", "198.51.100.1"), status("k", "198.51.100.1")) == (429, 429)
        assert status("k", "198.51.100.2") == 200


def test_a_huge_body_is_refused_before_it_is_sent(tmp_path: Path) -> None:
    with served(tmp_path) as port:
        for size, kind in ((program.LARGEST_READ, "text/plain"), (program.LARGEST_REQUEST + 1, "problem+json")):
            body = b"" if size == program.LARGEST_READ else bytes(size)
            status, headers, _ = sent(port, "POST", "/v1/batch", {"Content-Length": str(size)}, body)
            assert (status, kind in headers["Content-Type"]) == (413, True)


def environment(folder: Path, **given: str) -> dict[str, str]:
    own = {f"SMARTSHOPIE_{name}": value for name, value in given.items()}
    outer = {name: value for name, value in os.environ.items() if not name.startswith("SMARTSHOPIE_")}  # noqa: TID251
    return {**outer, "SMARTSHOPIE_DATABASE_URL": str(folder / "new.db"), **own}


def free_port() -> str:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return str(listener.getsockname()[1])


@pytest.mark.parametrize(
    ("given", "arguments", "word"),
    [
        ({"PORT": "eighty"}, [], "SMARTSHOPIE_PORT"),
        ({"HOST": "192.0.2.1"}, [], "SMARTSHOPIE_READ_KEY"),
        ({"HOST": "192.0.2.1", "READ_KEY": "k"}, ["--debug"], "--debug"),
        ({"HOST": "no.such.host.invalid", "READ_KEY": "k"}, [], "SMARTSHOPIE_HOST"),
        ({"HOST": "192.0.2.1", "READ_KEY": "k"}, [], "SMARTSHOPIE_HOST"),  # an address of nobody
        ({"HOST": "http://0.0.0.0", "READ_KEY": "k"}, [], "SMARTSHOPIE_HOST"),
        ({"DATABASE_URL": "mysql://x/y"}, [], "SMARTSHOPIE_DATABASE_URL"),
        ({"DATABASE_URL": "/no/such/folder/x.db"}, [], "/no/such/folder/x.db"),
    ],
)
def test_what_is_wrong_is_one_sentence(
    given: dict[str, str],
    arguments: list[str],
    word: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in environment(tmp_path, **given).items():
        monkeypatch.setenv(name, value)
    assert program.main(arguments) == 2
    said = capsys.readouterr().err.strip()
    assert word in said
    assert "\n" not in said
    assert said.endswith(".")


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_it_starts_in_any_folder_makes_the_store_answers_and_ends_cleanly(
    tmp_path: Path, ending: signal.Signals
) -> None:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, str(PROJECT / "app.py")],
        cwd=tmp_path,
        env=environment(tmp_path, PORT=port),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        lines = [process.stdout.readline(), process.stdout.readline()]
        assert "does not exist: a new, empty store is made there" in lines[0]
        assert f"listens on http://127.0.0.1:{port}" in lines[1]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/health") as answer:
            assert answer.status == 200
        with pytest.raises(OSError, match="400"):  # a name that was pointed here
            urllib.request.urlopen(
                urllib.request.Request(f"http://127.0.0.1:{port}/", headers={"Host": "evil.example"})
            )
        again = subprocess.run(
            [sys.executable, str(PROJECT / "app.py")],
            env=environment(tmp_path, PORT=port),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert again.returncode == 2
        assert "SMARTSHOPIE_PORT" in again.stderr
        stream = urllib.request.urlopen(f"http://127.0.0.1:{port}/api/stream")
        assert stream.readline() == b"retry: 3000\n"
    finally:
        process.send_signal(ending)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "Traceback" not in errors
    assert "still running" not in errors  # no thread was left in a stream
    stream.close()
    assert [path.name for path in tmp_path.iterdir()] == ["new.db"]  # closed: no journal is left
