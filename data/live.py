"""Datasets whose rows are shown one by one: the activity feed, this server's minutes and routes, the data sources."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

from data.dataset import Dataset, Row
from data.read import Reader
from smartshopie_db import clock

Options = Mapping[str, Any]

MINUTES_SHOWN: Final = 60
MOST_MINUTES: Final = 1440
SOURCE_ACTIVE_MS: Final = clock.DAY_MS  # after its last event a source counts as active for this long
MOST_REASONS: Final = 20


def interactions(reader: Reader, dataset: Dataset, options: Options) -> list[Row]:
    """Conversations of the window, the newest first (ties: the greater id first)."""
    names = [column.name for column in dataset.columns]
    rows: list[tuple[Any, ...]] = []
    met = reader.covered_here
    select = f"SELECT started_ms, {', '.join(names)} FROM {dataset.table} WHERE"
    newest = "ORDER BY started_ms DESC, interaction_id DESC LIMIT :limit"
    if met:
        reader.sources.add("events")
        near = "started_ms BETWEEN :from AND :until"  # so that the newest are read from their index, not all of them
        sql = f"{select} source = 'events' AND {near} AND record_date BETWEEN :first AND :last {newest}"
        moments = {"from": _before(met.first), "until": _before(met.last) + 3 * clock.DAY_MS}
        rows += reader.rows(sql, met.bounds() | moments | {"limit": options["limit"]})
    days = [day.isoformat() for day in reader.imported_dates(dataset.table) if reader.is_inside(day)]
    if days:
        reader.sources.add("imported")
        sql = f"{select} source = 'imported' AND record_date IN :days {newest}"
        rows += reader.rows(sql, {"days": days, "limit": options["limit"]})
    rows.sort(key=lambda row: (row[0], row[1]), reverse=True)
    local = clock.LocalTime(reader.store.facts.timezone)
    shown = [dict(zip(names, row[1:], strict=True)) for row in rows[: options["limit"]]]
    for row, (started, *_rest) in zip(shown, rows, strict=False):
        row["interaction_date"] = local.iso(int(started))
    return shown


def _before(day: date) -> int:
    """A moment before the day begins anywhere on earth."""
    return (clock.day_of(day) - 1) * clock.DAY_MS


def system_health(reader: Reader, dataset: Dataset, options: Options) -> list[Row]:
    """The latest minutes, the oldest first; with `since`, those after it."""
    names = [column.name for column in dataset.columns]
    since = options["since"]
    where = "" if since is None else "WHERE recorded_at > :since"
    limit = MINUTES_SHOWN if since is None else MOST_MINUTES
    sql = f"SELECT {', '.join(names)} FROM {dataset.table} {where} ORDER BY recorded_at DESC LIMIT :limit"
    rows = reader.rows(sql, {"limit": limit} if since is None else {"limit": limit, "since": _in_utc(str(since))})
    return [dict(zip(names, row, strict=True)) for row in reversed(rows)]


def _in_utc(moment: str) -> str:
    """A moment with an offset as the minutes are stored (UTC, ending in Z); any other text as it is."""
    try:
        read = datetime.fromisoformat(moment.replace(" ", "+"))  # a plus sign in a URL arrives as a space
    except ValueError:
        return moment
    if read.tzinfo is None:
        return moment
    return read.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def api_endpoints(reader: Reader, dataset: Dataset, _options: Options) -> list[Row]:
    """Requests per route over the window's days, the busiest first; routes of an original database as stored."""
    sql = (
        "SELECT endpoint_name, method, MAX(last_checked), MAX(base_url), SUM(request_count), SUM(response_us_sum), "
        f"SUM(error_count), COUNT(*) FROM {dataset.table} WHERE source = 'events' "
        "AND record_date BETWEEN :first AND :last GROUP BY endpoint_name, method"
    )
    rows = [_endpoint(*row) for row in reader.rows(sql, reader.span.bounds())]
    rows.sort(key=lambda row: (-row["request_count"], row["endpoint_name"], row["method"]))
    names = [column.name for column in dataset.columns]
    stored = (
        f"SELECT {', '.join(names)} FROM {dataset.table} WHERE source = 'imported' "
        "AND record_date BETWEEN :first AND :last ORDER BY endpoint_name, method, record_date"
    )
    imported = reader.rows(stored, reader.span.bounds())
    reader.sources |= ({"events"} if rows else set()) | ({"imported"} if imported else set())
    return rows + [dict(zip(names, row, strict=True)) for row in imported]


def _endpoint(
    name: str, method: str, last: str | None, base_url: str | None, requests: Any, micros: Any, errors: Any, days: int
) -> Row:
    count, failed = int(requests or 0), int(errors or 0)
    rate = failed * 100.0 / count if count else None
    return {
        "endpoint_name": name, "method": method, "request_count": count, "last_checked": last,
        "avg_response_ms": int(micros or 0) / 1000 / count if count else None,
        "error_rate": rate, "success_rate": None if rate is None else 100.0 - rate,
        "base_url": base_url or "", "daily_calls": round(count / days),
    }  # fmt: skip


def data_sources(reader: Reader, _dataset: Dataset, _options: Options) -> list[Row]:
    """Write keys in force, everything that has sent events, and the sources an original database named."""
    now = clock.now_ms()
    received = _received(reader, now)
    rows = [_key_row(name, last_four, received.pop(f"http:{name}", None), now) for name, last_four in _keys(reader)]
    rows += [_source_row(name, seen, now) for name, seen in sorted(received.items())]
    rows += _imported_sources(reader, now)
    return rows or [_source_row("http", None, now)]


def _keys(reader: Reader) -> list[tuple[Any, ...]]:
    return reader.rows("SELECT name, last_four FROM write_keys WHERE revoked_ms IS NULL ORDER BY name")


def _received(reader: Reader, now: int) -> dict[str, tuple[int, int, int]]:
    """By source: when its last event came, events received today, events in all."""
    today = clock.LocalTime(reader.store.facts.timezone).day(now)
    sql = (
        "SELECT source, MAX(last_received_ms), SUM(CASE WHEN day = :today THEN events ELSE 0 END), SUM(events) "
        "FROM event_sources GROUP BY source"
    )
    found = reader.rows(sql, {"today": today})
    return {str(name): (int(last), int(some), int(every)) for name, last, some, every in found}


def _key_row(name: str, last_four: str, seen: tuple[int, int, int] | None, now: int) -> Row:
    return _source_row("http", seen, now) | {"api_type": "write key", "api_name": name, "api_key": f"••••{last_four}"}


def _source_row(source: str, seen: tuple[int, int, int] | None, now: int) -> Row:
    kind, _, detail = source.partition(":")
    types = {"http": "events over HTTP", "import": "file import", "demo": "demo data", "api": "Python"}
    return {
        "api_type": types.get(kind, kind), "api_name": detail or kind, "api_key": None,
        "api_url": "/v1/batch" if kind == "http" else "", "status": _status(None if seen is None else seen[0], now),
        "last_sync": None if seen is None else _moment(seen[0]),
        "sync_frequency": "as events happen" if kind == "http" else "when it is run",
        "events_today": seen[1] if seen else 0, "events_total": seen[2] if seen else 0,
    }  # fmt: skip


def _status(last_ms: int | None, now: int) -> str:
    if last_ms is None:
        return "not configured"
    return "active" if now - last_ms < SOURCE_ACTIVE_MS else "stale"


def _moment(ms: int) -> str:
    return clock.LocalTime("UTC").iso(ms)


def _imported_sources(reader: Reader, now: int) -> list[Row]:
    """Sources of an original database; their status as it is now, not as it was stored."""
    sql = (
        "SELECT api_type, api_name, api_url, api_key, last_sync, sync_frequency FROM api_configurations "
        "WHERE source = 'imported' ORDER BY api_type, api_name"
    )
    rows = []
    for kind, name, url, key, last, frequency in reader.rows(sql):
        status = _status(None if last is None else _milliseconds(str(last)), now)
        rows.append({
            "api_type": kind, "api_name": name, "api_url": url, "api_key": None if key is None else f"••••{key[-4:]}",
            "status": status, "last_sync": last, "sync_frequency": frequency, "events_today": None,
            "events_total": None,
        })  # fmt: skip
    return rows


def _milliseconds(moment: str) -> int:
    read = datetime.fromisoformat(moment)
    return clock.moment_of(read if read.tzinfo else read.replace(tzinfo=UTC))


def rejected(reader: Reader, _dataset: Dataset, _options: Options) -> list[Row]:
    """What was refused, per source and reason, the latest first (ties by source and code)."""
    counted = (
        "SELECT source, code, SUM(times), MAX(received_ms) AS latest FROM rejected_events GROUP BY source, code "
        "ORDER BY latest DESC, source, code LIMIT :limit"
    )
    sentence = (
        "SELECT message FROM rejected_events WHERE source = :source AND code = :code AND received_ms = :latest "
        "ORDER BY rejected_id LIMIT 1"
    )
    return [
        {
            "source": source, "code": code, "times": int(times), "last_received": _moment(int(latest)),
            "message": reader.rows(sentence, {"source": source, "code": code, "latest": latest})[0][0],
        }
        for source, code, times, latest in reader.rows(counted, {"limit": MOST_REASONS})
    ]  # fmt: skip
