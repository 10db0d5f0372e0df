"""Security headers, and who else may read."""

import pytest
from flask.testing import FlaskClient

from api.headers import inline_scripts, page_policy, source_hash
from tests.api.conftest import Serve

FRIEND, STRANGER = "https://shop.example", "https://evil.example"


@pytest.mark.parametrize(
    "path", ["/api/overview/kpis", "/api/overview/kpis.csv", "/api/health", "/api/typo", "/api/docs", "/no-page"]
)
def test_every_answer_carries_the_security_headers(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "frame-ancestors" in headers["Content-Security-Policy"]
    assert "default-src" in headers["Content-Security-Policy"]


def test_the_policy_of_pages_names_no_other_host_and_no_free_script() -> None:
    policy = page_policy([source_hash("start()")])
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert "unsafe" not in scripts
    assert "http" not in policy
    assert source_hash("start()") in scripts


def test_only_scripts_are_found_inline() -> None:
    html = (
        '<script src="/a.js"></script><script>one()</script><script id="c" type="application/json">{"a": 1}</script>'
        '<script id="r" type="application/javascript">two()</script>'
    )
    assert inline_scripts(html) == ["one()", "two()"]


def test_other_origins_may_not_read_by_default(client: FlaskClient) -> None:
    answer = client.get("/api/overview/kpis", headers={"Origin": FRIEND})
    assert answer.status_code == 200
    assert not [name for name in answer.headers.keys() if name.startswith("Access-Control")]  # noqa: SIM118
    asked = client.options("/api/overview/kpis", headers={"Origin": FRIEND, "Access-Control-Request-Method": "GET"})
    assert "Access-Control-Allow-Origin" not in asked.headers


def test_a_listed_origin_may_read_the_api(serve: Serve) -> None:
    client = serve(CORS_ORIGINS=f"{FRIEND}, https://other.example").test_client()
    answer = client.get("/api/overview/kpis", headers={"Origin": FRIEND})
    assert answer.headers["Access-Control-Allow-Origin"] == FRIEND
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "Origin" in answer.headers["Vary"]
    asked = client.options(
        "/api/overview/kpis",
        headers={
            "Origin": FRIEND,
            "Access-Control-Request-Method": "GET",
            "Access-Control-Request-Headers": "authorization",
        },
    )
    assert asked.status_code == 204
    assert asked.headers["Access-Control-Allow-Origin"] == FRIEND
    assert "Authorization" in asked.headers["Access-Control-Allow-Headers"]


@pytest.mark.parametrize(
    "origin",
    [
        STRANGER,
        "https://shop.example.evil.example",
        "http://shop.example",
        "null",
        "https://SHOP.example:443",
        FRIEND + "/",
    ],
)
def test_an_origin_that_is_not_listed_may_not(serve: Serve, origin: str) -> None:
    client = serve(CORS_ORIGINS=FRIEND).test_client()
    answer = client.get("/api/overview/kpis", headers={"Origin": origin})
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "Origin" in answer.headers["Vary"]


def test_a_listed_origin_reads_the_api_alone_and_only_reads(serve: Serve) -> None:
    client = serve(CORS_ORIGINS=FRIEND).test_client()
    assert "Access-Control-Allow-Origin" not in client.get("/somewhere", headers={"Origin": FRIEND}).headers
    asked = client.options("/api/overview/kpis", headers={"Origin": FRIEND, "Access-Control-Request-Method": "DELETE"})
    assert "Access-Control-Allow-Origin" not in asked.headers


def test_errors_can_be_read_by_a_listed_origin_too(serve: Serve) -> None:
    client = serve(CORS_ORIGINS=FRIEND).test_client()
    answer = client.get("/api/overview/kpis?period=x", headers={"Origin": FRIEND})
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (400, FRIEND)


def test_a_star_lets_everyone_read(serve: Serve) -> None:
    client = serve(CORS_ORIGINS="*").test_client()
    assert client.get("/api", headers={"Origin": STRANGER}).headers["Access-Control-Allow-Origin"] == STRANGER
