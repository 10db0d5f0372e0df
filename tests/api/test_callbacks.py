"""Dash is asked only what pages of this program ask; the rest is refused in words, and real failures stay failures."""

import logging
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import app as program
from api.callbacks import CALLBACK, OTHER_VERSION
from smartshopie_db.settings import load_settings
from tests.api.conftest import AS_OF
from tests.api.test_datasets import assert_problem

NAME = "revenue"
QUESTION: dict[str, Any] = {
    "output": f"{NAME}-place.children", "outputs": {"id": f"{NAME}-place", "property": "children"},
    "inputs": [{"id": f"{NAME}-open", "property": "data", "value": {"via": "retry"}}],
    "changedPropIds": [f"{NAME}-open.data"],
}  # fmt: skip


@pytest.fixture(scope="module")
def client(database_url: str) -> FlaskClient:
    words = {"SMARTSHOPIE_DATABASE_URL": database_url, "SMARTSHOPIE_AS_OF": AS_OF}
    return program.create_app(load_settings(words)).server.test_client()


def test_what_a_page_asks_is_answered(client: FlaskClient) -> None:
    assert client.post(CALLBACK, json=QUESTION).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"output": []}, {"output": None}, {"output": "gone-place.children"}, {"outputs": []}, {"outputs": None},
        {"outputs": [QUESTION["outputs"]]}, {"outputs": {"id": {"a": 1}, "property": []}}, {"inputs": []},
        {"inputs": None}, {"inputs": 3}, {"inputs": ["x"]}, {"inputs": [[]]}, {"inputs": QUESTION["inputs"] * 2},
        {"inputs": [{"id": "gone-open", "property": "data"}]}, {"state": 3}, {"state": QUESTION["inputs"]},
        {"changedPropIds": 3}, {"changedPropIds": [[]]},
    ],
    ids=str,
)  # fmt: skip
def test_a_question_of_another_version_is_told_so_and_is_no_failure(
    client: FlaskClient, wrong: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    answer = client.post(CALLBACK, json=QUESTION | wrong)
    assert_problem(answer, 400, "other_version")
    assert answer.get_json()["detail"] == OTHER_VERSION
    assert not caplog.records


@pytest.mark.parametrize("body", [b"", b"{", b"{}", b"[]", b"null", b"3", b'"x"', b"\xff", b"[" * 100_000])
def test_what_is_no_question_is_told_so(
    client: FlaskClient, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    assert_problem(client.post(CALLBACK, data=body, content_type="application/json"), 400, "other_version")
    assert not caplog.records


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(part=st.sampled_from(["output", "outputs", "inputs", "state", "changedPropIds"]), value=VALUES)
def test_a_question_with_one_part_of_anything_never_fails(client: FlaskClient, part: str, value: Any) -> None:
    assert client.post(CALLBACK, json=QUESTION | {part: value}).status_code in {200, 400}


@pytest.mark.parametrize("error", [KeyError, TypeError, RuntimeError])
def test_a_page_that_fails_is_a_logged_failure(
    client: FlaskClient, error: type[Exception], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise error("swordfish")

    monkeypatch.setattr("components.page.component", broken)
    with caplog.at_level(logging.ERROR):
        answer = client.post(CALLBACK, json=QUESTION)
    assert answer.status_code == 500
    assert "swordfish" in caplog.text
    assert "swordfish" not in answer.text


@pytest.mark.parametrize("name", ["x/y.js", "dash/no_such.js", "dash/../app.py", "dash/deps/react@18.v1m1.js"])
def test_a_file_that_no_package_has_is_not_found(
    client: FlaskClient, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert_problem(client.get(f"/_dash-component-suites/{name}"), 404, "not_found")
    assert not caplog.records


def test_in_debug_mode_a_question_of_another_version_is_told_so_as_well(tmp_path: Path) -> None:
    words = {"SMARTSHOPIE_DATABASE_URL": str(tmp_path / "new.db")}
    app = program.create_app(load_settings(words))
    app.server.register_error_handler(Exception, lambda _error: ("<pre>Traceback</pre>", 500))  # as Dash does there
    assert_problem(app.server.test_client().post(CALLBACK, json={}), 400, "other_version")
