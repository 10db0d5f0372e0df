"""What has a URL and is not a page: the JSON API, its documentation, access, headers, static files, measurements."""

from __future__ import annotations

from pathlib import Path

import flask

from api import (
    access,
    datasets,
    headers,
    health,
    ingest,
    live,
    measure,
    openapi,
    problems,
    reference,
    remembered,
    static,
)
from smartshopie_db.database import SmartShopieDB
from smartshopie_db.worker import RollupWorker


def register(server: flask.Flask, db: SmartShopieDB, worker: RollupWorker | None = None) -> None:
    """Attach the API for an open store; `worker` is woken when events come in.

    The order is the order in which a request meets the rules.
    """
    server.url_map.merge_slashes = False  # a redirect would answer a mistyped address in HTML
    server.config["STORE"] = db
    problems.register_errors(server)
    measure.register(server)
    headers.register(server, db.settings.cors_origins)
    may_read = access.register(server, db)
    static.register(server, Path(server.root_path) / "assets")
    hub = live.Hub(db)
    remembered.register(server, db, hub, may_read)
    blueprint = flask.Blueprint("api", __name__)
    blueprint.register_error_handler(Exception, problems.answer)  # also where Dash's debug mode shows tracebacks
    blueprint.add_url_rule("/api/health", "health", lambda: health.health(db))
    datasets.register(blueprint, db)
    openapi.register(blueprint, db)
    reference.register(blueprint, db)
    ingest.register(blueprint, server, db, worker)
    live.register(blueprint, server, hub)
    server.register_blueprint(blueprint)
    problems.register_rest(server)
