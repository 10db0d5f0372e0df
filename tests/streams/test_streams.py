"""Random streams are worth their time only if trouble is common in them."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings

from tests.oracle.store import Store
from tests.streams.named import NAMED
from tests.streams.strategies import Example, example, examples


def troubles(drawn: Example) -> set[str]:
    store = Store(drawn.messages, timezone=drawn.timezone, currency=drawn.currency)
    met = {
        "a credited order": any(order.feature for order in store.orders),
        "a reversal": any(reversal.order and reversal.amount for reversal in store.reversals),
        "an identity link": any(
            message.get("userId") and (message.get("anonymousId") or message.get("previousId"))
            for message in drawn.messages
        ),
        "a session over midnight": any(store.day(s.first) != store.day(s.last) for s in store.sessions),
    }
    return {name for name, happened in met.items() if happened}


def test_a_third_of_the_streams_have_all_four_troubles_at_once() -> None:
    full = sum(len(troubles(example(Random(seed)))) == 4 for seed in range(200))  # noqa: S311 - reproducible on purpose
    assert full >= 60


def test_streams_drawn_by_hypothesis_are_as_rich() -> None:
    seen: list[int] = []

    @settings(max_examples=60, suppress_health_check=list(HealthCheck))
    @given(examples())
    def draw(drawn: Example) -> None:
        seen.append(len(troubles(drawn)))

    draw()
    assert sum(count == 4 for count in seen) >= 0.3 * len(seen)


@pytest.mark.parametrize("name", NAMED)
def test_named_stores_hold_every_kind_of_trouble(name: str) -> None:
    store = NAMED[name]()
    drawn = Example(store.timezone, store.currency, store.messages)
    facts = Store(store.messages, timezone=store.timezone, currency=store.currency)
    assert len(troubles(drawn)) == 4
    assert {order.in_store_currency for order in facts.orders} == {True, False}
    assert any(order.visitor.startswith("g:") for order in facts.orders)
    assert any(reversal.order is None and reversal.amount for reversal in facts.reversals)
    assert any(reversal.cancels for reversal in facts.reversals)
    assert any(line.upsell for order in facts.orders for line in order.lines)
    assert any(line.cross_sell for order in facts.orders for line in order.lines)
    assert any(facts.is_abandoned(session) and facts.recovery(session)[0] for session in facts.sessions)
    assert any(facts.view_after_recommendation(event) for event in facts.events if event.name == "Product Viewed")
    assert any(message["type"] == "alias" for message in store.messages)
    assert len(facts.events) < len(store.messages), "no message comes twice"
