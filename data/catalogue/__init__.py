"""The catalogue: every dataset of the API, by name, in the order of the API's documentation."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from data.catalogue import ai, billing, conversions, customers, interactions, overview, products, revenue, satisfaction
from data.catalogue import system as system_area
from data.dataset import Dataset

AREAS: Final = (
    overview, conversions, customers, products, revenue, ai, interactions, satisfaction, system_area, billing
)  # fmt: skip
CATALOGUE: Final[Mapping[str, Dataset]] = MappingProxyType(
    {dataset.name: dataset for area in AREAS for dataset in area.DATASETS}
)
