"""Every path, field and JSON type that clients of the original system read."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient

FILE = Path(__file__).resolve().parents[3] / "shared" / "contract" / "api.json"
ENDPOINTS = orjson.loads(FILE.read_bytes())["endpoints"] if FILE.is_file() else []

pytestmark = pytest.mark.skipif(not ENDPOINTS, reason=f"the list of fields is not here: {FILE} is missing")
TYPES = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "null": lambda value: value is None,
}


def keeps(value: Any, types: str) -> bool:
    return any(TYPES[name](value) for name in types.split("|"))


@pytest.mark.parametrize("query", ["?period=7d", "?period=30d", "?period=90d", "?period=1y"])
@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint["path"])
def test_every_field_is_there_in_its_type(client: FlaskClient, endpoint: dict[str, Any], query: str) -> None:
    body = client.get(endpoint["path"] + query).get_json()
    if endpoint.get("flat"):
        rows = [body]
    elif endpoint["data"] is None:
        assert isinstance(body["categories"], list)
        assert all(set(one) >= {"name", "data"} for one in body["series"])
        return
    else:
        rows = body["data"] if endpoint["data"] == "list" else [body["data"]]
        assert isinstance(rows, list)
    for row in rows:
        for field, types in endpoint["fields"].items():
            assert keeps(row[field], types), (field, row[field])


def test_the_timeline_stands_beside_the_totals(client: FlaskClient) -> None:
    timeline = client.get("/api/interactions/summary?period=30d").get_json()["timeline"]
    assert sum(bucket["total_interactions"] for bucket in timeline) == 4
    assert set(timeline[0]) >= {
        "date",
        "chat_interactions",
        "questionnaire_interactions",
        "image_analysis_interactions",
        "routine_planner_interactions",
        "total_interactions",
    }
