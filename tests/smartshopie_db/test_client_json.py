"""What clients write is read, though it is not always JSON."""

import pytest

from smartshopie_db.client_json import parse


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('{"a": 1}', {"a": 1}), ('{"a": NaN}', {"a": None}), ("[Infinity, -Infinity]", [None, None]),
        ("9" * 400, int("9" * 400)), ("[" + "9" * 401 + "]", [None]), ('"\\ud800"', "\ud800"),
    ],
    ids=["JSON", "NaN", "Infinity", "400 digits", "401 digits", "half a character"],
)  # fmt: skip
def test_text_and_bytes_read_alike(written: str, read: object) -> None:
    assert parse(written) == read
    assert parse(written.encode()) == read


@pytest.mark.parametrize("written", ["", "{torn", "[" * 100_000, "undefined"], ids=["nothing", "torn", "deep", "word"])
def test_what_is_no_json_is_a_value_error(written: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse(written)
