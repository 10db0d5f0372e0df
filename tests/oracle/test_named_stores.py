"""Every endpoint of three awkward stores, on both engines, equals the independent calculation."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

import pytest

from tests.oracle.calculation import NAMES
from tests.oracle.conftest import Filled
from tests.oracle.stores import differences


def queries(filled: Filled) -> list[dict[str, Any]]:
    """All periods today and in the past, other grains, and ranges of one's own."""
    covered = filled.mine.store.covered
    assert covered is not None
    today = filled.named.today
    dice = Random(filled.named.name)  # noqa: S311 - reproducible on purpose
    past = [covered.first + timedelta(dice.randrange(len(covered))) for _ in range(3)]
    asked: list[dict[str, Any]] = [{"period": period} for period in ("7d", "30d", "90d", "1y")]
    asked += [{"period": period, "as_of": day} for period, day in zip(("7d", "30d", "90d"), past, strict=True)]
    asked += [{"period": "1y", "as_of": covered.last}, {"period": "30d", "grain": "W"}, {"period": "30d", "grain": "M"}]
    for _ in range(4):
        start = covered.first + timedelta(dice.randrange(len(covered)))
        asked.append({"start": start, "end": min(start + timedelta(dice.randrange(60)), today)})
    return asked


@pytest.mark.parametrize("name", NAMES)
def test_every_endpoint_says_what_the_calculation_says(filled: Filled, name: str) -> None:
    found = [
        difference
        for query in queries(filled)
        for difference in differences(filled.db, filled.mine, name, today=filled.named.today, **query)
    ]
    assert not found, "\n".join(found[:12])


def test_a_window_without_covered_days_shows_nothing(filled: Filled) -> None:
    covered = filled.mine.store.covered
    assert covered is not None
    long_ago = covered.first - timedelta(1)
    found = [
        difference
        for name in NAMES
        for difference in differences(
            filled.db, filled.mine, name, today=filled.named.today, period="7d", as_of=long_ago
        )
    ]
    assert not found, "\n".join(found)
