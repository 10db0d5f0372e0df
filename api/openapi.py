"""GET /api and /api/openapi.json: what the API is, derived from the catalogue."""

from __future__ import annotations

from typing import Any, Final

import flask
import orjson

from api.access import COOKIE
from api.datasets import SERVED, shown_parameters, with_tag
from api.ingest import MOST_EVENTS, ROUTES
from api.live import MOST_STREAMS, PING_SECONDS
from api.problems import CODES, SENTENCES
from data.dataset import Column, Dataset
from data.period import CUSTOM, GRAINS, PERIODS
from data.quality import RING, SCORES
from smartshopie_db.database import SmartShopieDB

Json = dict[str, Any]
VERSION: Final = "1.0.0"  # as in pyproject.toml: a test compares, since the program is run without being installed
LIVE = "realtime/system-health"  # the dataset whose newest row is news

FORMATS: dict[str, Json] = {
    "date": {"type": ["string", "null"], "format": "date"},
    "moment": {"type": ["string", "null"], "format": "date-time"},
    "text": {"type": ["string", "null"]},
    "flag": {"type": ["boolean", "null"]},
}
META_FIELDS: Json = {
    "period": {"type": "string", "enum": [*PERIODS, CUSTOM]},
    "start": {"type": "string", "format": "date"}, "end": {"type": "string", "format": "date"},
    "grain": {"type": "string", "enum": list(GRAINS)}, "as_of": {"type": "string", "format": "date"},
    "newest": {"type": ["string", "null"], "format": "date", "description": "Newest day with data"},
    "currency": {"type": "string", "description": "ISO 4217 code of every amount"},
    "timezone": {"type": "string", "description": "IANA name of the time zone whose days are counted"},
    "generated_at": {"type": "string", "format": "date-time"},
    "change_basis": {"type": ["string", "null"], "description": "The days that changes compare, or null"},
    "source": {"type": "string", "enum": ["events", "imported", "mixed"], "description": "What the rows come from"},
    "warnings": {"type": "array", "items": {"type": "string"}, "description": "What the amounts leave out"},
    "coverage": {"type": "string", "enum": ["full", "partial", "none"], "description": "Of the window's days"},
    "data_version": {"type": "integer", "description": "Grows whenever a stored summary may have changed"},
    "definition_notes": {"type": "array", "items": {"type": "string"},
                         "description": "How this answer was counted, where the definition alone does not say it"},
}  # fmt: skip
META: Json = {"type": "object", "required": list(META_FIELDS), "properties": META_FIELDS}
PROBLEM: Json = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "success", "message", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "One sentence for whoever sent the request"},
        "success": {"type": "boolean", "const": False},
        "message": {"type": "string", "description": "The same as detail"},
        "code": {"type": "string", "description": "A name for the kind of error that does not change"},
    },
}
HEALTH: Json = {
    "type": "object", "required": ["status", "database"],
    "properties": {
        "status": {"type": "string", "enum": ["healthy", "unhealthy"]},
        "database": {"type": "string", "enum": ["connected", "unavailable"]},
    },
}


ACCEPTED: Json = {
    "type": "object", "required": ["success", "accepted", "duplicates", "rejected"],
    "properties": {
        "success": {"type": "boolean", "const": True},
        "accepted": {"type": "integer"},
        "duplicates": {"type": "integer", "description": "Messages whose messageId had come before"},
        "rejected": {"type": "array", "items": {"type": "object", "properties": {
            "index": {"type": "integer"}, "messageId": {"type": ["string", "null"]}, "code": {"type": "string"},
            "message": {"type": "string"},
        }}},
    },
}


NEWS_FIELDS: dict[str, tuple[Json, str]] = {
    "data_version": ({"type": "integer"}, "Grows whenever a stored summary may have changed"),
    "empty": ({"type": "boolean"}, "Whether there is neither an event nor an imported row to show"),
    "events": ({"type": "integer"}, "Events received so far"),
    "events_until": (FORMATS["moment"], "When the newest of them was received"),
    "rejected_until": (FORMATS["moment"], "When the newest event that was refused came"),
    "active_sessions": ({"type": "integer"}, "Sessions with an event in the last five minutes"),
}


def news_schema() -> Json:
    """What /api/live answers and each event of /api/stream carries."""
    rows, minutes = (row_schema(SERVED[name].shown_columns) for name in ("customers/interactions", LIVE))
    data = {
        "type": "object", "required": [*NEWS_FIELDS, "activity", "minute"],
        "properties": {
            **{name: {**schema, "description": words} for name, (schema, words) in NEWS_FIELDS.items()},
            "activity": {"type": "array", "items": rows, "description": "Newest rows of /api/customers/interactions"},
            "minute": {"anyOf": [minutes, {"type": "null"}], "description": f"The newest row of /api/{LIVE}"},
        },
    }
    success = {"type": "boolean", "const": True}
    return {"type": "object", "required": ["success", "data"], "properties": {"success": success, "data": data}}


def live_operations() -> Json:
    """What is new, asked for and as a stream."""
    answer = {"application/json": {"schema": {"$ref": "#/components/schemas/News"}}}
    stream = {"text/event-stream": {"schema": {"type": "string"}, "x-data": {"$ref": "#/components/schemas/News"}}}
    problems = {str(status): problem_response(status) for status in (401, 503)}
    return {
        "/api/live": {"get": {
            "operationId": "live", "tags": ["realtime"], "summary": "What is new",
            "description": "Small, and the same for every window: ask it before asking for anything else again.",
            "responses": {
                "200": {"description": "What is new", "content": answer},
                "304": {"description": "Unchanged since the ETag in If-None-Match"}, **problems,
            },
        }},
        "/api/stream": {"get": {
            "operationId": "stream", "tags": ["realtime"], "summary": "What is new, as Server-Sent Events",
            "description": (
                f"The object of /api/live at once and at every change; a comment every {PING_SECONDS:.0f} seconds. At "
                f"most {MOST_STREAMS} streams are open at a time: the next is answered 503 with Retry-After."
            ),
            "responses": {"200": {"description": "A stream that ends after an hour", "content": stream}, **problems},
        }},
    }  # fmt: skip


def column_schema(column: Column) -> Json:
    """A field: its JSON type, what it means, its unit."""
    schema = dict(FORMATS.get(column.unit.name, {"type": ["number", "null"]}))
    schema["description"] = column.meaning
    if column.unit.is_number:
        schema["x-unit"] = column.unit.name
    return schema


def row_schema(columns: tuple[Column, ...]) -> Json:
    """A row or an object made of these fields; more may be added later."""
    return {
        "type": "object", "required": [column.name for column in columns],
        "properties": {column.name: column_schema(column) for column in columns},
    }


def body_schema(dataset: Dataset) -> Json:
    """The whole answer: success, the members of this kind of dataset, meta."""
    row = row_schema(dataset.shown_columns)
    members: Json
    if dataset.kind == "series":
        scores, figures = (row_schema(tuple(map(dataset.column, names))) for names in (SCORES, RING))
        series = {"type": "object", "required": ["name", "data"], "properties": {
            "name": {"type": "string"}, "data": {"type": "array", "items": {"type": ["number", "null"]}},
        }}
        members = {
            "categories": {"type": "array", "items": {"type": "string"}}, "series": {"type": "array", "items": series},
            "models": {"type": "array", "items": scores, "description": "Each model over the whole window"},
            "data": {"type": "array", "items": figures, "description": "In place of all this, by an option"},
        }
    elif dataset.kind == "object":
        members = {"data": row}
        if dataset.timeline:
            members["timeline"] = {"type": "array", "items": row_schema(dataset.timeline)}
    else:
        members = {"data": {"type": "array", "items": row}}
    success, meta = {"type": "boolean", "const": True}, {"$ref": "#/components/schemas/Meta"}
    return {
        "type": "object", "required": ["success", "meta", *(() if dataset.kind == "series" else members)],
        "properties": {"success": success, **members, "meta": meta},
    }


def problem_response(status: int) -> Json:
    """A reference to the answer that stands for a status."""
    return {"$ref": f"#/components/responses/Problem{status}"}


def operation(dataset: Dataset, *, as_file: bool) -> Json:
    """The GET of a dataset, as JSON or as CSV."""
    content: Json = {"text/csv": {"schema": {"type": "string"}}} if as_file else {
        "application/json": {"schema": {"$ref": f"#/components/schemas/{schema_name(dataset)}"}}
    }
    parameters = [
        {"name": p["name"], "in": "query", "description": p["meaning"], "schema": p["schema"]}
        for p in shown_parameters(dataset)
    ]
    return {
        "operationId": dataset.name.replace("/", "_").replace("-", "_") + ("_csv" if as_file else ""),
        "tags": [dataset.area], "summary": dataset.title + (" as CSV" if as_file else ""),
        "description": dataset.definition, "parameters": parameters,
        "responses": {
            "200": {"description": dataset.title, "content": content},
            "304": {"description": "Unchanged since the ETag in If-None-Match"},
            **{str(status): problem_response(status) for status in (400, 401, 503)},
        },
    }


def event_operation(route: str) -> Json:
    """The POST of one of Segment's routes."""
    body = {"type": "object"} if route not in {"batch", "import"} else {
        "type": "object", "required": ["batch"],
        "properties": {"batch": {"type": "array", "maxItems": MOST_EVENTS, "items": {"type": "object"}}},
    }
    answer = {"application/json": {"schema": {"$ref": "#/components/schemas/Accepted"}}}
    return {
        "operationId": f"send_{route}", "tags": ["events"], "summary": f"Send {route} messages as Segment's clients do",
        "security": [{"writeKey": []}],
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {
            "200": {"description": "Everything accepted is committed to disk", "content": answer},
            **{str(status): problem_response(status) for status in (400, 401, 413, 429, 503)},
        },
    }


def schema_name(dataset: Dataset) -> str:
    """`RevenueAttribution` for revenue/attribution."""
    return "".join(word.capitalize() for word in dataset.name.replace("/", "-").split("-"))


def document(db: SmartShopieDB) -> Json:
    """The API as an OpenAPI 3.1 document."""
    paths: Json = {"/api/health": {"get": {
        "operationId": "health", "tags": ["system"], "summary": "Whether the store answers", "security": [],
        "responses": {str(status): {"description": words, "content": {"application/json": {"schema": HEALTH}}}
                      for status, words in ((200, "The store can be read"), (503, "It cannot"))},
    }}, **live_operations()}  # fmt: skip
    for dataset in SERVED.values():
        paths[f"/api/{dataset.name}"] = {"get": operation(dataset, as_file=False)}
        paths[f"/api/{dataset.name}.csv"] = {"get": operation(dataset, as_file=True)}
    for route in ROUTES:
        paths[f"/v1/{route}"] = {"post": event_operation(route)}
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "SmartShopie Analytics", "version": VERSION,
            "description": "What the SmartShopie shopping assistant earns a store, as JSON and CSV.",
        },
        "servers": [{"url": "/"}],
        "security": [{"readKey": []}, {"cookie": []}] if db.settings.read_key is not None else [],
        "tags": [{"name": area} for area in dict.fromkeys([*(d.area for d in SERVED.values()), "system", "events"])],
        "paths": paths,
        "components": {
            "schemas": {
                "Meta": META, "Problem": PROBLEM, "Accepted": ACCEPTED, "News": news_schema(),
                **{schema_name(d): body_schema(d) for d in SERVED.values()},
            },
            "responses": {
                f"Problem{status}": {"description": SENTENCES[status], "content": problem} for status in CODES
            },
            "securitySchemes": {
                "readKey": {"type": "http", "scheme": "bearer", "description": "SMARTSHOPIE_READ_KEY, where it is set"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": COOKIE,
                           "description": "Given by the sign-in page"},
                "writeKey": {"type": "http", "scheme": "basic", "description": "A write key as the user name"},
            },
        },
    }  # fmt: skip


def index() -> Json:
    """Every address with what it says."""
    rows = [
        {"path": f"/api/{d.name}", "csv": f"/api/{d.name}.csv", "title": d.title, "definition": d.definition,
         "parameters": [parameter["name"] for parameter in shown_parameters(d)]} for d in SERVED.values()
    ]  # fmt: skip
    return {
        "success": True, "data": rows,
        "links": {
            "health": "/api/health", "live": "/api/live", "stream": "/api/stream", "openapi": "/api/openapi.json",
            "documentation": "/api/docs",
        },
    }


def as_json(body: Json) -> flask.Response:
    """A body that changes only with the program."""
    text = orjson.dumps(body)
    return with_tag(flask.Response(text, mimetype="application/json"), text)


def register(blueprint: flask.Blueprint, db: SmartShopieDB) -> None:
    """The list of addresses and the OpenAPI document."""
    blueprint.add_url_rule("/api", "index", lambda: as_json(index()))
    blueprint.add_url_rule("/api/openapi.json", "openapi", lambda: as_json(document(db)))
