"""Open pages follow the store; an empty store says how to fill it."""

import base64
import json
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dash
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from api import live
from api.live import HUB, Hub
from app import create_app, http_server
from smartshopie_db.clock import LocalTime, now_ms
from smartshopie_db.settings import load_settings
from tests import serving

KEY = "key-of-the-tests"
WAIT = 60  # seconds after which a test gives up; never waited for
SERUM = {"product_id": "p1", "name": "Night Serum", "category": "Skincare", "price": 40.0, "quantity": 1}


class Shop:
    """A store of its own, served with its rollup worker, and who sends events to it."""

    def __init__(self, url: str, **given: str) -> None:
        words = {"DATABASE_URL": url, "WRITE_KEY": KEY, **given}
        self.app = create_app(load_settings({f"SMARTSHOPIE_{name}": value for name, value in words.items()}))
        self.server = http_server(self.app, "127.0.0.1", 0)
        self.hub: Hub = self.app.server.extensions[HUB]
        self.store = self.app.server.config["STORE"]
        self.address = serving.begin(self.server)
        self.app.server.config["WORKER"].start()

    def close(self) -> None:
        serving.end(self.server, self.app.server)
        self.app.server.config["WORKER"].stop()
        self.store.close()

    def send(self, *messages: dict[str, Any]) -> dict[str, Any]:
        """Post a batch as a client does."""
        now = LocalTime("UTC").iso(now_ms())
        body = {"batch": [{"type": "track", "timestamp": now, **message} for message in messages]}
        headers = {"Authorization": "Basic " + base64.b64encode(f"{KEY}:".encode()).decode()}
        request = urllib.request.Request(f"{self.address}/v1/batch", json.dumps(body).encode(), headers)  # noqa: S310
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            return json.load(answer)

    def order(self, number: int) -> None:
        """A customer who talks to the assistant and orders."""
        who = {"userId": f"customer-{number}"}
        talk = {"conversationId": f"c{number}", "feature": "chat"}
        self.send(
            {**who, "type": "page"},
            {**who, "event": "Conversation Started", "properties": talk},
            {**who, "event": "Order Completed", "properties": {
                "order_id": f"o{number}", "revenue": 40.0, "products": [SERUM],
            }},
        )  # fmt: skip

    def listeners_are(self, number: int) -> bool:
        """Wait until this many streams are open."""
        with self.hub._changed:
            return self.hub._changed.wait_for(lambda: self.hub.listeners == number, WAIT)


@pytest.fixture
def shop_of(tmp_path: Path) -> Iterator[Callable[..., Shop]]:
    opened: list[Shop] = []

    def make(**given: str) -> Shop:
        opened.append(Shop(f"sqlite:///{tmp_path / f'shop{len(opened)}.db'}", **given))
        return opened[-1]

    yield make
    for shop in opened:
        shop.close()


@pytest.fixture
def shop(shop_of: Callable[..., Shop]) -> Shop:
    return shop_of()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(WAIT * 1000)
    yield context
    context.close()


@pytest.fixture
def tab(context: BrowserContext) -> Page:
    """A tab in which no error may happen but the answers that a test asks for."""
    return context.new_page()


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
    with shop.hub._changed:
        assert shop.hub._changed.wait_for(lambda: shop.hub._news.tag != before, WAIT)
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
def test_a_stream_that_the_server_ends_is_followed_by_another_way_to_hear(shop: Shop, tab: Page) -> None:
    tab.goto(shop.address)
    assert shop.listeners_are(1)
    shop.hub.stop()  # streams end, and none begins: what a restart looks like
    expect(tab.locator("#connection")).to_be_hidden()
    shop.hub._stopped = False
    shop.order(1)
    expect(conversations(tab)).to_have_text("1")


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


def test_every_output_belongs_to_one_callback(shop: Shop) -> None:
    shop.app.server.test_client().get("/_dash-dependencies")
    outputs = [
        one for entry in shop.app.callback_map for one in entry.strip(".").split("...") if not entry.startswith("_")
    ]
    assert outputs
    assert [one for one, times in Counter(outputs).items() if times > 1] == []
    assert {page["path"] for page in dash.page_registry.values()} >= {"/", "/system"}
