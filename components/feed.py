"""The live feed: what happened last, and how many are active now."""

from __future__ import annotations

from components.card import Drawing, Seen
from components.format import is_nothing, moment_in_words, number, seconds_between
from data.dataset import COUNT
from smartshopie_db.clock import now_ms

TONES = {"Converted": "good", "High Intent": "warm"}
FRESH_SECONDS = 180


def feed(seen: Seen) -> Drawing:
    """The newest conversations of the window as rows, and the sessions active in the newest minute."""
    rows = [
        [
            {
                "text": row["customer_name"] or row["customer_id"] or "Guest",
                "below": row["activity_description"] or row["interaction_type"],
            },
            {"text": row["status_badge"] or "", "tone": TONES.get(row["status_badge"], "")},
            {"text": moment_in_words(row["interaction_date"]), "ago": row["interaction_date"]},
        ]
        for row in seen.data()
    ]
    head = [{"label": "Who and what"}, {"label": "Then"}, {"label": "When"}]
    return Drawing(table={"caption": seen.answer.dataset.title, "head": head, "rows": rows}, note=active_now(seen))


def active_now(seen: Seen) -> str:
    """How many sessions are active, where the newest measured minute is still fresh."""
    minutes = seen.answers[1].frame
    if minutes.empty or is_nothing(minutes["active_sessions"].iloc[-1]):
        return ""
    if seconds_between(str(minutes["recorded_at"].iloc[-1]), now_ms()) > FRESH_SECONDS:
        return ""
    return f"{number(minutes['active_sessions'].iloc[-1], COUNT, seen.currency)} active now."
