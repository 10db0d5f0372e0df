"""Planted mistakes: each must make an answer differ from the calculation.

All of them:  python -m tests.oracle.mutations
Each mistake is a replacement in one file of a temporary copy of the project, checked by a process of its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
COPIED = ("smartshopie_db", "data", "tests/oracle", "tests/streams", "tests/opening.py", "database_schema.sql")
AGREES, DIFFERS = 0, 3  # a program that fails ends with 1


@dataclass(frozen=True)
class Mutation:
    """One mistake: `old` stands exactly once in the file."""

    name: str
    file: str
    old: str
    new: str


ROLLUPS, DERIVE = "smartshopie_db/rollups", "smartshopie_db/derive"
MUTATIONS = (
    Mutation(
        "a refund adds to its category",
        f"{ROLLUPS}/category_revenue.sql",
        "-SUM(amount_minor),\n           -SUM(CASE",
        "SUM(amount_minor),\n           -SUM(CASE",
    ),
    Mutation(
        "an order counts once per line",
        f"{ROLLUPS}/category_performance.sql",
        "COUNT(DISTINCT order_id)",
        "COUNT(*)",
    ),
    Mutation(
        "a converted session is an abandoned cart",
        f"{ROLLUPS}/conversion_analytics.sql",
        "has_product_added = 1 AND orders = 0 THEN 1",
        "has_product_added = 1 THEN 1",
    ),
    Mutation(
        "a cart without a view counts in the funnel",
        f"{ROLLUPS}/conversion_funnel.sql",
        "SUM(CASE WHEN has_product_view = 1 AND has_product_added = 1 THEN 1",
        "SUM(CASE WHEN has_product_added = 1 THEN 1",
    ),
    Mutation(
        "every conversion is the assistant's",
        f"{ROLLUPS}/conversion_trends.sql",
        "credited_orders > 0",
        "orders > 0",
    ),
    Mutation(
        "another currency's amount counts as if it were ours",
        f"{ROLLUPS}/revenue_attribution.sql",
        "CASE WHEN in_store_currency = 1 THEN revenue_minor ELSE 0 END",
        "revenue_minor",
    ),
    Mutation(
        "every reversal takes from the assistant",
        f"{ROLLUPS}/overview_kpis.sql",
        ":last_day AND credited_feature IS NOT NULL",
        ":last_day",
    ),
    Mutation(
        "averages hold orders in other currencies",
        f"{ROLLUPS}/revenue_summary.sql",
        " AND in_store_currency = 1",
        "",
    ),
    Mutation(
        "every rating is one of helpfulness",
        f"{ROLLUPS}/customer_satisfaction.sql",
        "SUM(CASE WHEN aspect = 'helpfulness' THEN 1 ELSE 0 END)",
        "COUNT(*)",
    ),
    Mutation(
        "an anonymous visitor is a customer",
        f"{ROLLUPS}/customer_cohorts.sql",
        "WHERE first_day BETWEEN :first_day AND :last_day AND is_customer = 1",
        "WHERE first_day BETWEEN :first_day AND :last_day",
    ),
    Mutation(
        "a pause of exactly 30 minutes keeps a session open",
        f"{DERIVE}/sessions.py",
        "GAP_MS = 30 * 60_000",
        "GAP_MS = 30 * 60_000 + 1",
    ),
    Mutation(
        "a session id lives longer than 24 hours",
        f"{DERIVE}/sessions.py",
        "last_ms >= SPLIT_MS",
        "last_ms > SPLIT_MS",
    ),
    Mutation(
        "the end of the attribution window is left out",
        f"{DERIVE}/credit.py",
        "> self._window_ms:",
        ">= self._window_ms:",
    ),
    Mutation(
        "prices are compared across currencies",
        f"{DERIVE}/bodies.py",
        'number(source.get("price")) if counts_in(source, currency) else None',
        'number(source.get("price"))',
    ),
    Mutation(
        "an order at the very end of a visit is a recovered cart",
        f"{DERIVE}/credit.py",
        "bisect_right(order_moments, last_ms)",
        "bisect_left(order_moments, last_ms - 86_400_000)",
    ),
    Mutation(
        "a refund takes more than is left",
        f"{DERIVE}/orders.py",
        "min(left, max(0, _asked(body, kind, order, left)))",
        "max(0, _asked(body, kind, order, left))",
    ),
    Mutation(
        "the first update of an order wins",
        f"{DERIVE}/orders.py",
        "properties(max(updates))",
        "properties(min(updates))",
    ),
    Mutation(
        "an update in another currency counts as if it were the order's",
        f"{DERIVE}/orders.py",
        ' and counts_in(properties(e), currency)]',
        "]",
    ),
    Mutation(
        "shipping belongs to the revenue",
        f"{DERIVE}/orders.py",
        'total - (number(body.get("shipping")) or 0)',
        "total",
    ),
    Mutation(
        "a category told after the order goes before one told earlier",
        f"{DERIVE}/products.py",
        "max(0, bisect_right(moments, moment) - 1)",
        "min(len(moments) - 1, bisect_right(moments, moment))",
    ),
    Mutation(
        "a customer is new for 31 days",
        f"{DERIVE}/customers.py",
        "NEW_DAYS = 30",
        "NEW_DAYS = 31",
    ),
    Mutation(
        "a cancelled order keeps counting for loyalty",
        f"{DERIVE}/customers.py",
        "leaves = min(leaves, order.cancelled_day)",
        "pass",
    ),
    Mutation(
        "a conversation without a feature is Other",
        f"{DERIVE}/conversations.py",
        'text(properties(start), "feature") or "chat"',
        'text(properties(start), "feature") or "other"',
    ),
    Mutation(
        "a handed off conversation is still open",
        f"{DERIVE}/conversations.py",
        '"Conversation Resolved", "Conversation Handed Off"})',
        '"Conversation Resolved"})',
    ),
    Mutation(
        "a rating can be anything",
        "smartshopie_db/properties.py",
        '"rating": (1, 5)',
        '"rating": (0, 100)',
    ),
    Mutation(
        "a month's first day counts twice",
        "data/stored.py",
        '"before": months[0] - timedelta(days=1)',
        '"before": months[0]',
    ),
    Mutation(
        "a month lacks its last day",
        f"{ROLLUPS}/months.py",
        '"end": next_month(month).isoformat()',
        '"end": (next_month(month) - timedelta(days=1)).isoformat()',
    ),
    Mutation(
        "a message received keeps a session open",
        "smartshopie_db/events.py",
        '"Message Received",\n    "Conversation Ended", "Conversation Resolved"',
        '\n    "Conversation Ended", "Conversation Resolved"',
    ),
)
A_FEW = ("an order counts once per line", "the end of the attribution window is left out")


def caught(mutation: Mutation) -> bool:
    """Whether the calculation notices the mistake."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for part in COPIED:
            (copy / part).parent.mkdir(parents=True, exist_ok=True)
            if (PROJECT / part).is_dir():
                shutil.copytree(PROJECT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(PROJECT / part, copy / part)
        path = copy / mutation.file
        text = path.read_text(encoding="utf-8")
        found = text.count(mutation.old)
        if found != 1:
            raise ValueError(f"{mutation.name}: {mutation.file} holds the text to replace {found} times, not once")
        path.write_text(text.replace(mutation.old, mutation.new), encoding="utf-8")
        result = subprocess.run(
            [sys.executable, "-m", "tests.oracle.mutations", "--check"],
            cwd=copy,
            env={**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"},  # noqa: TID251
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode not in (AGREES, DIFFERS):
            raise RuntimeError(f"{mutation.name}: the check itself failed\n{result.stderr[-2000:]}")
        return result.returncode == DIFFERS


def disagreements() -> Iterator[str]:
    """Where the system differs from the calculation, over the named stores."""
    from tests.oracle.calculation import NAMES
    from tests.oracle.stores import Databases, calculation, differences, send
    from tests.streams.named import NAMED

    with tempfile.TemporaryDirectory() as folder:
        for make in NAMED.values():
            named = make()
            mine = calculation(named.messages, named.timezone, named.currency, named)
            covered = mine.store.covered
            assert covered is not None
            with Databases(Path(folder)).store(named.timezone, named.currency, named) as db:
                send(db, named.messages)
                db.rollup()
                for name in NAMES:
                    yield from differences(db, mine, name, today=named.today, period="90d", as_of=covered.last)
                    yield from differences(db, mine, name, today=named.today, start=covered.first, end=covered.last)
                firsts = [order.day for order in mine.store.orders if order.day.day == 1]
                if firsts:  # something was sold on the first day of the first whole month
                    start = min(firsts) - timedelta(1)
                    for name in NAMES:
                        yield from differences(db, mine, name, today=named.today, start=start, end=covered.last)
                for ago in range(len(covered)):  # who is in a segment depends on single days
                    day = covered.last - timedelta(ago)
                    yield from differences(db, mine, "customers/segments", today=named.today, as_of=day)


def main() -> int:
    """Check this copy of the project, or plant every mistake; the exit code says whether something is wrong."""
    if "--check" in sys.argv:
        return DIFFERS if next(disagreements(), None) else AGREES
    missed = []
    for mutation in MUTATIONS:
        noticed = caught(mutation)
        print(f"{'caught' if noticed else 'MISSED'}  {mutation.name}", flush=True)
        missed += [] if noticed else [mutation.name]
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
