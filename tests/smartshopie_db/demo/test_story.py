import json
from collections import Counter, defaultdict
from datetime import date, datetime

import pytest

from smartshopie_db.clock import DAY_MS, LocalTime, day_of, moment_of
from smartshopie_db.demo.catalogue import PRODUCTS
from smartshopie_db.demo.story import Story, tell
from smartshopie_db.events import Reading, Rejection, normalise
from smartshopie_db.plan import load_plan, price
from tests.event_names import KNOWN_EVENTS

from .conftest import FIRST, FOREVER, LAST

NOT_SENT_BY_THIS_SHOP = {"Product Clicked", "Coupon Applied", "Tool Invoked", "Media Generated", "Component Loaded"}


def _ms(message):
    return moment_of(datetime.fromisoformat(message["timestamp"]))


def _named(messages, *names):
    return [message for message in messages if message.get("event") in names]


def test_every_message_is_accepted_as_it_is(season):
    reading = Reading((LAST + 1) * DAY_MS, "demo", LocalTime("UTC"))
    refused = [
        answer for answer in (normalise(message, reading) for message in season) if isinstance(answer, Rejection)
    ]
    assert refused == []


def test_every_event_of_the_vocabulary_occurs(season):
    seen = {message.get("event") or message["type"] for message in season}
    assert KNOWN_EVENTS - seen <= NOT_SENT_BY_THIS_SHOP
    assert {"page", "identify"} <= seen


def test_messages_are_like_those_of_segments_client(season):
    for message in season:
        assert message["type"] in ("track", "page", "identify", "alias")
        assert message["timestamp"].endswith("Z")
        assert message["context"]["library"]["name"] in ("analytics.js", "analytics-python")
        assert len(message["messageId"]) <= 100
        assert ("event" in message) == (message["type"] == "track")
        assert ("traits" in message) == (message["type"] == "identify")
    assert len({message["messageId"] for message in season}) == len(season)


def test_no_one_has_an_email_address(season):
    assert not [message for message in season if "@" in json.dumps(message.get("traits", {}))]
    assert all(message["traits"]["name"] for message in season if message["type"] == "identify")


def test_days_come_in_order_and_each_in_the_order_of_time():
    days = list(tell(Story(visitors_per_day=20), FIRST, FIRST + 20, FOREVER))
    assert [day for day, _ in days] == list(range(FIRST, FIRST + 21))
    moments = [_ms(message) for _, messages in days for message in messages]
    assert moments == sorted(moments)


def test_the_same_seed_tells_the_same_story(tell_all, season):
    assert tell_all(until=(LAST + 1) * DAY_MS) == season
    assert tell_all(Story(seed=8), last=FIRST + 3) != tell_all(Story(seed=9), last=FIRST + 3)


def test_a_later_run_only_adds(tell_all):
    noon = LAST * DAY_MS + DAY_MS // 2
    earlier = {message["messageId"]: message for message in tell_all(until=noon)}
    later = {message["messageId"]: message for message in tell_all(first=FIRST + 7, last=LAST + 7)}
    visits = {message_id for message_id in earlier if message_id in later}
    assert all(earlier[message_id] == later[message_id] for message_id in visits)
    added = [message for message_id, message in later.items() if message_id not in earlier]
    assert min(map(_ms, added)) > noon


def test_an_earlier_first_day_adds_and_changes_nothing(tell_all):
    short = tell_all(first=FIRST + 30)
    long = {message["messageId"]: message for message in tell_all()}
    assert all(long[message["messageId"]] == message for message in short)


def test_nothing_is_told_beyond_the_present_moment(tell_all):
    now = LAST * DAY_MS + 15 * DAY_MS // 24
    messages = tell_all(first=LAST - 20, until=now)
    assert max(map(_ms, messages)) <= now
    assert max(map(_ms, messages)) > now - DAY_MS // 24


def test_the_held_out_never_meet_the_assistant(season):
    variations = {}
    for message in _named(season, "Experiment Viewed"):
        variations[message["anonymousId"]] = message["properties"]["variation_id"]
    talkers = {message["anonymousId"] for message in _named(season, "Conversation Started")}
    known = [variations[who] for who in talkers if who in variations]
    assert set(variations.values()) == {"control", "assistant"}
    assert set(known) == {"assistant"}
    assert Counter(variations.values())["control"] / len(variations) == pytest.approx(0.10, abs=0.015)


def test_with_nobody_held_out_there_is_no_control(tell_all):
    messages = tell_all(Story(holdout=0.0, visitors_per_day=30), last=FIRST + 10)
    assert {message["properties"]["variation_id"] for message in _named(messages, "Experiment Viewed")} == {"assistant"}


def test_the_amounts_of_an_order_add_up_as_in_segments_example(season):
    prices = {item.product_id: item.price for item in PRODUCTS}
    orders = _named(season, "Order Completed", "Order Updated")
    assert orders
    for message in orders:
        cents = {
            name: round(100 * message["properties"][name])
            for name in ("total", "subtotal", "revenue", "shipping", "tax", "discount")
        }
        lines = message["properties"]["products"]
        goods = sum(prices[line["product_id"]] * line["quantity"] for line in lines)
        assert cents["total"] == cents["subtotal"] + cents["shipping"] + cents["tax"]
        assert cents["revenue"] == cents["subtotal"] == goods - cents["discount"]
        assert ("coupon" in message["properties"]) == (cents["discount"] > 0)


def test_what_happens_to_an_order_happens_after_it(season):
    placed = {message["properties"]["order_id"]: _ms(message) for message in _named(season, "Order Completed")}
    later = _named(season, "Order Updated", "Order Refunded", "Order Cancelled")
    assert later
    assert all(_ms(message) > placed[message["properties"]["order_id"]] for message in later)
    assert 0.03 < len(later) / len(placed) < 0.16


def test_no_product_is_seen_before_its_launch(tell_all):
    launched = {item.product_id: day_of(item.launched) for item in PRODUCTS if item.launched}
    season = tell_all(first=FIRST - 60, last=FIRST + 10)
    seen = [message for message in season if message.get("properties", {}).get("product_id") in launched]
    assert seen
    assert all(_ms(message) // DAY_MS >= launched[message["properties"]["product_id"]] for message in seen)


def test_anonymous_visits_are_linked_by_a_later_login(season):
    known, before = {}, Counter()
    for message in season:
        who = message.get("anonymousId")
        if who and "userId" in message:
            known.setdefault(who, message["userId"])
        elif who and who not in known:
            before[who] += 1
    assert sum(1 for who in known if before[who]) > 50


def test_some_orders_are_guests_and_some_shoppers_order_again(season):
    orders = _named(season, "Order Completed")
    by_user = Counter(message["userId"] for message in orders if "userId" in message)
    assert any("userId" not in message and "anonymousId" in message for message in orders)
    assert any("userId" not in message and "anonymousId" not in message for message in orders)
    assert max(by_user.values()) > 1


def test_facts_of_a_conversation_name_it_and_come_after_its_start(season):
    started = {
        message["properties"]["conversationId"]: _ms(message) for message in _named(season, "Conversation Started")
    }
    facts = [message for message in season if "conversationId" in message.get("properties", {})]
    assert len({message["event"] for message in facts}) == 11
    assert all(_ms(message) >= started[message["properties"]["conversationId"]] for message in facts)
    assert {message["properties"]["feature"] for message in _named(season, "Conversation Started")} == {
        "chat", "questionnaire", "image", "routine",
    }  # fmt: skip


def test_ratings_times_and_confidences_are_in_range(season):
    ratings, answers = (_named(season, name) for name in ("Feedback Submitted", "Message Received"))
    assert ratings
    assert answers
    for message in ratings:
        assert message["properties"]["rating"] in (1, 2, 3, 4, 5)
        assert message["properties"]["aspect"] in ("overall", "product_match", "helpfulness")
    for message in answers:
        assert 100 < message["properties"]["response_time_ms"] < 120_000
        assert 0 < message["properties"]["confidence"] < 1


def test_reviews_find_each_model_better_than_the_one_before(tell_all):
    right, all_of = Counter(), Counter()
    for message in _named(tell_all(Story(visitors_per_day=1), first=LAST - 300), "Prediction Reviewed"):
        about = message["properties"]
        all_of[about["model"]] += 1
        right[about["model"]] += about["predicted"] == about["actual"]
    accuracies = [right[name] / all_of[name] for name in ("advisor-1.4", "advisor-2.0", "advisor-2.3")]
    assert accuracies == sorted(accuracies)
    assert accuracies[0] > 0.7


def test_an_invoice_is_the_plan_applied_to_the_conversations_of_its_month(season):
    used = Counter(
        message["properties"]["feature"]
        for message in _named(season, "Conversation Started")
        if message["timestamp"].startswith("2026-07")
    )
    invoices = {
        message["properties"]["invoice_id"]: message["properties"] for message in _named(season, "Invoice Paid")
    }
    assert invoices.keys() == {"INV-2026-07", "INV-2026-08"}
    assert round(100 * invoices["INV-2026-07"]["amount"]) == price(load_plan(), used).total_minor


def test_visits_follow_the_calendar_of_the_shops_time_zone(tell_all):
    zone = "Asia/Tokyo"
    messages = tell_all(Story(timezone=zone, visitors_per_day=20), last=FIRST + 5)
    local = LocalTime(zone)
    assert {local.day(_ms(message)) for message in messages if message["type"] == "page"} >= set(
        range(FIRST, FIRST + 6)
    )
    assert min(local.day(_ms(message)) for message in messages) == FIRST


@pytest.mark.parametrize(("currency", "price_of_the_cream"), [("EUR", 28.9), ("JPY", 2890), ("KWD", 2.89)])
def test_prices_have_the_digits_of_the_currency(tell_all, currency, price_of_the_cream):
    messages = tell_all(Story(currency=currency, visitors_per_day=60), last=FIRST + 10)
    cream = next(item for item in PRODUCTS if item.name == "Dew Barrier Cream")
    seen = {
        message["properties"]["price"]
        for message in _named(messages, "Product Viewed")
        if message["properties"]["product_id"] == cream.product_id
    }
    assert seen == {price_of_the_cream}


def test_the_shop_is_plausible(season):
    sessions, bought, talked = set(), set(), set()
    by_hour = Counter()
    events = defaultdict(set)
    for message in season:
        session = message["context"].get("sessionId")
        if session is None:
            continue
        if message["type"] == "page" and session not in sessions:
            by_hour[datetime.fromisoformat(message["timestamp"]).hour] += 1
        sessions.add(session)
        events[message.get("event")].add(session)
    bought, talked = events["Order Completed"], events["Conversation Started"]
    assert 0.025 < len(bought) / len(sessions) < 0.038
    assert 0.10 < len(talked) / len(sessions) < 0.15
    assert len(talked & bought) / len(talked) > 1.5 * len(bought - talked) / len(sessions - talked)
    assert by_hour.most_common(1)[0][0] in (19, 20, 21)
    revenue = [message["properties"]["revenue"] for message in _named(season, "Order Completed")]
    assert 35 < sum(revenue) / len(revenue) < 60


def test_growth_shows_from_year_to_year(tell_all):
    summer, before = day_of(date(2026, 8, 1)), day_of(date(2025, 8, 1))
    this, last = (len(tell_all(first=day, last=day + 20)) for day in (summer, before))
    assert this > 1.1 * last
