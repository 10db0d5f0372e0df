"""A unit -> how its numbers are written. One locale (British English) with the store's currency, written by Babel."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, Final

import babel.dates
import babel.numbers

from data.dataset import Unit
from smartshopie_db.money import exponent

LOCALE: Final = "en_GB"
NOTHING: Final = "–"  # what a null looks like

_SUFFIX: Final = {
    "percent": "%",
    "percentage points": " points",
    "rating": " / 5",
    "minutes": " min",
    "seconds": " s",
    "milliseconds": " ms",
    "gigabytes": " GB",
}
_DIGITS: Final = {
    "count": 0,
    "percent": 1,
    "percentage points": 1,
    "rating": 2,
    "minutes": 1,
    "seconds": 1,
    "milliseconds": 0,
}


def is_nothing(value: Any) -> bool:
    """True for None and NaN: a value that is not known, which is never written as 0."""
    return value is None or value != value


@lru_cache(maxsize=8192)  # tables repeat their numbers, and writing one takes 0.1 ms
def decimal(value: float, digits: int) -> str:
    """1234.5, 1 -> "1,234.5": exactly `digits` decimals, and a real minus sign."""
    return str(babel.numbers.format_decimal(value, format=_pattern(digits), locale=LOCALE)).replace("-", "−")


@lru_cache(maxsize=16)
def _pattern(digits: int) -> str:
    return "#,##0." + "0" * digits if digits else "#,##0"


@lru_cache(maxsize=8192)
def money(value: float, currency: str) -> str:
    """1234.5, "EUR" -> "€1,234.50", with the currency's own number of decimals."""
    pattern = "¤" + _pattern(exponent(currency))  # ISO 4217's decimals, as everywhere; Babel's are those of cash
    written = babel.numbers.format_currency(value, currency, format=pattern, currency_digits=False, locale=LOCALE)
    return str(written).replace("-", "−")


@lru_cache(maxsize=16)
def currency_sign(currency: str) -> str:
    """The sign that stands before an amount: "EUR" -> "€"."""
    return str(babel.numbers.get_currency_symbol(currency, locale=LOCALE))


def number(value: Any, unit: Unit, currency: str) -> str:
    """A value in full, with its unit: the text of a table's cell."""
    if is_nothing(value):
        return NOTHING
    match unit.name:
        case "money":
            return money(float(value), currency)
        case "date":
            return day_in_words(date.fromisoformat(str(value)[:10]))
        case "moment":
            return moment_in_words(str(value))
        case "flag":
            return "yes" if value else "no"
        case "text":
            return str(value)
        case "ratio":
            return decimal(100 * float(value), 1) + "%"
        case "number":
            return decimal(float(value), 0 if float(value).is_integer() else 2)
        case name:
            digits = 1 if name == "milliseconds" and abs(value) < 10 else _DIGITS.get(name, 2)
            return decimal(float(value), digits) + _SUFFIX.get(name, "")


def short(value: Any, unit: Unit, currency: str) -> str:
    """A value as a headline: money without cents from a thousand on, everything as K and M from 100,000 on."""
    if is_nothing(value) or unit.name not in {"money", "count", "number"}:
        return number(value, unit, currency)
    amount = float(value)
    if unit.name == "money":
        if abs(amount) < 1_000:
            return money(amount, currency)
        if abs(amount) < 100_000:
            return (
                currency_sign(currency) + decimal(amount, 0)
                if amount > 0
                else "−" + currency_sign(currency) + decimal(-amount, 0)
            )
        return str(babel.numbers.format_compact_currency(amount, currency, fraction_digits=1, locale=LOCALE)).replace(
            "-", "−"
        )
    if abs(amount) < 100_000:
        return number(value, unit, currency)
    return str(babel.numbers.format_compact_decimal(amount, fraction_digits=1, locale=LOCALE)).replace("-", "−")


@lru_cache(maxsize=4096)
def day_in_words(day: date) -> str:
    """22 Nov 2026."""
    return str(babel.dates.format_date(day, "d MMM y", locale=LOCALE))


def days_in_words(first: date, last: date) -> str:
    """24 Oct – 22 Nov 2026; a year or month that both share is written once."""
    if first == last:
        return day_in_words(last)
    pattern = "d MMM y" if first.year != last.year else "d" if first.month == last.month else "d MMM"
    return f"{babel.dates.format_date(first, pattern, locale=LOCALE)} – {day_in_words(last)}"


@lru_cache(maxsize=4096)
def bucket_in_words(start: date, grain: str) -> str:
    """The name of a day, a week or a month: 22 Nov 2026, week of 16 Nov 2026, Nov 2026."""
    if grain == "M":
        return str(babel.dates.format_date(start, "MMM y", locale=LOCALE))
    return f"week of {day_in_words(start)}" if grain == "W" else day_in_words(start)


def moment_in_words(text: str) -> str:
    """An RFC 3339 moment as it is written in its own offset: 22 Nov 2026, 14:02."""
    moment = datetime.fromisoformat(text)
    return f"{day_in_words(moment.date())}, {moment:%H:%M}"


def since_in_words(seconds: float) -> str:
    """How long ago: "just now", "2 min ago", "3 h ago", "12 days ago"."""
    if seconds < 60:
        return "just now"
    size, word = next(pair for pair in ((86_400, "day"), (3_600, "h"), (60, "min")) if seconds >= pair[0])
    count = int(seconds // size)
    return f"{count} {word}{'s' if word == 'day' and count > 1 else ''} ago"


def seconds_between(text: str, now_ms: int) -> float:
    """Seconds from an RFC 3339 moment (without offset: UTC) to now."""
    moment = datetime.fromisoformat(text)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return now_ms / 1000 - moment.timestamp()
