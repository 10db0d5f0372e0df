"""Rows of the summary tables for Python users: read a day, add a day by hand, and the original package's names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Final, TypeVar

from smartshopie_db import clock
from smartshopie_db.errors import CoveredDayError
from smartshopie_db.facts import next_data_version
from smartshopie_db.imported import SOURCE, with_minor_units
from smartshopie_db.models import (
    ConversionAnalytics,
    ConversionTrend,
    CustomerSegment,
    FunnelStage,
    InteractionType,
    OverviewKpis,
    Record,
    RevenueAttribution,
    RevenueSummary,
)

if TYPE_CHECKING:
    from smartshopie_db.engine import Engine
    from smartshopie_db.facts import StoreFacts

AnyRecord = TypeVar("AnyRecord", bound=Record)

TABS: Final[Mapping[str, tuple[str, ...]]] = {
    "overview": ("overview_kpis", "conversion_funnel", "interaction_types"),
    "conversions": ("conversion_analytics", "conversion_trends"),
    "customers": (
        "customer_segments", "behavioral_patterns", "customer_concerns", "customer_lifetime_value", "product_gaps",
    ),
    "products": ("product_analytics", "category_performance"),
    "ai-performance": ("ai_model_performance", "ai_feature_performance"),
    "interactions": ("customer_interactions", "interaction_summary"),
    "revenue": (
        "revenue_summary", "revenue_attribution", "category_revenue", "customer_value_analysis", "revenue_forecasting",
    ),
    "realtime": ("system_health", "api_endpoints"),
    "billing": ("billing_summary", "usage_breakdown"),
    "api-config": ("api_configurations",),
}
"""Tables behind each tab of the original dashboard, by its names."""

DAY_COLUMN: Final[Mapping[str, str]] = {"billing_summary": "billing_period_start", "api_configurations": "last_sync"}
"""Where a table's day is not `record_date`."""

ROWS_PER_TABLE: Final = 100
"""How many of the newest rows get_all_data_for_tab() returns of a table when no day is asked for."""


class RecordAccess:
    """What SmartShopieDB can do with single rows; it provides the open engine and the store's facts."""

    @property
    def engine(self) -> Engine:
        """The open engine."""
        raise NotImplementedError

    @property
    def facts(self) -> StoreFacts:
        """What the store was made with."""
        raise NotImplementedError

    def covered(self) -> tuple[int, int] | None:
        """First and newest day covered by events."""
        raise NotImplementedError

    # -- reading a day's rows ---------------------------------------------------------------------------------------

    def get_overview_kpis(self, date: date | str | None = None) -> OverviewKpis | None:
        """Return the key figures of a day, the newest when none is given; None when there are none."""
        return next(iter(self._records(OverviewKpis, date)), None)

    def get_conversion_funnel(self, date: date | str | None = None) -> list[FunnelStage]:
        """Return a day's funnel stages in order, of the newest day when none is given."""
        return self._records(FunnelStage, date)

    def get_interaction_types(self, date: date | str | None = None) -> list[InteractionType]:
        """Return a day's interactions by feature, of the newest day when none is given."""
        return self._records(InteractionType, date)

    def get_conversion_analytics(self, date: date | str | None = None) -> ConversionAnalytics | None:
        """Return a day's conversion figures, the newest when none is given; None when there are none."""
        return next(iter(self._records(ConversionAnalytics, date)), None)

    def get_customer_segments(self, date: date | str | None = None) -> list[CustomerSegment]:
        """Return the segments at a day's end, at the newest when none is given."""
        return self._records(CustomerSegment, date)

    def get_revenue_summary(self, date: date | str | None = None) -> RevenueSummary | None:
        """Return a day's revenue figures, the newest when none is given; None when there are none."""
        return next(iter(self._records(RevenueSummary, date)), None)

    def get_revenue_attribution(self, date: date | str | None = None) -> list[RevenueAttribution]:
        """Return a day's revenue by AI feature, largest first, of the newest day when none is given."""
        return self._records(RevenueAttribution, date)

    def _records(self, kind: type[AnyRecord], on: date | str | None) -> list[AnyRecord]:
        """Rows of one day; where a day has both, the rows from events are taken, not the imported ones."""
        day = str(on) if on is not None else self._newest(kind.TABLE)
        columns = ", ".join(kind.keys())
        found = self.engine.read(
            f"SELECT {columns}, source FROM {kind.TABLE} WHERE record_date = :day ORDER BY {kind.ORDER}", {"day": day}
        )
        from_events = any(row[-1] != SOURCE for row in found.rows)
        return [
            kind(**dict(zip(kind.keys(), row[:-1], strict=True)))
            for row in found.rows
            if not from_events or row[-1] != SOURCE
        ]

    def _newest(self, table: str) -> str | None:
        newest = self.engine.read(f"SELECT MAX(record_date) FROM {table}").rows[0][0]
        return None if newest is None else str(newest)

    # -- adding rows by hand, for days that events do not cover ------------------------------------------------------

    def add_overview_kpis(self, record_date: date | str, **values: Any) -> OverviewKpis:
        """Add or replace a day's key figures; the fields are those of `OverviewKpis`."""
        return self._add(OverviewKpis, record_date, values)

    def add_conversion_funnel(self, record_date: date | str, **values: Any) -> FunnelStage:
        """Add or replace one funnel stage of a day; the fields are those of `FunnelStage`."""
        return self._add(FunnelStage, record_date, values)

    def add_interaction_types(self, record_date: date | str, **values: Any) -> InteractionType:
        """Add or replace a day's interactions of one feature; the fields are those of `InteractionType`."""
        return self._add(InteractionType, record_date, values)

    def add_conversion_analytics(self, record_date: date | str, **values: Any) -> ConversionAnalytics:
        """Add or replace a day's conversion figures; the fields are those of `ConversionAnalytics`."""
        return self._add(ConversionAnalytics, record_date, values)

    def add_conversion_trends(self, record_date: date | str, **values: Any) -> ConversionTrend:
        """Add or replace a day's conversions; the fields are those of `ConversionTrend`."""
        return self._add(ConversionTrend, record_date, values)

    def add_customer_segments(self, record_date: date | str, **values: Any) -> CustomerSegment:
        """Add or replace one segment of a day; the fields are those of `CustomerSegment`."""
        return self._add(CustomerSegment, record_date, values)

    def add_revenue_summary(self, record_date: date | str, **values: Any) -> RevenueSummary:
        """Add or replace a day's revenue figures; the fields are those of `RevenueSummary`."""
        return self._add(RevenueSummary, record_date, values)

    def add_revenue_attribution(self, record_date: date | str, **values: Any) -> RevenueAttribution:
        """Add or replace a day's revenue of one AI feature; the fields are those of `RevenueAttribution`."""
        return self._add(RevenueAttribution, record_date, values)

    def _add(self, kind: type[AnyRecord], on: date | str, values: Mapping[str, Any]) -> AnyRecord:
        """Store one record as an imported row. ValueError for a bad day or field, CoveredDayError on a covered day."""
        day = on if isinstance(on, date) else date.fromisoformat(on)
        unknown = sorted(set(values) - set(kind.keys()))
        if unknown:
            raise ValueError(f"{kind.TABLE} has no field {', '.join(unknown)}; it has {', '.join(kind.keys())}.")
        covered = self.covered()
        if covered and covered[0] <= clock.day_of(day) <= covered[1]:
            raise CoveredDayError(
                f"{day} is covered by events ({clock.iso_day(covered[0])} to {clock.iso_day(covered[1])}): its numbers "
                "are computed from them. Add rows only for days without events, or send the missing events."
            )
        record = kind(record_date=day.isoformat(), **values)
        row = with_minor_units(kind.TABLE, record.as_dict(), self.facts.currency) | {"source": SOURCE}
        with self.engine.write() as transaction:
            keys = ("record_date", *kind.KEY, "source")
            transaction.upsert(kind.TABLE, tuple(row), [tuple(row.values())], keys)
            next_data_version(transaction)
        return record

    # -- names the original package had ------------------------------------------------------------------------------

    def insert_overview_kpi(
        self, record_date: date | str, total_customers: int, total_customers_change: float | None,
        conversion_rate: float, conversion_rate_change: float | None, ai_interactions: int,
        ai_interactions_change: float | None, revenue_impact: float, revenue_impact_change: float | None,
    ) -> OverviewKpis:
        """Add a day's key figures, arguments in the original order."""
        return self.add_overview_kpis(
            record_date, total_customers=total_customers, total_customers_change=total_customers_change,
            conversion_rate=conversion_rate, conversion_rate_change=conversion_rate_change,
            ai_interactions=ai_interactions, ai_interactions_change=ai_interactions_change,
            revenue_impact=revenue_impact, revenue_impact_change=revenue_impact_change,
        )

    def insert_conversion_funnel(
        self, record_date: date | str, stage_name: str, stage_order: int, count: int,
        percentage: float | None, dropoff_rate: float | None,
    ) -> FunnelStage:
        """Add one funnel stage, arguments in the original order."""
        return self.add_conversion_funnel(
            record_date, stage_name=stage_name, stage_order=stage_order, count=count,
            percentage=percentage, dropoff_rate=dropoff_rate,
        )

    def insert_conversion_analytics(
        self, record_date: date | str, overall_conversion_rate: float, conversion_rate_change: float | None,
        ai_driven_conversions: float | None, ai_driven_percentage: float | None, cart_recovery_rate: float | None,
        cart_recovery_via_ai: float | None, avg_time_to_convert: float | None, avg_time_change: float | None,
    ) -> ConversionAnalytics:
        """Add a day's conversion figures, arguments in the original order."""
        return self.add_conversion_analytics(
            record_date, overall_conversion_rate=overall_conversion_rate, conversion_rate_change=conversion_rate_change,
            ai_driven_conversions=ai_driven_conversions, ai_driven_percentage=ai_driven_percentage,
            cart_recovery_rate=cart_recovery_rate, cart_recovery_via_ai=cart_recovery_via_ai,
            avg_time_to_convert=avg_time_to_convert, avg_time_change=avg_time_change,
        )

    def insert_customer_segment(
        self, record_date: date | str, segment_name: str, segment_size: int,
        percentage: float | None, avg_lifetime_value: float | None, avg_order_value: float | None,
    ) -> CustomerSegment:
        """Add one segment of a day, arguments in the original order."""
        return self.add_customer_segments(
            record_date, segment_name=segment_name, segment_size=segment_size, percentage=percentage,
            avg_lifetime_value=avg_lifetime_value, avg_order_value=avg_order_value,
        )

    def insert_revenue_summary(
        self, record_date: date | str, total_revenue_impact: float, avg_order_value: float | None,
        avg_order_value_with_ai: float | None, avg_order_value_improvement: float | None,
        monthly_investment: float | None, monthly_return: float | None, roi_percentage: float | None,
    ) -> RevenueSummary:
        """Add a day's revenue figures, arguments in the original order."""
        return self.add_revenue_summary(
            record_date, total_revenue_impact=total_revenue_impact, avg_order_value=avg_order_value,
            avg_order_value_with_ai=avg_order_value_with_ai, avg_order_value_improvement=avg_order_value_improvement,
            monthly_investment=monthly_investment, monthly_return=monthly_return, roi_percentage=roi_percentage,
        )

    def insert_revenue_attribution(
        self, record_date: date | str, ai_feature: str, revenue_amount: float, percentage: float | None
    ) -> RevenueAttribution:
        """Add a day's revenue of one AI feature, arguments in the original order."""
        return self.add_revenue_attribution(
            record_date, ai_feature=ai_feature, revenue_amount=revenue_amount, percentage=percentage
        )

    def execute_query(self, query: str, params: Sequence[Any] | Mapping[str, Any] = ()) -> list[dict[str, Any]]:
        """Run one SELECT of the caller's own, with `?` or `:name` parameters, and return its rows as dictionaries."""
        if isinstance(params, Mapping):
            found = self.engine.read(query, params)
        else:
            found = self.engine.read(_named(query), {f"p{number}": value for number, value in enumerate(params)})
        return [dict(zip(found.columns, row, strict=True)) for row in found.rows]

    def get_all_data_for_tab(self, tab_name: str, date: date | str | None = None) -> dict[str, list[dict[str, Any]]]:
        """Return the rows behind a tab of the original dashboard, by table: of one day, else the newest hundred.

        ValueError for an unknown tab.
        """
        if tab_name not in TABS:
            raise ValueError(f"There is no tab {tab_name!r}; the tabs are {', '.join(TABS)}.")
        result = {}
        for table in TABS[tab_name]:
            day = DAY_COLUMN.get(table, "record_date")
            if date is None:
                query = f"SELECT * FROM {table} ORDER BY {day} DESC LIMIT {ROWS_PER_TABLE}"
                result[table] = self.execute_query(query)
            else:
                result[table] = self.execute_query(f"SELECT * FROM {table} WHERE {day} = :day", {"day": str(date)})
        return result


def _named(query: str) -> str:
    """Turn `?` marks outside quoted text into :p0, :p1, ..."""
    counter = iter(range(query.count("?")))
    parts = re.split(r"('(?:[^']|'')*'|\"(?:[^\"]|\"\")*\")", query)
    return "".join(
        part if index % 2 else re.sub(r"\?", lambda _: f":p{next(counter)}", part) for index, part in enumerate(parts)
    )
