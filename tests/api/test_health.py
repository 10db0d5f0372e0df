"""GET /api/health tells the truth."""

import sqlite3
from pathlib import Path

import flask
import pytest

from tests.api.conftest import Serve
from tests.api.test_datasets import assert_problem


@pytest.fixture
def own(serve: Serve, tmp_path: Path) -> tuple[flask.Flask, Path]:
    """A server on a store of its own, and the store's file."""
    path = tmp_path / "own.db"
    return serve(DATABASE_URL=f"sqlite:///{path}"), path


def test_a_store_that_can_be_read_is_healthy(own: tuple[flask.Flask, Path]) -> None:
    answer = own[0].test_client().get("/api/health")
    assert answer.status_code == 200
    assert answer.get_json() == {"status": "healthy", "database": "connected"}
    assert answer.headers["Cache-Control"] == "no-store"


def remove(path: Path) -> None:
    for file in path.parent.iterdir():
        file.unlink()


def scramble(path: Path) -> None:
    remove(path)
    path.write_bytes(b"not a database at all, " * 500)


def empty(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            connection.execute(f"DROP TABLE {name}")
    connection.close()


@pytest.mark.parametrize("damage", [remove, scramble, empty])
def test_a_broken_store_is_said_with_the_same_two_fields(own: tuple[flask.Flask, Path], damage: object) -> None:
    server, path = own
    client = server.test_client()
    assert client.get("/api/health").status_code == 200
    damage(path)  # type: ignore[operator]
    answer = client.get("/api/health")
    assert (answer.status_code, answer.mimetype) == (503, "application/json")
    assert answer.get_json() == {"status": "unhealthy", "database": "unavailable"}
    assert int(answer.headers["Retry-After"]) > 0
    assert_problem(client.get("/api/overview/kpis"), 503, "store_unavailable")
    assert_problem(client.get("/api/revenue/attribution.csv"), 503, "store_unavailable")


def test_a_closed_store_is_unhealthy(own: tuple[flask.Flask, Path]) -> None:
    own[0].config["STORE"].close()
    assert own[0].test_client().get("/api/health").status_code == 503
