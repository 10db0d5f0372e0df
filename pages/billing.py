"""Billing: what the assistant costs, and how much of the plan is used."""

from dash import register_page

from components.bill import estimate, plan, six_months, usage
from components.card import Card
from components.draw import Bars, rows
from components.page import Page, show

register_page(
    __name__, path="/billing", name="Billing", title="Billing · SmartShopie Analytics", order=9, icon="billing"
)

layout = show(Page("billing", "Billing", "The plan, what has been used of it, and what this month will cost.", (
    Card("billing/summary", plan, kind="figures", span=4, title="Plan", part="plan"),
    Card("billing/summary", estimate, kind="table", span=4, title="Estimate for this month", part="estimate"),
    Card("billing/alerts", rows(Bars("Alert", "title", below="message")), kind="table", span=4,
         empty="No feature has used 80% of its free conversations this month."),
    Card("billing/usage-breakdown", usage, kind="table", span=6, title="Usage against the plan", part="limits"),
    Card("billing/usage-breakdown", six_months, span=6, title="Usage of six months", part="trend"),
    Card("billing/payment-history", rows(
        Bars("Date", "payment_date"), Bars("For", "description"), Bars("Amount", "amount"), Bars("Status", "status"),
    ), kind="table", span=12, empty="No payment has been reported yet."),
)))  # fmt: skip
