"""Rows and JSON shapes of the datasets that say more than their table's columns."""

from typing import Any


def ai_summary(*_given: Any) -> Any:
    """Being written."""
    raise NotImplementedError


def api_endpoints(*_given: Any) -> Any:
    """Being written."""
    raise NotImplementedError


def behavioral_patterns(*_given: Any) -> Any:
    """Being written."""
    raise NotImplementedError


def billing_summary(*_given: Any) -> Any:
    """Being written."""
    raise NotImplementedError


def customer_value(*_given: Any) -> Any:
    """Being written."""
    raise NotImplementedError


def data_sources(*_given: Any) -> Any:
    """Being written."""
    raise NotImplementedError


def dated(*_given: Any) -> Any:
    """Being written."""
    raise NotImplementedError


def forecast(*_given: Any) -> Any:
    """Being written."""
    raise NotImplementedError


def funnel(*_given: Any) -> Any:
    """Being written."""
    raise NotImplementedError


def interactions(*_given: Any) -> Any:
    """Being written."""
    raise NotImplementedError


def lifetime_value(*_given: Any) -> Any:
    """Being written."""
    raise NotImplementedError


def model_performance(*_given: Any) -> Any:
    """Being written."""
    raise NotImplementedError


def model_series(*_given: Any) -> Any:
    """Being written."""
    raise NotImplementedError


def payments(*_given: Any) -> Any:
    """Being written."""
    raise NotImplementedError


def product_gaps(*_given: Any) -> Any:
    """Being written."""
    raise NotImplementedError


def products(*_given: Any) -> Any:
    """Being written."""
    raise NotImplementedError


def recommended_products(*_given: Any) -> Any:
    """Being written."""
    raise NotImplementedError


def revenue_summary(*_given: Any) -> Any:
    """Being written."""
    raise NotImplementedError


def system_health(*_given: Any) -> Any:
    """Being written."""
    raise NotImplementedError


def usage_alerts(*_given: Any) -> Any:
    """Being written."""
    raise NotImplementedError


def usage_breakdown(*_given: Any) -> Any:
    """Being written."""
    raise NotImplementedError


def with_timeline(*_given: Any) -> Any:
    """Being written."""
    raise NotImplementedError

