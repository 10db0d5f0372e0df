"""The read key, the sign-in page, and names this server does not answer to."""

import re

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from api.access import BEARER_FAILURES, COOKIE, COOKIE_SECONDS, FORM_FAILURES, Failures, safe_next
from tests.api.conftest import Serve
from tests.api.test_datasets import assert_problem

KEY = "correct horse battery staple"


@pytest.fixture
def guarded(serve: Serve) -> FlaskClient:
    """A fresh visitor of a server with a read key."""
    server = serve(READ_KEY=KEY)
    server.add_url_rule("/", "first_page", lambda: "the first page")
    server.add_url_rule("/revenue", "revenue_page", lambda: "revenue")
    return server.test_client()


def bearer(key: str = KEY) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def sign_in(client: FlaskClient, key: str = KEY, target: str = "/") -> object:
    return client.post("/sign-in", data={"key": key, "next": target})


@pytest.mark.parametrize(
    "path",
    [
        "/api",
        "/api/overview/kpis",
        "/api/overview/kpis.csv",
        "/api/docs",
        "/api/openapi.json",
        "/api/typo",
        "/_dash-layout",
        "/_dash-component-suites/dash/deps/react.js",
        "/assets/dashboard.css",
    ],
)
def test_without_the_key_nothing_is_read(guarded: FlaskClient, path: str) -> None:
    answer = guarded.get(path)
    assert_problem(answer, 401, "unauthorized")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_callbacks_need_the_key_too(guarded: FlaskClient) -> None:
    assert_problem(guarded.post("/_dash-update-component", json={}), 401, "unauthorized")


def test_health_needs_no_key(guarded: FlaskClient) -> None:
    assert guarded.get("/api/health").status_code == 200


def test_the_key_opens_the_api(guarded: FlaskClient) -> None:
    assert guarded.get("/api/overview/kpis", headers=bearer()).status_code == 200
    assert guarded.get("/api/overview/kpis", headers={"Authorization": f"bearer {KEY}"}).status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        f"Basic {KEY}",
        KEY,
        f"Bearer {KEY}x",
        f"Bearer {KEY[:-1]}",
        "Bearer \xff",
    ],
)
def test_anything_else_does_not(guarded: FlaskClient, header: str) -> None:
    assert_problem(guarded.get("/api/overview/kpis", headers={"Authorization": header}), 401, "unauthorized")


def test_a_page_leads_to_the_sign_in_page_and_back(guarded: FlaskClient) -> None:
    answer = guarded.get("/revenue?period=90d")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in?next=%2Frevenue%3Fperiod%3D90d")
    form = guarded.get(answer.headers["Location"])
    assert form.status_code == 200
    assert 'value="/revenue?period=90d"' in form.text
    assert "<script" not in form.text
    assert not re.search(r"https?://", form.text)
    done = sign_in(guarded, target="/revenue?period=90d")
    assert (done.status_code, done.headers["Location"]) == (303, "/revenue?period=90d")
    assert guarded.get("/revenue").text == "revenue"
    assert guarded.get("/api/overview/kpis").status_code == 200
    assert guarded.get("/sign-in?next=/revenue").headers["Location"] == "/revenue"


def test_the_cookie_is_kept_from_scripts_and_other_sites_and_ends(guarded: FlaskClient) -> None:
    cookie = sign_in(guarded).headers["Set-Cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/", f"Max-Age={COOKIE_SECONDS}"} <= set(cookie.split("; "))
    assert KEY not in cookie


def test_over_https_the_cookie_stays_there(guarded: FlaskClient) -> None:
    answer = guarded.post("/sign-in", data={"key": KEY}, base_url="https://localhost")
    assert "Secure" in answer.headers["Set-Cookie"].split("; ")


def test_an_old_or_changed_cookie_opens_nothing(guarded: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in(guarded)
    value = guarded.get_cookie(COOKIE).value
    guarded.set_cookie(COOKIE, value[:-5] + ("a" if value[-5] != "a" else "b") + value[-4:])
    assert guarded.get("/api/overview/kpis").status_code == 401
    guarded.set_cookie(COOKIE, value)
    assert guarded.get("/api/overview/kpis").status_code == 200
    monkeypatch.setattr("api.access.COOKIE_SECONDS", -1)
    assert guarded.get("/api/overview/kpis").status_code == 401


def test_another_key_ends_all_sessions(guarded: FlaskClient, serve: Serve) -> None:
    sign_in(guarded)
    other = serve(READ_KEY="another key").test_client()
    other.set_cookie(COOKIE, guarded.get_cookie(COOKIE).value)
    assert other.get("/api/overview/kpis").status_code == 401


def test_a_second_process_on_the_same_store_knows_the_cookie(guarded: FlaskClient, serve: Serve) -> None:
    sign_in(guarded)
    second = serve(READ_KEY=KEY).test_client()
    second.set_cookie(COOKIE, guarded.get_cookie(COOKIE).value)
    assert second.get("/api/overview/kpis").status_code == 200


def test_signing_out_asks_first(guarded: FlaskClient) -> None:
    sign_in(guarded)
    assert guarded.get("/sign-out").status_code == 200
    assert guarded.get("/api/overview/kpis").status_code == 200
    assert guarded.post("/sign-out").headers["Location"] == "/sign-in"
    assert guarded.get("/api/overview/kpis").status_code == 401


def test_a_wrong_key_is_said_and_counted(guarded: FlaskClient) -> None:
    for _ in range(FORM_FAILURES):
        answer = sign_in(guarded, key="wrong")
        assert answer.status_code == 401
        assert 'role="alert"' in answer.text
    refused = sign_in(guarded)  # the right key, too late
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert "Set-Cookie" not in refused.headers


def test_guessing_bearer_keys_is_slowed_down(guarded: FlaskClient) -> None:
    for _ in range(BEARER_FAILURES):
        assert guarded.get("/api/overview/kpis", headers=bearer("wrong")).status_code == 401
    answer = guarded.get("/api/overview/kpis", headers=bearer("wrong"))
    assert_problem(answer, 429, "too_many_requests")
    assert int(answer.headers["Retry-After"]) > 0


def test_another_site_cannot_send_the_form(guarded: FlaskClient) -> None:
    answer = guarded.post("/sign-in", data={"key": KEY}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert "Set-Cookie" not in answer.headers


def test_failures_are_forgotten_after_a_minute() -> None:
    now = 0.0
    failures = Failures(2, clock=lambda: now)
    failures.add("a")
    failures.add("a")
    assert failures.wait("a") == 61
    assert failures.wait("b") == 0
    now = 60.0
    assert failures.wait("a") == 0


def test_the_number_of_remembered_addresses_is_bounded() -> None:
    failures = Failures(1, clock=lambda: 0.0)
    failures.MOST_ADDRESSES = 3
    for number in range(10):
        failures.add(str(number))
    assert [failures.wait(str(number)) > 0 for number in range(10)] == [False] * 7 + [True] * 3


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "",
        None,
        "javascript:alert(1)",
        "/a\r\nSet-Cookie: x=1",
        "evil",
        " //evil.example",
        "/sign-in?next=/",
        "/sign-out",
        "/\t/evil.example",
        "/a\\..\\b",
    ],
)
def test_signing_in_never_leads_to_another_site(target: str | None) -> None:
    assert safe_next(target) == "/"


@given(st.text())
def test_the_way_back_is_always_a_path_of_this_site(target: str) -> None:
    path = safe_next(target)
    assert path.startswith("/")
    assert not path.startswith(("//", "/\\"))
    assert path.isprintable() or not any(ord(sign) < 32 for sign in path)


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8050", "127.0.0.1:1", "[::1]", "[::1]:8050", "LOCALHOST:80", "localhost."]
)
def test_this_machines_own_names_are_answered(client: FlaskClient, host: str) -> None:
    assert client.get("/api/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8050",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "",
        "[::2]:80",
        "192.0.2.1",
        "169.254.169.254",
    ],
)
def test_a_name_that_was_pointed_here_is_not(client: FlaskClient, host: str) -> None:
    assert_problem(client.get("/api/health", headers={"Host": host}), 400, "unknown_host")
    assert client.get("/", headers={"Host": host}).status_code == 400


def test_with_a_read_key_any_name_is_answered(guarded: FlaskClient) -> None:
    headers = {"Host": "analytics.shop.example", **bearer()}
    assert guarded.get("/api/overview/kpis", headers=headers).status_code == 200
