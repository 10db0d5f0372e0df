"""What the assistant costs: usage of a month, priced by the plan; and what it brings against that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from data.dataset import Dataset, Row
from data.read import Reader
from data.rows import made
from data.span import Span
from smartshopie_db.money import exponent
from smartshopie_db.plan import Bill, BillLine, Plan, next_renewal, price
from smartshopie_db.rollups.names import SERVICE_NAMES

Options = Mapping[str, Any]

MONTHS_SHOWN: Final = 6
DAYS_PER_MONTH: Final = 30.44
WARN_AT: Final = 80.0  # percent of the free units


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month as far as the window's last day.

    `bill`: what the plan asks for the usage counted from events (a plan is paid without any, too). `stored`: imported
    rows, which speak for a month that events do not cover.
    """

    first: date
    last: date
    bill: Bill
    stored: tuple[Row, ...] = ()


# ---------------------------------------------------------------------- revenue against cost
def revenue_summary(reader: Reader, dataset: Dataset, _options: Options) -> list[Row]:
    """Order values with and without the assistant; what it costs and brings per month."""
    rows = made(reader, dataset)
    if reader.covered_here is None:
        return [row | _stored_return(reader, dataset) for row in rows]
    return [row | _without(row) | _return(reader, dataset, row) for row in rows]


def _without(row: Row) -> Row:
    """The orders that are not credited, and how much more the credited ones are worth."""
    orders, revenue = row["orders"] - row["ai_orders"], row["order_revenue"] - row["ai_order_revenue"]
    without = revenue / orders if orders > 0 else None
    credited = row["avg_order_value_with_ai"]
    more = (credited - without) * 100.0 / without if credited is not None and without else None
    return {"avg_order_value_without_ai": without, "avg_order_value_improvement": more}


def _return(reader: Reader, dataset: Dataset, row: Row) -> Row:
    plan = _plan(reader)
    days = reader.covered_here.days if reader.covered_here else 0
    monthly = _impact_of_events(reader, dataset, row) / days * DAYS_PER_MONTH if days else None
    if plan.currency != reader.currency:
        reader.warn(f"The plan is priced in {plan.currency}, the store sells in {reader.currency}: no return on it.")
        return {"monthly_investment": None, "monthly_return": monthly, "roi_percentage": None, "roi": None}
    bill = price(plan, _usage(reader, _month_to(reader.window.end)))
    investment = bill.total_minor / reader.minor_per_unit
    gain = (monthly - investment) / investment if monthly is not None and investment > 0 else None
    return {
        "monthly_investment": investment, "monthly_return": monthly, "roi": gain,
        "roi_percentage": None if gain is None else gain * 100.0,
    }  # fmt: skip


def _impact_of_events(reader: Reader, dataset: Dataset, row: Row) -> float:
    """The revenue impact of the days that events cover: the return is divided by these alone."""
    if reader.covered_here is None or not reader.imported_span(dataset, reader.span):
        return float(row["total_revenue_impact"])
    days = reader.covered_here.days
    reader.note(f"Return per month and ROI: over the {days} days that events cover, without the imported ones.")
    group = reader.totals(dataset, reader.covered_here)[()]
    return float(reader.money(group.measure("total_revenue_impact")) or 0.0)


def _stored_return(reader: Reader, dataset: Dataset) -> Row:
    """Of imported days: the mean of what is stored per month."""
    names = ("avg_order_value_improvement", "monthly_investment", "monthly_return", "roi_percentage")
    days = [day.isoformat() for day in reader.imported_span(dataset, reader.span)]
    columns = ", ".join(f"AVG({name})" for name in names)
    sql = f"SELECT {columns} FROM {dataset.table} WHERE source = 'imported' AND record_date IN :days"
    row = dict(zip(names, reader.rows(sql, {"days": days})[0], strict=True))
    percentage = row["roi_percentage"]
    return row | {"roi": None if percentage is None else percentage / 100.0}


# ---------------------------------------------------------------------- the bill
def billing_summary(reader: Reader, _dataset: Dataset, _options: Options) -> list[Row]:
    """The as-of day's month so far; an imported month as it is stored."""
    plan = _plan(reader)
    month = _months(reader, 1)[-1]
    period: Row = {
        "billing_period_start": month.first.isoformat(), "billing_period_end": _month_end(month.first).isoformat(),
        "plan_name": plan.name,
    }
    stored = _stored_bill(reader, month)
    if stored is not None:
        return [stored]
    lines = {f"{line.feature}_amount": _amount(plan, line.amount_minor) for line in month.bill.lines}
    subscription, overage = _amount(plan, month.bill.subscription_minor), _amount(plan, month.bill.overage_minor)
    total = _amount(plan, month.bill.total_minor)
    return [
        period | {f"{feature}_amount": 0.0 for feature in SERVICE_NAMES} | lines | {
            "renewal_date": next_renewal(plan, reader.window.end).isoformat(), "monthly_price": subscription,
            "base_cost": subscription, "subscription_amount": subscription, "usage_cost": overage,
            "overage_amount": overage, "total_cost": total, "total_estimated": total,
            "api_calls": _requests(reader, month), "data_processed_gb": None,
        }
    ]  # fmt: skip


def usage_breakdown(reader: Reader, _dataset: Dataset, _options: Options) -> list[Row]:
    """Six months and their features, without the months before the first known day."""
    first = reader.covered.first if reader.covered else date.max
    months = [month for month in _months(reader, MONTHS_SHOWN) if month.stored or month.last >= first]
    return [row for month in months for row in _usage_rows(reader, month)]


def _usage_rows(reader: Reader, month: Month) -> list[Row]:
    plan = _plan(reader)
    return list(month.stored) or [_usage_row(plan, month, line) for line in month.bill.lines]


def _usage_row(plan: Plan, month: Month, line: BillLine) -> Row:
    cost = _amount(plan, line.amount_minor)
    return {
        "record_date": month.first.isoformat(), "month": f"{month.first:%Y-%m}", "usage_type": line.feature,
        "service_name": SERVICE_NAMES[line.feature], "usage_count": line.used, "used": line.used,
        "total_usage": line.used, "free_limit": line.free_units, "cost": cost,
        "overage_rate": f"{_rate(plan, line.overage_rate)} {plan.currency} each above {line.free_units}",
        "overage_cost": f"{cost:.{exponent(plan.currency)}f} {plan.currency}",
    }  # fmt: skip


def usage_alerts(reader: Reader, _dataset: Dataset, _options: Options) -> list[Row]:
    """Features of the as-of day's month with 80 % or more of their free units used, the fullest first."""
    alerts: list[tuple[float, Row]] = []
    for row in _usage_rows(reader, _months(reader, 1)[-1]):
        free, used = row["free_limit"], row["used"]
        if not free or used is None or used * 100.0 / free < WARN_AT:
            continue
        over = used > free
        state = "above the free units" if over else f"free units {'nearly ' if used < free else ''}used up"
        percent = f"{used * 100.0 / free:.1f}".removesuffix(".0") if over else used * 100 // free  # 100: all of them
        costs = f" Overage so far: {row['overage_cost']}." if over and row["cost"] is not None else ""
        alerts.append((used / free, {
            "level": "error" if over else "warning",
            "title": f"{row['service_name']}: {state}",
            "message": f"{used:,} of {free:,} free units used ({percent} %).{costs}",
        }))  # fmt: skip
    alerts.sort(key=lambda alert: (-alert[0], alert[1]["title"]))
    return [row for _, row in alerts]


def payments(reader: Reader, dataset: Dataset, _options: Options) -> list[Row]:
    """Invoices, the newest first (ties by invoice)."""
    names = [column.name for column in dataset.columns]
    sql = f"SELECT source, {', '.join(names)} FROM {dataset.table} ORDER BY payment_date DESC, invoice_id, source"
    found = reader.rows(sql)
    reader.sources |= {row[0] for row in found}
    rows = [dict(zip(names, row[1:], strict=True)) for row in found]
    return [row | {"currency": row["currency"] or reader.currency} for row in rows]


# ---------------------------------------------------------------------- months
def _months(reader: Reader, count: int) -> list[Month]:
    """The as-of day's month so far and those before it, the oldest first."""
    span = _month_to(reader.window.end)
    months: list[Month] = []
    for _ in range(count):
        months.append(_month(reader, span))
        span = _month_to(span.first - timedelta(days=1))
    return months[::-1]


def _month(reader: Reader, span: Span) -> Month:
    if reader.covered and span.meet(reader.covered):
        reader.sources.add("events")
        return Month(span.first, span.last, price(_plan(reader), _usage(reader, span)))
    columns = ("record_date", "service_name", "usage_count", "cost", "usage_type", "used", "free_limit",
               "overage_rate", "overage_cost", "total_usage")  # fmt: skip
    sql = (
        f"SELECT {', '.join(columns)} FROM usage_breakdown WHERE source = 'imported' "
        "AND record_date BETWEEN :first AND :last ORDER BY record_date, usage_type"
    )
    bounds = span.bounds() | {"last": _month_end(span.first).isoformat()}
    found = reader.rows(sql, bounds)
    rows = tuple(dict(zip(columns, row, strict=True)) | {"month": f"{span.first:%Y-%m}"} for row in found)
    if rows:
        reader.sources.add("imported")
    return Month(span.first, span.last, price(_plan(reader), {}), rows)


def _stored_bill(reader: Reader, month: Month) -> Row | None:
    """The imported bill of a month that events do not cover."""
    if reader.covered and Span(month.first, month.last).meet(reader.covered):
        return None
    columns = [
        "billing_period_start", "billing_period_end", "plan_name", "base_cost", "usage_cost", "total_cost", "api_calls",
        "data_processed_gb", "monthly_price", "renewal_date", "subscription_amount", "chat_amount", "image_amount",
        "questionnaire_amount", "routine_amount", "overage_amount", "total_estimated",
    ]  # fmt: skip
    sql = (
        f"SELECT {', '.join(columns)} FROM billing_summary WHERE source = 'imported' "
        "AND billing_period_start BETWEEN :first AND :last ORDER BY billing_period_start"
    )
    rows = reader.rows(sql, Span(month.first, _month_end(month.first)).bounds())
    if not rows:
        return None
    reader.sources.add("imported")
    reader.note("As stored in the imported database; its lines need not add up.")
    return dict(zip(columns, rows[-1], strict=True))


def _usage(reader: Reader, span: Span) -> dict[str, int]:
    sql = (
        "SELECT usage_type, SUM(used) FROM usage_breakdown WHERE source = 'events' "
        "AND record_date BETWEEN :first AND :last GROUP BY usage_type"
    )
    return {str(feature): int(used) for feature, used in reader.rows(sql, span.bounds())}


def _requests(reader: Reader, month: Month) -> int | None:
    sql = (
        "SELECT SUM(request_count) FROM api_endpoints WHERE source = 'events' AND record_date BETWEEN :first AND :last"
    )
    count = reader.rows(sql, Span(month.first, month.last).bounds())[0][0]
    return None if count is None else int(count)


def _plan(reader: Reader) -> Plan:
    return reader.store.settings.plan


def _month_to(day: date) -> Span:
    """The calendar month of a day, as far as that day."""
    return Span(day.replace(day=1), day)


def _month_end(first: date) -> date:
    return first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1) - timedelta(days=1)


def _amount(plan: Plan, minor: int) -> float:
    return minor / float(10 ** exponent(plan.currency))


def _rate(plan: Plan, rate: Decimal) -> str:
    """A price with at least the currency's decimals."""
    digits = max(exponent(plan.currency), -int(rate.normalize().as_tuple().exponent))
    return f"{rate:.{digits}f}"
