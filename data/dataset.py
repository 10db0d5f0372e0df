"""What a dataset, a column and an option are: plain values, declared once in `data/catalogue/`.

A dataset's `name` is its address: `/api/<name>`, `/api/<name>.csv`, the card on a page, the row in the docs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from data.period import PeriodError

if TYPE_CHECKING:
    from data.read import Reader

Row = dict[str, Any]


class Shaped(NamedTuple):
    """A JSON shape of its own: the members beside success and meta, the rows of the frame, its columns if others."""

    body: dict[str, Any]
    long: Sequence[Row]
    columns: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """How numbers of a column are read.

    `factor` turns a ratio of stored integers into the unit (percent: 100; a rating from thousandths: 0.001);
    `digits` are the decimals kept at the end (None: as the store's currency has them; 0: an integer).
    """

    name: str
    factor: float = 1.0
    digits: int | None = 4

    @property
    def is_number(self) -> bool:
        """False for texts, dates, moments and flags."""
        return self.name not in {"text", "date", "moment", "flag"}


TEXT: Final = Unit("text")
DATE: Final = Unit("date")  # YYYY-MM-DD
MOMENT: Final = Unit("moment")  # RFC 3339 with offset
FLAG: Final = Unit("flag")  # true or false
COUNT: Final = Unit("count", digits=0)
MONEY: Final = Unit("money", digits=None)  # stored in minor units, shown in the answer's currency
PERCENT: Final = Unit("percent", factor=100.0)  # 0-100
POINTS: Final = Unit("percentage points")
RATING: Final = Unit("rating", factor=0.001)  # 1-5, stored in thousandths
RATIO01: Final = Unit("ratio")  # 0-1
MINUTES: Final = Unit("minutes", factor=1 / 60_000)  # stored in milliseconds
SECONDS: Final = Unit("seconds", factor=0.001)  # stored in milliseconds
MILLISECONDS: Final = Unit("milliseconds")
GIGABYTES: Final = Unit("gigabytes")
NUMBER: Final = Unit("number")

_WORDS: Final = {
    "ai": "AI", "api": "API", "clv": "CLV", "cpu": "CPU", "roi": "ROI", "ab": "A/B", "id": "ID", "url": "URL",
    "gb": "GB", "pct": "%", "ms": "(ms)", "sec": "(s)", "avg": "Average", "f1": "F1",
}  # fmt: skip


def label_of(name: str) -> str:
    """`avg_order_value` -> "Average order value"."""
    words = [_WORDS.get(word, word) for word in name.split("_")]
    return words[0][:1].upper() + " ".join([words[0][1:], *words[1:]])


class _Column:
    """What every column has: `name` (the JSON field and the frame's column), `unit`, `meaning` (one sentence)."""

    __slots__ = ()
    name: str
    unit: Unit
    meaning: str

    @property
    def label(self) -> str:
        """Words for a table's head."""
        return label_of(self.name)

    @property
    def direction(self) -> bool | None:
        """True: up is good. False: up is bad. None: neither."""
        return getattr(self, "up_is_good", None)

    @property
    def is_shown(self) -> bool:
        """False for parts that are only read to divide them."""
        return getattr(self, "shown", True)


@dataclass(frozen=True, slots=True)
class Dimension(_Column):
    """What rows are told apart by.

    `values`: those always listed, in this order, also when nothing happened; `rare`: of these, the ones that are
    listed only when something did.
    """

    name: str
    meaning: str
    unit: Unit = TEXT
    values: tuple[str, ...] = ()
    rare: tuple[str, ...] = ()
    column: str = ""  # in the table, when it differs from `name`


@dataclass(frozen=True, slots=True)
class Measure(_Column):
    """A stored number that can be added up over days.

    `days` says how days become one: sum; last (a snapshot at the end of a day); distinct (through `through`, a table
    with one row per day, dimension and the day before on which the same thing was counted).
    `column` is the integer column that is read (money: `<name>_minor`); imported rows that lack it carry `stored`.
    """

    name: str
    unit: Unit
    meaning: str
    up_is_good: bool | None = None
    days: Literal["sum", "last", "distinct"] = "sum"
    column: str = ""
    stored: str = ""
    through: str = ""
    shown: bool = True

    @property
    def source_column(self) -> str:
        """The column of the table that is added up."""
        return self.column or (f"{self.name}_minor" if self.unit is MONEY else self.name)


@dataclass(frozen=True, slots=True)
class Ratio(_Column):
    """`part` divided by `whole` after adding up (names of measures), times the unit's factor; null unless whole > 0.

    `stored`: the rate of an imported row without parts. `moved_back`: days by which the window is moved into the past,
    for rates that need that long to be complete. `factor` replaces the unit's.
    """

    name: str
    unit: Unit
    meaning: str
    part: str = ""
    whole: str = ""
    up_is_good: bool | None = None
    stored: str = ""
    moved_back: int = 0
    factor: float | None = None


@dataclass(frozen=True, slots=True)
class Share(_Column):
    """`of` as a percentage of its sum over all rows (of the same bucket, where there are buckets)."""

    name: str
    meaning: str
    unit: Unit = PERCENT
    of: str = ""
    up_is_good: bool | None = None


@dataclass(frozen=True, slots=True)
class Change(_Column):
    """`of` against the window before: in percent, or (unit POINTS) the difference of two percentages."""

    name: str
    unit: Unit
    meaning: str
    of: str = ""
    up_is_good: bool | None = None


@dataclass(frozen=True, slots=True)
class Same(_Column):
    """Another name of column `of`, kept for clients that read it."""

    name: str
    unit: Unit
    meaning: str
    of: str = ""


@dataclass(frozen=True, slots=True)
class Computed(_Column):
    """A value that the dataset's own `rows` function fills, by the rule that `meaning` tells."""

    name: str
    unit: Unit
    meaning: str
    up_is_good: bool | None = None


Column = Dimension | Measure | Ratio | Share | Change | Same | Computed


@dataclass(frozen=True, slots=True)
class Option:
    """A query parameter of a dataset. Integers have bounds, texts may have choices; absent means `default`."""

    name: str
    meaning: str
    default: int | str | None = None
    low: int | None = None
    high: int | None = None
    choices: tuple[str, ...] = ()

    def read(self, value: object) -> int | str | None:
        """The value as the dataset takes it; raises PeriodError with a sentence."""
        if value is None:
            return self.default
        if self.low is None or self.high is None:
            text = str(value)
            if self.choices and text not in self.choices:
                raise PeriodError(f"Unknown {self.name} {text[:40]!r}: use {', '.join(self.choices)}, or leave it out.")
            return text
        text = str(value).strip()
        if not (text.isascii() and text.isdigit() and len(text) < 10 and self.low <= int(text) <= self.high):
            raise PeriodError(f"{self.name} is {text[:40]!r}: use a whole number from {self.low} to {self.high}.")
        return int(text)


@dataclass(frozen=True, slots=True)
class Dataset:
    """One address, one table, one definition.

    Read by everybody
      name        "revenue/attribution": the address below /api/
      title       the heading of its card
      definition  one paragraph in plain words: what it means, the formula, where the rows come from, caveats
      table       the summary table its rows come from (the first one, where a function reads several)
      columns     the JSON fields in order; `shown_columns` leaves out parts that are only read to divide
      kind        the JSON: object {"data": {}}, list {"data": []}, series {"categories": [], "series": []}, flat
      axis        total: the window is one; time: one row per bucket (and dimension), first column record_date;
                  snapshot: the state at the end of the window's last covered day; own: what `rows` says
      timeline    columns of Answer.frame where it is not `columns`: a timeline beside totals
      others      columns of further parts of the JSON, or of the answer to an option
      top, order  at most `top` rows, in `order` (a leading "-" is descending; the last names break ties)
      options     query parameters beside the window
      windowed    False: the answer does not depend on the window (live numbers, the bill, data sources)
      cached      False: no data version counts it, so fetch() reads it each time (the API keeps it for a second)

    Read by data/ alone
      rows        how rows are made where adding up the table's columns does not say it all
      shape       rows -> the JSON members beside success and meta, where the shape is its own
      of          what it tells of. "events": of the shop, in its currency, nothing where none came; "plan": what the
                  assistant costs, in the plan's currency; "server": what it measures of itself
      imported_snapshot  an imported row without neighbours (weekly, two-weekly) is a state, not a part of a sum
    """

    name: str
    title: str
    definition: str
    table: str
    columns: tuple[Column, ...]
    kind: Literal["object", "list", "series", "flat"] = "list"
    axis: Literal["total", "time", "snapshot", "own"] = "total"
    timeline: tuple[Column, ...] = ()
    others: tuple[Column, ...] = ()
    top: int | None = None
    order: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    windowed: bool = True
    cached: bool = True
    rows: Callable[[Reader, Dataset, Mapping[str, Any]], list[Row]] | None = field(default=None, repr=False)
    shape: Callable[[Reader, Dataset, Sequence[Row], Mapping[str, Any]], Shaped] | None = field(
        default=None, repr=False
    )
    imported_snapshot: bool = False
    of: Literal["events", "plan", "server"] = "events"
    dimensions: tuple[Dimension, ...] = field(init=False, repr=False, compare=False)
    """The dimensions apart from time."""

    def __post_init__(self) -> None:
        dimensions = (column for column in self.columns if isinstance(column, Dimension) and column.unit is not DATE)
        object.__setattr__(self, "dimensions", tuple(dimensions))

    @property
    def area(self) -> str:
        """`revenue` of `revenue/attribution`."""
        return self.name.partition("/")[0]

    @property
    def dated_table(self) -> str:
        """The table whose record_date tells which days are known; overview_kpis where its own has none."""
        return self.table if self.windowed and self.of != "server" else "overview_kpis"

    @property
    def needs_events(self) -> bool:
        """Whether a window without events has nothing to show."""
        return self.windowed and self.of == "events"

    @property
    def shown_columns(self) -> tuple[Column, ...]:
        """The columns of the JSON rows."""
        return tuple(column for column in self.columns if column.is_shown)

    @property
    def frame_columns(self) -> tuple[Column, ...]:
        """The columns of Answer.frame and of the CSV."""
        return self.timeline or self.shown_columns

    @property
    def has_money(self) -> bool:
        """True when a column is money, so that orders in another currency are missing from it."""
        return any(column.unit is MONEY for column in self.columns)

    def column(self, name: str) -> Column:
        """The column called `name`, of whatever part; KeyError when there is none."""
        for column in (*self.columns, *self.timeline, *self.others):
            if column.name == name:
                return column
        raise KeyError(name)

    def read_options(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Checked options with defaults filled in; raises PeriodError for a wrong or an unknown one."""
        known = {option.name: option for option in self.options}
        unknown = sorted(set(given) - set(known))
        if unknown:
            raise PeriodError(f"{self.name} has no option {unknown[0]!r}.")
        return {name: option.read(given.get(name)) for name, option in known.items()}
