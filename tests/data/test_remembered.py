"""Answers are remembered until the data change, kept apart, and the same for every thread."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest

from data import fetch as fetching
from data.fetch import fetch
from data.period import resolve
from smartshopie_db.database import SmartShopieDB
from tests.data.asking import covered, data, days
from tests.data.conftest import TODAY, Opener


def test_an_answer_is_remembered_until_the_data_version_grows(store: SmartShopieDB) -> None:
    window = covered(store, "2026-10-01", overview_kpis=[{"ai_interactions": 4}])
    first = fetch(store, "overview/kpis", window)
    assert fetch(store, "overview/kpis", window) is first
    with store.engine.write() as transaction:
        transaction.execute("UPDATE overview_kpis SET ai_interactions = 99")
        transaction.set("data_version", "2")
    again = fetch(store, "overview/kpis", window)
    assert again.body["data"]["ai_interactions"] == 99
    assert (first.meta["data_version"], again.meta["data_version"]) == (1, 2)


def test_answers_are_kept_apart_by_window_option_and_store(open_store: Opener, two_years: SmartShopieDB) -> None:
    window = resolve(today=TODAY)
    assert len(data(two_years, "customers/interactions", window, limit=3)) == 3
    assert len(data(two_years, "customers/interactions", window, limit="5")) == 5
    assert len(data(two_years, "customers/interactions", window)) == 10
    assert data(open_store(), "customers/interactions", window) == []
    tomorrow = resolve(as_of=str(TODAY), today=TODAY + timedelta(days=1))
    basis = [fetch(two_years, "overview/kpis", chosen).meta["change_basis"] for chosen in (window, tomorrow)]
    assert basis[0] != basis[1]


def test_no_more_answers_are_kept_than_there_is_room_for(
    two_years: SmartShopieDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "MOST_ANSWERS", 5)
    windows = [days(str(TODAY - timedelta(days=n)), str(TODAY)) for n in range(40, 50)]
    answers = [fetch(two_years, "conversions/trends", window) for window in windows]
    assert fetch(two_years, "conversions/trends", windows[-1]) is answers[-1]
    assert fetch(two_years, "conversions/trends", windows[0]) is not answers[0]


def test_many_threads_get_the_same_numbers(two_years: SmartShopieDB) -> None:
    windows = [resolve(period=period, as_of="2026-06-30", today=TODAY) for period in ("7d", "30d", "90d", "1y")]
    wanted = [fetch(two_years, "overview/kpis", window).body for window in windows]
    found: list[Any] = []

    def ask() -> None:
        found.append([fetch(two_years, "overview/kpis", window).body for window in windows])

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [wanted] * 8
