"""What a page asks of Dash, looked at before Dash answers: what is no question of this program's pages is refused.

Dash answers such requests too, with an error of our own. Whatever still fails behind this is a failure of the program.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import dash
import flask
from dash.exceptions import DependencyException
from werkzeug.exceptions import BadRequest

from api.problems import Problem

CALLBACK: Final = "/_dash-update-component"  # rules, which Dash takes as the names of its views too
SUITE: Final = "/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>"
OTHER_VERSION: Final = "This page is of another version of the program: load it again."


def names(given: Any, known: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a list in a question names these ids and properties, in this order."""
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        return False
    return [(one.get("id"), one.get("property")) for one in given] == [(one["id"], one["property"]) for one in known]


def is_question(body: Any, callbacks: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether the body of a request is what a page of this program asks, with any values."""
    output = body.get("output") if isinstance(body, dict) else None
    callback = callbacks.get(output) if isinstance(output, str) else None
    if callback is None:
        return False
    many = isinstance(callback["output"], list)
    outputs = [one.to_dict() for one in (callback["output"] if many else [callback["output"]])]
    changed = body.get("changedPropIds", [])
    return (
        names(body.get("outputs") if many else [body.get("outputs")], outputs)
        and names(body.get("inputs"), callback["inputs"])
        and names(body.get("state", []), callback["state"])
        and isinstance(changed, list)
        and all(isinstance(one, str) for one in changed)
    )


def only_questions(view: Callable[..., Any], app: dash.Dash) -> Callable[..., Any]:
    """Dash's view of callbacks for what pages ask. Raises Problem(400), e.g. for a tab older than the server."""

    def answer() -> Any:
        try:
            body = flask.request.get_json()
        except (BadRequest, RecursionError):  # no JSON
            body = None
        if not is_question(body, app.callback_map):
            raise Problem(400, OTHER_VERSION, code="other_version")
        return view()

    return answer


def only_files(view: Callable[..., Any]) -> Callable[..., Any]:
    """Dash's view of its packages' files for the files there are. Raises Problem(404)."""

    def answer(**asked: str) -> Any:
        try:
            return view(**asked)
        except (DependencyException, FileNotFoundError):
            raise Problem(404, "There is no such file.") from None

    return answer


def register(app: dash.Dash) -> None:
    """Put both before what Dash has registered."""
    views = app.server.view_functions
    views[CALLBACK] = only_questions(views[CALLBACK], app)
    views[SUITE] = only_files(views[SUITE])
