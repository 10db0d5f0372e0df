"""What is still to be derived (table touched), and what is to be added up anew (table dirty_days)."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeVar

from smartshopie_db.engine import Engine, Transaction

Item = TypeVar("Item")
ASKED = 2_000  # keys per question where writes wait for the answer
FROM_DERIVATION = 0  # the batch of marks that derivation makes itself; ingest counts from 1


class Mark(NamedTuple):
    """One row of touched. Removed only as it was read: ingest gives a mark that it touches again another batch."""

    kind: str
    key: str
    batch: int


def marks(engine: Engine, kinds: Iterable[str], newest_batch: int) -> list[Mark]:
    """The marks of some kinds made no later than a batch, in the order of their keys."""
    found = engine.read(
        "SELECT kind, key, batch FROM touched WHERE kind IN :kinds AND batch <= :newest ORDER BY kind, key",
        {"kinds": list(kinds), "newest": newest_batch},
    )
    return [Mark(*row) for row in found.rows]


def newest_batch(engine: Engine) -> int:
    """The batch of the newest mark; 0 without any."""
    found = engine.read("SELECT MAX(batch) FROM touched").rows
    return int(found[0][0] or 0)


def touch_visitors(transaction: Transaction, visitor_ids: Iterable[str]) -> None:
    """Have visitors derived; a mark that stands already stays as it is."""
    rows = [("visitor", visitor_id, FROM_DERIVATION) for visitor_id in visitor_ids]
    transaction.append("touched", Mark._fields, rows, ignore_conflicts=True)


def remove(transaction: Transaction, done: Iterable[Mark]) -> None:
    """Take away marks that were worked off, unless they were touched again meanwhile."""
    transaction.delete("touched", Mark._fields, done)


def make_dirty(transaction: Transaction, kind: str, days: Iterable[int]) -> None:
    """Have days added up anew."""
    transaction.append("dirty_days", ("kind", "day"), [(kind, day) for day in days], ignore_conflicts=True)


def portions(items: list[Item], size: int) -> Iterator[list[Item]]:
    """Marks or keys in pieces."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
