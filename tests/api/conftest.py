"""A store with a few days of one shop, and servers around it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import flask
import pytest
from flask.testing import FlaskClient

import api
from smartshopie_db.database import SmartShopieDB
from smartshopie_db.settings import load_settings

PROJECT = Path(__file__).resolve().parents[2]
AS_OF = "2026-03-31"
Serve = Callable[..., flask.Flask]


def message(
    number: int, kind: str, visitor: str, moment: str, properties: dict[str, Any] | None = None
) -> dict[str, Any]:
    """One Segment message; page views are type page."""
    named = {"type": "page"} if kind == "page" else {"type": "track", "event": kind}
    return {
        "messageId": f"m{number:04}",
        **named,
        "userId": visitor,
        "timestamp": moment,
        "properties": properties or {},
        "context": {"sessionId": f"{visitor}-{moment[:10]}"},
    }


def shop_events() -> list[dict[str, Any]]:
    """Six visitors in March 2026: each opens a page, four talk to the assistant, three buy, one gets money back."""
    serum = {"product_id": "p1", "name": '=Serum, "rich"', "category": "Face", "price": 40.0, "quantity": 1}
    events: list[dict[str, Any]] = []

    def add(kind: str, visitor: str, moment: str, **properties: Any) -> None:
        events.append(message(len(events), kind, visitor, moment, properties))

    for number in range(6):
        visitor, day = f"v{number}", f"2026-03-{10 + 3 * number:02}"
        add("page", visitor, f"{day}T10:00:00Z")
        add("Product Viewed", visitor, f"{day}T10:01:00Z", **serum)
        if number < 4:
            talk = {"conversationId": f"c{number}"}
            feature = ("chat", "questionnaire", "image", "routine")[number]
            add("Conversation Started", visitor, f"{day}T10:02:00Z", **talk, feature=feature)
            add(
                "Message Received",
                visitor,
                f"{day}T10:02:05Z",
                **talk,
                response_time_ms=800,
                model="m1",
                confidence=0.9,
            )
            add("Recommendation Shown", visitor, f"{day}T10:02:06Z", **talk, product_id="p1", model="m1")
            add(
                "Concern Detected", visitor, f"{day}T10:02:07Z", **talk, concern="Dry skin", concern_category="skincare"
            )
            add("Feedback Submitted", visitor, f"{day}T10:03:00Z", **talk, rating=4, aspect="overall")
            add("Conversation Resolved", visitor, f"{day}T10:03:10Z", **talk)
        if number % 2 == 0:
            add("Product Added", visitor, f"{day}T10:04:00Z", **serum)
            add("Order Completed", visitor, f"{day}T10:05:00Z", order_id=f"o{number}", revenue=40.0, products=[serum])
    add("Order Refunded", "v0", "2026-03-30T09:00:00Z", order_id="o0", revenue=10.0)
    add("Prediction Reviewed", "v1", "2026-03-30T09:00:00Z", model="m1", predicted="dry", actual="dry")
    add("Product Requested", "v1", "2026-03-30T09:00:01Z", product_name="@home kit", category="Face")
    add("Invoice Paid", "v1", "2026-03-30T09:00:02Z", invoice_id="i1", amount=99.0, description="March", status="paid")
    return events


@pytest.fixture(scope="session")
def database_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A store with the shop's events, rolled up."""
    url = f"sqlite:///{tmp_path_factory.mktemp('store') / 'shop.db'}"
    with SmartShopieDB(url, settings=load_settings({"SMARTSHOPIE_DATABASE_URL": url})) as database:
        database.ingest(shop_events(), source="http")
        database.rollup()
    return url


@pytest.fixture(scope="session")
def serve(database_url: str) -> Iterator[Serve]:
    """Make a server on the shop's store (or another one) with the settings given, e.g. READ_KEY="..."."""
    opened: list[SmartShopieDB] = []

    def make(**given: str) -> flask.Flask:
        words = {"DATABASE_URL": database_url, "AS_OF": AS_OF, **given}
        settings = load_settings({f"SMARTSHOPIE_{name}": value for name, value in words.items()})
        database = SmartShopieDB(settings.database_url, settings=settings).connect()
        opened.append(database)
        server = flask.Flask("app", root_path=str(PROJECT), static_url_path="/static", static_folder=None)
        api.register(server, database)
        return server

    yield make
    for database in opened:
        database.close()


@pytest.fixture(scope="session")
def client(serve: Serve) -> FlaskClient:
    """Whoever asks the shop's server."""
    return serve().test_client()
