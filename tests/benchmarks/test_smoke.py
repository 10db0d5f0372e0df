"""The benchmarks still run, and what they compare is the same: no figure is judged here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import load, stores
from benchmarks.peers.frames import DAYS, Frames
from benchmarks.results import Figure, Results, markdown, percentile
from data.fetch import fetch
from data.period import resolve
from smartshopie_db.clock import date_of

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return stores.seeded(tmp_path_factory.mktemp("stores"), 100, 15)[0]


@pytest.mark.browser
def test_every_part_runs_at_a_tiny_size(store: Path, tmp_path: Path) -> None:
    parts = ["pages", "ingest", "import", "rollup"]
    command = [sys.executable, "-m", "benchmarks", *parts, "--tiny", "--store", str(store), "--output", str(tmp_path)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=500, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    written = json.loads((tmp_path / f"{'-'.join(parts)}.json").read_text())
    names = {figure["name"] for figure in written["figures"]}
    assert {"ours: cold load", "ours: period, all four", "ours, right after a data change: period"} <= names
    assert written["machine"]["cores"] > 0


@pytest.mark.parametrize("period", DAYS)
def test_the_peers_show_the_same_numbers(store: Path, period: str) -> None:
    peer = Frames(store)
    with stores.opened(store) as db:
        covered = db.covered()
        assert covered is not None
        newest = date_of(covered[1])
        window = resolve(period=period, as_of=str(newest), today=newest)
        kpis = fetch(db, "overview/kpis", window).body["data"]
        assert peer.numbers(period)["Revenue impact"] == pytest.approx(kpis["revenue_impact"])
        assert peer.numbers(period)["AI interactions"] == kpis["ai_interactions"]
        assert peer.numbers(period)["Conversion rate"] == pytest.approx(kpis["conversion_rate"], abs=0.006)
        ours = fetch(db, "revenue/attribution", window).frame
        assert peer.attribution(period)["revenue"].sum() == pytest.approx(ours["revenue_amount"].sum())
        funnel = fetch(db, "overview/funnel", window).frame
        assert list(peer.funnel(period)["count"]) == list(funnel["count"])


def test_new_events_are_new_to_every_store() -> None:
    some, others = stores.new_events(50, seed=1), stores.new_events(50, seed=2)
    assert len(some) == len(others) == 50
    assert len({event["messageId"] for event in some + others}) == 100


def test_a_figure_that_was_not_measured_is_not_reported() -> None:
    results = Results()
    results.add("part", "nothing", "ms", [])
    results.add("part", "a", "ms", [3, 1, 2])
    results.add("part", "b", "ms", [4])
    results.ratio("part", "a / b", "a", "b")
    results.ratio("part", "a / nothing", "a", "nothing")
    assert [(one.name, one.median) for one in results.figures] == [("a", 2), ("b", 4), ("a / b", 0.5)]
    assert "| part | a | 2.00 ms | 1.00 to 3.00 | 3 |" in markdown([Figure("part", "a", "ms", (3, 1, 2))])


def test_percentiles() -> None:
    assert percentile([5, 1, 3, 2, 4], 0.5) == 3
    assert percentile([1, 2], 0.99) == 2


def test_requests_are_sent_as_http() -> None:
    assert load.request("/a", body=b"{}").endswith(b"Content-Length: 2\r\n\r\n{}")
    assert load.request("/a").startswith(b"GET /a HTTP/1.1\r\nHost: 127.0.0.1\r\n")
