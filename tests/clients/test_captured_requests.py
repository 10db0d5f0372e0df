"""The exact bytes that official clients sent, over a socket to the running program."""

from __future__ import annotations

import gzip
import json
import re
import socket
from collections.abc import Iterator
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

import pytest

from smartshopie_db.engine import Engine
from tests.clients.places import quick_folder
from tests.clients.running import Server


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with quick_folder() as folder:
        running = Server(folder)
        try:
            yield running.ready()
        finally:
            running.stop()


def replayed(server: Server, raw: bytes) -> tuple[int, str, Any]:
    """Send the bytes as they are but for the Host."""
    head, _, body = raw.partition(b"\r\n\r\n")
    head = re.sub(rb"(?im)^host: [^\r]*", f"Host: 127.0.0.1:{server.port}".encode(), head)
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(head + b"\r\n\r\n" + body)
        answer = HTTPResponse(connection)
        answer.begin()
        return answer.status, answer.getheader("Content-Type", ""), json.loads(answer.read())


def messages_of(raw: bytes) -> list[dict[str, Any]]:
    body = raw.partition(b"\r\n\r\n")[2]
    batch: list[dict[str, Any]] = json.loads(gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body)["batch"]
    return batch


def test_every_captured_request_is_taken_and_counts_once(server: Server, real_data: Path) -> None:
    files = sorted((real_data / "segment_http_captures" / "raw").glob("*.http"))
    assert len(files) == 3
    for file in files:
        raw = file.read_bytes()
        messages = messages_of(raw)
        too_large = [  # the largest that one client sends and another refuses to
            index for index, message in enumerate(messages) if len(json.dumps(message)) > 32 * 1024
        ]
        new = set(_ids(messages, too_large)) - _stored(server)  # one id was given by the caller, in two of the files
        status, media_type, said = replayed(server, raw)
        assert (status, media_type) == (200, "application/json"), file.name
        assert said["success"] is True
        assert said["accepted"] == len(new), file.name
        assert said["accepted"] + said["duplicates"] == len(messages) - len(too_large), file.name
        assert [(entry["index"], entry["code"]) for entry in said["rejected"]] == [
            (index, "too_large") for index in too_large
        ]
        status, _, again = replayed(server, raw)
        assert (status, again["accepted"]) == (200, 0)
        assert again["duplicates"] == len(messages) - len(too_large)
        missing = set(_ids(messages, too_large)) - _stored(server)
        assert not missing


def _ids(messages: list[dict[str, Any]], left_out: list[int]) -> list[str]:
    return [message["messageId"] for index, message in enumerate(messages) if index not in left_out]


def _stored(server: Server) -> set[str]:
    engine = Engine.open(server.url, create=False)
    try:
        return {row[0] for row in engine.read("SELECT message_id FROM events").rows}
    finally:
        engine.close()


def test_a_captured_request_with_another_key_is_refused_in_words(server: Server, real_data: Path) -> None:
    raw = (real_data / "segment_http_captures" / "raw" / "segment-analytics-python_2.4.0_plain_01.http").read_bytes()
    wrong = raw.replace(b"Basic V1JJVEVLRVkxMjM6", b"Basic V1JPTkdLRVkxMjM6")
    assert wrong != raw
    status, media_type, said = replayed(server, wrong)
    assert (status, media_type, said["code"]) == (401, "application/problem+json", "unauthorized")
    assert said["message"]
