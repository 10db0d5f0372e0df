"""What comes from no browser: reviews of the models' predictions, orders by telephone, the assistant's own invoices."""

from collections.abc import Mapping
from datetime import date
from typing import Final

import numpy as np

from smartshopie_db.clock import HOUR_MS, date_of
from smartshopie_db.demo import traffic
from smartshopie_db.demo.catalogue import CONCERNS
from smartshopie_db.demo.day import Day
from smartshopie_db.demo.message import SERVER, Client, Dated, uuid
from smartshopie_db.demo.models import MODELS, reviewed
from smartshopie_db.demo.orders import Basket, money
from smartshopie_db.money import from_minor
from smartshopie_db.plan import Plan, price

_REVIEWS: Final = (4.5, 0.7)  # mean reviews per model: on workdays, at weekends
_PHONE_ORDERS: Final = 0.0006  # per visit of an average day
_CONTEXT: Final = {"library": SERVER}


def review_predictions(seed: int, day: Day, outbox: list[Dated]) -> None:
    """People check a sample of what each model version recognised."""
    random = np.random.default_rng([seed, day.day, 5])
    client = Client(outbox, uuid("review", seed, day.day)[:13], _CONTEXT, "review-desk")
    mean = _REVIEWS[date_of(day.day).weekday() >= 5]
    seen = [concern.weight for concern in CONCERNS]
    chances = np.asarray(seen) / sum(seen)
    for index in reviewed(day.day):
        model = MODELS[index]
        for _ in range(random.poisson(mean)):
            actual = int(random.choice(len(CONCERNS), p=chances))
            predicted = actual if random.random() < model.accuracy else _confused(random, actual)
            at = day.midnight_ms + int((9 + 8 * random.random()) * HOUR_MS)
            about = {"model": model.name, "predicted": CONCERNS[predicted].name, "actual": CONCERNS[actual].name}
            client.track(at, "Prediction Reviewed", about)


def _confused(random: np.random.Generator, actual: int) -> int:
    """Another concern, mostly of the same category."""
    same = [concern.category == CONCERNS[actual].category for concern in CONCERNS]
    weights = np.where(same, 4.0, 1.0)
    weights[actual] = 0
    return int(random.choice(len(CONCERNS), p=weights / weights.sum()))


def phone_orders(seed: int, day: Day, visitors_per_day: float, outbox: list[Dated]) -> None:
    """Orders typed in by the staff: neither a userId nor an anonymousId, a guest's."""
    random = np.random.default_rng([seed, day.day, 6])
    expected = _PHONE_ORDERS * visitors_per_day * traffic.growth(day.day) * traffic.demand(day.day)
    for number in range(random.poisson(expected)):
        client = Client(outbox, uuid("phone", seed, day.day, number)[:18], _CONTEXT)
        chosen = {day.pick(day.wanted): 1 for _ in range(1 + random.poisson(0.8))}
        order_id = f"TEL-{date_of(day.day):%y%m%d}-{seed}-{number + 1}"
        amounts, _ = money(day, order_id, Basket(tuple(chosen.items()), None, 0))
        client.track(day.midnight_ms + int((9 + 9 * random.random()) * HOUR_MS), "Order Completed", amounts)


def invoice(seed: int, day: Day, month: date, plan: Plan, usage: Mapping[str, int], outbox: list[Dated]) -> None:
    """On the first of the next month (`day`) the assistant of `month` is paid, by the plan and what was used."""
    amount = from_minor(price(plan, usage).total_minor, plan.currency)
    number = f"INV-{month:%Y-%m}"
    client = Client(outbox, uuid("invoice", seed, day.day)[:13], _CONTEXT, "billing")
    client.track(
        day.midnight_ms + 6 * HOUR_MS,
        "Invoice Paid",
        {
            "invoice_id": number,
            "amount": amount,
            "currency": plan.currency,
            "description": f"{plan.name}, {month:%B %Y}",
            "status": "paid",
            "invoice_url": f"https://billing.example/invoices/{number}",
        },
    )
