"""Where an answer and the calculation differ, in sentences. An answer may hold more fields, and rows of zeros."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from tests.oracle.reading import exponent

MONEY_FIELDS = {
    "revenue_impact",
    "avg_lifetime_value",
    "avg_order_value",
    "current_clv",
    "predicted_clv",
    "potential_revenue",
    "revenue",
    "total_revenue",
    "cross_sell",
    "upsell",
    "total_revenue_impact",
    "avg_order_value_with_ai",
    "avg_order_value_without_ai",
    "monthly_investment",
    "monthly_return",
    "revenue_amount",
    "ai_attributed_revenue",
    "avg_revenue",
    "subscription_amount",
    "overage_amount",
    "total_estimated",
    "chat_amount",
    "questionnaire_amount",
    "image_amount",
    "routine_amount",
    "cost",
}
IN_ORDER = {  # every row must be there, in this order
    "overview/funnel",
    "conversions/trends",
    "customer/satisfaction",
    "customers/concerns",
    "customers/interactions",
    "customers/product-gaps",
    "products/analytics",
    "products/recommended",
}
KEYS = {  # which rows are the same one; a row of zeros may be left out
    "overview/interaction-types": ("interaction_name",),
    "customers/segments": ("segment_name",),
    "customers/behavioral-patterns": ("pattern_type",),
    "customers/lifetime-value": ("segment_name",),
    "products/category-performance": ("record_date", "category_name"),
    "products/cross-sell-upsell": ("category",),
    "ai/feature-performance": ("feature_name",),
    "revenue/attribution": ("record_date", "ai_feature"),
    "revenue/category": ("category_name",),
    "revenue/customer-value": ("tier_name",),
    "billing/usage-breakdown": ("month", "usage_type"),
}
NAMES = {"interaction_type", "revenue_source", "pattern_name"}  # say nothing by themselves


@dataclass(frozen=True)
class Comparison:
    """How to compare two bodies of one endpoint in one currency."""

    name: str
    currency: str

    def differences(self, expected: Mapping[str, Any] | None, body: Mapping[str, Any]) -> list[str]:
        if expected is None:
            return (
                [] if holds_nothing(body) else [f"{self.name}: something is said about a window without covered days"]
            )
        result = []
        for part in ("data", "timeline"):
            if part in expected:
                result += self._part(part, expected[part], body.get(part))
        if "series" in expected:
            result += self._part("series", _points(expected), _points(body))
        return [f"{self.name}: {difference}" for difference in result]

    def _part(self, part: str, expected: Any, actual: Any) -> list[str]:
        if isinstance(expected, Mapping):
            return self._row(part, expected, actual)
        if part == "timeline" or self.name in IN_ORDER:
            if len(expected) != len(actual):
                return [f"{part} has {len(actual)} rows instead of {len(expected)}: {actual} {expected}"]
            pairs = zip(expected, actual, strict=True)
            return [
                text for number, (row, shown) in enumerate(pairs) for text in self._row(f"row {number}", row, shown)
            ]
        return self._keyed(expected, actual, ("name",) if part == "series" else KEYS.get(self.name, ()))

    def _keyed(
        self, expected: Sequence[Mapping[str, Any]], actual: Sequence[Mapping[str, Any]], keys: Sequence[str]
    ) -> list[str]:
        wanted = {tuple(row[key] for key in keys): row for row in expected}
        shown = {tuple(row[key] for key in keys): row for row in actual}
        result = [] if len(shown) == len(actual) else [f"two rows of the same {keys}"]
        for key in sorted({*wanted, *shown}, key=str):
            if key not in shown:
                result += [] if _is_zero(wanted[key], keys) else [f"no row {key}, expected {dict(wanted[key])}"]
            elif key not in wanted:
                result += [] if _is_zero(shown[key], keys) else [f"unexpected row {dict(shown[key])}"]
            else:
                result += self._row(str(key), wanted[key], shown[key])
        return result

    def _row(self, where: str, expected: Mapping[str, Any], actual: Mapping[str, Any]) -> list[str]:
        result = []
        for field, value in expected.items():
            if field not in actual:
                result.append(f"{where} has no field {field}")
            elif not self._same(field, value, actual[field]):
                shown = float(value) if isinstance(value, Fraction) else value
                result.append(f"{where} {field} is {actual[field]!r} instead of {shown!r}")
        return result

    def _same(self, field: str, expected: Any, actual: Any) -> bool:
        if self.name == "overview/funnel" and field == "dropoff_rate" and expected is None:
            return actual in (None, 0)  # the first stage has none before it
        if isinstance(expected, datetime):
            return _same_moment(expected, actual)
        if expected is None or isinstance(expected, (str, bool)):
            return actual == expected and isinstance(actual, bool) == isinstance(expected, bool)
        if actual is None or isinstance(actual, (bool, str)):
            return False
        if isinstance(expected, int):
            return bool(actual == expected)
        digits = exponent(self.currency) if field in MONEY_FIELDS else 4
        step = Fraction(1, 10**digits)
        shown = Fraction(actual)
        rounded = abs(shown / step - round(shown / step)) < Fraction(1, 10**4)
        return rounded and abs(shown - expected) <= step / 2 + Fraction(1, 10**7)


def holds_nothing(body: Any) -> bool:
    """Lists empty, fields null."""
    if isinstance(body, Mapping):
        return all(holds_nothing(value) for key, value in body.items() if key not in {"record_date", "categories"})
    if isinstance(body, list):
        return not body
    return body is None


def _is_zero(row: Mapping[str, Any], keys: Sequence[str]) -> bool:
    said = [value for key, value in row.items() if key not in keys and not isinstance(value, (str, bool))]
    return all(value is None or value == 0 for value in said)


def _same_moment(expected: datetime, actual: Any) -> bool:
    """RFC 3339 with the store's own offset, at least to the second."""
    shown = datetime.fromisoformat(actual)
    return abs((shown - expected).total_seconds()) < 1 and shown.utcoffset() == expected.utcoffset()


def _points(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Categories and series as one row per series: only the buckets in which something was reviewed."""
    return [
        {"name": series["name"]}
        | {date: v for date, v in zip(body["categories"], series["data"], strict=True) if v is not None}
        for series in body["series"]
    ]
