"""What can go wrong with the store, in words a user can act on."""


class StoreError(Exception):
    """The store cannot do what was asked; the text is one sentence for a user."""


class StoreUnavailable(StoreError):  # noqa: N818 - says what is the case
    """The store is busy, missing, unreachable, damaged or has no tables yet."""


class StoreMismatch(StoreError):  # noqa: N818 - says what is the case
    """The store was made with other settings (time zone, currency, window) or by a newer version."""


class CoveredDayError(StoreError, ValueError):
    """A row was added by hand for a day that events already cover."""
