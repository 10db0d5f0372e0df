"""Attributes that Dash's types do not know: data-* and aria-*."""

from __future__ import annotations

from typing import Any


def data(**values: str) -> Any:
    """`data(table="..")` -> {"data-table": ".."}, to be passed on as keyword arguments."""
    return {f"data-{name.replace('_', '-')}": value for name, value in values.items()}


def aria(**values: str) -> Any:
    """`aria(label="..")` -> {"aria-label": ".."}."""
    return {f"aria-{name}": value for name, value in values.items()}
