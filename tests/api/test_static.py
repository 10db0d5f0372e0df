"""Static files from memory, and compressed answers."""

import gzip
import os
from pathlib import Path

import brotli
import dash
import flask
import pytest
from flask.testing import FlaskClient

from api import static
from api.static import File, Shelf

SCRIPT = ("function draw(chart) { return chart.series.map((one) => one.value); }\n" * 80).encode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An assets folder with one script, one small text and one picture."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "draw.js").write_bytes(SCRIPT)
    (tmp_path / "assets" / "small.css").write_bytes(b"p{}")
    (tmp_path / "assets" / "dot.png").write_bytes(b"\x89PNG" + bytes(2000))
    return tmp_path


@pytest.fixture
def client(folder: Path) -> FlaskClient:
    """A Dash app that serves this folder."""
    server = flask.Flask("app", root_path=str(folder), static_folder=None)
    static.register(server, folder / "assets")
    app = dash.Dash(__name__, server=server, assets_folder=str(folder / "assets"))
    app.layout = dash.html.Div(["words "] * 800)

    @server.get("/streamed")
    def streamed() -> flask.Response:
        return flask.Response((part for part in ["data: 1\n\n"] * 500), mimetype="text/event-stream")

    return server.test_client()


def get(client: FlaskClient, path: str, encoding: str = "gzip, br", **headers: str) -> flask.Response:
    return client.get(path, headers={"Accept-Encoding": encoding, **headers})


@pytest.mark.parametrize(("accepted", "encoding", "decode"), [
    ("gzip, deflate, br", "br", brotli.decompress), ("gzip", "gzip", gzip.decompress), ("", None, bytes),
    ("br;q=0, gzip", "gzip", gzip.decompress), ("identity", None, bytes),
])  # fmt: skip
def test_a_file_comes_in_an_encoding_the_client_takes(
    client: FlaskClient, accepted: str, encoding: str | None, decode: object
) -> None:
    for _ in range(2):  # from the disk, then from memory
        answer = get(client, "/assets/draw.js", accepted)
        assert answer.status_code == 200
        assert answer.headers.get("Content-Encoding") == encoding
        assert decode(answer.data) == SCRIPT
        assert int(answer.headers["Content-Length"]) == len(answer.data)
        assert "Accept-Encoding" in answer.headers["Vary"]


def test_small_files_and_pictures_stay_as_they_are(client: FlaskClient) -> None:
    for path in ("/assets/small.css", "/assets/dot.png"):
        assert "Content-Encoding" not in get(client, path).headers


def test_a_url_that_changes_with_the_file_is_kept_for_ever(client: FlaskClient, folder: Path) -> None:
    modified = int((folder / "assets" / "draw.js").stat().st_mtime)
    for _ in range(2):
        assert "immutable" in get(client, f"/assets/draw.js?m={modified}").headers["Cache-Control"]
        assert get(client, "/assets/draw.js").headers["Cache-Control"] == "no-cache"
        assert get(client, f"/assets/draw.js?m={modified - 1}").headers["Cache-Control"] == "no-cache"


def test_the_libraries_of_the_page_are_kept_for_ever_and_compressed(client: FlaskClient) -> None:
    page = client.get("/").text
    paths = [part.partition('"')[0] for part in page.split('src="')[1:] if part.startswith("/_dash-component-suites")]
    assert paths
    for path in paths:
        answer = get(client, path)
        assert answer.headers["Content-Encoding"] == "br"
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.data == get(client, path).data or brotli.decompress(answer.data)
    plain = "/_dash-component-suites/dash/dcc/async-graph.js"
    client.get("/_dash-layout")
    assert get(client, plain).headers["Cache-Control"] == "no-cache"


def test_an_unchanged_file_is_an_empty_304(client: FlaskClient) -> None:
    tag = get(client, "/assets/draw.js").headers["ETag"]
    again = get(client, "/assets/draw.js", **{"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")


def test_a_changed_file_is_read_again(client: FlaskClient, folder: Path) -> None:
    get(client, "/assets/draw.js")
    path = folder / "assets" / "draw.js"
    path.write_bytes(SCRIPT + b"// more")
    os.utime(path, (path.stat().st_mtime + 5, path.stat().st_mtime + 5))
    assert brotli.decompress(get(client, "/assets/draw.js").data).endswith(b"// more")


def test_a_missing_file_is_not_kept(client: FlaskClient, folder: Path) -> None:
    assert get(client, "/assets/later.js").status_code == 404
    (folder / "assets" / "later.js").write_bytes(SCRIPT)
    assert get(client, "/assets/later.js").status_code == 200


@pytest.mark.parametrize("path", ["/assets/../secret", "/assets/%2e%2e/secret", "/assets//etc/passwd", "/assets/%00"])
def test_nothing_outside_the_folder_is_served(client: FlaskClient, folder: Path, path: str) -> None:
    (folder / "secret").write_text("swordfish")
    assert b"swordfish" not in client.get(path).data


def test_large_dynamic_answers_are_compressed(client: FlaskClient) -> None:
    answer = get(client, "/_dash-layout")
    assert answer.headers["Content-Encoding"] == "br"
    assert brotli.decompress(answer.data).count(b"words") == 800
    assert "Content-Encoding" not in get(client, "/_dash-dependencies").headers


def test_streams_are_left_alone(client: FlaskClient) -> None:
    answer = get(client, "/streamed")
    assert "Content-Encoding" not in answer.headers
    assert answer.data.startswith(b"data: 1")


def test_the_best_encoding_replaces_the_quick_one() -> None:
    words = os.urandom(64).hex().encode() + SCRIPT
    file = File(words, "text/javascript", None, "tag")
    quick = {name: file.encode(name) for name in ("br", "gzip")}
    file.improve()
    for name, decode in (("br", brotli.decompress), ("gzip", gzip.decompress)):
        assert decode(file.encode(name)) == words
        assert len(file.encode(name)) <= len(quick[name])
    assert file.encode("identity") is words


def test_the_shelf_holds_one_copy_whatever_the_fingerprint(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    paths = [f"/_dash-component-suites/dash/dcc/graph.v4_4_1m{number}.js" for number in range(5)]
    assert {static.key_of(path) for path in paths} == {"/_dash-component-suites/dash/dcc/graph.js"}
    shelf.put("/_dash-component-suites/dash/dcc/graph.js", b"1", "text/javascript")
    assert shelf.get("/_dash-component-suites/dash/dcc/graph.js") is not None
