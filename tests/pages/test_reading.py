"""What opens beside a number stays on the screen, and the pointer reads the bucket it is on."""

import pytest
from playwright.sync_api import expect

from app import create_app, http_server
from smartshopie_db.settings import load_settings
from tests import serving

pytestmark = pytest.mark.browser

OUTSIDE = """(summary) => {
    const { left, right, top, bottom } = summary.parentElement.querySelector(".panel").getBoundingClientRect();
    return left < 0 || right > innerWidth || top > innerHeight - 40 || bottom < 40;
}"""
READ = """() => [...document.querySelectorAll(".seen .js-plotly-plot")].flatMap((plot) => {
    const { xaxis, yaxis } = plot._fullLayout, read = plot._fullData.filter(({ hoverinfo }) => hoverinfo !== "skip");
    const places = [...new Set(read.flatMap(({ x }) => x))], half = xaxis._length / places.length / 2;
    return places.flatMap((place) => [-0.6, 0, 0.6].map((aside) => {
        const told = read.filter(({ x, y }) => y[x.indexOf(place)] != null).length;
        Plotly.Fx.hover(plot, { xpx: xaxis.d2p(place) + aside * half, ypx: yaxis._length / 2 });
        const found = (plot._hoverdata ?? []).map(({ x }) => String(x).slice(0, 10));
        Plotly.Fx.unhover(plot);
        return { place, told, found };
    }));
})"""
"""Per chart, bucket and three places of the pointer: how many series have a value there, and the buckets it finds."""


@pytest.mark.parametrize("width", [1440, 720, 375])
def test_a_panel_opens_where_it_can_be_read(visit_of, width):
    visit = visit_of(width)
    visit.open("/")
    summaries = visit.page.locator("#custom > summary, .seen details.popover > summary").all()
    assert len(summaries) > 5
    for summary in summaries:
        summary.click()
        assert not summary.evaluate(OUTSIDE), f"{summary.get_attribute('aria-label')} at {width}"
        visit.page.keyboard.press("Escape")


@pytest.mark.parametrize(("path", "width"), [("/?period=30d", 1440), ("/ai?period=30d", 375)])
def test_the_pointer_finds_the_values_of_its_own_bucket_alone(visit_of, path, width):
    visit = visit_of(width)
    visit.open(path)
    found = [one for one in visit.page.evaluate(READ) if one["told"]]
    assert len(found) > 20
    for one in found:
        assert one["found"] == [one["place"][:10]] * one["told"]


def test_whoever_was_signed_out_elsewhere_is_asked_for_the_key(browser, demo_store):
    app = create_app(load_settings({"SMARTSHOPIE_DATABASE_URL": demo_store, "SMARTSHOPIE_READ_KEY": "open sesame"}))
    server = http_server(app, "127.0.0.1", 0)
    address, context = serving.begin(server), browser.new_context()
    try:
        page = context.new_page()
        page.goto(address)
        page.fill("input[name=key]", "open sesame")
        page.keyboard.press("Enter")
        expect(page.locator(".seen h1")).to_have_text("Overview")
        context.clear_cookies()
        page.click("a[data-period='7d']")
        expect(page.locator("input[name=key]")).to_be_visible()
        assert page.url.endswith("period%3D7d")  # to come back to
    finally:
        context.close()
        serving.end(server, app.server)
        app.server.config["STORE"].close()
