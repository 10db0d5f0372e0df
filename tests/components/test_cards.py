"""Cards, their states and their ids, without a browser."""

import math
import re
from datetime import date
from types import SimpleNamespace

import pandas as pd
import pytest
from dash import html
from hypothesis import given
from hypothesis import strategies as st

from components import card as cards
from components.bill import so_far_in_words
from components.card import Card, Drawing
from components.draw import Bars, cut_where_events_begin_and_end, per_date, rows, spread, together
from components.health import THRESHOLDS, Threshold, severity, with_gaps
from components.markup import as_html
from components.page import Page, newest_link
from data.catalogue import CATALOGUE
from data.fetch import Answer
from data.period import resolve
from smartshopie_db.clock import day_of
from smartshopie_db.errors import StoreUnavailable
from tests.components import frames

BASE = "overview-interaction-types-"
WINDOW = resolve(period="7d", today=date(2026, 11, 22))
META = {
    "currency": "EUR",
    "coverage": "full",
    "source": "events",
    "warnings": [],
    "definition_notes": [],
    "newest": "2026-11-22",
}


def answer(name, frame, **meta):
    columns = {column: frames.known(frame[column]) for column in frame}
    answer = Answer(CATALOGUE[name], WINDOW, {}, columns, META | meta)
    answer.body["data"] = answer.records()
    return answer


def types(**values):
    return answer(
        "overview/interaction-types",
        pd.DataFrame(
            {
                "interaction_name": ["Chat Sessions", "Other"],
                "interaction_type": ["Chat Sessions", "Other"],
                "count": [30, 10],
                "percentage": [75.0, 25.0],
            }
        ),
        **values,
    )


CARD = Card(
    "overview/interaction-types",
    rows(Bars("Feature", "interaction_name"), Bars("Count", "count", bar=True)),
    kind="table",
)


def shown(monkeypatch, card, found):
    """What a card shows whose dataset answers with `found`."""

    def answering(*_given, **_options):
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(cards, "fetch", answering)
    return card.shown("overview", SimpleNamespace(facts=SimpleNamespace(currency="EUR")), WINDOW)


def parts(seen):
    """The HTML of what is shown, by the last word of its place."""
    return {place.removeprefix(BASE): as_html(content) for place, content in seen.parts.items()}


def test_a_list_writes_its_values_and_its_bars_against_the_highest(monkeypatch):
    table = parts(shown(monkeypatch, CARD, types()))["table"]
    assert re.findall('<th scope="row">(.*?)</th>', table) == ["Chat Sessions", "Other"]
    assert re.findall('--share:(.*?)"></i><span>(.*?)<', table) == [("1.0", "30"), ("0.3333", "10")]


def test_a_window_without_events_says_so_instead_of_drawing(monkeypatch):
    found = parts(shown(monkeypatch, CARD, types(coverage="none")))
    assert found == {"note": f'<span class="empty">{cards.NO_EVENTS}</span>', "table": ""}


def test_a_plan_is_known_without_any_event():
    bill = answer("billing/summary", pd.DataFrame({"monthly_price": [249.0]}), coverage="none")
    assert cards.missing_words(bill) == ""
    nothing = answer("realtime/api-endpoints", pd.DataFrame({"request_count": []}), coverage="none")
    assert cards.missing_words(nothing, "No request.") == "No request."


def test_warnings_and_imported_rows_are_told_beside_the_numbers(monkeypatch):
    found = shown(monkeypatch, CARD, types(source="imported", warnings=["2 orders in USD are left out."]))
    assert parts(found)["note"] == f"<span>2 orders in USD are left out. {cards.IMPORTED['imported']}</span>"


def test_a_failure_stays_inside_its_card_and_offers_to_try_again(monkeypatch):
    found = shown(monkeypatch, CARD, StoreUnavailable("locked by /secret/path"))
    assert found.failed
    text = parts(found)["note"]
    assert "Interaction types could not be read" in text
    assert "Try again" in text
    assert "secret" not in text


@pytest.mark.parametrize("kind", ["chart", "table", "figures"])
def test_every_part_of_a_card_has_its_place_whatever_happens(monkeypatch, kind):
    drawing = Drawing({"data": [], "layout": {}}, "Words.", content=[html.P("3")])
    card = Card("overview/interaction-types", lambda _seen: drawing, kind=kind)
    for found in (types(), types(coverage="none"), StoreUnavailable("gone")):
        seen = shown(monkeypatch, card, found)
        assert (seen.figure is not None) == (kind == "chart") == bool(card.outputs("overview"))
        places = "".join(as_html(content) for content in card.frame("overview", {}).values())
        assert all(f'id="{place}"' in places for place in seen.parts)


def test_a_chart_says_in_words_what_it_shows(monkeypatch):
    chart = Card("overview/interaction-types", lambda _seen: Drawing({"data": [], "layout": {}}, "Words."))
    assert parts(shown(monkeypatch, chart, types()))["words"] == "Interaction types. Words."


def test_the_table_behind_a_chart_has_every_row_of_the_answer():
    table = cards.table_of(types())
    assert [column["label"] for column in table["head"]] == ["Interaction name", "Count", "Percentage"]
    assert table["rows"] == [["Chat Sessions", "30", "75.0%"], ["Other", "10", "25.0%"]]


def test_ids_begin_with_the_page_and_name_the_dataset_once():
    assert Card("revenue/attribution", lambda _seen: Drawing()).base("revenue") == "revenue-attribution"
    assert Card("revenue/attribution", lambda _seen: Drawing()).base("overview") == "overview-revenue-attribution"
    assert (
        Card("overview/kpis", lambda _seen: Drawing(), part="total_customers").base("overview")
        == "overview-kpis-total-customers"
    )


def test_a_page_exports_each_dataset_once():
    assert Page("p", "P", "", (CARD, CARD, Card("overview/kpis", CARD.draw))).names == (
        "overview/interaction-types",
        "overview/kpis",
    )


@pytest.mark.parametrize(
    ("query", "address"),
    [
        ({"period": "90d"}, "?period=90d&as_of=2025-10-31"),
        ({"start": "2026-11-01", "end": "2026-11-10"}, "?start=2025-10-22&end=2025-10-31"),
    ],
)
def test_the_way_to_the_newest_events_keeps_the_length_of_the_window(query, address):
    window = resolve(**query, today=date(2026, 11, 22))
    words, link, _stop = newest_link("2025-10-31", window)
    assert words == "The newest are from 31 Oct 2025: "
    assert link.href == address
    last = resolve(**dict(pair.split("=") for pair in link.href[1:].split("&")), today=date(2026, 11, 22))
    assert (last.end, last.days) == (date(2025, 10, 31), window.days)


def test_a_store_without_events_leads_to_where_one_learns_to_send_them():
    words, link, _ = newest_link(None, WINDOW)
    assert words == "This store has no events yet: "
    assert link.href == "/"


@pytest.mark.parametrize(("value", "level"), [(None, None), (300, 0), (300.1, 1), (1000, 1), (1000.1, 2)])
def test_health_follows_the_thresholds_that_the_page_states(value, level):
    assert severity(value, Threshold("x", "X", 300, 1000)) == level


def test_every_threshold_is_about_a_measured_column():
    columns = {column.name for column in CATALOGUE["realtime/system-health"].columns}
    assert {one.field for one in THRESHOLDS} <= columns


def test_a_line_of_minutes_ends_where_none_was_measured():
    clock = [f"2026-11-16T10:{minute:02}:00Z" for minute in (0, 1, 2, 7, 8)]
    frame = with_gaps(pd.DataFrame({"recorded_at": clock, "cpu": [1.0, 2.0, 3.0, 4.0, 5.0]}))
    assert list(frame["recorded_at"]) == [*clock[:3], "2026-11-16T10:06:59Z", *clock[3:]]
    assert frames.known(frame["cpu"]) == [1, 2, 3, None, 4, 5]
    whole = pd.DataFrame({"recorded_at": clock[:3], "cpu": [1.0, 2.0, 3.0]})
    assert with_gaps(whole) is whole


def test_a_bucket_without_rows_stays_a_gap_when_rows_become_columns():
    frame = pd.DataFrame(
        {
            "record_date": ["2026-11-16", "2026-11-18"],
            "model_name": ["a", "a"],
            "accuracy": [90.0, 80.0],
            "reviewed": [3, 4],
            "partial": [False, False],
        }
    )
    wide, series = spread(answer("ai/model-performance", frame), "model_name", "accuracy")
    assert [one.column for one in series] == ["a"]
    assert list(wide["record_date"]) == [f"2026-11-{day}" for day in range(16, 23)]
    assert [value == value for value in wide["a"]] == [True, False, True, False, False, False, False]


def test_what_is_added_up_as_others_loses_nothing():
    frame = pd.DataFrame(
        {
            "record_date": ["d"] * 4,
            "name": list("abcd"),
            "value": [4.0, 3.0, 2.0, 1.0],
            "partial": [False] * 4,
        }
    )
    added, order = together(frame, "name", "value", ["a"])
    assert order == ["a", "All others"]
    assert added.set_index("name")["value"].to_dict() == {"a": 4.0, "All others": 6.0}


AMOUNTS = st.one_of(st.just(math.nan), st.integers(0, 9).map(float))


@given(st.lists(st.tuples(st.sampled_from("abc"), AMOUNTS, st.booleans()), min_size=1))
def test_rows_added_up_per_date_are_what_pandas_makes_of_them(rows):
    frame = pd.DataFrame(rows, columns=["record_date", "value", "partial"])
    grouped = frame.groupby("record_date", sort=False)
    expected = grouped["value"].sum(min_count=1).to_frame().assign(partial=grouped["partial"].max()).reset_index()
    pd.testing.assert_frame_equal(per_date(answer("revenue/attribution", frame), "value"), expected, check_dtype=False)


def test_a_bucket_in_which_the_stores_events_begin_or_end_is_not_whole():
    window = resolve(start="2026-10-05", end="2026-11-15", grain="W", today=date(2026, 11, 22))
    sold = Answer(CATALOGUE["products/category-performance"], window, {}, {}, META)
    covered = day_of(date(2026, 10, 15)), day_of(date(2026, 11, 9))  # a Thursday and a Monday
    seen = SimpleNamespace(db=SimpleNamespace(covered=lambda: covered), answer=sold)
    starts = [bucket.start.isoformat() for bucket in window.buckets()]
    frame = pd.DataFrame({"record_date": starts, "partial": False})
    found = cut_where_events_begin_and_end(seen, sold, frame)
    assert list(found["record_date"][found["partial"]]) == ["2026-10-12", "2026-11-09"]


@pytest.mark.parametrize(
    ("end", "today", "words"),
    [
        ("2026-11-22", "2026-11-22", " is still running"),
        ("2026-11-20", "2026-11-22", " up to 20 Nov 2026"),
        ("2026-10-31", "2026-11-22", ""),
    ],
)
def test_a_bill_says_how_far_its_month_is_counted(end, today, words):
    assert so_far_in_words(resolve(start=end, end=end, today=date.fromisoformat(today))) == words


def test_a_payment_is_written_in_its_own_currency():
    frame = pd.DataFrame(
        {"payment_date": ["2026-11-01"] * 2, "amount": [9.5, 1200.0], "currency": ["USD", "JPY"], "status": "paid"}
    )
    seen = cards.Seen(None, WINDOW, (answer("billing/payment-history", frame),))
    drawn = rows(Bars("Amount", "amount"))(seen)
    assert drawn.table["rows"] == [["US$9.50"], ["JP¥1,200"]]


@pytest.mark.parametrize(("first_day", "is_compared"), [(date(2026, 11, 2), True), (date(2026, 11, 3), False)])
def test_a_rate_measured_on_earlier_days_is_compared_where_those_of_both_sides_are_covered(
    monkeypatch, first_day, is_compared
):
    window = resolve(period="7d", as_of="2026-11-22", today=date(2026, 11, 30))  # before: the 9th; measured: the 2nd on
    row = pd.DataFrame({"cart_recovery_rate": [5.0], "ai_driven_percentage": [3.0]})
    figures = answer("conversions/analytics", row)
    figures.body["data"] = figures.records()[0]
    monkeypatch.setattr(cards, "fetch", lambda *_: figures)
    covered = day_of(first_day), day_of(date(2026, 11, 29))
    seen = cards.Seen(SimpleNamespace(covered=lambda: covered), window, (figures,))
    dataset = CATALOGUE["conversions/analytics"]
    assert (seen.compared(dataset.column("cart_recovery_rate")) is not None) == is_compared
    assert seen.compared(dataset.column("ai_driven_percentage")) is not None
