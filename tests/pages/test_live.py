"""Open pages follow the store."""

from collections import Counter
from pathlib import Path

import dash
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from api import live
from tests.clients.running import Server
from tests.pages.shop import Shop


def mark(tab: Page) -> None:
    """Whoever loads the page anew loses this."""
    tab.evaluate("window.notReloaded = true")


def is_still_the_same(tab: Page) -> bool:
    return bool(tab.evaluate("window.notReloaded === true"))


def conversations(tab: Page):
    return tab.locator("#overview-kpis-ai-interactions-content .value")


def see_one_conversation(shop: Shop, tab: Page) -> None:
    tab.goto(shop.address)
    expect(conversations(tab)).to_have_text("1")
    mark(tab)


@pytest.fixture
def overview(shop: Shop, tab: Page) -> Page:
    """The overview of a shop with one conversation."""
    shop.order(1)
    see_one_conversation(shop, tab)
    return tab


def turn_to(tab: Page, page: str) -> None:
    tab.click(f"nav >> text={page}")
    expect(tab.locator(".seen h1")).to_have_text(page)


def activity(tab: Page):
    return tab.locator("#overview-customers-interactions")


def seem_hidden(tab: Page, *, hidden: bool) -> None:
    """What a browser does when another tab is chosen."""
    tab.evaluate(
        """(hidden) => {
            Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


@pytest.mark.browser
def test_events_sent_over_http_appear_in_the_open_page(shop: Shop, tab: Page) -> None:
    problems: list[str] = []
    tab.on("console", lambda message: message.type == "error" and problems.append(message.text))
    tab.on("pageerror", lambda error: problems.append(str(error)))
    tab.goto(shop.address)
    guide = tab.get_by_role("heading", name="Getting started")
    expect(guide).to_be_visible()
    expect(tab.locator(".seen .panel-card").first).to_be_hidden()
    mark(tab)
    shop.order(1)
    expect(guide).to_be_hidden()
    expect(conversations(tab)).to_have_text("1")
    expect(activity(tab)).to_contain_text("customer-1")
    expect(activity(tab)).to_contain_text("1 active now")
    expect(tab.locator(".seen .when")).to_contain_text("last event received")
    tab.wait_for_function("""() => [...document.querySelectorAll(".seen .js-plotly-plot")].every((plot) => {
        const card = plot.closest(".panel-card").getBoundingClientRect(), own = plot.getBoundingClientRect();
        return own.width > 100 && own.right <= card.right;
    })""")
    shop.order(2)
    expect(conversations(tab)).to_have_text("2")
    expect(activity(tab)).to_contain_text("customer-2")
    assert is_still_the_same(tab)
    assert not problems


@pytest.mark.browser
def test_what_was_refused_appears_on_the_open_system_page(shop: Shop, tab: Page) -> None:
    tab.goto(f"{shop.address}/system")
    card = tab.get_by_test_id("ingest/rejected")
    expect(card).to_contain_text("Nothing was rejected.")
    mark(tab)
    assert shop.send({"userId": "u"})["rejected"][0]["code"] == "missing_event"
    expect(card).to_contain_text("missing_event")
    assert is_still_the_same(tab)


@pytest.mark.browser
def test_a_page_opened_again_shows_nothing_older(shop: Shop, tab: Page) -> None:
    tab.goto(f"{shop.address}/system")
    expect(tab.get_by_test_id("ingest/rejected")).to_contain_text("Nothing was rejected.")
    turn_to(tab, "Revenue")
    before = shop.hub.current().tag
    shop.send({"userId": "u"})
    assert shop.has_news_since(before)
    tab.click("nav >> text=System")
    expect(tab.get_by_test_id("ingest/rejected")).to_contain_text("missing_event")


@pytest.mark.browser
def test_a_kept_page_is_not_seen_with_numbers_older_than_the_server_told(shop: Shop, overview: Page) -> None:
    turn_to(overview, "Revenue")
    shop.order(2)
    impact = overview.locator("#revenue-summary-impact-content")
    expect(impact).to_contain_text("€80.00")  # the net revenue of both orders
    overview.evaluate(
        """() => new MutationObserver((_changes, observer) => {
            const value = document.querySelector("#overview-kpis-ai-interactions-content .value");
            window.firstSeen = value.textContent;
            observer.disconnect();
        }).observe(document.querySelector("#overview"), { attributeFilter: ["class"] })"""
    )
    turn_to(overview, "Overview")
    assert overview.evaluate("window.firstSeen") == "2"


@pytest.mark.browser
def test_words_from_events_stay_words(shop: Shop, tab: Page) -> None:
    name = "<img src=x onerror=alert(1)>&amp;"
    shop.send({"userId": "u", "type": "identify", "traits": {"name": name}})
    talk = {"conversationId": "c1", "feature": "chat"}
    shop.send({"userId": "u", "event": "Conversation Started", "properties": talk})
    tab.goto(shop.address)
    expect(activity(tab)).to_contain_text(name)
    expect(tab.locator("main img")).to_have_count(0)


@pytest.mark.browser
def test_a_hidden_tab_listens_no_more_and_catches_up_when_it_is_seen_again(shop: Shop, overview: Page) -> None:
    assert shop.listeners_are(1)
    seem_hidden(overview, hidden=True)
    assert shop.listeners_are(0)
    shop.order(2)
    seem_hidden(overview, hidden=False)
    assert shop.listeners_are(1)
    expect(conversations(overview)).to_have_text("2")
    assert is_still_the_same(overview)


@pytest.mark.browser
def test_more_tabs_than_streams_ask_instead(
    shop: Shop, context: BrowserContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "MOST_STREAMS", 1)
    shop.order(1)
    tabs = [context.new_page() for _ in range(2)]
    for tab in tabs:
        see_one_conversation(shop, tab)
    assert shop.listeners_are(1)
    shop.order(2)
    for tab in tabs:
        expect(conversations(tab)).to_have_text("2")
        assert is_still_the_same(tab)


@pytest.mark.browser
def test_a_choice_made_while_news_come_in_is_kept(shop: Shop, overview: Page) -> None:
    overview.click("text=90d")
    shop.order(2)
    expect(conversations(overview)).to_have_text("2")
    assert overview.url.endswith("?period=90d")
    days = overview.evaluate("""() => {
        const { start, end } = document.querySelector(".seen [data-start]").dataset;
        return (Date.parse(end) - Date.parse(start)) / 86400000 + 1;
    }""")
    assert days == 90


@pytest.mark.browser
def test_who_is_refused_a_stream_after_its_own_has_ended_asks_instead(shop: Shop, tab: Page) -> None:
    tab.goto(shop.address)
    assert shop.listeners_are(1)
    shop.hub.stop()  # streams end, and none begins
    assert shop.listeners_are(0)
    shop.order(1)
    expect(conversations(tab)).to_have_text("1")
    assert shop.listeners_are(0)


@pytest.mark.browser
def test_an_open_page_goes_on_when_its_server_has_been_restarted(folder: Path, tab: Page) -> None:
    served = Server(folder).ready()
    try:
        tab.goto(served.address)
        expect(tab.get_by_role("heading", name="Getting started")).to_be_visible()
        mark(tab)
        served.stop()
        expect(tab.locator("#connection")).to_be_visible()
        served = Server(folder, port=served.port).ready()
        expect(tab.locator("#connection")).to_be_hidden()
        talk = {"conversationId": "c1", "feature": "chat"}
        served.post([{"type": "track", "userId": "u", "event": "Conversation Started", "properties": talk}])
        expect(conversations(tab)).to_have_text("1")
        assert is_still_the_same(tab)
    finally:
        served.stop()


def test_every_output_belongs_to_one_callback(shop: Shop) -> None:
    shop.app.server.test_client().get("/_dash-dependencies")
    outputs = [
        one for entry in shop.app.callback_map for one in entry.strip(".").split("...") if not entry.startswith("_")
    ]
    assert outputs
    assert [one for one, times in Counter(outputs).items() if times > 1] == []
    assert {page["path"] for page in dash.page_registry.values()} >= {"/", "/system"}
