from datetime import date

import numpy as np
import pytest

from smartshopie_db.clock import day_of
from smartshopie_db.demo.effect import CONVERSION_EFFECT, HOLDOUT
from smartshopie_db.demo.shoppers import ANONYMOUS, LONGEST_LIFE, SIGNED_IN, SIGNS_UP, Calendar, cohort

FIRST = day_of(date(2026, 2, 1))
CALENDAR = Calendar.covering(FIRST, FIRST + 60)


def _columns(day=FIRST, calendar=CALENDAR, seed=3, **options):
    return cohort(calendar, seed, day, 4000, **options)


def test_a_cohort_depends_on_seed_and_day_alone_not_on_the_days_asked_for():
    wider = Calendar.covering(FIRST - 100, FIRST + 300)
    one, other = _columns(), _columns(calendar=wider)
    for name, column in one.columns.items():
        assert np.array_equal(column, other.columns[name]), name


def test_another_seed_or_day_has_other_shoppers():
    shoppers = [set(_columns(**which).columns["shopper"].tolist()) for which in ({}, {"seed": 4}, {"day": FIRST + 1})]
    assert shoppers[0].isdisjoint(shoppers[1])
    assert shoppers[0].isdisjoint(shoppers[2])


def test_a_shopper_comes_at_most_once_a_day_and_never_after_the_longest_life():
    columns = _columns().columns
    pairs = list(zip(columns["shopper"].tolist(), columns["day"].tolist(), strict=True))
    assert len(set(pairs)) == len(pairs)
    assert columns["day"].max() <= FIRST + LONGEST_LIFE
    assert len(set(columns["key"].tolist())) == len(pairs)


def test_a_tenth_is_held_out_and_never_uses_the_assistant():
    columns = _columns().columns
    control = columns["control"]
    _, first = np.unique(columns["shopper"], return_index=True)
    assert control[first].mean() == pytest.approx(HOLDOUT, abs=0.02)
    assert (columns["feature"][control] == -1).all()
    assert (columns["feature"][~control] >= 0).mean() == pytest.approx(0.115, abs=0.025)


def test_the_assistant_changes_nothing_but_the_chance_of_an_order_where_it_is_used():
    nobody, everybody = _columns(holdout=1.0), _columns(holdout=0.0)
    assert np.array_equal(nobody.columns["day"], everybody.columns["day"])
    assert np.array_equal(nobody.columns["intent"], everybody.columns["intent"])
    gained = everybody.columns["buys"] & ~nobody.columns["buys"]
    assert not (nobody.columns["buys"] & ~everybody.columns["buys"]).any()
    assert everybody.would_use[gained].all()


def test_the_documented_lift_follows_from_the_effect():
    cohorts = [_columns(day) for day in range(FIRST, FIRST + 40)]
    chance = np.concatenate([one.chance for one in cohorts])
    uses = np.concatenate([one.would_use for one in cohorts])
    assert (chance * (1 + CONVERSION_EFFECT * uses)).sum() / chance.sum() == pytest.approx(1.18, abs=0.012)


def test_an_account_is_opened_once_and_used_only_afterwards():
    columns = _columns().columns
    opened = {}
    for shopper, account in zip(columns["shopper"].tolist(), columns["account"].tolist(), strict=True):
        if account == SIGNS_UP:
            assert shopper not in opened
            opened[shopper] = True
        elif account != ANONYMOUS:
            assert shopper in opened
    assert (columns["account"] == SIGNED_IN).any()
