"""What several endpoints need: shares, means, changes, money, names."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

from tests.oracle.reading import exponent
from tests.oracle.store import Store
from tests.oracle.windows import Days, Window

Number = int | Fraction | None
Rows = list[dict[str, Any]]

SHOWN_AS = {
    "chat": "Chat Recommendations",
    "questionnaire": "Questionnaire Guidance",
    "image": "Image Analysis",
    "routine": "Routine Planner",
    "other": "Other",
}
INTERACTION_TYPES = SHOWN_AS | {"chat": "Chat Sessions", "questionnaire": "Questionnaire"}


def ratio(part: Number, whole: Number) -> Fraction | None:
    """Shares and ratios are null when the whole is not above zero."""
    return None if part is None or whole is None or whole <= 0 else Fraction(part) / Fraction(whole)


def percent(part: Number, whole: Number) -> Fraction | None:
    share = ratio(part, whole)
    return None if share is None else share * 100


def mean(values: Iterable[int | None]) -> Fraction | None:
    known = [value for value in values if value is not None]
    return ratio(sum(known), len(known))


def thousandths(value: Fraction | None) -> Fraction | None:
    return None if value is None else value / 1000


def money(minor: int | Fraction | None, store: Store) -> Fraction | None:
    return None if minor is None else Fraction(minor) / 10 ** exponent(store.currency)


def covered_in(store: Store, days: Days) -> Days | None:
    """The covered days among `days`; None without any."""
    covered = store.covered and store.covered.and_also(days)
    return covered if covered else None


def mature(window: Window) -> Days:
    """Rates that look 7 days ahead are measured on what began in the window moved back by 7 days."""
    return window.days.moved(-7)


def compared(store: Store, window: Window, measure: Callable[[Days], Number]) -> tuple[Number, Number] | None:
    """(now, before) of a measure; None where there is nothing to compare."""
    now, before = window.days, window.before()
    unfinished = max(0, (now.last - window.today).days + 1)  # today, and what a range may reach beyond it
    now, before = (Days(days.first, days.moved(-unfinished).last) for days in (now, before))
    covered = covered_in(store, before)
    if not len(now) or covered_in(store, now) is None or covered != before:
        return None
    return measure(now), measure(before)


def change(store: Store, window: Window, measure: Callable[[Days], Number]) -> Fraction | None:
    """(now - before) / before in %."""
    pair = compared(store, window, measure)
    if pair is None or pair[0] is None or pair[1] is None:
        return None
    return percent(pair[0] - pair[1], pair[1])


def points(store: Store, window: Window, measure: Callable[[Days], Number]) -> Fraction | None:
    """The difference of two rates in percentage points, also from 0."""
    pair = compared(store, window, measure)
    if pair is None or pair[0] is None or pair[1] is None:
        return None
    return Fraction(pair[0]) - Fraction(pair[1])


# ---------------------------------------------------------------------- counts that several endpoints show
def sessions_in(store: Store, days: Days) -> int:
    return sum(session.day(store.calendar) in days for session in store.sessions)


def conversions_in(store: Store, days: Days) -> int:
    return sum(s.day(store.calendar) in days and bool(store.orders_in(s)) for s in store.sessions)


def credited_conversions_in(store: Store, days: Days) -> int:
    return sum(
        s.day(store.calendar) in days and any(order.feature for order in store.orders_in(s)) for s in store.sessions
    )


def conversion_rate(store: Store, days: Days) -> Fraction | None:
    return percent(conversions_in(store, days), sessions_in(store, days))


def interactions_in(store: Store, days: Days, feature: str | None = None) -> int:
    return sum(c.day in days and feature in {None, c.feature} for c in store.conversations.values())


def ai_revenue(store: Store, days: Days, feature: str | None = None) -> int:
    """Net revenue of AI-credited orders, in minor units."""
    sold = sum(o.money for o in store.orders if o.day in days and o.feature and feature in {None, o.feature})
    taken = sum(
        r.amount
        for r in store.reversals
        if r.day in days and r.order and r.order.feature and feature in {None, r.order.feature}
    )
    return sold - taken


def ratings_in(store: Store, days: Days, aspect: str | None = None) -> list[int | None]:
    """Ratings x 1000 of one aspect (none given: overall), or of all."""
    return [
        fact.measured("rating")
        for fact in store.facts
        if fact.event.name == "Feedback Submitted"
        and fact.day in days
        and aspect in {None, fact.value("aspect") or "overall"}
    ]
