"""System: this very server, and where its data come from."""

from dash import register_page

from components.card import Card
from components.charts import Series
from components.draw import Bars, rows
from components.health import health, minutes
from components.page import Page, show

register_page(
    __name__, path="/system", name="System", title="System · SmartShopie Analytics", order=8, icon="system"
)

LIVE = "realtime/system-health"
NOT_YET = "This server has not measured a whole minute yet."

layout = show(Page("system", "System", "How this server is doing now, and whether data keep coming in.", (
    Card(LIVE, health, kind="figures", span=12, title="Health", part="badge", live=True, empty=NOT_YET),
    Card(LIVE, minutes(Series("active_sessions", "Active sessions")), title="Active sessions", part="active",
         live=True, empty=NOT_YET),
    Card(LIVE, minutes(Series("conversions_per_min", "Conversions")), title="Conversions per minute",
         part="conversions", live=True, empty=NOT_YET),
    Card(LIVE, minutes(Series("api_response_time_ms", "Median response")), title="API response", part="response",
         live=True, empty=NOT_YET),
    Card(LIVE, minutes(Series("cpu_usage_pct", "CPU"), Series("memory_usage_pct", "Memory")), title="CPU and memory",
         part="load", live=True, empty=NOT_YET),
    Card("realtime/api-endpoints", rows(
        Bars("Route", "endpoint_name", below="method"), Bars("Requests", "request_count", bar=True),
        Bars("Mean time", "avg_response_ms"), Bars("Failed", "error_rate"), Bars("Latest", "last_checked"),
    ), kind="table", span=12, live=True, empty="No request was counted in this window."),
    Card("config", rows(
        Bars("Source", "api_name", below="api_type"), Bars("Status", "status"), Bars("Last received", "last_sync"),
        Bars("Received today", "events_today"), Bars("In all", "events_total"), Bars("Key", "api_key"),
    ), kind="table", span=7, live=True),
    Card("ingest/rejected", rows(
        Bars("Reason", "code", below="message"), Bars("Times", "times"), Bars("Latest", "last_received"),
    ), kind="table", span=5, live=True, empty="Nothing was rejected."),
)))  # fmt: skip
