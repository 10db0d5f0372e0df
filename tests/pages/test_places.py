"""Pages are opened ahead and stay in their places."""

import pytest
from playwright.sync_api import expect

from tests.pages.test_every_page import ALL_OPEN, PAGES

pytestmark = pytest.mark.browser


def test_pages_are_opened_ahead_and_then_need_no_request(visit):
    visit.open("/?period=7d")
    visit.page.wait_for_function(ALL_OPEN)
    for path, heading in reversed(PAGES.items()):
        visit.page.click(f"nav a[href='{path}?period=7d']")
        expect(visit.page.locator(".seen h1")).to_have_text(heading)
        expect(visit.page.locator(".seen")).to_have_count(1)
        assert visit.page.title() == f"{heading} · SmartShopie Analytics"
    assert set(visit.asked) <= {"ahead", "live"}  # live: what is new by the minute


def test_a_page_opened_ahead_is_renewed_when_the_period_is_another(visit):
    visit.open("/?period=30d")
    visit.page.wait_for_function(ALL_OPEN)
    visit.page.click("a[data-period='7d']")
    expect(visit.page.locator("#overview")).to_have_attribute("data-query", "period=7d")
    days = visit.page.inner_text("#overview-when span")
    visit.page.click("nav a[href^='/revenue']")
    expect(visit.page.locator(".seen h1")).to_have_text("Revenue")
    assert visit.page.inner_text("#revenue-when span") == days
