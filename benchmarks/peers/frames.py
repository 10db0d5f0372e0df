"""What the pages show, read from the store's daily tables with pandas at every call, as a plain author would."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pandas as pd

DAYS = {"7d": 7, "30d": 30, "90d": 90, "1y": 365}
BUCKETS = {"7d": None, "30d": None, "90d": "W-SUN", "1y": "M"}  # as our pages: days, weeks, months
NEWEST = "(SELECT MAX(record_date) FROM overview_kpis)"
FEATURE, CATEGORY = "ai_feature", "category_name"
RATED = ("overall", "product_match", "helpfulness")


class Frames:
    """The frames of a store file for a period that ends with its newest day."""

    def __init__(self, store: Path) -> None:
        self._address = f"file:{store}?mode=ro"
        self._kept = threading.local()

    def _read(self, sql: str, *values: object) -> pd.DataFrame:
        if not hasattr(self._kept, "connection"):
            self._kept.connection = sqlite3.connect(self._address, uri=True)
        return pd.read_sql_query(sql, self._kept.connection, params=list(values))

    def _window(self, table: str, period: str, *columns: str) -> pd.DataFrame:
        names = ", ".join(columns)
        return self._read(f"SELECT {names} FROM {table} WHERE record_date > date({NEWEST}, ?)", f"-{DAYS[period]} days")

    def _bucketed(self, frame: pd.DataFrame, period: str) -> pd.DataFrame:
        days = pd.to_datetime(frame["record_date"])
        bucket = BUCKETS[period]
        return frame.assign(record_date=days if bucket is None else days.dt.to_period(bucket).dt.start_time)

    def numbers(self, period: str) -> dict[str, float]:
        """Total customers, conversion rate, conversations, credited revenue."""
        frame = self._window(
            "overview_kpis", period, "record_date", "total_customers", "conversions", "sessions", "ai_interactions",
            "revenue_impact_minor",
        ).sort_values("record_date")
        return {
            "Total customers": float(frame["total_customers"].iloc[-1]),
            "Conversion rate": 100 * float(frame["conversions"].sum()) / float(frame["sessions"].sum()),
            "AI interactions": float(frame["ai_interactions"].sum()),
            "Revenue impact": float(frame["revenue_impact_minor"].sum()) / 100,
        }

    def funnel(self, period: str) -> pd.DataFrame:
        """Sessions per step."""
        frame = self._window("conversion_funnel", period, "stage_order", "stage_name", "count", "all_count")
        steps = frame.groupby(["stage_order", "stage_name"], as_index=False)[["count", "all_count"]].sum()
        steps["percentage"] = (100 * steps["count"] / steps["all_count"].iloc[0]).round(1)
        steps["dropoff_rate"] = (100 * steps["count"].pct_change()).round(1)
        return steps[["stage_name", "count", "percentage", "dropoff_rate", "all_count"]]

    def interaction_types(self, period: str) -> pd.DataFrame:
        """Conversations per kind."""
        days = self._window("interaction_types", period, "interaction_name", "count")
        kinds = days.groupby("interaction_name", as_index=False)[["count"]].sum()
        kinds["percentage"] = (100 * kinds["count"] / kinds["count"].sum()).round(1)
        return kinds

    def attribution(self, period: str) -> pd.DataFrame:
        """Credited revenue per bucket and feature."""
        days = self._window("revenue_attribution", period, "record_date", FEATURE, "revenue_amount_minor")
        frame = self._bucketed(days, period)
        rows = frame.groupby(["record_date", FEATURE], as_index=False)[["revenue_amount_minor"]].sum()
        return rows.assign(revenue=rows["revenue_amount_minor"] / 100)

    def model_rates(self, period: str) -> pd.DataFrame:
        """Three rates of the assistant, in percent."""
        models = self._window("ai_model_performance", period, "reviewed", "correct").sum()
        ratings = self._window("customer_satisfaction", period, "overall_milli_sum", "overall_count").sum()
        return pd.DataFrame({
            "rate": ["Recommendation accuracy", "Customer satisfaction", "Conversion rate"],
            "percent": [
                100 * models["correct"] / max(models["reviewed"], 1),
                ratings["overall_milli_sum"] / max(ratings["overall_count"], 1) / 50,
                self.numbers(period)["Conversion rate"],
            ],
        })  # fmt: skip

    def satisfaction(self, period: str) -> pd.DataFrame:
        """Mean ratings per bucket."""
        sums_of = [f"{rated}_{kind}" for rated in RATED for kind in ("milli_sum", "count")]
        frame = self._bucketed(self._window("customer_satisfaction", period, "record_date", *sums_of), period)
        sums = frame.groupby("record_date").sum(numeric_only=True)
        return pd.DataFrame({
            "Overall": sums["overall_milli_sum"] / sums["overall_count"] / 1000,
            "Product match": sums["product_match_milli_sum"] / sums["product_match_count"] / 1000,
            "Helpfulness": sums["helpfulness_milli_sum"] / sums["helpfulness_count"] / 1000,
        }).reset_index()  # fmt: skip

    def interactions(self, period: str) -> pd.DataFrame:
        """The six newest conversations."""
        return self._read(
            "SELECT interaction_date, interaction_type, customer_name, activity_description, status_badge "
            f"FROM customer_interactions WHERE record_date > date({NEWEST}, ?) ORDER BY started_ms DESC LIMIT 6",
            f"-{DAYS[period]} days",
        )

    def revenue_numbers(self, period: str) -> dict[str, float]:
        """Credited and net revenue, and the average order."""
        sums = self._window(
            "revenue_summary", period, "revenue_impact_minor", "net_revenue_minor", "order_revenue_minor", "orders"
        ).sum()
        return {
            "Revenue impact": sums["revenue_impact_minor"] / 100,
            "Net revenue": sums["net_revenue_minor"] / 100,
            "Average order value": sums["order_revenue_minor"] / max(sums["orders"], 1) / 100,
        }

    def growth(self, period: str) -> pd.DataFrame:
        """Credited revenue per bucket."""
        return self.attribution(period).groupby("record_date", as_index=False)[["revenue"]].sum()

    def categories(self, period: str) -> pd.DataFrame:
        """Net revenue per category."""
        amounts = ["revenue_amount_minor", "ai_attributed_revenue_minor"]
        rows = self._window("category_revenue", period, CATEGORY, *amounts).groupby(CATEGORY, as_index=False).sum()
        return rows.assign(
            revenue=rows["revenue_amount_minor"] / 100, credited=rows["ai_attributed_revenue_minor"] / 100
        )[[CATEGORY, "revenue", "credited"]].sort_values("revenue", ascending=False)

    def tiers(self, _period: str) -> pd.DataFrame:
        """Buyers by value."""
        return self._read(
            "SELECT tier_name, customer_count, avg_revenue, total_revenue FROM customer_value_analysis "
            "WHERE record_date = (SELECT MAX(record_date) FROM customer_value_analysis)"
        )

    def forecast(self, _period: str) -> pd.DataFrame:
        """The months ahead."""
        return self._read(
            "SELECT forecast_date, predicted_revenue, lower_bound, upper_bound FROM revenue_forecasting "
            "WHERE record_date = (SELECT MAX(record_date) FROM revenue_forecasting) ORDER BY forecast_date"
        )
