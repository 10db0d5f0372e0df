"""What events say about products."""

from smartshopie_db.mentions import collect
from tests.smartshopie_db.reading import accepted, mentioned, track


def test_products_are_mentioned_at_the_top_and_in_lists() -> None:
    event = accepted(track("Product List Viewed", {
        "product_id": "p0", "category": " Care ",
        "products": [{"product_id": 1, "name": "Serum", "category": ""}, {"name": "nameless"}, {"product_id": "p2"}, 7],
    }))  # fmt: skip
    assert mentioned(event) == {"p0": (None, ["Care"]), "1": ("Serum", []), "p2": (None, [])}
    assert mentioned(accepted({"type": "page", "userId": "u", "properties": {"product_id": 1, "name": "x"}})) == {}


def test_of_several_names_the_newest_counts_whatever_the_order_of_messages() -> None:
    days = ("2026-11-19T12:00:00Z", "2026-11-21T12:00:00Z", "2026-11-20T12:00:00Z")
    events = [accepted(track(properties={"product_id": "p", "name": day}, timestamp=day)) for day in days]
    found = collect(events)["p"]
    assert (found.name, found.named) == (days[1], (events[1].occurred_ms, "m1"))
