"""The period: chosen, shared, undone, kept; and what a window without events shows."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from smartshopie_db.clock import today
from tests.pages.test_every_page import ALL_OPEN

pytestmark = pytest.mark.browser

INTERACTIONS = "#overview-kpis-ai-interactions-content .value"


def expected(visit, query):
    """The number of AI interactions as the API tells it for a query."""
    answer = visit.page.request.get(f"{visit.address}/api/overview/kpis{query}").json()
    return f"{answer['data']['ai_interactions']:,}"


def test_a_click_on_a_period_changes_every_card_with_one_request(visit):
    visit.open("/")
    expect(visit.page.locator(INTERACTIONS)).to_have_text(expected(visit, ""))
    points = "document.querySelector('#overview-revenue-attribution-chart .js-plotly-plot').data[0].x.length"
    assert visit.page.evaluate(points) == 30
    visit.page.click("a[data-period='7d']")
    expect(visit.page.locator(INTERACTIONS)).to_have_text(expected(visit, "?period=7d"))
    visit.drawn()
    assert visit.page.evaluate(points) == 7
    assert visit.asked.count("click") == 1
    assert visit.page.url == f"{visit.address}/?period=7d"
    expect(visit.page.locator(".periods [aria-current]")).to_have_text("7d")


def test_a_shared_link_shows_the_same_view(visit_of):
    first, second = visit_of(), visit_of()
    first.open("/")
    first.page.click("a[data-period='90d']")
    expect(first.page.locator(INTERACTIONS)).to_have_text(expected(first, "?period=90d"))
    second.open(first.page.url.removeprefix(second.address))
    expect(second.page.locator(INTERACTIONS)).to_have_text(first.page.inner_text(INTERACTIONS))
    assert second.page.inner_text("#overview-when span") == first.page.inner_text("#overview-when span")


def test_back_and_reload_keep_what_was_seen(visit):
    visit.open("/?period=7d")
    visit.page.click("a[data-period='30d']")
    expect(visit.page.locator(INTERACTIONS)).to_have_text(expected(visit, "?period=30d"))
    visit.page.reload()
    visit.drawn()
    expect(visit.page.locator(INTERACTIONS)).to_have_text(expected(visit, "?period=30d"))
    visit.page.go_back()
    expect(visit.page.locator(INTERACTIONS)).to_have_text(expected(visit, "?period=7d"))
    expect(visit.page.locator(".periods [aria-current]")).to_have_text("7d")


def test_a_range_is_chosen_by_its_two_days(visit):
    now = today(ZoneInfo("UTC"))
    first, last = now - timedelta(days=40), now - timedelta(days=31)
    visit.open("/")
    visit.page.click("#custom > summary")
    visit.page.fill("#range-start", str(first))
    visit.page.fill("#range-end", str(last))
    visit.page.click("#range button")
    query = f"?start={first}&end={last}"
    expect(visit.page.locator(INTERACTIONS)).to_have_text(expected(visit, query))
    assert visit.page.url == f"{visit.address}/{query}"
    expect(visit.page.locator(".periods [aria-current]")).to_have_text("Custom")
    assert visit.page.locator(".seen a[download]").first.get_attribute("href").endswith(query)


def test_a_window_without_events_leads_to_the_newest_ones(visit):
    visit.open("/?period=7d&as_of=2020-01-31")
    notice = visit.page.locator(".seen .notice")
    expect(notice).to_contain_text("No events in this window. The newest are from")
    expect(visit.page.locator(".seen .cards .empty").first).to_have_text("No events in this window.")
    notice.get_by_role("link").click()
    expect(visit.page.locator(INTERACTIONS)).to_be_visible()
    expect(notice).to_be_empty()
    assert "as_of=" in visit.page.url


def test_a_mistyped_period_is_named_and_not_silently_replaced(visit):
    visit.open("/?period=banana&unheard=of")
    expect(visit.page.locator(".seen .notice")).to_contain_text("Unknown period 'banana'")
    visit.page.click("a[data-period='7d']")
    expect(visit.page.locator(".seen .notice")).to_be_empty()
    expect(visit.page.locator(INTERACTIONS)).to_have_text(expected(visit, "?period=7d"))


def silenced(visit):
    """A page whose server has stopped to answer when the period was chosen."""
    visit.open("/")
    visit.page.wait_for_function(ALL_OPEN)  # nothing more is asked for ahead
    visit.page.route("**/_dash-update-component**", lambda route: route.abort())
    visit.page.click("a[data-period='7d']")
    expect(visit.page.locator("#connection")).to_be_visible()
    visit.page.unroute("**/_dash-update-component**")


def test_a_server_that_does_not_answer_is_reported_and_asked_again(visit):
    silenced(visit)
    visit.page.locator("#connection button").dispatch_event("click")
    expect(visit.page.locator(INTERACTIONS)).to_have_text(expected(visit, "?period=7d"))
    expect(visit.page.locator("#connection")).to_be_hidden()
    visit.problems.clear()  # the browser reports the request that failed


def test_what_was_not_answered_is_asked_for_again_when_the_server_is_back(visit):
    silenced(visit)
    visit.page.evaluate("() => fetch('/api/live')")  # anything that is answered
    expect(visit.page.locator(INTERACTIONS)).to_have_text(expected(visit, "?period=7d"))
    expect(visit.page.locator("#connection")).to_be_hidden()
    visit.problems.clear()


def test_the_keyboard_reaches_the_period_the_menu_and_the_tables(visit):
    visit.open("/revenue")
    visit.page.keyboard.press("Tab")
    expect(visit.page.locator(":focus")).to_have_text("Skip to the page")
    visit.page.keyboard.press("Enter")
    visit.page.keyboard.press("Tab")
    expect(visit.page.locator(":focus")).to_have_text("Export")
    visit.page.keyboard.press("Enter")
    expect(visit.page.locator(".seen .export .panel")).to_be_visible()
    visit.page.keyboard.press("Escape")
    expect(visit.page.locator(".seen .export .panel")).to_be_hidden()
    expect(visit.page.locator(":focus")).to_have_text("Export")
    visit.page.locator("a[data-period='7d']").focus()
    visit.page.keyboard.press("Enter")
    expect(visit.page.locator(".periods [aria-current]")).to_have_text("7d")
    summary = visit.page.locator(".seen [data-testid='revenue/attribution'] .behind summary").first
    summary.focus()
    visit.page.keyboard.press("Enter")
    expect(visit.page.locator(".seen [data-testid='revenue/attribution'] .behind tbody tr").first).to_be_visible()
