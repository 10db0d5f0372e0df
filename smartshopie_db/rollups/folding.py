"""What a SELECT leaves to Python: rows of one thing folded into one, in words or in sums that must be exact."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import Any, Final

from smartshopie_db.clock import LocalTime, iso_day
from smartshopie_db.engine import Rows
from smartshopie_db.rollups.model_scores import score

Record = dict[str, Any]
Fold = Callable[[Rows, LocalTime], Rows]
"""The rows of a SELECT, ordered by what they are folded by -> the rows of the table, `day` still first."""

STARTED: Final = {
    "chat": "started a chat",
    "questionnaire": "started a questionnaire",
    "image": "started an image analysis",
    "routine": "started a routine plan",
    "other": "started a conversation",
}
NAMED_CONCERNS: Final = 3


def category_revenue(found: Rows, _local: LocalTime) -> Rows:
    """Quantities of a day and category into one exact sum."""
    return _as_rows(
        first | {"quantity": math.fsum(row["quantity"] * row["lines"] for row in rows if row["lines"]), "lines": None}
        for first, rows in _grouped(found, "day", "category_name")
    )


def ai_model_performance(found: Rows, _local: LocalTime) -> Rows:
    """Pairs of classes of a day and model into that day's scores (%)."""
    return _as_rows(_model_day(first, rows) for first, rows in _grouped(found, "day", "model_name"))


def _model_day(first: Record, rows: list[Record]) -> Record:
    scores = score({(row["predicted"], row["actual"]): row["pairs"] for row in rows if row["pairs"]})
    answers = first["response_count"]
    return {name: first[name] for name in ("day", "model_name")} | {
        "accuracy": scores.accuracy,
        "precision": scores.precision,
        "recall": scores.recall,
        "f1_score": scores.f1_score,
        "response_time_ms": first["response_ms_sum"] / answers if answers else None,
        "reviewed": scores.reviewed,
        "correct": scores.correct,
        **{name: first[name] for name in (
            "response_ms_sum", "response_count", "confidence_milli_sum", "confidence_count",
        )},
    }  # fmt: skip


def customer_interactions(found: Rows, local: LocalTime) -> Rows:
    """Concerns of a conversation into one row of the activity feed, with what happened in words."""
    return _as_rows(_interaction(first, rows, local) for first, rows in _grouped(found, "interaction_id"))


def _interaction(first: Record, rows: list[Record], local: LocalTime) -> Record:
    visitor, answers, ratings = first["visitor_id"], first["response_count"], first["rating_count"]
    concerns = sorted(row["concern_name"] for row in rows if row["concern_name"] is not None)
    return {name: first[name] for name in ("day", "interaction_id", "started_ms", "interaction_type", "session_id")} | {
        "interaction_date": local.iso(first["started_ms"]),
        "customer_id": visitor[2:] if visitor.startswith("u:") else None,
        "response_time_sec": first["response_ms_sum"] / 1000 / answers if answers else None,
        "satisfaction_score": first["rating_milli_sum"] / 1000 / ratings if ratings else None,
        "customer_name": first["customer_name"],
        "activity_description": describe(first["interaction_type"], concerns, recommended=bool(first["recommended"])),
        "status_badge": first["status_badge"],
        "message_count": first["message_count"],
    }


def describe(feature: str, concerns: list[str], *, recommended: bool) -> str:
    """What somebody did in a conversation: "asked about acne and dryness, was shown products"."""
    if concerns:
        named, more = concerns[:NAMED_CONCERNS], len(concerns) - NAMED_CONCERNS
        if more > 0:
            named = [*named, f"{more} more"]
        words = "asked about " + (", ".join(named[:-1]) + " and " + named[-1] if len(named) > 1 else named[0])
    else:
        words = STARTED.get(feature, STARTED["other"])
    return f"{words}, was shown products" if recommended else words


def usage_breakdown(found: Rows, _local: LocalTime) -> Rows:
    """The month beside the day, as the first day of it."""
    return _as_rows(
        dict(zip(found.columns, row, strict=True)) | {"month": f"{iso_day(row[0])[:7]}-01"} for row in found.rows
    )


def _grouped(found: Rows, *keys: str) -> Iterator[tuple[Record, list[Record]]]:
    """The first record and all records of each run of rows that are equal in `keys`."""
    places = [found.columns.index(key) for key in keys]
    for _, rows in groupby(found.rows, key=lambda row: [row[place] for place in places]):
        records = [dict(zip(found.columns, row, strict=True)) for row in rows]
        yield records[0], records


def _as_rows(records: Iterable[Record]) -> Rows:
    rows: list[tuple[Any, ...]] = []
    columns: tuple[str, ...] = ()
    for record in records:
        record.pop("lines", None)
        columns = columns or tuple(record)
        rows.append(tuple(record.values()))
    return Rows(columns, rows)
