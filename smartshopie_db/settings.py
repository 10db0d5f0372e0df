"""The settings of the program: the only reader of the environment. One table drives reading, README and help."""

import difflib
import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from babel.numbers import is_currency

from smartshopie_db.connections import file_of, sqlite_url
from smartshopie_db.errors import StoreUnavailable
from smartshopie_db.plan import Plan, PlanError, load_plan

PROJECT = Path(__file__).resolve().parent.parent
EARLIEST, LATEST = date(1970, 1, 1), date(2199, 12, 31)  # what can be shown: data/period.py takes no other days

_HOST_NAME = re.compile(r"[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?")


class SettingError(ValueError):
    """One sentence: which setting, what is wrong with it, what to write instead."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set.

    None: not set. Zone, currency and window are then what the store remembers; a new one takes UTC, EUR and 7.
    """

    database_url: str = field(repr=False)
    host: str
    port: int
    timezone: str | None
    currency: str | None
    as_of: date | None
    attribution_days: int | None
    plan: Plan
    read_key: str | None = field(repr=False)
    write_key: str | None = field(repr=False)
    retention_days: int | None
    cors_origins: tuple[str, ...]
    trusted_proxy: str | None


def _database_url(value: str) -> str:
    scheme, is_url, rest = value.partition("://")
    if is_url and scheme in ("postgres", "postgresql", "postgresql+psycopg"):
        return f"postgresql+psycopg://{rest}"
    if is_url and scheme != "sqlite":
        raise ValueError(f"starts with {scheme!r}, but only sqlite:///FILE and postgresql://USER@HOST/NAME are known")
    try:
        named = file_of(value) if is_url else Path(value)
        url = None if named is None else sqlite_url(PROJECT / named)
    except StoreUnavailable as error:
        raise ValueError("is no URL and no path: write sqlite:///FILE or the file's path") from error
    if url is None:
        raise ValueError("must name a file: a store in memory is lost with its connection")
    return url


def _host(value: str) -> str:
    try:
        ipaddress.ip_address(value.strip("[]"))
    except ValueError as error:
        if not _HOST_NAME.fullmatch(value):
            raise ValueError(
                f"is {value!r}, but must be an address or a name, without scheme and port, like 127.0.0.1 or 0.0.0.0"
            ) from error
    return value


def _whole(low: int, high: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        if not value.isascii() or not value.isdigit() or not low <= int(value) <= high:
            raise ValueError(f"is {value!r}, but must be a whole number from {low} to {high}")
        return int(value)

    return parse


def _timezone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        near = difflib.get_close_matches(value, available_timezones(), n=1, cutoff=0.5)
        hint = near[0] if near else "Europe/Berlin"
        raise ValueError(f"is {value!r}, which is no time zone name like {hint}") from error
    return value


def _currency(value: str) -> str:
    if not is_currency(value.upper()):
        raise ValueError(f"is {value!r}, but must be a currency code of three letters like EUR")
    return value.upper()


def _date(value: str) -> date:
    try:
        day = date.fromisoformat(value)
    except ValueError as error:
        raise ValueError(f"is {value!r}, but must be a date like 2026-11-22") from error
    if not EARLIEST <= day <= LATEST:
        raise ValueError(f"is {day}, but must be a date from {EARLIEST} to {LATEST}")
    return day


def _plan(value: str) -> Plan:
    try:
        return load_plan((PROJECT / Path(value).expanduser()).resolve())
    except PlanError as error:
        raise ValueError(f"cannot be used: {str(error).removesuffix('.')}") from error


def _origins(value: str) -> tuple[str, ...]:
    origins = tuple(origin.strip().rstrip("/") for origin in value.split(",") if origin.strip())
    for origin in origins:
        if origin != "*" and (not origin.startswith(("http://", "https://")) or "/" in origin.split("://", 1)[1]):
            raise ValueError(f"lists {origin!r}, but an origin is written like https://shop.example, or * for any")
    return origins


def _key(value: str) -> str:
    if not value.isascii() or not value.isprintable():
        raise ValueError("has a sign that clients send in different ways or not at all: use letters, digits and "
                         "signs of ASCII")  # fmt: skip
    return value


def _write_key(value: str) -> str:
    if ":" in value:
        raise ValueError("has a colon, with which a user name ends in Basic authentication: leave it out")
    return _key(value)


def _address(value: str) -> str:
    try:
        return str(ipaddress.ip_address(value.strip("[]")))
    except ValueError as error:
        raise ValueError(f"is {value!r}, but must be one IP address like 127.0.0.1") from error


class Setting(NamedTuple):
    """One row of the table of settings: the environment variable is SMARTSHOPIE_ and the name in capitals."""

    name: str
    default: str
    meaning: str
    parse: Callable[[str], Any]

    @property
    def variable(self) -> str:
        """The name of the environment variable."""
        return f"SMARTSHOPIE_{self.name.upper()}"


# An empty default means: not set.
SETTINGS: tuple[Setting, ...] = (
    Setting("database_url", "smartshopie_dashboard.db",
            "The store: sqlite:///FILE, a file's path, or postgresql://USER:PASSWORD@HOST/NAME; a relative path starts "
            "at the project's folder", _database_url),
    Setting("host", "127.0.0.1", "Address to listen on; other than this machine's own needs a read key", _host),
    Setting("port", "8050", "Port to listen on", _whole(1, 65535)),
    Setting("timezone", "", "Time zone whose days are counted; a new store takes UTC and remembers it", _timezone),
    Setting("currency", "", "Currency of the money shown (ISO 4217); a new store takes EUR and remembers it",
            _currency),
    Setting("as_of", "", "Show the dashboard as on this date (2026-11-22) in place of today", _date),
    Setting("attribution_days", "", "Days after a conversation in which an order is credited to it; a new store takes "
            "7 and remembers it", _whole(1, 365)),
    Setting("plan", "", "TOML file with the prices of the assistant's plan, read at start; without it the plan that "
            "comes along", _plan),
    Setting("read_key", "", "Key that opens pages and API; without it anyone who reaches the server may read", _key),
    Setting("write_key", "", "Key with which events may be sent, besides those made on the command line", _write_key),
    Setting("retention_days", "", "Days that events are kept; without it for ever", _whole(1, 36_500)),
    Setting("cors_origins", "", "Web origins whose pages may read the API, comma separated", _origins),
    Setting("trusted_proxy", "", "IP address of a reverse proxy whose X-Forwarded-For and X-Forwarded-Proto are "
            "believed; without it nobody's are", _address),
)  # fmt: skip


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the environment (or a mapping like it). An empty value counts as not set.

    Raises SettingError for the first wrong one.
    """
    source = os.environ if environ is None else environ  # noqa: TID251 - this module is the one place that reads it
    values: dict[str, Any] = {}
    for setting in SETTINGS:
        text = source.get(setting.variable, "").strip() or setting.default
        try:
            values[setting.name] = setting.parse(text) if text else None
        except ValueError as error:
            raise SettingError(f"{setting.variable} {error}.") from error
    values["cors_origins"] = values["cors_origins"] or ()
    values["plan"] = values["plan"] or load_plan()
    if not values["read_key"] and not is_loopback(values["host"]):
        raise SettingError(
            f"SMARTSHOPIE_HOST is {values['host']!r}, so others can reach the dashboard: set SMARTSHOPIE_READ_KEY too, "
            "or leave the host at 127.0.0.1."
        )
    return Settings(**values)


def unknown_settings(environ: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Variables that look like settings but are none, each with the nearest one, e.g. for a misspelt name."""
    source = os.environ if environ is None else environ  # noqa: TID251 - as above
    known = [setting.variable for setting in SETTINGS]
    sentences = []
    for name in sorted(source):
        if name.startswith("SMARTSHOPIE_") and name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.0)[0]
            sentences.append(f"{name} is no setting and is ignored; did you mean {near}?")
    return tuple(sentences)


def is_loopback(host: str) -> bool:
    """Whether a server bound to this host is reached from its own machine only."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"
