"""JSON as Segment's clients write it, over HTTP and in files."""

import json
from typing import Any, Final

import orjson

MOST_DIGITS: Final = 400  # of a whole number; reading takes time with the square of its length


def parse(written: bytes | str) -> Any:
    """What was written; NaN and Infinity, which are no JSON, become null. ValueError where it is no JSON otherwise."""
    try:
        return orjson.loads(written)
    except orjson.JSONDecodeError:
        pass  # the slower parser below takes NaN, huge integers and lone surrogates
    try:
        return json.loads(written, parse_constant=lambda _: None, parse_int=_whole)
    except RecursionError:
        raise ValueError("It is nested too deeply.") from None


def _whole(digits: str) -> int | None:
    """The number; one of more digits than any clock, id or amount has counts as missing, as Infinity does."""
    return int(digits) if len(digits) <= MOST_DIGITS else None
