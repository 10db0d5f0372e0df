"""Records: one dataclass for each table that Python users read or add rows to.

A record's fields are the columns people know; `record["total_customers"]` works as well as `record.total_customers`,
because users of the original package held dictionaries.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar


@dataclass(frozen=True)
class Record:
    """A row of a summary table. `TABLE` names it, `KEY` are the columns beside record_date that tell rows apart."""

    TABLE: ClassVar[str]
    KEY: ClassVar[tuple[str, ...]] = ()
    ORDER: ClassVar[str] = "record_date"

    record_date: str

    def __getitem__(self, name: str) -> Any:
        if name not in self.keys():
            raise KeyError(name)
        return getattr(self, name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    @classmethod
    def keys(cls) -> tuple[str, ...]:
        """Names of the fields, in order."""
        return tuple(field.name for field in fields(cls))

    def as_dict(self) -> dict[str, Any]:
        """The record as a plain dictionary."""
        return asdict(self)


@dataclass(frozen=True)
class OverviewKpis(Record):
    """A day's key figures: total_customers at the day's end, conversion_rate in %, revenue_impact in currency units."""

    TABLE = "overview_kpis"
    total_customers: int | None = None
    total_customers_change: float | None = None
    conversion_rate: float | None = None
    conversion_rate_change: float | None = None
    ai_interactions: int | None = None
    ai_interactions_change: float | None = None
    revenue_impact: float | None = None
    revenue_impact_change: float | None = None


@dataclass(frozen=True)
class FunnelStage(Record):
    """One of a day's five funnel stages: sessions on the path with the assistant, in % of stage 0."""

    TABLE = "conversion_funnel"
    KEY = ("stage_name",)
    ORDER = "stage_order"
    stage_name: str = ""
    stage_order: int = 0
    count: int = 0
    percentage: float | None = None
    dropoff_rate: float | None = None


@dataclass(frozen=True)
class InteractionType(Record):
    """A day's interactions of one feature."""

    TABLE = "interaction_types"
    KEY = ("interaction_name",)
    ORDER = "interaction_name"
    interaction_name: str = ""
    count: int = 0
    percentage: float | None = None


@dataclass(frozen=True)
class ConversionAnalytics(Record):
    """A day's conversion figures; rates in %, avg_time_to_convert in minutes."""

    TABLE = "conversion_analytics"
    overall_conversion_rate: float | None = None
    conversion_rate_change: float | None = None
    ai_driven_conversions: float | None = None
    ai_driven_percentage: float | None = None
    cart_recovery_rate: float | None = None
    cart_recovery_via_ai: float | None = None
    avg_time_to_convert: float | None = None
    avg_time_change: float | None = None


@dataclass(frozen=True)
class ConversionTrend(Record):
    """A day's conversions, and those with an AI-credited order."""

    TABLE = "conversion_trends"
    period_type: str = "daily"
    conversions: int | None = None
    ai_attributed_conversions: int | None = None


@dataclass(frozen=True)
class CustomerSegment(Record):
    """A segment's size and values at a day's end."""

    TABLE = "customer_segments"
    KEY = ("segment_name",)
    ORDER = "segment_name"
    segment_name: str = ""
    segment_size: int = 0
    percentage: float | None = None
    avg_lifetime_value: float | None = None
    avg_order_value: float | None = None


@dataclass(frozen=True)
class RevenueSummary(Record):
    """A day's revenue figures in currency units."""

    TABLE = "revenue_summary"
    total_revenue_impact: float | None = None
    avg_order_value: float | None = None
    avg_order_value_with_ai: float | None = None
    avg_order_value_improvement: float | None = None
    monthly_investment: float | None = None
    monthly_return: float | None = None
    roi_percentage: float | None = None


@dataclass(frozen=True)
class RevenueAttribution(Record):
    """A day's net revenue credited to one AI feature, in currency units."""

    TABLE = "revenue_attribution"
    KEY = ("ai_feature",)
    ORDER = "revenue_amount DESC, ai_feature"
    ai_feature: str = ""
    revenue_amount: float | None = None
    percentage: float | None = None
