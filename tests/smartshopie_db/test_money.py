from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartshopie_db.money import exponent, from_minor, spread, to_minor

WEIGHTS = st.lists(st.decimals(0, 10**6, places=3) | st.integers(0, 10**6), min_size=1, max_size=12)


@pytest.mark.parametrize(("currency", "digits"), [("EUR", 2), ("JPY", 0), ("KWD", 3), ("RSD", 2), ("CLF", 4), ("?", 2)])
def test_minor_units_follow_iso_4217(currency: str, digits: int) -> None:
    assert exponent(currency) == digits


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        (1.005, "EUR", 101), ("1.005", "EUR", 101), (-1.005, "EUR", -101), ("0.0049999", "EUR", 0), (12, "JPY", 12),
        (0.5, "JPY", 1), ("1.0005", "KWD", 1001), (Decimal("2.675"), "EUR", 268), ("1e2", "EUR", 10000),
        ("0." + "49" * 60, "JPY", 0), ("0.00" + "4" + "9" * 60, "EUR", 0),
    ],
)  # fmt: skip
def test_amounts_are_rounded_half_up_from_their_decimal_text(amount: str | float, currency: str, minor: int) -> None:
    assert to_minor(amount, currency) == minor


@pytest.mark.parametrize("amount", ["twelve", "", float("nan"), float("inf"), "-Infinity", "1e30", 10**30])
def test_what_is_no_storable_amount_is_refused(amount: str | float) -> None:
    with pytest.raises(ValueError, match=r"amount of money|more money"):
        to_minor(amount, "EUR")


@given(st.integers(-(10**15), 10**15), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_an_amount_shown_is_the_amount_stored(minor: int, currency: str) -> None:
    assert to_minor(from_minor(minor, currency), currency) == minor


@given(st.integers(-(10**15), 10**15), WEIGHTS)
def test_the_parts_of_an_amount_add_up_to_it(amount: int, weights: list[Decimal | int]) -> None:
    assert sum(spread(amount, weights)) == amount


@given(st.integers(0, 10**12), WEIGHTS)
def test_no_part_is_less_than_its_share_rounded_down(amount: int, weights: list[Decimal | int]) -> None:
    total = sum(Decimal(weight) for weight in weights)
    if total:
        for part, weight in zip(spread(amount, weights), weights, strict=True):
            assert part >= int(amount * Decimal(weight) / total) - 1


def test_the_remainder_goes_to_the_largest_weight_and_on_a_tie_to_the_first() -> None:
    assert spread(100, [1, 4, 4, 2]) == [9, 37, 36, 18]
    assert spread(2, [1, 1, 1]) == [2, 0, 0]


def test_all_weights_zero_counts_as_all_equal() -> None:
    assert spread(5, [0, 0]) == [3, 2]


def test_a_negative_amount_is_spread_as_its_opposite() -> None:
    assert spread(-100, [1, 4, 4, 2]) == [-9, -37, -36, -18]


def test_nothing_is_spread_over_no_line_and_money_needs_one() -> None:
    assert spread(0, []) == []
    with pytest.raises(ValueError, match="no line"):
        spread(1, [])
    with pytest.raises(ValueError, match="negative"):
        spread(1, [1, -1])
