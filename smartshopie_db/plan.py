"""The billing plan: what the assistant costs, and what a month of usage comes to.

A plan is a TOML file (SMARTSHOPIE_PLAN; `plan.toml` beside this module is the default and the example). Usage is what
`usage_breakdown` counts: conversations per feature and calendar month. Conversations of feature `other` are not billed.
"""

from __future__ import annotations

import calendar
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

from smartshopie_db.money import to_minor

DEFAULT_PLAN: Final = Path(__file__).with_name("plan.toml")
FEATURES: Final = ("chat", "questionnaire", "image", "routine")


class PlanError(ValueError):
    """The plan file cannot be used; the text is one sentence: which file, what is wrong."""


@dataclass(frozen=True, slots=True)
class FeaturePlan:
    """Conditions of one feature. `overage_rate`: price of an interaction beyond the free ones, in plan currency."""

    feature: str
    free_units: int
    overage_rate: Decimal


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan. `base_price_minor`: per calendar month, in minor units; `features`: in the order of FEATURES."""

    name: str
    currency: str
    base_price_minor: int
    renewal_day: int
    features: tuple[FeaturePlan, ...]


@dataclass(frozen=True, slots=True)
class BillLine:
    """One feature of a bill; the amount is that of what goes beyond the free units."""

    feature: str
    used: int
    free_units: int
    overage_rate: Decimal
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Bill:
    """A month's bill in minor units of `currency`. total = subscription + overage, overage = the sum of the lines."""

    currency: str
    subscription_minor: int
    lines: tuple[BillLine, ...]

    @property
    def overage_minor(self) -> int:
        """What goes beyond the free units, all features."""
        return sum(line.amount_minor for line in self.lines)

    @property
    def total_minor(self) -> int:
        """What the month costs."""
        return self.subscription_minor + self.overage_minor


def price(plan: Plan, usage: Mapping[str, int]) -> Bill:
    """The bill of one month's usage (feature -> interactions; features outside the plan cost nothing)."""
    return Bill(plan.currency, plan.base_price_minor, tuple(
        _line(feature, usage.get(feature.feature, 0), plan.currency) for feature in plan.features
    ))  # fmt: skip


def _line(feature: FeaturePlan, used: int, currency: str) -> BillLine:
    beyond = max(0, used - feature.free_units)
    amount = to_minor(beyond * feature.overage_rate, currency)
    return BillLine(feature.feature, used, feature.free_units, feature.overage_rate, amount)


def next_renewal(plan: Plan, today: date) -> date:
    """The first renewal after `today`."""
    this_month = _renewal_in(plan, today.year, today.month)
    if this_month > today:
        return this_month
    return _renewal_in(plan, today.year + today.month // 12, today.month % 12 + 1)


def _renewal_in(plan: Plan, year: int, month: int) -> date:
    return date(year, month, min(plan.renewal_day, calendar.monthrange(year, month)[1]))


def load_plan(path: Path | None = None) -> Plan:
    """Read a plan file, the default one when `path` is None. Raises PlanError."""
    path = path or DEFAULT_PLAN
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
        return _plan(content)
    except OSError as error:
        raise PlanError(f"The plan file {path} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise PlanError(f"The plan file {path} is not UTF-8 text.") from error
    except tomllib.TOMLDecodeError as error:
        raise PlanError(f"The plan file {path} is not valid TOML: {error}.") from error
    except PlanError as error:
        raise PlanError(f"The plan file {path} {error}.") from None


def _plan(content: Mapping[str, Any]) -> Plan:
    """A plan from parsed TOML. PlanError holds the end of a sentence that begins with the file."""
    _known(content, {"name", "currency", "base_price", "renewal_day", "features"}, "the file")
    currency = content.get("currency")
    if not (isinstance(currency, str) and len(currency) == 3 and currency.isascii() and currency.isupper()):
        raise PlanError("must give `currency` as a three-letter code such as EUR")
    name = content.get("name")
    if not (isinstance(name, str) and name.strip()):
        raise PlanError("must give the plan a `name`")
    features = content.get("features", {})
    if not isinstance(features, Mapping) or set(features) - set(FEATURES):
        raise PlanError(f"may have a section [features.<name>] for {', '.join(FEATURES)} and for nothing else")
    return Plan(
        name=name.strip(),
        currency=currency,
        base_price_minor=to_minor(_price(content.get("base_price"), "base_price"), currency),
        renewal_day=_whole(content.get("renewal_day"), "renewal_day", 1, 31),
        features=tuple(_feature(feature, features[feature]) for feature in FEATURES if feature in features),
    )


def _feature(feature: str, content: object) -> FeaturePlan:
    where = f"features.{feature}"
    if not isinstance(content, Mapping):
        raise PlanError(f"must have [{where}] as a section")
    _known(content, {"free_units", "overage_rate"}, f"[{where}]")
    return FeaturePlan(
        feature,
        _whole(content.get("free_units"), f"{where}.free_units", 0, 10**12),
        _price(content.get("overage_rate"), f"{where}.overage_rate"),
    )


def _known(content: Mapping[str, Any], names: set[str], where: str) -> None:
    unknown = sorted(set(content) - names)
    if unknown:
        raise PlanError(f"has `{unknown[0]}`, which is not known in {where}; known are {', '.join(sorted(names))}")


def _price(value: object, name: str) -> Decimal:
    if isinstance(value, str | int | Decimal) and not isinstance(value, bool):
        try:
            amount = Decimal(value)
        except InvalidOperation:
            amount = Decimal("NaN")
        if amount.is_finite() and 0 <= amount < 10**9:
            return amount
    raise PlanError(f'must give `{name}` as a price such as "0.50", not below zero')


def _whole(value: object, name: str, least: int, most: int) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
        return value
    raise PlanError(f"must give `{name}` as a whole number from {least} to {most}")
