"""A mapping says which columns of a table mean what: a small TOML file, two of them ready in mappings/."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo, available_timezones

from smartshopie_db.derive.rows import ORDER_FILES
from smartshopie_db.importers.steps import FileError

READY: Final = Path(__file__).parent / "mappings"
COLUMNS: Final = frozenset({
    "time", "event", "order_id", "user_id", "anonymous_id", "session_id", "product_id", "product_name", "category",
    "brand", "quantity", "price", "currency",
})
ORDER_LINE: Final = "order line"
TEXTS: Final = frozenset({
    "kind", "name", "identical_rows", "timezone", "time_format", "currency", "refund_prefix", "delimiter",
})
TABLES: Final = frozenset({"columns", "events", "catalogue"})
KEYS: Final = TEXTS | TABLES
ANY_TIME: Final = datetime(2026, 3, 14, 15, 9, 26, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A second file that knows products: joined by product_id, its first row with a value wins."""

    file: str
    product_id: str
    columns: Dictionary[str, str]


@dataclass(frozen=True)  # without slots: product_columns is kept
class Mapping:
    """What a table's columns mean. `events` maps values of the event column to event names, or to "order line"."""

    kind: Literal["events", "order_lines"]
    name: str
    columns: Dictionary[str, str]
    identical_rows: Literal["keep", "drop"]
    events: Dictionary[str, str] = field(default_factory=dict)
    timezone: str = "UTC"
    time_format: str | None = None
    currency: str | None = None
    refund_prefix: str | None = None
    delimiter: str = ","
    catalogue: Catalogue | None = None

    @cached_property
    def product_columns(self) -> tuple[tuple[str, str], ...]:
        """(property of an event, column of the table) of what the table says about products."""
        known = {"name": "product_name", "product_id": "product_id", "category": "category", "brand": "brand",
                 "price": "price"}  # fmt: skip
        return tuple((name, self.columns[key]) for name, key in known.items() if key in self.columns)

    @property
    def source(self) -> str:
        """How the store names where these events came from. Order files tell nothing about sessions."""
        return f"{ORDER_FILES}{self.name}" if self.kind == "order_lines" else f"import:{self.name}"

    def moment(self, text: str) -> str:
        """A time of the table as RFC 3339. ValueError when it does not fit the format."""
        return _moment(text, self.time_format, self.timezone)


@lru_cache(maxsize=4_096)  # the lines of one order share their time, and reading it costs more than the rest of a line
def _moment(text: str, time_format: str | None, timezone: str) -> str:
    written = text.strip()
    # a naive time gets its zone below
    found = datetime.strptime(written, time_format) if time_format else datetime.fromisoformat(written)  # noqa: DTZ007
    if found.tzinfo is None:
        found = found.replace(tzinfo=UTC if timezone == "UTC" else ZoneInfo(timezone))
    return found.isoformat()


def ready_mappings() -> list[str]:
    """Names of the mappings that come with the program."""
    return sorted(path.stem for path in READY.glob("*.toml"))


def load_mapping(path: Path) -> Mapping:
    """Read a mapping file; FileError, in words, for what is wrong with it."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FileError(f"The mapping {path} cannot be opened: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise FileError(f"The mapping {path} is not written in UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise FileError(f"The mapping {path} is not TOML: {error}.") from error
    return _checked(table, path)


def _checked(table: dict[str, Any], path: Path) -> Mapping:
    def problem(words: str) -> FileError:
        return FileError(f"The mapping {path.name} {words}")

    unknown = sorted(set(table) - KEYS)
    if unknown:
        raise problem(f"has the unknown key {', '.join(unknown)}.")
    for key, value in table.items():
        _check_type(key, value, problem)
    columns = table.get("columns", {})
    strange = sorted(set(columns) - COLUMNS)
    if strange:
        raise problem(f"has the unknown key {', '.join(strange)}.")
    if table.get("kind") not in ("events", "order_lines"):
        raise problem('needs kind = "events" or "order_lines".')
    if table.get("identical_rows") not in ("keep", "drop"):
        raise problem('needs identical_rows = "keep" (numbered within the order) or "drop".')
    needed = {"time", "event"} if table["kind"] == "events" else {"time", "order_id", "price"}
    if needed - set(columns):
        raise problem(f"needs [columns] with {', '.join(sorted(needed - set(columns)))}.")
    if table.get("timezone", "UTC") not in available_timezones():
        raise problem(f"has the unknown time zone {table['timezone']!r}.")
    _check_writing(table.get("delimiter", ","), table.get("time_format"), problem)
    catalogue = table.pop("catalogue", None)
    if catalogue is not None:
        known = dict(catalogue)
        try:
            table["catalogue"] = Catalogue(known.pop("file"), known.pop("product_id"), known)
        except KeyError as error:
            raise problem(f"needs {error} in [catalogue].") from None
    return Mapping(**{"name": path.stem, **table})


def _check_type(key: str, value: object, problem: Callable[[str], FileError]) -> None:
    """A text is a text, a table holds texts."""
    if key in TEXTS and not isinstance(value, str):
        raise problem(f'needs text for {key}, written {key} = "...".')
    if key in TABLES:
        if not isinstance(value, dict):
            raise problem(f"needs a table for {key}, begun with [{key}].")
        wrong = [name for name, said in value.items() if not isinstance(said, str)]
        if wrong:
            raise problem(f'needs text for {wrong[0]} in [{key}], written {wrong[0]} = "...".')


def _check_writing(delimiter: str, time_format: str | None, problem: Callable[[str], FileError]) -> None:
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise problem(f"has the delimiter {delimiter!r}, but it is one character that stands between columns.")
    if not _can_be_read(time_format):
        raise problem(f"has the time_format {time_format!r}, by which no time can be read.")


def _can_be_read(time_format: str | None) -> bool:
    """Whether a time that is written in this format is understood again."""
    if time_format is None:
        return True
    try:
        datetime.strptime(ANY_TIME.strftime(time_format), time_format)  # noqa: DTZ007 - only whether it can be read
    except (ValueError, re.error):
        return False
    return True
