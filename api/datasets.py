"""GET /api/<dataset> and /api/<dataset>.csv for the whole catalogue."""

from __future__ import annotations

import hashlib
from typing import Any

import flask
import orjson
from werkzeug.datastructures import MultiDict

from api.csv_export import csv_text, file_name
from api.problems import Problem
from data.catalogue import CATALOGUE
from data.dataset import Dataset
from data.fetch import Answer, fetch, window_for
from data.period import DEFAULT_PERIOD, GRAINS, LONGEST_RANGE_DAYS, PERIODS, WINDOW_PARAMETERS, PeriodError
from smartshopie_db.database import SmartShopieDB

SERVED = {name: dataset for name, dataset in CATALOGUE.items() if dataset.kind != "flat"}  # health has its own view


def given(arguments: MultiDict[str, str], dataset: Dataset) -> dict[str, str]:
    """The parameters that this dataset knows; others (such as a cache-buster `_t`) are ignored.

    Raises Problem(400) for one that is given twice.
    """
    known = (*WINDOW_PARAMETERS, *(option.name for option in dataset.options))
    for name in known:
        if len(arguments.getlist(name)) > 1:
            raise Problem(400, f"{name} is given more than once.", code="invalid_query")
    return {name: arguments[name] for name in known if name in arguments}


def ask(db: SmartShopieDB, dataset: Dataset) -> Answer:
    """The answer to the current request; raises Problem(400) with words for its sender."""
    parameters = given(flask.request.args, dataset)
    try:
        window = window_for(db, {name: parameters[name] for name in WINDOW_PARAMETERS if name in parameters})
        options = {name: value for name, value in parameters.items() if name not in WINDOW_PARAMETERS}
        return fetch(db, dataset.name, window, **dataset.read_options(options))
    except PeriodError as error:
        raise Problem(400, str(error), code="invalid_query") from None


def with_tag(response: flask.Response, content: bytes) -> flask.Response:
    """Let a client keep the answer and ask whether it still holds: 304 when it does."""
    response.headers["Cache-Control"] = "no-cache"
    response.set_etag(hashlib.blake2b(content, digest_size=12).hexdigest(), weak=True)
    response.make_conditional(flask.request)
    return response


def as_json(answer: Answer) -> flask.Response:
    """The envelope: success, what the dataset says, meta. The tag leaves out the moment of making."""
    lasting = {name: value for name, value in answer.meta.items() if name != "generated_at"}
    options = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS
    body = {"success": True, **answer.body}
    text = orjson.dumps({**body, "meta": answer.meta}, option=options)
    return with_tag(flask.Response(text, mimetype="application/json"), orjson.dumps((body, lasting), option=options))


def as_csv(answer: Answer) -> flask.Response:
    """The long rows as a file."""
    rows = zip(*answer.columns.values(), strict=True)
    text = csv_text([answer.dataset.column(name) for name in answer.columns], rows)
    response = flask.Response(text, content_type="text/csv; charset=utf-8; header=present")
    response.headers["Content-Disposition"] = f'attachment; filename="{file_name(answer.dataset, answer.window)}"'
    return with_tag(response, text.encode())


def register(blueprint: flask.Blueprint, db: SmartShopieDB) -> None:
    """One pair of addresses for each dataset."""
    for dataset in SERVED.values():
        endpoint = dataset.name.replace("/", "_")
        blueprint.add_url_rule(f"/api/{dataset.name}", endpoint, lambda dataset=dataset: as_json(ask(db, dataset)))
        blueprint.add_url_rule(
            f"/api/{dataset.name}.csv", f"{endpoint}_csv", lambda dataset=dataset: as_csv(ask(db, dataset))
        )


def shown_parameters(dataset: Dataset) -> list[dict[str, Any]]:
    """Name, meaning and JSON schema of each query parameter, for the documentation."""
    return [*(WINDOW_SCHEMAS if dataset.windowed else ()), *(
        {"name": option.name, "meaning": option.meaning, "schema": {
            "type": "integer" if option.low is not None else "string",
            **({"minimum": option.low, "maximum": option.high} if option.low is not None else {}),
            **({"enum": list(option.choices)} if option.choices else {}),
            **({"default": option.default} if option.default is not None else {}),
        }} for option in dataset.options
    )]


WINDOW_SCHEMAS: tuple[dict[str, Any], ...] = (
    {"name": "period", "meaning": f"Whole days up to and including as_of: {', '.join(map(str, PERIODS.values()))}.",
     "schema": {"type": "string", "enum": list(PERIODS), "default": DEFAULT_PERIOD}},
    {"name": "start", "schema": {"type": "string", "format": "date"},
     "meaning": f"First day of a range of at most {LONGEST_RANGE_DAYS} days, with end, instead of period and as_of."},
    {"name": "end", "meaning": "Last day of the range, included.", "schema": {"type": "string", "format": "date"}},
    {"name": "as_of", "meaning": "The day the period ends with; today in the store's time zone when left out.",
     "schema": {"type": "string", "format": "date"}},
    {"name": "grain", "meaning": "Days, weeks (from Monday) or months, instead of the window's own.",
     "schema": {"type": "string", "enum": list(GRAINS)}},
)  # fmt: skip
