"""A shop whose events a test sends while its pages are open."""

from __future__ import annotations

import base64
import json
import urllib.request
from typing import Any

from api.live import HUB, Hub
from app import create_app, http_server
from smartshopie_db.clock import LocalTime, now_ms
from smartshopie_db.settings import load_settings
from tests import serving

KEY = "key-of-the-tests"
WAIT = 60  # seconds after which a test gives up; never waited for
SERUM = {"product_id": "p1", "name": "Night Serum", "category": "Skincare", "price": 40.0, "quantity": 1}


class Shop:
    """A store of its own, served with its rollup worker, and who sends events to it."""

    def __init__(self, url: str, **given: str) -> None:
        words = {"DATABASE_URL": url, "WRITE_KEY": KEY, **given}
        self.app = create_app(load_settings({f"SMARTSHOPIE_{name}": value for name, value in words.items()}))
        self.server = http_server(self.app, "127.0.0.1", 0)
        self.hub: Hub = self.app.server.extensions[HUB]
        self.store = self.app.server.config["STORE"]
        self.address = serving.begin(self.server)
        self.app.server.config["WORKER"].start()

    def close(self) -> None:
        serving.end(self.server, self.app.server)
        self.app.server.config["WORKER"].stop()
        self.store.close()

    def send(self, *messages: dict[str, Any]) -> dict[str, Any]:
        """Post a batch as a client does."""
        now = LocalTime("UTC").iso(now_ms())
        body = {"batch": [{"type": "track", "timestamp": now, **message} for message in messages]}
        headers = {"Authorization": "Basic " + base64.b64encode(f"{KEY}:".encode()).decode()}
        request = urllib.request.Request(f"{self.address}/v1/batch", json.dumps(body).encode(), headers)  # noqa: S310
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            return json.load(answer)

    def order(self, number: int) -> None:
        """A customer who talks to the assistant and orders."""
        who = {"userId": f"customer-{number}"}
        talk = {"conversationId": f"c{number}", "feature": "chat"}
        self.send(
            {**who, "type": "page"},
            {**who, "event": "Conversation Started", "properties": talk},
            {**who, "event": "Order Completed", "properties": {
                "order_id": f"o{number}", "revenue": 40.0, "products": [SERUM],
            }},
        )  # fmt: skip

    def listeners_are(self, number: int) -> bool:
        """Wait until this many streams are open."""
        with self.hub._changed:
            return self.hub._changed.wait_for(lambda: self.hub.listeners == number, WAIT)

    def has_news_since(self, tag: str) -> bool:
        """Wait until the streams are told something else than this."""
        with self.hub._changed:
            return self.hub._changed.wait_for(lambda: self.hub._news is not None and self.hub._news.tag != tag, WAIT)
