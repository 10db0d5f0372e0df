"""Frames as answers carry them."""

from datetime import date, timedelta

import pandas as pd
from hypothesis import strategies as st

VALUES = st.one_of(st.none(), st.floats(-1e6, 1e6, allow_nan=False).map(lambda value: round(value, 4)))


@st.composite
def timelines(draw, columns=("first", "second")):
    """Rows over time with a value per column, None among them, and any bucket partial."""
    count = draw(st.integers(1, 40))
    start = date(2026, 1, 1)
    values = {
        name: pd.Series(draw(st.lists(VALUES, min_size=count, max_size=count)), dtype="float64") for name in columns
    }
    return pd.DataFrame(
        {
            "record_date": [(start + timedelta(days=at)).isoformat() for at in range(count)],
            **values,
            "partial": draw(st.lists(st.booleans(), min_size=count, max_size=count)),
        }
    )


def known(column):
    """The values of a column, None where nothing is known."""
    return [None if value != value or value is None else value for value in column]
