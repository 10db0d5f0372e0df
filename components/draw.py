"""Drawing functions for cards: answers -> a figure or a table, made from the words of a page's literal."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

import pandas as pd

from components import charts
from components.axes import Scale
from components.card import Drawing, Seen
from components.charts import Series
from components.format import NOTHING, bucket_in_words, decimal, is_nothing, number
from data.dataset import PERCENT, Column, Unit
from data.fetch import Answer, fetch
from data.period import resolve
from smartshopie_db.clock import date_of

Draw = Callable[[Seen], Drawing]

MOST_STACKED: Final = 6  # as many series as there are colours


class Bars(NamedTuple):
    """A column of a list: its label, the frame's column, and whether its cells carry a bar."""

    label: str
    column: str
    bar: bool = False
    below: str = ""  # a column whose text stands small below


def _scale(seen: Seen, column: Column, at: int = 0) -> Scale:
    return Scale(column.unit, seen.currency, seen.answers[at].window.grain)


def _writer(seen: Seen, unit: Unit) -> Callable[[Any], str]:
    return lambda value: number(value, unit, seen.currency)


def _chart(kind: Callable[..., charts.Figure], series: Sequence[Series], x: str, **how: bool) -> Draw:
    """The series of an answer's frame as one kind of chart."""

    def draw(seen: Seen) -> Drawing:
        answer = seen.answer
        column = answer.dataset.column(series[0].column)
        figure = kind(answer.frame, series, _scale(seen, column), x=x, **how)
        return Drawing(figure, charts.in_words(answer.frame, series, _writer(seen, column.unit), x=x))

    return draw


def lines(*series: Series, x: str = "record_date", area: bool = False) -> Draw:
    """Lines over time."""
    return _chart(charts.lines, series, x, area=area)


def lines_by(by: str, value: str) -> Draw:
    """Lines over time, one per value of a column."""

    def draw(seen: Seen) -> Drawing:
        column = seen.answer.dataset.column(value)
        wide, series = spread(seen.answer, by, value)
        figure = charts.lines(wide, series, _scale(seen, column))
        return Drawing(figure, charts.in_words(wide, series, _writer(seen, column.unit)))

    return draw


def spread(answer: Answer, by: str, value: str) -> tuple[pd.DataFrame, list[Series]]:
    """Long rows -> one row per bucket of the window with a column per value of `by`, and the series of these."""
    names = sorted({name for name in answer.columns[by] if name is not None})
    buckets = answer.window.buckets()
    wide = pd.DataFrame({"partial": [bucket.partial for bucket in buckets]}, index=[str(b.start) for b in buckets])
    for name in names:
        wide[name] = answer.frame[answer.frame[by] == name].set_index("record_date")[value]
    return wide.rename_axis("record_date").reset_index(), [Series(name, name) for name in names]


def stacked(by: str, value: str) -> Draw:
    """Stacked bars over time, one colour per value of a column: declared ones in their order, else the largest ones."""

    def draw(seen: Seen) -> Drawing:
        dataset, frame = seen.answer.dataset, seen.answer.frame
        dimension, column = dataset.column(by), dataset.column(value)
        totals = frame.groupby(by)[value].sum().sort_values(ascending=False, kind="stable")
        declared = [name for name in getattr(dimension, "values", ()) if name in totals.index]
        order = [*declared, *(str(name) for name in totals.index if name not in declared)]
        note = ""
        if len(order) > MOST_STACKED:
            frame, order = together(frame, by, value, order[: MOST_STACKED - 1])
            note = f"The {MOST_STACKED - 1} largest, and all others together; the table has every one."
        figure = charts.stacked_bars(frame, by, value, _scale(seen, column), order=order)
        write = _writer(seen, column.unit)
        words = ", ".join(f"{name} {write(amount)}" for name, amount in totals.items())
        return Drawing(figure, f"Over the window: {words}.", note=note)

    return draw


def together(frame: pd.DataFrame, by: str, value: str, kept: Sequence[str]) -> tuple[pd.DataFrame, list[str]]:
    """The rows with every other value of `by` added up as one, and the names in order."""
    others = "All others"
    named = frame.assign(**{by: frame[by].where(frame[by].isin(kept), others)})
    added = named.groupby(["record_date", by], sort=False).agg({value: "sum", "partial": "max"}).reset_index()
    return added, [*kept, others]


def bars(*series: Series, x: str = "record_date", stack: bool = False) -> Draw:
    """Bars over time or over groups."""
    return _chart(charts.bars, series, x, stacked=stack)


def bars_and_rate(bar: Series, *more: Series, rate: Series) -> Draw:
    """Bars side by side, and a rate as a line on the right axis."""

    def draw(seen: Seen) -> Drawing:
        answer = seen.answer
        quantity, ratio = answer.dataset.column(bar.column), answer.dataset.column(rate.column)
        figure = charts.bars_and_line(answer.frame, (bar, *more), rate, _scale(seen, quantity), _scale(seen, ratio))
        words = charts.in_words(answer.frame, (bar, *more), _writer(seen, quantity.unit))
        return Drawing(figure, f"{words} {charts.in_words(answer.frame, [rate], _writer(seen, ratio.unit))}")

    return draw


def growth(value: str, label: str) -> Draw:
    """Bars of the sum per bucket, and its growth over the bucket before where both are whole."""

    def draw(seen: Seen) -> Drawing:
        answer, unit = seen.answer, seen.answer.dataset.column(value).unit
        frame = charts.with_growth(cut_where_events_begin_and_end(seen, answer, per_date(answer, value)), value)
        figure = charts.bars(frame, [Series(value, label)], Scale(unit, seen.currency, answer.window.grain))
        charts.write_growth(figure, frame)
        write = _writer(seen, unit)
        note = "Growth is against the one before, and only between complete ones."
        table = {
            "caption": label,
            "head": [{"label": "Bucket"}, {"label": label, "number": True}, {"label": "Growth", "number": True}],
            "rows": [_growth_row(row, value, answer.window.grain, write) for row in frame.to_dict("records")],
        }
        return Drawing(figure, charts.in_words(frame, [Series(value, label)], write), table=table, note=note)

    return draw


def _growth_row(row: Mapping[Any, Any], value: str, grain: str, write: Callable[[Any], str]) -> list[str]:
    place = bucket_in_words(date.fromisoformat(row["record_date"]), grain) + (" (incomplete)" if row["partial"] else "")
    rate = row["growth"]
    return [place, write(row[value]), NOTHING if is_nothing(rate) else f"{'+' if rate > 0 else ''}{decimal(rate, 1)}%"]


def cut_where_events_begin_and_end(seen: Seen, answer: Answer, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame of an answer with the buckets marked as not whole that hold days before or after the store's events."""
    covered = seen.db.covered()
    if covered is None or seen.answer.meta["source"] != "events":
        return frame
    first, newest = map(date_of, covered)
    cut = [
        bucket.start.isoformat() for bucket in answer.window.buckets()
        if bucket.start < first <= bucket.last or bucket.first <= newest < bucket.last
    ]  # fmt: skip
    return frame.assign(partial=frame["partial"].astype(bool) | frame["record_date"].isin(cut))


def sums(answer: Answer, value: str, x: str) -> dict[str, tuple[float, bool]]:
    """Per date the sum of its rows (NaN: no row has a value), and whether one of them is not whole."""
    added: dict[str, tuple[float, bool]] = {}
    places, amounts = answer.columns[x], answer.columns[value]
    cuts = answer.columns.get("partial", [False] * len(places))
    for place, amount, cut in zip(places, amounts, cuts, strict=True):  # pandas' groupby takes 2 ms to begin
        before, was_cut = added.get(place, (math.nan, False))
        known = before if is_nothing(amount) else amount if is_nothing(before) else before + amount
        added[place] = known, bool(was_cut or cut)
    return added


def per_date(answer: Answer, value: str, x: str = "record_date") -> pd.DataFrame:
    """Rows added up per date; a date without any value stays empty."""
    added = sums(answer, value, x)
    columns = {value: [known for known, _ in added.values()], "partial": [cut for _, cut in added.values()]}
    return pd.DataFrame({x: list(added), **columns})


def forecast(seen: Seen) -> Drawing:
    """Net revenue of past months beside the months ahead; the method and its error in the note."""
    ahead = seen.answer.frame
    year = resolve(
        start=str(seen.window.as_of - timedelta(days=364)),
        end=str(seen.window.as_of),
        grain="M",
        today=seen.window.today,
    )
    sold = fetch(seen.db, "products/category-performance", year)
    history = cut_where_events_begin_and_end(seen, sold, per_date(sold, "total_revenue"))  # all categories: the store
    figure = charts.forecast(
        history, "total_revenue", ahead, Scale(seen.answer.dataset.column("predicted_revenue").unit, seen.currency, "M")
    )
    write = _writer(seen, seen.answer.dataset.column("predicted_revenue").unit)
    note = _method_in_words(ahead.iloc[0])
    return Drawing(
        figure, charts.in_words(ahead, [Series("predicted_revenue", "Forecast")], write, x="forecast_date"), note=note
    )


def _method_in_words(first: Any) -> str:
    """How a forecast was made and how wrong the method has been, as far as that is known."""
    parts = [] if is_nothing(first["method"]) else [f"Method: {first['method']}."]
    if not is_nothing(first["lower_bound"]) and not is_nothing(first["confidence_level"]):
        parts.append(f"The shaded interval should hold {100 * first['confidence_level']:.0f}% of months.")
    error = first["backtest_error"]
    parts.append(
        "How far the method was off on past months is not known."
        if is_nothing(error)
        else f"On past months (weeks, while the store is young) the method was off by {decimal(error, 1)}% on average."
    )
    return " ".join(parts)


def rows(*columns: Bars) -> Draw:
    """A table, or with bars a ranked list: the cells of a bar column carry a bar against the column's highest value.

    A row that names its currency has its amounts in it.
    """

    def draw(seen: Seen) -> Drawing:
        dataset = seen.answer.dataset
        records = seen.answer.records()
        highest = {
            one.column: max((abs(row[one.column]) for row in records if not is_nothing(row[one.column])), default=0)
            for one in columns
            if one.bar
        }

        def cell(one: Bars, row: Mapping[Any, Any]) -> Any:
            text = number(row[one.column], dataset.column(one.column).unit, row.get("currency") or seen.currency)
            below = number(row[one.below], dataset.column(one.below).unit, seen.currency) if one.below else ""
            share = 0.0
            if one.bar and highest[one.column] and not is_nothing(row[one.column]):
                share = round(abs(row[one.column]) / highest[one.column], 4)
            return {"text": text, "below": below, "bar": share} if one.bar or one.below else text

        head = [
            {"label": one.label, "number": dataset.column(one.column).unit.is_number, "bar": one.bar} for one in columns
        ]
        return Drawing(
            table={
                "caption": dataset.title,
                "head": head,
                "rows": [[cell(one, row) for one in columns] for row in records],
            }
        )

    return draw


def totals(whole: str, *parts: Series) -> Draw:
    """The numbers of an object as a list under their total, each with its share of it."""

    def draw(seen: Seen) -> Drawing:
        data, unit = seen.data(), seen.answer.dataset.column(whole).unit
        total = data[whole]
        lines_ = [
            [
                one.label,
                {
                    "text": number(data[one.column], unit, seen.currency),
                    "bar": round(data[one.column] / total, 4) if total else 0,
                },
                number(100 * data[one.column] / total, PERCENT, seen.currency) if total else NOTHING,
            ]
            for one in parts
        ]
        last = [{"text": "All", "tone": "total"}, {"text": number(total, unit, seen.currency), "tone": "total"}, ""]
        head = [
            {"label": "Feature"},
            {"label": "Conversations", "number": True, "bar": True},
            {"label": "Share", "number": True},
        ]
        return Drawing(table={"caption": seen.answer.dataset.title, "head": head, "rows": [*lines_, last]})

    return draw
