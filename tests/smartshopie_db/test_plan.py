"""The billing plan: reading the file, pricing a month."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartshopie_db.plan import FEATURES, FeaturePlan, Plan, PlanError, load_plan, next_renewal, price

FEATURE_PLANS = (FeaturePlan("chat", 100, Decimal("0.50")), FeaturePlan("image", 0, Decimal("0.335")))
PLAN = Plan("Test", "EUR", 10_000, 31, FEATURE_PLANS)
RIGHT = 'name = "P"\ncurrency = "EUR"\nbase_price = "9.99"\nrenewal_day = 5\n'


def test_the_default_plan_prices_every_feature() -> None:
    plan = load_plan()
    assert tuple(feature.feature for feature in plan.features) == FEATURES
    assert plan.base_price_minor > 0


def test_usage_within_the_free_units_costs_the_base_price_alone() -> None:
    bill = price(PLAN, {"chat": 100, "other": 5000})
    assert (bill.subscription_minor, bill.overage_minor, bill.total_minor) == (10_000, 0, 10_000)


def test_overage_is_rounded_half_up_per_feature() -> None:
    bill = price(PLAN, {"chat": 103, "image": 1})
    assert [line.amount_minor for line in bill.lines] == [150, 34]  # 33.5 cents


@given(st.dictionaries(st.sampled_from([*FEATURES, "other"]), st.integers(0, 10**7)))
def test_the_parts_of_a_bill_add_up(usage: dict[str, int]) -> None:
    bill = price(load_plan(), usage)
    assert bill.total_minor == bill.subscription_minor + sum(line.amount_minor for line in bill.lines)
    assert all(line.amount_minor >= 0 for line in bill.lines)


@pytest.mark.parametrize(
    ("today", "renewal"),
    [
        ("2026-01-30", "2026-01-31"),
        ("2026-01-31", "2026-02-28"),
        ("2026-12-31", "2027-01-31"),
        ("2028-02-01", "2028-02-29"),
    ],
)
def test_a_short_month_renews_on_its_last_day(today: str, renewal: str) -> None:
    assert next_renewal(PLAN, date.fromisoformat(today)) == date.fromisoformat(renewal)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "`currency`"),
        ("name = ", "not valid TOML"),
        (RIGHT.replace("EUR", "euro"), "three-letter code"),
        (RIGHT.replace('"P"', '" "'), "`name`"),
        (RIGHT.replace('"9.99"', '"-1"'), "`base_price`"),
        (RIGHT.replace('"9.99"', "true"), "`base_price`"),
        (RIGHT.replace("5", "32"), "`renewal_day`"),
        (RIGHT + "discount = 3\n", "`discount`"),
        (RIGHT + "[features.voice]\nfree_units = 1\n", "features.<name>"),
        (RIGHT + "[features]\nchat = 3\n", "[features.chat]"),
        (RIGHT + "[features.chat]\nfree_units = -1\noverage_rate = 1\n", "`features.chat.free_units`"),
        (RIGHT + "[features.chat]\nfree_units = 1\noverage_rate = nan\n", "`features.chat.overage_rate`"),
    ],
)
def test_a_wrong_file_is_told_in_one_sentence(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(PlanError) as caught:
        load_plan(path)
    sentence = str(caught.value)
    assert words in sentence
    assert sentence.startswith(f"The plan file {path} ")
    assert sentence.endswith(".")
    assert "\n" not in sentence


def test_a_missing_or_binary_file_is_told_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="cannot be read: No such file"):
        load_plan(tmp_path / "none.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PlanError, match="not UTF-8"):
        load_plan(tmp_path / "binary.toml")


def test_prices_may_be_numbers_and_are_read_exactly(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(RIGHT.replace('"9.99"', "1.005").replace("EUR", "KWD"), encoding="utf-8")
    assert load_plan(path).base_price_minor == 1005
