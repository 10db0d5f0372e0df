"""Every page draws everything, in both modes, wide and narrow, and says what it means."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

PAGES = {
    "/": "Overview",
    "/conversions": "Conversions",
    "/customers": "Customers",
    "/products": "Products",
    "/revenue": "Revenue",
    "/ai": "AI performance",
    "/interactions": "Interactions",
    "/system": "System",
    "/billing": "Billing",
}
ANOTHER_KIND = """[...document.querySelectorAll(".seen .js-plotly-plot")].flatMap((plot) =>
    plot._fullData.filter((trace, place) => trace.type !== plot.data[place].type).map((trace) => trace.name))"""
"""Traces drawn as another kind than asked for: what plotly.js does with kinds it does not know."""
ALL_OPEN = f"() => document.querySelectorAll('.page[data-parts]').length === {len(PAGES)}"


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 375, pytest.param(360, marks=pytest.mark.long)])
def test_every_chart_of_every_page_is_drawn(visit_of, mode, width):
    visit = visit_of(width, mode)
    for path, heading in PAGES.items():
        visit.open(path)
        expect(visit.page.locator(".seen h1")).to_have_text(heading)
        expect(visit.page.locator(".seen .failed")).to_have_count(0)
        cards = visit.page.locator(".seen .panel-card").all()
        assert cards
        for card in cards:
            assert card.locator(".value, .meter, table td, .empty, .js-plotly-plot .trace, .verdict").count(), (
                card.inner_text()
            )
        assert visit.page.evaluate(ANOTHER_KIND) == []
        assert visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (
            f"{path} is wider than {width}"
        )


def test_the_sidebar_leads_to_all_pages_in_order(visit):
    visit.open("/?period=7d")
    links = visit.page.locator("nav a")
    expect(links).to_have_text(list(PAGES.values()))
    for link, (path, heading) in zip(links.all(), PAGES.items(), strict=True):
        link.click()
        expect(visit.page.locator(".seen h1")).to_have_text(heading)
        visit.drawn()
        assert visit.page.url == f"{visit.address}{path}?period=7d"
        expect(link).to_have_attribute("aria-current", "page")


def test_a_narrow_screen_has_its_menu_behind_a_button(visit_of):
    visit = visit_of(375)
    visit.open("/")
    expect(visit.page.locator("#sidebar")).to_be_hidden()
    visit.page.click("#menu")
    expect(visit.page.locator("#menu")).to_have_attribute("aria-expanded", "true")
    visit.page.click("nav a >> text=Billing")
    expect(visit.page.locator(".seen h1")).to_have_text("Billing")
    expect(visit.page.locator("#sidebar")).to_be_hidden()


@pytest.mark.parametrize("path", PAGES)
def test_every_card_has_its_definition_its_rows_and_its_file(visit, path):
    visit.open(f"{path}?period=30d")
    cards, figures, tables = (visit.page.locator(f".seen {which}").all() for which in (
        ".panel-card", "figure", "details.behind",
    ))  # fmt: skip
    assert cards
    assert figures
    assert tables
    for card in cards:
        name = card.get_attribute("data-testid")
        about = card.locator("details.popover")
        about.locator("summary").click()
        expect(about.locator(".panel p").first).not_to_be_empty()
        expect(about.locator("tbody tr").first).to_be_visible()
        assert about.locator("a[download]").get_attribute("href") == f"/api/{name}.csv?period=30d"
        about.locator("summary").click()
    for figure in figures:
        words = visit.page.locator(f"#{figure.get_attribute('aria-labelledby')}")
        assert len(words.text_content()) > 20
    for behind in tables:
        behind.locator("summary").click()
        nothing = behind.locator("xpath=..").locator(".empty")
        expect(behind.locator("tbody tr").or_(nothing).first).to_be_attached()  # the rows are built when it opens


def test_a_file_of_a_card_holds_the_rows_of_its_window(visit):
    visit.open("/conversions?period=7d")
    link = visit.page.locator(".seen [data-testid='conversions/trends'] a[download]")
    answer = visit.page.request.get(visit.address + link.get_attribute("href"))
    assert answer.ok
    assert len(answer.text().strip().splitlines()) == 1 + 7


def test_an_unknown_address_says_so_and_leads_back(visit):
    visit.page.goto(f"{visit.address}/nowhere")
    expect(visit.page.locator(".seen h1")).to_have_text("There is no page here")
    visit.page.click("main a")
    expect(visit.page.locator(".seen h1")).to_have_text("Overview")
    visit.problems.clear()  # the browser reports the 404 it was given


def test_the_theme_changes_without_the_server_and_stays(visit):
    visit.open("/revenue")
    ground = "getComputedStyle(document.body).backgroundColor"
    visit.page.wait_for_function(ALL_OPEN)
    light, before = visit.page.evaluate(ground), len(visit.requests)
    visit.page.get_by_role("button", name="Dark theme").click()
    dark = visit.page.evaluate(ground)
    assert dark != light
    way = "document.querySelector('.seen .js-plotly-plot').layout.template.layout.colorway[0]"
    series = "getComputedStyle(document.documentElement).getPropertyValue('--series-1').trim()"
    assert visit.page.evaluate(way) == visit.page.evaluate(series)
    assert len(visit.requests) - before <= visit.asked.count("live")
    visit.open("/revenue")
    assert visit.page.evaluate(ground) == dark


def test_paper_is_white_whatever_the_theme(visit_of):
    visit = visit_of(mode="dark")
    visit.open("/revenue")
    visit.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert visit.page.evaluate("document.documentElement.dataset.bsTheme") == "light"
    visit.page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert visit.page.evaluate("document.documentElement.dataset.bsTheme") == "dark"
