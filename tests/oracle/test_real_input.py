"""Real input through the whole system: Segment's official examples and a cosmetics shop's events of three months."""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from data.fetch import fetch
from data.period import resolve
from tests.oracle.calculation import NAMES
from tests.oracle.stores import Databases, calculation, differences
from tests.streams.named import NamedStore

Message = dict[str, Any]
EVENTS = {"view": "Product Viewed", "cart": "Product Added", "remove_from_cart": "Product Removed"}


@pytest.fixture(scope="module")
def cosmetics(real_data: Path) -> list[Message]:
    folder = real_data / "rees46_cosmetics_sample"
    if not folder.is_dir():
        pytest.skip(f"the cosmetics shop's events are not here: {folder} is missing")
    rows = [row for path in sorted(folder.glob("data_*.csv")) for row in csv.DictReader(path.open(encoding="utf-8"))]
    with gzip.open(folder / "item.csv.gz", "rt", encoding="utf-8") as file:
        brands = {row["product_id"]: row["brand"] for row in csv.DictReader(file) if row["brand"]}  # one per product
    return cosmetics_messages(rows, brands)


def cosmetics_messages(rows: list[dict[str, str]], brands: dict[str, str]) -> list[Message]:
    """Views, carts and removals as they are, exact duplicates once; the purchase lines of a session are one order."""
    messages: list[Message] = []
    orders: dict[str, Message] = {}
    for row in rows:
        product: Message = {"product_id": row["product_id"], "price": row["price"]}
        if row["product_id"] in brands:
            product["brand"] = brands[row["product_id"]]
        said: Message = {
            "type": "track",
            "timestamp": row["event_time"].replace(" UTC", "Z").replace(" ", "T"),
            "userId": row["user_id"],
            "context": {"sessionId": row["user_session"]},
        }
        if row["event_type"] != "purchase":
            messages.append(said | {"event": EVENTS[row["event_type"]], "properties": product})
        elif row["user_session"] in orders:
            orders[row["user_session"]]["properties"]["products"].append(product)
        else:
            bought = {"order_id": row["user_session"], "products": [product]}
            orders[row["user_session"]] = said | {"event": "Order Completed", "properties": bought}
    for order in orders.values():
        prices = [Decimal(line["price"]) for line in order["properties"]["products"]]
        order["properties"]["revenue"] = str(sum(prices))
    return messages + list(orders.values())


def test_the_cosmetics_shop_shows_its_known_numbers(
    databases: Databases, cosmetics: list[Message], real_data: Path
) -> None:
    expected = json.loads((real_data / "rees46_cosmetics_sample" / "expected.json").read_text(encoding="utf-8"))
    distinct = len({json.dumps(message, sort_keys=True) for message in cosmetics})
    today = date(2022, 12, 1)
    named = NamedStore("cosmetics", "UTC", "USD", cosmetics, today)
    with databases.store("UTC", "USD", named) as db:
        report = db.ingest(cosmetics, source="api")
        db.rollup()
        assert (report.accepted, report.rejected) == (distinct, 0)
        window = resolve(period="90d", today=today)
        stages = fetch(db, "overview/funnel", window).body["data"]
        assert stages[0]["count"] == expected["sessions"] == 724
        assert [stage["count"] for stage in stages[1:]] == [0, 0, 0, 0], "nobody talked to an assistant"
        trends = fetch(db, "conversions/trends", window).body["data"]
        assert sum(row["conversions"] for row in trends) == expected["sessions_with"]["purchase"] == 18
        sold = fetch(db, "revenue/category", window).body["data"]
        assert sum(Decimal(str(row["revenue_amount"])) for row in sold) == Decimal("989.15")
        with_event: Counter[str] = Counter()
        for viewed, added in db.engine.read("SELECT has_product_view, has_product_added FROM sessions").rows:
            with_event.update(view=int(viewed), cart=int(added))
        assert with_event == {key: expected["sessions_with"][key] for key in ("view", "cart")}
        mine = calculation(cosmetics, "UTC", "USD", named)
        for name in NAMES:
            assert not differences(db, mine, name, today=today, period="90d")


def test_segments_official_examples_are_all_accepted(databases: Databases, real_data: Path) -> None:
    file = real_data / "segment_ecommerce_spec_examples" / "examples.ndjson"
    if not file.is_file():
        pytest.skip(f"Segment's examples are not here: {file} is missing")
    examples = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line]
    messages = [
        {**message, "userId": "shopper", "messageId": f"m{number:02}", "timestamp": f"2026-03-01T10:{number:02}:00Z"}
        for number, message in enumerate(examples)
    ]
    today = date(2026, 3, 1)
    named = NamedStore("examples", "UTC", "USD", messages, today)
    with databases.store("UTC", "USD", named) as db:
        report = db.ingest(messages, source="api")
        db.rollup()
        assert (report.accepted, report.duplicates, report.rejected) == (25, 0, 0)
        mine = calculation(messages, "UTC", "USD", named)
        for name in NAMES:
            assert not differences(db, mine, name, today=today, period="7d")
        (order,) = mine.store.orders
        assert order.revenue == 2500, "Order Updated told 25.00 and replaces the 22.50 of Order Completed"
