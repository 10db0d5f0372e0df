"""The live feed: what happened last, and how many are active now."""

from __future__ import annotations

from components.card import Drawing, Seen
from components.format import is_nothing, moment_in_words, number
from data.dataset import COUNT, RATING

TONES = {"Converted": "good", "High Intent": "warm"}


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
            "" if is_nothing(row["satisfaction_score"]) else number(row["satisfaction_score"], RATING, seen.currency),
        ]
        for row in seen.data()
    ]
    head = [{"label": "Who and what"}, {"label": "Then"}, {"label": "When"}, {"label": "Rating", "number": True}]
    minutes = seen.answers[1].frame
    note = ""
    if len(minutes) and not is_nothing(minutes["active_sessions"].iloc[-1]):
        note = f"{number(minutes['active_sessions'].iloc[-1], COUNT, seen.currency)} active now."
    return Drawing(table={"caption": seen.answer.dataset.title, "head": head, "rows": rows}, note=note)
