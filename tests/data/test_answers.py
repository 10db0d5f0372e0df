"""Every dataset on every kind of store: the JSON types that clients rely on, the frame, what is said about them."""

from datetime import date, timedelta
from typing import Any

import orjson
import pytest

from data.catalogue import CATALOGUE
from data.dataset import Dataset
from data.fetch import Answer, fetch
from data.period import PeriodError, Window, resolve
from smartshopie_db.database import SmartShopieDB
from tests.data.conftest import TODAY

FETCHED = [dataset for dataset in CATALOGUE.values() if dataset.kind != "flat"]
BY_NAME = pytest.mark.parametrize("dataset", FETCHED, ids=lambda dataset: dataset.name)
WINDOWS = [resolve(period=period, today=TODAY) for period in ("7d", "30d", "90d", "1y")] + [
    resolve(start="2026-11-22", end="2026-11-22", today=TODAY),
    resolve(period="30d", as_of="2025-10-31", today=TODAY),
    resolve(period="90d", as_of="2030-01-01", today=TODAY),
    resolve(period="1y", grain="D", as_of="2024-12-01", today=TODAY),
]
META = {
    "period", "start", "end", "grain", "as_of", "newest", "currency", "timezone", "generated_at", "change_basis",
    "source", "warnings", "coverage", "data_version", "definition_notes",
}  # fmt: skip
CHECKS = {
    "string": lambda value: isinstance(value, str),
    "string|null": lambda value: value is None or isinstance(value, str),
    "number|null": lambda value: value is None or (isinstance(value, int | float) and not isinstance(value, bool)),
    "boolean": lambda value: isinstance(value, bool),
}


def rows_of(answer: Answer) -> list[dict[str, Any]]:
    data = answer.body["data"]
    return data if isinstance(data, list) else [data]


def wrong_types(rows: list[dict[str, Any]], fields: dict[str, str]) -> list[str]:
    return [
        f"{field} is {row.get(field)!r}, not {kind}"
        for row in rows for field, kind in fields.items()
        if field not in row or not CHECKS[kind](row[field])
    ]  # fmt: skip


@BY_NAME
@pytest.mark.parametrize("kind", ["empty_store", "one_day", "two_years", "original"])
def test_fields_have_the_types_that_clients_rely_on(
    dataset: Dataset, kind: str, endpoints: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    db: SmartShopieDB = request.getfixturevalue(kind)
    endpoint = endpoints.get(dataset.name, {"data": "list", "fields": {}})  # two are ours alone
    for window in WINDOWS:
        answer = fetch(db, dataset.name, window)
        assert orjson.loads(orjson.dumps(answer.body)) == answer.body
        if dataset.kind == "series":
            assert set(answer.body) >= {"categories", "series"}
            assert "data" not in answer.body
            assert all(len(line["data"]) == len(answer.body["categories"]) for line in answer.body["series"])
            continue
        assert isinstance(answer.body["data"], dict if endpoint["data"] == "object" else list)
        rows = rows_of(answer)
        if dataset.kind == "object" and answer.meta["coverage"] == "none" and dataset.of != "plan":
            assert all(v is None for k, v in rows[0].items() if endpoint["fields"].get(k) != "string"), rows
        assert not wrong_types(rows, endpoint["fields"])


@BY_NAME
@pytest.mark.parametrize("kind", ["empty_store", "one_day", "two_years", "original"])
def test_the_frame_holds_the_same_rows_as_the_json(
    dataset: Dataset, kind: str, request: pytest.FixtureRequest
) -> None:
    db: SmartShopieDB = request.getfixturevalue(kind)
    for window in WINDOWS:
        answer = fetch(db, dataset.name, window)
        assert list(answer.frame.columns) == [column.name for column in dataset.frame_columns]
        assert set(answer.meta) == META
        if dataset.kind == "series":
            shown = sum(value is not None for line in answer.body["series"] for value in line["data"])
            assert len(answer.frame) == shown
        elif dataset.timeline:
            assert len(answer.frame) == len(answer.body["timeline"])
        else:
            assert answer.frame.astype(object).where(answer.frame.notna(), None).to_dict("records") == rows_of(answer)


@BY_NAME
def test_an_empty_store_has_no_rows_and_says_so(dataset: Dataset, empty_store: SmartShopieDB) -> None:
    answer = fetch(empty_store, dataset.name, WINDOWS[1])
    assert answer.meta["newest"] is None
    assert answer.meta["change_basis"] is None
    if dataset.kind == "list" and dataset.name != "config":
        assert answer.body["data"] == []
    if dataset.windowed:
        assert answer.meta["coverage"] == "none"


@BY_NAME
def test_a_window_after_the_newest_day_is_empty_and_names_that_day(
    dataset: Dataset, two_years: SmartShopieDB
) -> None:
    if not dataset.needs_events:
        return
    answer = fetch(two_years, dataset.name, resolve(period="30d", as_of="2030-01-01", today=TODAY))
    assert answer.meta["newest"] == TODAY.isoformat()
    assert answer.meta["coverage"] == "none"
    assert answer.frame.dropna(how="all").empty or dataset.kind == "object"


@pytest.mark.parametrize("grain", ["D", "W", "M"])
@BY_NAME
def test_buckets_lie_in_the_window_and_carry_their_marks(
    dataset: Dataset, grain: str, two_years: SmartShopieDB
) -> None:
    if dataset.axis != "time" and not dataset.timeline:
        return
    window = resolve(period="90d", grain=grain, today=TODAY)
    marks = {bucket.start.isoformat(): bucket.partial for bucket in window.buckets()}
    frame = fetch(two_years, dataset.name, window).frame
    assert list(dict.fromkeys(frame.iloc[:, 0])) == [start for start in marks if start in set(frame.iloc[:, 0])]
    assert dict(zip(frame.iloc[:, 0], frame["partial"], strict=True)).items() <= marks.items()


def test_amounts_are_rounded_to_the_currency_and_rates_to_four_decimals(two_years: SmartShopieDB) -> None:
    for dataset in FETCHED:
        frame = fetch(two_years, dataset.name, resolve(period="1y", today=TODAY)).frame
        for column in frame.columns:
            unit = dataset.column(column).unit
            if unit.is_number and frame[column].dtype != object:
                digits = {"money": 2, "count": 0}.get(unit.name, 4)
                assert frame[column].dropna().map(lambda value, d=digits: round(value, d) == value).all(), column


def test_the_window_in_the_answer_is_the_one_that_was_asked_for(two_years: SmartShopieDB) -> None:
    window: Window = resolve(start="2026-01-05", end="2026-02-10", today=TODAY)
    meta = fetch(two_years, "conversions/trends", window).meta
    assert [meta[key] for key in ("period", "start", "end", "grain", "as_of", "coverage", "source")] == [
        "custom", "2026-01-05", "2026-02-10", "W", "2026-02-10", "full", "events",
    ]  # fmt: skip
    assert meta["newest"] == TODAY.isoformat()
    early = resolve(start=(TODAY - timedelta(days=740)).isoformat(), end="2024-12-31", today=TODAY)
    assert fetch(two_years, "conversions/trends", early).meta["coverage"] == "partial"
    assert date.fromisoformat(meta["generated_at"][:10])


def test_unknown_names_and_options_are_errors(two_years: SmartShopieDB) -> None:
    window = resolve(today=TODAY)
    for name in ("nothing/there", "health"):
        with pytest.raises(KeyError):
            fetch(two_years, name, window)
    with pytest.raises(PeriodError):
        fetch(two_years, "customers/interactions", window, limit=0)
