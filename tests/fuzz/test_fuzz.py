"""Twenty thousand fuzzed bodies, and in the long run a million: no 500, nothing lost, bounded memory and time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.fuzz.bodies import Sent, sent
from tests.fuzz.run import Account, check, memory, open_server, post, stored
from tests.oracle.tables import first_difference, tables

SHORT, LONG, ROLLED_UP = 20_000, 1_000_000, 1_000
PER_STORE = 100_000  # bodies until a new store is begun, so that memory holds it
MOST_MEMORY = 400.0  # MB more than after the first thousand bodies: one body may have 4 MB of tiny lists
MOST_SECONDS = 20.0  # of processor time for one body; a megabyte body takes one


def account_for(folder: Path, first: int, after: int, account: Account) -> dict[str, Any]:
    """Send bodies to a new store and check what it holds then; what was found, for a report."""
    server, db = open_server(f"sqlite:///{folder / f'{first}.db'}")
    before, used, highest = Account(**vars(account)), memory(), 0.0
    accepted, rejected = before.accepted, sum(before.reasons.values())
    with db:
        for number in range(first, after):
            check(server, sent(number), account)
            if number - first == 1_000:
                used = memory()
            if number % 500 == 0:
                highest = max(highest, memory() - used)
        assert stored(db) == (account.accepted - accepted, sum(account.reasons.values()) - rejected)
    assert highest < MOST_MEMORY
    assert account.slowest[0] < MOST_SECONDS
    return {"memory MB": round(used), "growth MB": round(highest)}


def test_twenty_thousand_bodies_are_answered_in_words_and_what_was_taken_is_stored_once(folder: Path) -> None:
    account = Account()
    account_for(folder, 0, SHORT, account)
    assert set(account.statuses) == {200, 400, 413, 415}
    assert account.kinds["mutated"] == SHORT // 2
    assert account.accepted > SHORT / 2
    assert len(account.reasons) > 8


def test_what_was_taken_of_fuzzed_bodies_can_be_added_up_and_made_anew(folder: Path) -> None:
    a_year = {"RETENTION_DAYS": "400"}  # a mutated time would open decades of days
    server, db = open_server(f"sqlite:///{folder / 'rolled.db'}", **a_year)
    account = Account()
    with db:
        for number in range(ROLLED_UP):
            check(server, sent(number, seed=2), account)
            if number % 250 == 249:
                db.rollup()
        step_by_step = tables(db)
        db.rebuild()
        assert first_difference(step_by_step, tables(db)) is None


def test_a_number_of_thousands_of_digits_loses_neither_its_event_nor_the_batch(folder: Path) -> None:
    server, db = open_server(f"sqlite:///{folder / 'digits.db'}")
    long = '{"type": "page", "messageId": "long", "properties": {"n": ' + "7" * 5_000 + "}}"
    body = '{"batch": [{"type": "page", "messageId": "short"}, ' + long + "]}"
    with db:
        status, _, answer = post(server, Sent("digits", body.encode()))
        assert (status, json.loads(answer)["accepted"]) == (200, 2)
        assert "777" not in db.engine.read("SELECT body FROM events WHERE message_id = 'long'").rows[0][0]


@pytest.mark.long
def test_a_million_bodies_are_answered_in_words_and_what_was_taken_is_stored_once(folder: Path, project: Path) -> None:
    account = Account()
    stores = []
    results = project / "test-results"
    results.mkdir(exist_ok=True)
    for first in range(0, LONG, PER_STORE):
        found = account_for(folder, first, first + PER_STORE, account)
        with open_server(f"sqlite:///{folder / f'{first}.db'}")[1] as db:
            report = db.rollup()
        stores.append(found | {"visitors": report.visitors, "days": report.days})
        for file in folder.iterdir():
            file.unlink()
        said = vars(account) | {"bodies": first + PER_STORE, "stores": stores}
        (results / "fuzz.json").write_text(json.dumps(said, indent=1), encoding="utf-8")
    assert account.kinds["mutated"] == LONG // 2
