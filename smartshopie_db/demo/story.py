"""The invented store, day by day: the way into this package."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from smartshopie_db.clock import LocalTime, date_of
from smartshopie_db.demo import backoffice
from smartshopie_db.demo.day import Day
from smartshopie_db.demo.effect import HOLDOUT
from smartshopie_db.demo.journey import visit_store
from smartshopie_db.demo.message import Dated
from smartshopie_db.demo.shoppers import LONGEST_LIFE, Calendar, Visit, cohort
from smartshopie_db.money import exponent
from smartshopie_db.plan import Plan, load_plan

DEFAULT_SEED: Final = 12
DEFAULT_DAYS: Final = 731  # a year, the year before it to compare with, and the day on which both touch
DEFAULT_VISITORS_PER_DAY: Final = 118.0


@dataclass(frozen=True, slots=True)
class Story:
    """What the invention depends on. Two equal stories tell the same events for the same days."""

    seed: int = DEFAULT_SEED
    visitors_per_day: float = DEFAULT_VISITORS_PER_DAY
    timezone: str = "UTC"
    currency: str = "EUR"
    plan: Plan = field(default_factory=load_plan)
    holdout: float = HOLDOUT


def tell(story: Story, first: int, last: int, until_ms: int) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """(day, its messages in order of time) for each day in [first, last]; nothing later than `until_ms`.

    A message belongs to a visit, and a visit is told when it begins on `first` or later: its consequences (a refund
    weeks later) come with it and stand on their own day. So an earlier `first` adds messages and changes none.
    """
    pending: defaultdict[int, list[Visit]] = defaultdict(list)
    outboxes: defaultdict[int, list[Dated]] = defaultdict(list)
    local, zone, units = LocalTime(story.timezone), ZoneInfo(story.timezone), 10 ** exponent(story.currency)
    calendar = Calendar.covering(first - LONGEST_LIFE, last)
    used: Counter[tuple[int, str]] = Counter()
    for number in range(first - LONGEST_LIFE, last + 1):
        born = cohort(calendar, story.seed, number, story.visitors_per_day, holdout=story.holdout)
        for visit in born.visits(first):
            pending[visit.day].append(visit)
        if number < first:
            continue
        today = Day.open(story.seed, number, zone, story.currency, units)
        outbox: list[Dated] = []
        for visit in sorted(pending.pop(number, ())):
            visit_store(visit, today, outbox)
        _count_usage(used, local, outbox)
        _back_office(story, today, used, first, outbox)
        for dated in outbox:
            if dated[0] <= until_ms:
                outboxes[max(number, local.day(dated[0]))].append(dated)
        yield number, [message for _, _, message in sorted(outboxes.pop(number, ()), key=_moment)]


def _moment(dated: Dated) -> tuple[int, str]:
    return dated[0], dated[1]


def _count_usage(used: Counter[tuple[int, str]], local: LocalTime, outbox: list[Dated]) -> None:
    for ms, _, message in outbox:
        if message.get("event") == "Conversation Started":
            date = date_of(local.day(ms))
            used[date.year * 12 + date.month, message["properties"]["feature"]] += 1


def _back_office(story: Story, today: Day, used: Counter[tuple[int, str]], first: int, outbox: list[Dated]) -> None:
    backoffice.review_predictions(story.seed, today, outbox)
    backoffice.phone_orders(story.seed, today, story.visitors_per_day, outbox)
    date = date_of(today.day)
    before = date - timedelta(days=1)
    if date.day == 1 and today.day - before.day > first:  # the whole month and the evening before it were told
        month = before.year * 12 + before.month
        usage = {feature: count for (at, feature), count in used.items() if at == month}
        backoffice.invoice(story.seed, today, before.replace(day=1), story.plan, usage, outbox)
