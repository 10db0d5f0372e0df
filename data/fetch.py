"""Dataset and window -> answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from data.dataset import Dataset
    from data.period import Window


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known about a window.

    body   what stands beside success and meta in the JSON: {"data": ...}, {"data": ..., "timeline": ...} or
           {"categories": [...], "series": [...]}
    frame  the same rows, long: one column per `dataset.frame_columns`, dates as ISO text, missing numbers NaN
    meta   period start end grain as_of newest currency timezone generated_at change_basis source warnings coverage
           data_version definition_notes
    """

    dataset: Dataset
    window: Window
    body: dict[str, Any]
    frame: pd.DataFrame
    meta: dict[str, Any]
