"""The documentation is derived from the catalogue, and the answers keep to it."""

import re
import tomllib
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema
import openapi_spec_validator
import pytest
from flask.testing import FlaskClient

from api.datasets import SERVED
from api.ingest import ROUTES
from api.openapi import schema_name
from tests.api.conftest import Serve

VOID = {"meta", "input", "br", "link", "img"}


@pytest.fixture(scope="module")
def document(client: FlaskClient) -> dict:
    """The OpenAPI document."""
    return client.get("/api/openapi.json").get_json()


def test_the_document_is_valid_openapi(document: dict) -> None:
    openapi_spec_validator.validate(document)
    assert document["openapi"].startswith("3.1")


def test_the_document_tells_the_version_of_the_project(document: dict, project: Path) -> None:
    declared = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert document["info"]["version"] == declared["version"]


def test_every_address_is_documented_and_answers(client: FlaskClient, document: dict) -> None:
    read = {path for path, operations in document["paths"].items() if "get" in operations}
    special = {"/api/health", "/api/live", "/api/stream"}
    assert read == special | {f"/api/{name}" for name in SERVED} | {f"/api/{name}.csv" for name in SERVED}
    for path in read:
        with client.get(path) as answer:
            assert answer.status_code == 200
    sent = {path for path, operations in document["paths"].items() if "post" in operations}
    assert sent == {f"/v1/{route}" for route in ROUTES}
    for path in sent:
        assert client.post(path, json={}).status_code == 401


def closed(schema: Any) -> Any:
    """The schema with no room for fields that it does not name: clients must bear new ones, the document names all."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {name: closed(part) for name, part in schema.items()}
    return {**inner, "additionalProperties": False} if isinstance(schema.get("properties"), dict) else inner


def schema_of(document: dict, name: str) -> dict:
    """The schema of a dataset's JSON, which refuses what is not documented."""
    reference = document["paths"][f"/api/{name}"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    return {**reference, "components": closed(document["components"])}


@pytest.mark.parametrize("query", ["", "?period=1y", "?start=2001-01-01&end=2001-01-31"])
@pytest.mark.parametrize("name", SERVED)
def test_every_answer_keeps_to_its_schema(client: FlaskClient, document: dict, name: str, query: str) -> None:
    jsonschema.Draft202012Validator(schema_of(document, name)).validate(client.get(f"/api/{name}{query}").get_json())


@pytest.mark.parametrize("name", SERVED)
def test_exactly_the_fields_that_answers_have_are_documented(client: FlaskClient, document: dict, name: str) -> None:
    choices = [f"?{option.name}={choice}" for option in SERVED[name].options for choice in option.choices]
    answers = [client.get(f"/api/{name}{query}").get_json() for query in ["", *choices]]
    schemas = document["components"]["schemas"]
    assert {field for answer in answers for field in answer} == set(schemas[schema_name(SERVED[name])]["properties"])
    for answer in answers:
        assert set(answer["meta"]) == set(schemas["Meta"]["properties"])
        jsonschema.Draft202012Validator(schema_of(document, name)).validate(answer)


def test_what_is_new_keeps_to_its_schema(client: FlaskClient, document: dict) -> None:
    schema = closed(document["components"]["schemas"]["News"])
    jsonschema.Draft202012Validator(schema).validate(client.get("/api/live").get_json())


def test_problems_keep_to_their_schema(client: FlaskClient, document: dict) -> None:
    validator = jsonschema.Draft202012Validator(closed(document["components"]["schemas"]["Problem"]))
    for path in ("/api/typo", "/api/overview/kpis?period=x"):
        validator.validate(client.get(path).get_json())


def test_units_and_meanings_are_told(document: dict) -> None:
    fields = document["components"]["schemas"]["OverviewKpis"]["properties"]["data"]["properties"]
    assert fields["conversion_rate"]["x-unit"] == "percent"
    assert all(field["description"] for field in fields.values())


def test_the_key_is_asked_for_only_where_it_is_set(serve: Serve, document: dict) -> None:
    assert document["security"] == []
    guarded = serve(READ_KEY="key").test_client().get("/api/openapi.json", headers={"Authorization": "Bearer key"})
    assert {"readKey": []} in guarded.get_json()["security"]


def test_the_index_lists_every_dataset(client: FlaskClient) -> None:
    rows = client.get("/api").get_json()["data"]
    assert [row["path"] for row in rows] == [f"/api/{name}" for name in SERVED]
    assert all(row["title"] and row["definition"] for row in rows)


class Outline(HTMLParser):
    """Opened and closed tags, ids and links of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        given = dict(attrs)
        self.ids += [given["id"]] if given.get("id") else []
        self.links += [given["href"]] if given.get("href") else []

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_documentation_reads_alone(client: FlaskClient) -> None:
    answer = client.get("/api/docs")
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    page = Outline()
    page.feed(answer.text)
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)
    assert {name.replace("/", "-") for name in SERVED} <= set(page.ids)
    assert "problem-invalid_query" in page.ids
    assert "<script" not in answer.text
    hosts = set(re.findall(r"https?://([^/\"'<\s]+)", answer.text))
    assert hosts == {"localhost"}  # the examples alone
    assert "prefers-color-scheme" in answer.text


def test_the_policy_of_the_documentation_lets_its_own_style_pass(client: FlaskClient) -> None:
    from api.headers import source_hash

    answer = client.get("/api/docs")
    style = answer.text.partition("<style>")[2].partition("</style>")[0]
    assert source_hash(style) in answer.headers["Content-Security-Policy"]
