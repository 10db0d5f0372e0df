"""Every dataset of the catalogue over HTTP."""

import csv
import io
import string
from typing import Any
from urllib.parse import quote, urlencode

import orjson
import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from api.datasets import SERVED
from data.period import PERIODS
from tests.api.conftest import AS_OF, Serve

META = {"period", "start", "end", "grain", "as_of", "newest", "currency", "generated_at", "change_basis", "source"}
MOST_USED = (
    "overview/kpis",
    "conversions/trends",
    "customers/interactions",
    "ai/model-performance",
    "realtime/system-health",
)


@pytest.mark.parametrize("period", PERIODS)
@pytest.mark.parametrize("name", SERVED)
def test_every_dataset_answers_in_the_envelope(client: FlaskClient, name: str, period: str) -> None:
    answer = client.get(f"/api/{name}?period={period}")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    body = answer.get_json()
    assert body["success"] is True
    assert set(body["meta"]) >= META
    assert "data" in body or {"categories", "series"} <= set(body)
    assert "NaN" not in answer.text
    if SERVED[name].windowed:
        assert (body["meta"]["period"], body["meta"]["end"]) == (period, AS_OF)


@pytest.mark.parametrize("name", SERVED)
def test_every_dataset_says_when_there_is_nothing(client: FlaskClient, name: str) -> None:
    answer = client.get(f"/api/{name}?start=2001-01-01&end=2001-01-31")
    assert answer.status_code == 200
    if SERVED[name].windowed:
        assert answer.get_json()["meta"]["start"] == "2001-01-01"


@pytest.mark.parametrize("name", SERVED)
def test_every_dataset_is_a_csv_file_with_its_own_columns(client: FlaskClient, name: str) -> None:
    answer = client.get(f"/api/{name}.csv?period=30d")
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/csv; charset=utf-8")
    days = "_2026-03-02_2026-03-31" if SERVED[name].windowed else ""
    assert answer.headers["Content-Disposition"] == (
        f'attachment; filename="smartshopie_{name.replace("/", "-")}{days}.csv"'
    )
    head, *rows = csv.reader(io.StringIO(answer.text, newline=""))
    assert head == [column.name for column in SERVED[name].frame_columns]
    assert all(len(row) == len(head) for row in rows)


@pytest.mark.parametrize("name", [name for name, dataset in SERVED.items() if dataset.kind == "list"])
def test_the_csv_has_the_rows_of_the_json(client: FlaskClient, name: str) -> None:
    if not SERVED[name].cached:
        pytest.skip("live numbers may change between two requests")
    rows = client.get(f"/api/{name}?period=90d").get_json()["data"]
    texts = csv.DictReader(io.StringIO(client.get(f"/api/{name}.csv?period=90d").text, newline=""))
    for row, text in zip(rows, texts, strict=True):
        for column in SERVED[name].frame_columns:
            if column.unit.is_number and not isinstance(row[column.name], str):
                assert (row[column.name] is None) == (text[column.name] == "")
                assert row[column.name] is None or float(text[column.name]) == row[column.name]


@pytest.mark.parametrize("path", [f"/api/{name}" for name in SERVED] + ["/api/revenue/attribution.csv"])
def test_head_is_get_without_the_body(client: FlaskClient, path: str) -> None:
    answer = client.head(path)
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["ETag"] == client.get(path).headers["ETag"]


def test_an_unchanged_answer_is_an_empty_304(client: FlaskClient) -> None:
    for path in ("/api/overview/kpis", "/api/overview/kpis.csv", "/api", "/api/openapi.json", "/api/docs"):
        first = client.get(path)
        assert first.headers["Cache-Control"] == "no-cache"
        again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
        assert client.get(path, headers={"If-None-Match": '"another"'}).status_code == 200


def test_another_window_has_another_tag(client: FlaskClient) -> None:
    tags = {client.get(f"/api/overview/kpis?period={period}").headers["ETag"] for period in PERIODS}
    assert len(tags) == len(PERIODS)


def test_new_data_change_the_tag(serve: Serve, tmp_path: Any) -> None:
    server = serve(DATABASE_URL=f"sqlite:///{tmp_path / 'own.db'}")
    client, database = server.test_client(), server.config["STORE"]
    before = client.get("/api/interactions/summary")
    database.ingest(
        [
            {
                "type": "track",
                "event": "Conversation Started",
                "userId": "u",
                "timestamp": "2026-03-30T10:00:00Z",
                "properties": {"conversationId": "c"},
            }
        ],
        source="http",
    )
    database.rollup()
    after = client.get("/api/interactions/summary", headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    assert after.get_json()["data"]["total_interactions"] == 1


@pytest.mark.parametrize(
    "query",
    [
        "period=banana",
        "period=",
        "period=30D",
        "period=7d&period=7d",
        "grain=Q",
        "grain=",
        "start=2026-01-01",
        "end=2026-01-01",
        "start=2026-02-01&end=2026-01-01",
        "start=2026-02-30&end=2026-03-01",
        "start=2020-01-01&end=2026-01-01",
        "period=7d&start=2026-01-01&end=2026-01-02",
        "as_of=2026-01-01&start=2026-01-01&end=2026-01-02",
        "as_of=yesterday",
        "as_of=",
        "as_of=%ff",
        "period=%00",
        "period=7d%20",
        "start=2026-1-1&end=2026-1-2",
        "as_of=2026-03-01&as_of=2026-03-02",
        "period=" + "9" * 5000,
    ],
)
def test_a_wrong_window_is_answered_in_words(client: FlaskClient, query: str) -> None:
    for path in ("/api/overview/kpis", "/api/revenue/attribution.csv", "/api/config"):
        assert_problem(client.get(f"{path}?{query}"), 400, "invalid_query")


@pytest.mark.parametrize(
    "limit",
    [
        "0",
        "201",
        "-1",
        "1.0",
        "1e2",
        "",
        "ten",
        "٣",
        "999999999999999999999",
        "0x10",
        "%2B5",
        "%205%00",
        "1&limit=2",
    ],
)
def test_a_wrong_limit_is_answered_in_words(client: FlaskClient, limit: str) -> None:
    assert_problem(client.get(f"/api/customers/interactions?limit={limit}"), 400, "invalid_query")


def test_limits_hold(client: FlaskClient) -> None:
    for limit in (1, 3, 200):
        rows = client.get(f"/api/customers/interactions?limit={limit}").get_json()["data"]
        assert len(rows) == min(limit, 4)


def test_unknown_parameters_are_ignored(client: FlaskClient) -> None:
    plain = client.get("/api/overview/kpis?period=7d")
    busted = client.get("/api/overview/kpis?period=7d&_t=1764000000000&_t=2&limit=ten&x=%ff")
    assert busted.get_json()["data"] == plain.get_json()["data"]


def test_ring_mode_answers_three_figures(client: FlaskClient) -> None:
    body = client.get("/api/ai/model-performance?mode=ring").get_json()
    assert set(body["data"][0]) >= {"accuracy", "user_satisfaction", "conversion_rate"}
    assert_problem(client.get("/api/ai/model-performance?mode=bars"), 400, "invalid_query")


def assert_problem(answer: Any, status: int, code: str) -> None:
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    body = answer.get_json()
    assert {"type", "title", "status", "detail", "success", "message", "code"} <= set(body)
    assert (body["status"], body["success"], body["code"]) == (status, False, code)
    assert body["message"] == body["detail"]
    assert body["detail"].endswith((".", "?"))
    assert "Traceback" not in answer.text


def assert_words(answer: Any) -> None:
    """Whatever was asked: JSON or CSV, or a problem; never a failure, never HTML."""
    assert answer.status_code in {200, 400}, answer.text
    if answer.status_code == 400:
        assert_problem(answer, 400, "invalid_query")
    elif answer.mimetype == "application/json":
        assert orjson.loads(answer.data)["success"] is True
    else:
        assert answer.mimetype == "text/csv"


DATES = st.one_of(
    st.dates().map(str),
    st.sampled_from(["0000-00-00", "2026-02-29", "9999-12-31", "1970-01-01", "٢٠٢٦-٠١-٠١", "2026-W01-1"]),
    st.text(string.digits + "-", max_size=12),
    st.text(max_size=6),
)
VALUES = {
    "period": st.one_of(st.sampled_from([*PERIODS, "1Y", "365d", ""]), st.text(max_size=8)),
    "start": DATES,
    "end": DATES,
    "as_of": DATES,
    "grain": st.one_of(st.sampled_from("DWM"), st.text(max_size=3)),
    "limit": st.one_of(st.integers().map(str), st.floats().map(str), st.text(max_size=5)),
    "mode": st.one_of(st.just("ring"), st.text(max_size=5)),
    "since": st.one_of(st.datetimes().map(str), DATES, st.text(max_size=30)),
    "_t": st.text(max_size=5),
}
PAIRS = st.lists(
    st.sampled_from(sorted(VALUES)).flatmap(lambda name: VALUES[name].map(lambda value: (name, value))), max_size=5
)
ENCODED = PAIRS.map(lambda pairs: urlencode(pairs, errors="surrogatepass"))
RAW = st.one_of(
    st.binary(max_size=30).map(lambda raw: "period=" + quote(raw)),
    st.text("%=&;+0aF\x7f?/[]", max_size=30),
    st.tuples(st.sampled_from(sorted(VALUES)), st.text("%0Ff&=é\udc80", max_size=8)).map(
        lambda pair: f"{pair[0]}={pair[1].encode(errors='surrogatepass').decode('latin-1')}"
    ),
)
QUERIES = st.one_of(ENCODED, RAW)


def ask_raw(client: FlaskClient, path: str, query: str) -> Any:
    """Send the query string as it is, byte for byte."""
    return client.get(path, environ_overrides={"QUERY_STRING": query})


@pytest.mark.parametrize("suffix", ["", ".csv"])
@pytest.mark.parametrize("name", MOST_USED)
@settings(max_examples=150)
@given(query=QUERIES)
def test_no_query_makes_a_much_used_dataset_fail(client: FlaskClient, name: str, suffix: str, query: str) -> None:
    assert_words(ask_raw(client, f"/api/{name}{suffix}", query))


@pytest.mark.parametrize("name", sorted(set(SERVED) - set(MOST_USED)))
@settings(max_examples=30)
@given(query=QUERIES, as_file=st.booleans())
def test_no_query_makes_a_dataset_fail(client: FlaskClient, name: str, query: str, as_file: bool) -> None:
    assert_words(ask_raw(client, f"/api/{name}{'.csv' if as_file else ''}", query))
