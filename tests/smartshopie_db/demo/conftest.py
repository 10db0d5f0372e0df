"""One short story that the tests of the demo share."""

from datetime import date

import pytest

from smartshopie_db.clock import DAY_MS, day_of
from smartshopie_db.demo.story import Story, tell

FIRST, LAST = day_of(date(2026, 6, 20)), day_of(date(2026, 9, 10))
FOREVER = 2**60


def told(story=None, first=FIRST, last=LAST, until=FOREVER):
    """All messages of a story, in the order in which they are told."""
    return [message for _, messages in tell(story or Story(), first, last, until) for message in messages]


@pytest.fixture(scope="session")
def season():
    """A summer of the default shop up to the end of its last day."""
    return told(until=(LAST + 1) * DAY_MS)


@pytest.fixture(scope="session")
def tell_all():
    return told
