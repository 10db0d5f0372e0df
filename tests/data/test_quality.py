"""How likely chance alone makes one model look better than another."""

from fractions import Fraction
from math import comb

from hypothesis import assume, given
from hypothesis import strategies as st

from data.quality import LEAST_EXPECTED, chance_of_difference

COUNTS = st.integers(0, 400).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of)))


@given(COUNTS, COUNTS)
def test_a_chance_is_a_share_the_same_from_both_sides(one: tuple[int, int], other: tuple[int, int]) -> None:
    chance = chance_of_difference(one, other)
    assert chance == chance_of_difference(other, one)
    assume(chance is not None)
    assert 0.0 <= chance <= 100.0
    wrong = ((of - right, of) for right, of in (one, other))
    assert abs(chance_of_difference(*wrong) - chance) < 1e-6


@given(st.integers(40, 400), st.integers(40, 400), st.integers(0, 20))
def test_the_more_they_differ_the_less_it_is_chance(of: int, of_other: int, more: int) -> None:
    even, ahead = (of // 2, of), (min(of // 2 + more, of), of)
    less, least = (chance_of_difference(one, (of_other // 2, of_other)) for one in (even, ahead))
    assume(ahead[0] * of_other >= of_other // 2 * of and of // 2 * of_other >= of_other // 2 * of)
    assert least <= less


def test_few_reviews_tell_nothing() -> None:
    for few in ((0, 0), (2, 2), (LEAST_EXPECTED - 1, LEAST_EXPECTED - 1)):
        assert chance_of_difference(few, (50, 100)) is None
    assert chance_of_difference((100, 100), (100, 100)) is None  # nobody was ever wrong


@given(st.integers(60, 120), st.integers(60, 120), st.data())
def test_it_is_near_the_exact_test_where_both_are_reviewed_often(of: int, of_other: int, data: st.DataObject) -> None:
    """Fisher's exact test counts every outcome with these totals; it is the more careful one of the two."""
    right, other = data.draw(st.integers(20, 40)), data.draw(st.integers(20, 40))
    chance, all_right = chance_of_difference((right, of), (other, of_other)), right + other
    ways = [comb(of, k) * comb(of_other, all_right - k) for k in range(all_right + 1)]
    exact = float(Fraction(sum(way for way in ways if way <= ways[right]), sum(ways))) * 100
    assert chance is not None
    assert -3 < exact - chance < 30
