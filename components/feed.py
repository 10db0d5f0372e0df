"""The live feed: what happened last, and how many are active now."""

from __future__ import annotations

from components.card import Drawing, Seen
from components.format import moment_in_words, number
from data.dataset import COUNT
from data.presence import active_sessions
from smartshopie_db.clock import now_ms

TONES = {"Converted": "good", "High Intent": "warm"}


def feed(seen: Seen) -> Drawing:
    """The newest conversations of the window as rows, and the sessions active now."""
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
    """How many sessions are active at this moment."""
    return f"{number(active_sessions(seen.db, now_ms()), COUNT, seen.currency)} active now."
