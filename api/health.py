"""GET /api/health: whether the store answers, tried at every call."""

from __future__ import annotations

import logging

import flask
import orjson

from api.problems import RETRY_SECONDS
from smartshopie_db.database import SmartShopieDB

log = logging.getLogger("smartshopie.api")


def health(db: SmartShopieDB) -> flask.Response:
    """200 when the store can be read, else 503 with the same two fields."""
    try:
        well = bool(db.engine.read("SELECT value FROM store WHERE name = 'schema_version'").rows)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with the store, this address says so
        log.warning("health: the store cannot be read: %s", error)
        well = False
    status, database = ("healthy", "connected") if well else ("unhealthy", "unavailable")
    headers = {"Cache-Control": "no-store"} | ({} if well else {"Retry-After": str(RETRY_SECONDS)})
    return flask.Response(
        orjson.dumps({"status": status, "database": database}), 200 if well else 503, headers,
        mimetype="application/json",
    )
