"""An empty store says how to fill it, and why what came was refused."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.pages.shop import Shop


@pytest.mark.browser
def test_programs_can_be_copied_with_the_keyboard(shop: Shop, context: BrowserContext) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab = context.new_page()
    tab.goto(shop.address)
    tab.locator("summary", has_text="curl").press("Enter")
    button = tab.get_by_role("button", name="Copy the program: By hand: curl")
    button.focus()
    tab.keyboard.press("Enter")
    expect(tab.locator("[data-copy]", has_text="Copied")).to_have_count(1)
    copied = tab.evaluate("navigator.clipboard.readText()")
    assert copied.strip().startswith(f'curl -u "YOUR_WRITE_KEY:" {shop.address}/v1/track')
    assert copied.strip() == tab.locator(".block", has=tab.locator("[data-copy]", has_text="Copied")).locator(
        "code"
    ).inner_text()


@pytest.mark.browser
def test_the_guide_tells_why_events_were_refused(shop: Shop, tab: Page) -> None:
    tab.goto(shop.address)
    expect(tab.get_by_role("heading", name="Getting started")).to_be_visible()
    shop.send({"userId": "u"})
    expect(tab.locator(".seen .guide .failed")).to_contain_text("A track message needs the name of its event.")


@pytest.mark.browser
@pytest.mark.parametrize("path", ["/", "/revenue"])
def test_imported_days_need_no_guide(shop: Shop, tab: Page, path: str) -> None:
    shop.store.add_overview_kpis(record_date="2026-03-01", total_customers=5)
    tab.goto(shop.address + path)
    expect(tab.locator(".seen .panel-card").first).to_be_visible()
    expect(tab.locator(".seen .notice")).to_contain_text("The newest are from 1 Mar 2026")
    expect(tab.get_by_role("heading", name="Getting started")).to_have_count(0)
