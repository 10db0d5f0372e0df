"""Groups of stored sums -> rows of a dataset: ratios divided, shares, comparisons, and at the very end the rounding."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, cast

from data.dataset import (
    MONEY,
    POINTS,
    Change,
    Column,
    Dataset,
    Measure,
    Ratio,
    Row,
    Same,
    Share,
    Unit,
)
from data.groups import Group, Groups, Number
from data.span import Span
from smartshopie_db.money import exponent

if TYPE_CHECKING:
    from data.period import Window
    from data.read import Reader


def made(reader: Reader, dataset: Dataset) -> list[Row]:
    """Rows by adding up the table's columns: in the units people read, not rounded; [] where nothing is known."""
    groups = reader.bucketed(dataset) if dataset.axis == "time" else reader.totals(dataset, reader.span)
    moved = _moved_back(reader, dataset)
    if dataset.axis != "time" and reader.covered_here:  # rates of the window are those of the days that events cover
        for group in groups.values():
            if group.events is None:
                group.pairs, group.rates = {}, {}
    rows = [_row(reader, dataset, key, group, moved) for key, group in groups.items()]
    if dataset.dimensions:
        told = [column.name for column in dataset.columns if isinstance(column, Measure | Ratio)]
        rows = [row for row in rows if any(row[name] is not None for name in told)]
    _add_shares(dataset, rows)
    if rows and any(isinstance(column, Change) for column in dataset.columns):
        _add_changes(reader, dataset, rows[0])
    _add_copies(dataset, rows)
    return ordered(dataset, rows)


def ordered(dataset: Dataset, rows: list[Row]) -> list[Row]:
    """Rows in the dataset's order (without one: buckets, then listed dimension values, then by name)."""
    if dataset.order:
        for name in reversed(dataset.order):
            plain = name.removeprefix("-")
            rows.sort(key=lambda row: _sortable(row[plain]), reverse=name != plain)
    else:
        rows.sort(key=lambda row: _place(dataset, row))
    return rows[: dataset.top]


def finished(reader: Reader, columns: Sequence[Column], rows: Iterable[Mapping[str, Any]]) -> list[Row]:
    """Rows with these columns alone, numbers rounded as their units say; a row that names its currency is in that."""
    digits = exponent(reader.currency)
    return [
        {c.name: rounded(row.get(c.name), c.unit, money_digits) for c in columns}
        for row in rows
        for money_digits in (exponent(row["currency"]) if "currency" in row else digits,)
    ]


def rounded(value: Any, unit: Unit, money_digits: int) -> Any:
    """A number with the decimals of its unit, without a negative zero; everything else as it is.

    A whole count is an integer; one that is not whole (an imported share in its place) keeps four decimals.
    """
    if not isinstance(value, float):
        return value
    if unit.digits == 0 and value.is_integer():
        return int(value)
    return round(value, money_digits if unit.digits is None else unit.digits or 4) + 0.0


def _row(reader: Reader, dataset: Dataset, key: tuple[Any, ...], group: Group, moved: Mapping[int, Groups]) -> Row:
    row: Row = {}
    position = 0
    if dataset.axis == "time":
        start = cast("date", key[0])
        row[dataset.columns[0].name] = start.isoformat()
        row["partial"] = start in reader.partial_buckets
        position = 1
    for dimension, value in zip(dataset.dimensions, key[position:], strict=True):
        row[dimension.name] = value
    for column in dataset.columns:
        if isinstance(column, Measure | Ratio):
            row[column.name] = _value(reader, column, group, moved, key)
    return row


def _value(
    reader: Reader, column: Column, group: Group, moved: Mapping[int, Groups], key: tuple[Any, ...]
) -> Number | None:
    if isinstance(column, Ratio):
        if column.moved_back and not _only_stored(column, group):
            group = moved.get(column.moved_back, {}).get(key, Group())
        ratio = group.ratio(column)
        return reader.money(ratio) if column.unit is MONEY and not _only_stored(column, group) else ratio
    number = group.measure(column.name)
    return reader.money(number) if column.unit is MONEY else number


def _only_stored(ratio: Ratio, group: Group) -> bool:
    """True when there are no parts to divide, only rates of imported rows (already in the unit people read)."""
    return group.events is None and ratio.name not in group.pairs


def _moved_back(reader: Reader, dataset: Dataset) -> dict[int, Groups]:
    """The same sums over the window moved into the past, for the ratios that need it."""
    moved: dict[int, Groups] = {}
    for ratio in dataset.columns:
        if isinstance(ratio, Ratio) and ratio.moved_back:
            if ratio.moved_back not in moved:
                window = reader.window.shifted(-ratio.moved_back)
                moved[ratio.moved_back] = reader.totals(dataset, Span(window.start, window.end))
            if reader.covered_here:
                reader.note_moved(ratio.label, ratio.moved_back)
    return moved


def _add_shares(dataset: Dataset, rows: Sequence[Row]) -> None:
    bucket = dataset.columns[0].name if dataset.axis == "time" else ""
    for column in dataset.columns:
        if not isinstance(column, Share):
            continue
        wholes: dict[Any, Number] = {}
        for row in rows:
            part = row[column.of]
            wholes[row.get(bucket)] = wholes.get(row.get(bucket), 0) + (part or 0)
        for row in rows:
            whole, part = wholes[row.get(bucket)], row[column.of]
            row[column.name] = part * 100.0 / whole if part is not None and whole > 0 else None


def _add_changes(reader: Reader, dataset: Dataset, row: Row) -> None:
    """Changes against the window before; null where it is not known in full."""
    sides = reader.window.compared()
    changes = [column for column in dataset.columns if isinstance(column, Change)]
    row.update({change.name: None for change in changes})
    if sides is None:
        return
    now, before = sides
    if reader.days_known(dataset.table, Span(before.start, before.end)) < before.days:
        return
    reader.change_basis = f"{now.start} to {now.end} against {before.start} to {before.end}"
    values = {side: _figures(reader, dataset, side, row) for side in (now, before)}
    for change in changes:
        new, old = values[now].get(change.of), values[before].get(change.of)
        if new is None or old is None:
            continue
        if change.unit is POINTS:
            row[change.name] = new - old
        elif old > 0:
            row[change.name] = (new - old) * 100.0 / old


def _figures(reader: Reader, dataset: Dataset, window: Window, row: Row) -> Mapping[str, Any]:
    if window == reader.window:
        return row
    group = reader.totals(dataset, Span(window.start, window.end)).get(())
    if group is None:
        return {}
    columns = (column for column in dataset.columns if isinstance(column, Measure | Ratio))
    return {column.name: _value(reader, column, group, {}, ()) for column in columns}


def _add_copies(dataset: Dataset, rows: Iterable[Row]) -> None:
    copies = [column for column in dataset.columns if isinstance(column, Same)]
    for row in rows:
        row.update({column.name: row.get(column.of) for column in copies})


def _place(dataset: Dataset, row: Row) -> tuple[Any, ...]:
    bucket = row[dataset.columns[0].name] if dataset.axis == "time" else ""
    places: list[Any] = [bucket]
    for dimension in dataset.dimensions:
        value = row[dimension.name]
        listed = dimension.values.index(value) if value in dimension.values else len(dimension.values)
        places += [listed, str(value)]
    return tuple(places)


def _sortable(value: Any) -> tuple[bool, Any]:
    """Nulls below every number, text before none."""
    return (value is not None, value if value is not None else 0)


def empty_row(columns: Iterable[Column], day: str) -> Row:
    """An object about which nothing is known; its date says which day was asked for."""
    return {column.name: day if column.name == "record_date" else None for column in columns}

