"""Who signed in can sign out."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.pages.shop import Shop


@pytest.mark.browser
def test_who_signed_in_can_sign_out(shop_of: Callable[..., Shop], tab: Page) -> None:
    shop = shop_of(READ_KEY="key-of-readers")
    tab.goto(shop.address)
    tab.fill("#key", "key-of-readers")
    tab.keyboard.press("Enter")
    expect(tab.locator(".seen h1")).to_have_text("Overview")
    assert shop.listeners_are(1)
    tab.click("nav >> text=Sign out")
    tab.get_by_role("button", name="Sign out").click()
    expect(tab.get_by_label("Read key")).to_be_visible()


def test_nobody_is_asked_to_sign_out_where_there_is_no_key(shop: Shop) -> None:
    assert "/sign-out" not in shop.app.server.test_client().get("/").text
