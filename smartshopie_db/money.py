"""Money as integers of a currency's minor unit (cents), and its exact division over lines."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from math import lcm

# ISO 4217, list one: the currencies whose minor unit is not a hundredth.
_EXPONENTS = {
    **dict.fromkeys(
        ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF",
         "XOF", "XPF"),
        0,
    ),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}  # fmt: skip
_EXACT = Context(prec=1000, rounding=ROUND_HALF_UP)  # no amount that fits into an event is rounded on the way
_LARGEST = 10**18  # minor units; what the stores keep in 64 bits


def exponent(currency: str) -> int:
    """Digits of the minor unit by ISO 4217: EUR 2, JPY 0, KWD 3; an unknown code has 2."""
    return _EXPONENTS.get(currency, 2)


def to_minor(amount: str | int | float | Decimal, currency: str) -> int:
    """Minor units of an amount, rounded half up (away from zero) from its decimal text.

    Raises ValueError for what is no finite number of less than 10^18 minor units.
    """
    try:
        exact = Decimal(repr(amount) if isinstance(amount, float) else amount)
        minor = int(exact.scaleb(exponent(currency), _EXACT).to_integral_value(ROUND_HALF_UP, _EXACT))
    except (InvalidOperation, ValueError, OverflowError) as error:
        raise ValueError(f"{amount!r} is no amount of money") from error
    if abs(minor) >= _LARGEST:
        raise ValueError(f"{amount!r} is more money than the store can hold")
    return minor


def from_minor(minor: int, currency: str) -> float:
    """The amount as a number for people: 1234 EUR cents are 12.34."""
    return minor / 10.0 ** exponent(currency)


def spread(amount: int, weights: Sequence[Decimal | int]) -> list[int]:
    """Divide minor units by weight (docs/definitions.md, Orders): floor, the remainder to the largest weight.

    The first of several largest takes it; all weights zero counts as all equal. The parts always add up to the
    amount. Raises ValueError for a negative weight, or for money without a line.
    """
    if amount < 0:
        return [-part for part in spread(-amount, weights)]
    shares = _integers(weights)
    if not shares:
        if amount:
            raise ValueError("there is no line to take the money")
        return []
    if min(shares) < 0:
        raise ValueError("a weight is negative")
    total = sum(shares)
    if total == 0:
        shares, total = [1] * len(shares), len(shares)
    parts = [amount * share // total for share in shares]
    parts[shares.index(max(shares))] += amount - sum(parts)
    return parts


def _integers(weights: Sequence[Decimal | int]) -> list[int]:
    """The weights times the power of ten that makes all of them whole."""
    ratios = [weight.as_integer_ratio() for weight in weights]
    scale = lcm(*(denominator for _, denominator in ratios))
    return [numerator * (scale // denominator) for numerator, denominator in ratios]
