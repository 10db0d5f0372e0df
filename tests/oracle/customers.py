"""customers/*, endpoint by endpoint."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from tests.oracle.answers import (
    Rows,
    covered_in,
    mature,
    mean,
    money,
    percent,
    ratio,
    thousandths,
)
from tests.oracle.conversations import Conversation
from tests.oracle.orders import UNCATEGORISED
from tests.oracle.people import Session
from tests.oracle.reading import text
from tests.oracle.store import Store
from tests.oracle.windows import Days, Window


# ---------------------------------------------------------------------- customers
def snapshot_day(store: Store, window: Window) -> date:
    """The window's last day; snapshots are defined on covered days."""
    covered = covered_in(store, window.days)
    assert covered is not None
    return covered.last


def segment_of(store: Store, visitor: str, day: date) -> str:
    standing = [o for o in store.orders_of(visitor) if o.day <= day and not o.cancelled_by(day)]
    first = store.first_seen(visitor)
    if day - timedelta(29) <= first and len(standing) <= 1:
        return "New Visitors"
    recent = sum(order.day >= day - timedelta(364) for order in standing)
    return "Loyalists" if recent >= 4 else "Returning Customers" if recent >= 2 else "Occasional Users"


def customers_segments(store: Store, window: Window) -> Rows:
    day = snapshot_day(store, window)
    until = Days(date.min, day)
    members: dict[str, list[str]] = {
        name: [] for name in ("New Visitors", "Loyalists", "Returning Customers", "Occasional Users")
    }
    for visitor in store.customers:
        if store.first_seen(visitor) <= day:
            members[segment_of(store, visitor, day)].append(visitor)
    everyone = sum(len(visitors) for visitors in members.values())
    rows = []
    for name, visitors in members.items():
        orders = [o for v in visitors for o in store.orders_of(v) if o.day <= day and o.in_store_currency]
        value = sum(store.net_revenue(visitor, until) for visitor in visitors)
        rows.append(
            {
                "segment_name": name,
                "segment_size": len(visitors),
                "segment_percentage": percent(len(visitors), everyone),
                "avg_lifetime_value": money(ratio(value, len(visitors)), store),
                "avg_order_value": money(ratio(sum(order.revenue for order in orders), len(orders)), store),
            }
        )
    return rows


BANDS = (
    ("0-30d", 0, 30),
    ("31-60d", 31, 60),
    ("61-90d", 61, 90),
    ("91-180d", 91, 180),
    ("181-365d", 181, 365),
    ("1-2y", 366, 730),
    ("2y+", 731, 10**6),
)


def customers_lifetime_value(store: Store, window: Window) -> Rows:
    day = snapshot_day(store, window)
    year_ago = day - timedelta(365)

    def in_band(shortest: int, longest: int, at: date) -> list[str]:
        return [v for v in store.customers if shortest <= (at - store.first_seen(v)).days <= longest]

    rows = []
    for name, shortest, longest in BANDS:
        now, then = in_band(shortest, longest, day), in_band(shortest, longest, year_ago)
        current = ratio(sum(store.net_revenue(v, Days(date.min, day)) for v in now), len(now))
        since = ratio(sum(store.net_revenue(v, Days(year_ago + timedelta(1), day)) for v in then), len(then))
        predicted = None if current is None or since is None else current + since
        rows.append(
            {"segment_name": name, "current_clv": money(current, store), "predicted_clv": money(predicted, store)}
        )
    return rows


BAND_NAMES = ("Night", "Night", "Morning", "Morning", "Afternoon", "Afternoon", "Evening", "Evening")


def customers_behavioral_patterns(store: Store, window: Window) -> Rows:
    begun = [session for session in store.sessions if session.day(store.calendar) in window.days]
    bands = [store.calendar.moment(session.first.time).hour // 3 for session in begun]
    peak = max(range(8), key=lambda band: (bands.count(band), -band)) if begun else None
    name = {} if peak is None else {"pattern_name": f"{BAND_NAMES[peak]} ({3 * peak}-{3 * peak + 3})"}
    matches = [store.matched(c) for c in store.conversations.values() if c.day in mature(window)]
    shown = [match for match in matches if match is not None]
    return [
        {
            "pattern_type": "peak_activity",
            **name,
            "value": None if peak is None else percent(bands.count(peak), len(begun)),
        },
        {"pattern_type": "preference_match", "value": percent(sum(shown), len(shown))},
        {"pattern_type": "return_rate", "value": _return_rate(store, begun)},
    ]


def _return_rate(store: Store, begun: list[Session]) -> Fraction | None:
    """Of the window's visitors, those with a session on one of the 30 days before their first day in it."""
    first_day: dict[str, date] = {}
    for session in begun:
        day = session.day(store.calendar)
        first_day[session.visitor] = min(day, first_day.get(session.visitor, day))
    returned = 0
    for visitor, first in first_day.items():
        before = Days(first - timedelta(30), first - timedelta(1))
        returned += any(session.day(store.calendar) in before for session in store.sessions_of[visitor])
    return percent(returned, len(first_day))


def customers_concerns(store: Store, window: Window) -> Rows:
    counted: dict[tuple[str, str], tuple[str, bool]] = {}  # (conversation or message, concern) -> (category, resolved)
    for fact in store.facts:
        name = text(fact.value("concern"))
        if fact.event.name == "Concern Detected" and name and fact.day in window.days:
            key = "c:" + fact.conversation.conversation_id if fact.conversation else "m:" + fact.event.id
            resolved = fact.conversation.resolved if fact.conversation else False
            counted.setdefault((key, name), (text(fact.value("concern_category")) or "", resolved))
    groups: dict[tuple[str, str], list[bool]] = {}
    for (_, name), (category, resolved) in counted.items():
        groups.setdefault((name, category), []).append(resolved)
    rows = [
        {
            "concern_name": name,
            "concern_category": category,
            "query_count": len(queries),
            "ai_success_rate": percent(sum(queries), len(queries)),
        }
        for (name, category), queries in groups.items()
    ]
    return sorted(rows, key=lambda r: (-r["query_count"], r["concern_name"], r["concern_category"]))[:10]


def customers_interactions(store: Store, window: Window, limit: int = 10) -> Rows:
    shown = [c for c in store.conversations.values() if c.day in window.days]
    newest = sorted(shown, key=lambda c: (c.event.time, c.conversation_id), reverse=True)
    return [_interaction(store, conversation) for conversation in newest[:limit]]


def _interaction(store: Store, conversation: Conversation) -> dict[str, Any]:
    answers = [fact.whole("response_time_ms") for fact in conversation.said("Message Received")]
    ratings = [
        fact.measured("rating")
        for fact in conversation.said("Feedback Submitted")
        if (fact.value("aspect") or "overall") == "overall"
    ]
    visitor = conversation.visitor
    return {
        "interaction_id": conversation.conversation_id,
        "interaction_date": store.calendar.moment(conversation.event.time),
        "interaction_type": conversation.feature,  # the key, as clients of the original know it
        "customer_id": visitor.removeprefix("u:") if visitor.startswith("u:") else None,
        "session_id": conversation.session.name if conversation.session else None,
        "response_time_sec": thousandths(mean(answers)),
        "satisfaction_score": thousandths(mean(ratings)),
        "status_badge": store.outcome(conversation),
        "message_count": conversation.messages,
    }


def customers_product_gaps(store: Store, window: Window) -> Rows:
    requests: dict[tuple[str, str], int] = {}
    for event in store.events:
        if event.name == "Product Requested" and store.day(event) in window.days:
            name = text(event.properties.get("product_name"))
            key = (name or "", text(event.properties.get("category")) or UNCATEGORISED)
            requests[key] = requests.get(key, 0) + 1
    rows: Rows = []
    for (name, category), count in sorted(requests.items(), key=lambda item: (-item[1], item[0])):
        sold = [
            line
            for order in store.orders
            if order.day in window.days and order.in_store_currency
            for line in order.lines
            if line.category == category
        ]
        price = ratio(sum(line.revenue for line in sold), Fraction(sum(line.quantity for line in sold)))
        rows.append(
            {
                "gap_rank": len(rows) + 1,
                "product_name": name,
                "category": category,
                "demand_score": count,
                "potential_revenue": money(count * (price or 0), store),
            }
        )
    return rows
