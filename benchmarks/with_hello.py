"""Our program with two routes more: the least that a JSON route on the same server can cost."""

from __future__ import annotations

import logging
import sys

import flask

from app import create_app, serve
from smartshopie_db.settings import load_settings


def main() -> int:
    """Serve until a signal."""
    logging.basicConfig(level=logging.WARNING)
    settings = load_settings()
    app = create_app(settings)

    @app.server.get("/hello-world")
    def hello() -> flask.Response:
        return flask.jsonify(hello="world")

    serve(app, settings, f"http://127.0.0.1:{settings.port}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
