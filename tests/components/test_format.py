"""Numbers and dates in words."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components import format as words
from data.dataset import COUNT, DATE, MILLISECONDS, MINUTES, MOMENT, MONEY, NUMBER, PERCENT, RATING, RATIO01, TEXT


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1234.5, MONEY, "€1,234.50"),
        (-3, MONEY, "−€3.00"),
        (1234, COUNT, "1,234"),
        (4.25, PERCENT, "4.2%"),
        (0.5, RATIO01, "50.0%"),
        (4.5, RATING, "4.50 / 5"),
        (12.34, MINUTES, "12.3 min"),
        (1500, MILLISECONDS, "1,500 ms"),
        (3, NUMBER, "3"),
        (2.5, NUMBER, "2.50"),
        ("x", TEXT, "x"),
        ("2026-11-02", DATE, "2 Nov 2026"),
        ("2026-11-22T14:02:09+01:00", MOMENT, "22 Nov 2026, 14:02"),
        (None, MONEY, "–"),
        (float("nan"), COUNT, "–"),
    ],
)
def test_a_value_is_written_with_its_unit(value, unit, text):
    assert words.number(value, unit, "EUR") == text


@pytest.mark.parametrize(
    ("currency", "text"),
    [("JPY", "JP¥1,235"), ("KWD", "KWD1,234.560"), ("GBP", "£1,234.56"), ("RSD", "RSD1,234.56")],
)
def test_money_has_the_decimals_of_its_currency(currency, text):
    assert words.number(1234.56, MONEY, currency) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (999.5, MONEY, "€999.50"),
        (12345.67, MONEY, "€12,346"),
        (1_234_567, MONEY, "€1.2M"),
        (-12345, MONEY, "−€12,345"),
        (99_999, COUNT, "99,999"),
        (1_500_000, COUNT, "1.5M"),
        (12.3, PERCENT, "12.3%"),
        (None, MONEY, "–"),
    ],
)
def test_a_headline_is_short(value, unit, text):
    assert words.short(value, unit, "EUR") == text


@given(st.floats(-1e12, 1e12))
def test_no_number_is_written_with_a_hyphen_for_minus(value):
    assert "-" not in words.number(value, MONEY, "EUR") + words.number(value, COUNT, "EUR") + words.short(
        value, MONEY, "EUR"
    )


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        (date(2026, 10, 24), date(2026, 11, 22), "24 Oct – 22 Nov 2026"),
        (date(2026, 11, 1), date(2026, 11, 22), "1 – 22 Nov 2026"),
        (date(2025, 11, 23), date(2026, 11, 22), "23 Nov 2025 – 22 Nov 2026"),
        (date(2026, 11, 22), date(2026, 11, 22), "22 Nov 2026"),
    ],
)
def test_days_share_their_month_and_year_in_words(first, last, text):
    assert words.days_in_words(first, last) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "just now"),
        (59, "just now"),
        (61, "1 min ago"),
        (7300, "2 h ago"),
        (90_000, "1 day ago"),
        (200_000, "2 days ago"),
    ],
)
def test_an_age_is_written_in_its_largest_unit(seconds, text):
    assert words.since_in_words(seconds) == text
