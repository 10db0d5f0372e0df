"""The three model versions behind the assistant: launched over time, each better than the one before."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from smartshopie_db.clock import day_of


@dataclass(frozen=True, slots=True)
class Model:
    """One version. `accuracy`: share of right predictions; `solves`: chance that a conversation ends resolved."""

    name: str
    launched: date | None
    accuracy: float
    solves: float
    pace: float  # response time as a multiple of the newest version's
    rating: float  # mean rating it gets


MODELS: Final = (
    Model("advisor-1.4", None, 0.79, 0.60, 1.55, 3.95),
    Model("advisor-2.0", date(2025, 7, 15), 0.86, 0.68, 1.25, 4.15),
    Model("advisor-2.3", date(2026, 4, 14), 0.91, 0.75, 1.00, 4.35),
)
_TAKEOVER_DAYS: Final = 30  # a new version takes over the conversations within a month
_KEPT: Final = 0.12  # share that stays with the version before, for comparison


def shares(day: int) -> list[float]:
    """The share of conversations each version answers on `day`."""
    result = [1.0] + [0.0] * (len(MODELS) - 1)
    for index, model in enumerate(MODELS):
        if model.launched and day >= day_of(model.launched):
            taken = (1 - _KEPT) * min(1.0, (day - day_of(model.launched) + 1) / _TAKEOVER_DAYS)
            result = [share * (1 - taken) for share in result]
            result[index] += taken
    return result


def reviewed(day: int) -> list[int]:
    """The versions whose predictions are reviewed on `day`: every one launched so far, old ones as the yardstick."""
    return [index for index, model in enumerate(MODELS) if not model.launched or day >= day_of(model.launched)]
