"""The server about itself, and where its data come from."""

from __future__ import annotations

from typing import Final

from data import live
from data.dataset import COUNT, MILLISECONDS, MOMENT, PERCENT, TEXT, Computed, Dataset, Option

DATASETS: Final[tuple[Dataset, ...]] = (
    Dataset(
        name="health",
        title="Health",
        definition="Whether this server answers and whether it can read its store, asked at this moment.",
        table="store",
        kind="flat",
        axis="own",
        windowed=False,
        cached=False,
        columns=(
            Computed("status", TEXT, "healthy, or what is wrong"),
            Computed("database", TEXT, "connected, or what is wrong"),
        ),
    ),
    Dataset(
        name="realtime/system-health",
        title="System health",
        definition=(
            "One row per minute of this very server, the oldest first: sessions with an event in the last five "
            "minutes, the median time of its API requests, processor and memory use of the machine, and conversions "
            "in that minute. Measured while the server runs; there are no rows for minutes in which it did not."
        ),
        table="realtime_metrics",
        of="server",
        axis="own",
        windowed=False,
        cached=False,
        rows=live.system_health,
        options=(Option("since", "Only rows after this moment (RFC 3339)"),),
        columns=(
            Computed("recorded_at", MOMENT, "The minute, UTC"),
            Computed("active_sessions", COUNT, "Sessions with an event in the last five minutes", up_is_good=True),
            Computed("api_response_time_ms", MILLISECONDS, "Median time of API requests", up_is_good=False),
            Computed("cpu_usage_pct", PERCENT, "Processor use", up_is_good=False),
            Computed("memory_usage_pct", PERCENT, "Memory use", up_is_good=False),
            Computed("conversions_per_min", COUNT, "Sessions with an order in the minute", up_is_good=True),
        ),
    ),
    Dataset(
        name="realtime/api-endpoints",
        title="API endpoints",
        definition=(
            "The routes of this server over the days of the window (UTC): requests answered, their mean time, and the "
            "share that ended in a server error. Counted from the requests themselves."
        ),
        table="api_endpoints",
        of="server",
        axis="own",
        cached=False,
        rows=live.api_endpoints,
        columns=(
            Computed("endpoint_name", TEXT, "The route"),
            Computed("method", TEXT, "The HTTP method"),
            Computed("request_count", COUNT, "Requests in the window"),
            Computed("avg_response_ms", MILLISECONDS, "Mean time to answer", up_is_good=False),
            Computed("error_rate", PERCENT, "Requests that failed", up_is_good=False),
            Computed("last_checked", MOMENT, "The latest request that was counted"),
            Computed("base_url", TEXT, "Where the route is"),
            Computed("success_rate", PERCENT, "Requests that did not fail", up_is_good=True),
            Computed("daily_calls", COUNT, "Requests per day on which there were any"),
        ),
    ),
    Dataset(
        name="config",
        title="Data sources",
        definition=(
            "Everything that has sent events, and every key that may: the last event, the events received today, and "
            "the status: active (an event in the last 24 hours), stale (none in that time), not configured (never "
            "sent one). Of a key only the last four characters are known here."
        ),
        table="event_sources",
        axis="own",
        windowed=False,
        cached=False,
        rows=live.data_sources,
        columns=(
            Computed("api_type", TEXT, "What kind of source it is"),
            Computed("api_name", TEXT, "Its name"),
            Computed("api_url", TEXT, "Where it sends its events"),
            Computed("api_key", TEXT, "The last four characters of its key"),
            Computed("status", TEXT, "active, stale or not configured"),
            Computed("last_sync", MOMENT, "When its last event was received"),
            Computed("sync_frequency", TEXT, "How it sends"),
            Computed("events_today", COUNT, "Events received today"),
            Computed("events_total", COUNT, "Events received in all"),
        ),
    ),
    Dataset(
        name="ingest/rejected",
        title="Rejected events",
        definition=(
            "Messages that were refused, by source and reason, the latest first: how often, when last, and what "
            "its sender was told. The same mistake sent twice counts twice. They are kept, and `python -m "
            "smartshopie_db replay` takes them once more."
        ),
        table="rejected_events",
        axis="own",
        windowed=False,
        cached=False,
        rows=live.rejected,
        columns=(
            Computed("source", TEXT, "Where they came from"),
            Computed("code", TEXT, "The reason, as the API names it"),
            Computed("message", TEXT, "The latest one's sentence"),
            Computed("times", COUNT, "How often", up_is_good=False),
            Computed("last_received", MOMENT, "When the latest one came"),
        ),
    ),
)
