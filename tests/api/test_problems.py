"""Errors of the API are problem details, whatever went wrong."""

import logging
from collections.abc import Callable
from typing import Any

import flask
import pytest
from flask.testing import FlaskClient

from api.problems import Problem
from smartshopie_db.errors import StoreUnavailable
from tests.api.conftest import Serve
from tests.api.test_datasets import assert_problem

UNKNOWN = (
    "/api/",
    "/api/typo",
    "/api/overview",
    "/api/overview/kpis/",
    "/api/health/",
    "/api//health",
    "/api/overview//kpis",
    "/api/overview/kpis.xml",
    "/api/overview/kpis.csv/",
    "/api/../api/typo",
    "/api/%00",
    "/api/\N{SNOWMAN}",
    "/api/docs/",
    "/v1",
    "/v1/",
    "/v1/unknown",
)


@pytest.mark.parametrize("path", UNKNOWN)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS"])
def test_an_unknown_address_is_a_problem_not_a_page(client: FlaskClient, path: str, method: str) -> None:
    assert_problem(client.open(path, method=method), 404, "not_found")


@pytest.mark.parametrize("path", ["/api", "/api/health", "/api/overview/kpis", "/api/overview/kpis.csv", "/api/docs"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_another_method_is_told_which_ones_work(client: FlaskClient, path: str, method: str) -> None:
    answer = client.open(path, method=method)
    assert_problem(answer, 405, "method_not_allowed")
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_options_names_the_methods(client: FlaskClient) -> None:
    answer = client.options("/api/overview/kpis")
    assert answer.status_code == 200
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def failing(serve: Serve, error: Callable[[], Exception], path: str = "/api/failing") -> FlaskClient:
    server = serve()

    @server.get(path)
    def fail() -> str:
        raise error()

    return server.test_client()


def test_an_unexpected_error_is_logged_and_not_told(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    client = failing(serve, lambda: RuntimeError("the password is swordfish"))
    with caplog.at_level(logging.ERROR):
        answer = client.get("/api/failing")
    assert_problem(answer, 500, "internal_error")
    assert "swordfish" not in answer.text
    assert "swordfish" in caplog.text


def test_a_store_that_is_not_there_says_when_to_come_back(serve: Serve) -> None:
    answer = failing(serve, lambda: StoreUnavailable("/secret/path is locked")).get("/api/failing")
    assert_problem(answer, 503, "store_unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    assert "secret" not in answer.text


def test_a_page_that_fails_is_one_sentence(serve: Serve) -> None:
    answer = failing(serve, lambda: RuntimeError("swordfish"), "/somewhere").get("/somewhere")
    assert (answer.status_code, answer.mimetype) == (500, "text/plain")
    assert "swordfish" not in answer.text


def test_too_large_a_body_is_a_problem(serve: Serve) -> None:
    server = serve()
    server.config["MAX_CONTENT_LENGTH"] = 10

    @server.post("/v1/echo")
    def echo() -> bytes:
        return flask.request.get_data()

    assert_problem(server.test_client().post("/v1/echo", data=b"x" * 11), 413, "too_large")


def test_debug_mode_shows_no_traceback_under_api(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_given: Any, **_options: Any) -> None:
        raise RuntimeError("swordfish")

    server = serve()
    server.register_error_handler(Exception, lambda _error: ("<pre>Traceback</pre>", 500))  # as Dash's debug mode does
    monkeypatch.setattr("api.datasets.fetch", broken)
    assert_problem(server.test_client().get("/api/overview/kpis"), 500, "internal_error")


def test_a_garbled_query_is_a_problem(client: FlaskClient) -> None:
    answer = client.get("/api/overview/kpis", environ_overrides={"QUERY_STRING": "x=\xed\xb2"})
    assert_problem(answer, 400, "invalid_query")


def test_a_problem_carries_its_own_words() -> None:
    members = Problem(400, "Say it in words.", code="special").members()
    assert (members["detail"], members["code"], members["type"]) == (
        "Say it in words.",
        "special",
        "/api/docs#problem-special",
    )
