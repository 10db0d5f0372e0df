"""Accuracy, precision, recall and F1 from counts of (predicted, actual)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores in %, null where nothing was reviewed; the last three are the plain mean over the classes (macro)."""

    reviewed: int
    correct: int
    accuracy: float | None
    precision: float | None
    recall: float | None
    f1_score: float | None


def score(pairs: Mapping[tuple[str, str], int]) -> Scores:
    """Scores of one model: `pairs` counts reviewed predictions by (predicted, actual).

    The classes are those that were predicted or true at least once. A class that was never predicted has precision 0,
    one that was never true has recall 0.
    """
    said: dict[str, int] = {}
    true: dict[str, int] = {}
    hits: dict[str, int] = {}
    for (predicted, actual), count in pairs.items():
        said[predicted] = said.get(predicted, 0) + count
        true[actual] = true.get(actual, 0) + count
        if predicted == actual:
            hits[predicted] = hits.get(predicted, 0) + count
    reviewed, correct = sum(said.values()), sum(hits.values())
    if not reviewed:
        return Scores(0, 0, None, None, None, None)
    classes = sorted(said.keys() | true.keys())

    def mean(part_of: float, whole_of: Mapping[str, int], other: Mapping[str, int] | None = None) -> float:
        wholes = {name: whole_of.get(name, 0) + (other or {}).get(name, 0) for name in classes}
        parts = [part_of * hits.get(name, 0) / whole if whole else 0.0 for name, whole in wholes.items()]
        return math.fsum(parts) * 100 / len(classes)

    return Scores(
        reviewed, correct, correct * 100 / reviewed, mean(1, said), mean(1, true), mean(2, said, true)
    )
