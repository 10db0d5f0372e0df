"""Behavioural patterns as a list: each habit by name, what it is this time, and its share."""

from __future__ import annotations

from typing import Final

from components.card import Drawing, Seen
from components.format import is_nothing, number
from data.dataset import PERCENT

HABITS: Final = {
    "peak_activity": "Peak activity",
    "preference_match": "Preference match",
    "return_rate": "Return rate",
}


def habits(seen: Seen) -> Drawing:
    """One row per habit; the bar is against 100 %."""
    rows = []
    for row in seen.data():
        value = row["value"]
        share = 0 if is_nothing(value) else round(min(value, 100) / 100, 4)
        name = HABITS.get(row["pattern_type"], row["pattern_type"])
        rows.append(
            [
                {"text": name, "below": row["pattern_name"]},
                {"text": number(value, PERCENT, seen.currency), "bar": share},
            ]
        )
    head = [{"label": "Habit"}, {"label": "Share", "number": True, "bar": True}]
    note = " ".join(seen.answer.meta["definition_notes"])
    return Drawing(table={"caption": seen.answer.dataset.title, "head": head, "rows": rows}, note=note)
