"""The bill: the plan, the estimate as the sum of its lines, usage against what is free, and six months of it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from dash import html

from components import charts
from components.axes import Scale
from components.card import Drawing, Seen
from components.charts import Series
from components.format import bucket_in_words, day_in_words, days_in_words, decimal, is_nothing, number
from data.dataset import COUNT, MONEY
from data.period import Window

LINES: Final = (
    ("subscription_amount", "Subscription"),
    ("chat_amount", "Chat above the free conversations"),
    ("questionnaire_amount", "Questionnaires above the free ones"),
    ("image_amount", "Image analyses above the free ones"),
    ("routine_amount", "Routine plans above the free ones"),
)


def plan(seen: Seen) -> Drawing:
    """The plan, its price and when it renews."""
    data = seen.data()
    renewal = data["renewal_date"]
    return Drawing(
        content=[
            html.P(data["plan_name"], className="value"),
            html.P(f"{number(data['monthly_price'], MONEY, seen.currency)} per month"),
            html.Dl(
                [
                    html.Dt("this period"),
                    html.Dd(days_in_words(_date(data["billing_period_start"]), _date(data["billing_period_end"]))),
                    *([] if is_nothing(renewal) else [html.Dt("renews on"), html.Dd(day_in_words(_date(renewal)))]),
                ]
            ),
        ]
    )


def estimate(seen: Seen) -> Drawing:
    """Every line of the bill, and their sum."""
    data = seen.data()
    rows: list[list[Any]] = [[label, number(data[field], MONEY, seen.currency)] for field, label in LINES]
    rows.append(
        [
            {"text": "Estimated total", "tone": "total"},
            {"text": number(data["total_estimated"], MONEY, seen.currency), "tone": "total"},
        ]
    )
    head = [{"label": "Line"}, {"label": "Amount", "number": True}]
    return Drawing(table={"caption": "Estimate for this month", "head": head, "rows": rows})


def usage(seen: Seen) -> Drawing:
    """The newest month: used against free, and what the rest costs."""
    frame = seen.answer.frame
    newest = frame[frame["record_date"] == frame["record_date"].max()]
    rows = []
    for row in newest.to_dict("records"):
        free = row["free_limit"]
        share = None if is_nothing(free) or not free else row["used"] / free
        rows.append(
            [
                {"text": row["service_name"], "below": str(row["overage_rate"])},
                {
                    "text": number(row["used"], COUNT, seen.currency),
                    "bar": min(1.0, share or 0),
                    "tone": "bad" if share and share > 1 else "",
                },
                number(free, COUNT, seen.currency),
                "" if share is None else decimal(100 * share, 0) + "%",
                number(row["cost"], MONEY, seen.currency),
            ]
        )
    head = [
        {"label": "Feature"},
        {"label": "Used", "number": True, "bar": True},
        {"label": "Free", "number": True},
        {"label": "Of it", "number": True},
        {"label": "Overage", "number": True},
    ]
    month = bucket_in_words(_date(newest["record_date"].iloc[0]), "M")
    so_far = f"{month}{so_far_in_words(seen.window)}."
    return Drawing(table={"caption": f"Usage in {month}", "head": head, "rows": rows}, note=so_far)


def six_months(seen: Seen) -> Drawing:
    """Conversations per month, stacked by feature."""
    frame = seen.answer.frame
    so_far = so_far_in_words(seen.window)
    frame = frame.assign(partial=(frame["record_date"] == frame["record_date"].max()) & bool(so_far))
    figure = charts.stacked_bars(frame, "service_name", "used", Scale(COUNT, seen.currency, "M"))
    months = frame.groupby("record_date")[["used"]].sum().reset_index()
    words = charts.in_words(
        months, [Series("used", "Conversations")], lambda value: number(value, COUNT, seen.currency)
    )
    return Drawing(figure, words, note=f"The last month{so_far}." if so_far else "")


def so_far_in_words(window: Window) -> str:
    """What is to be said behind a month that ends with the window: nothing when the whole of it is counted."""
    if window.end >= window.today:
        return " is still running"
    return "" if (window.end + timedelta(days=1)).day == 1 else f" up to {day_in_words(window.end)}"


def _date(text: Any) -> date:
    return date.fromisoformat(str(text)[:10])
