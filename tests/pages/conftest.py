"""A demo store of ten weeks for all tests, a shop for one of them, and a browser that tells what went wrong."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect, sync_playwright

from app import create_app, http_server
from smartshopie_db.settings import load_settings
from tests import serving
from tests.pages.shop import Shop

CHROMIUM = "/usr/bin/chromium"
WAIT_MS = 60_000  # a loaded machine is slow; nothing here tests speed
DAYS, VISITORS = "70", "60"

os.environ.setdefault("DASH_TEST_CHROMEPATH", CHROMIUM)  # noqa: TID251  read by dash.testing
expect.set_options(timeout=WAIT_MS)


def pytest_setup_options():
    """Chromium as dash.testing starts it."""
    from selenium.webdriver.chrome.options import Options

    options = Options()
    options.add_argument("--headless=new")
    options.add_argument("--window-size=1366,900")
    return options


@pytest.fixture(scope="session")
def demo_store(tmp_path_factory: pytest.TempPathFactory, project: Path) -> str:
    """The URL of a store with ten weeks of demo events."""
    path = tmp_path_factory.mktemp("demo") / "demo.db"
    command = [sys.executable, "seed_demo_data.py", "--days", DAYS, "--visitors-per-day", VISITORS, "--quiet"]
    subprocess.run([*command, "--database", str(path)], cwd=project, check=True, capture_output=True)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def address(demo_store: str) -> Iterator[str]:
    """Where the dashboard is served."""
    app = create_app(load_settings({"SMARTSHOPIE_DATABASE_URL": demo_store}))
    server = http_server(app, "127.0.0.1", 0)
    yield serving.begin(server)
    serving.end(server, app.server)
    app.server.config["STORE"].close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.skip(f"needs a browser at {CHROMIUM}")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@dataclass
class Visit:
    """A browser tab on the dashboard, with everything that went wrong in it."""

    page: Page
    address: str
    problems: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)  # why each callback was asked for: click, live, ahead, retry

    def open(self, path: str) -> None:
        """Go to a path and wait until the page is drawn."""
        self.page.goto(self.address + path)
        self.drawn()

    def drawn(self) -> None:
        """Wait until every chart of the page is there and nothing is being asked for."""
        self.page.wait_for_function(
            """() => {
                const page = document.querySelector(".seen"), link = document.querySelector("nav [aria-current]");
                return page && (!link || link.dataset.page === page.id) && !page.closest("[data-dash-is-loading=true]")
                    && [...page.querySelectorAll(".dash-graph")].every((graph) =>
                        graph.querySelector(".js-plotly-plot")?.data && !graph.matches(".dash-graph--pending"));
            }""",
            timeout=WAIT_MS,
        )

    def keep(self, request: Request) -> None:
        """Note what the tab asks for."""
        self.requests.append(request.url)
        self.asked += re.findall(r'"via":"(\w+)"', request.post_data or "")


@pytest.fixture
def visit_of(browser: Browser, address: str):
    """Open a tab of a width in a colour mode; at the end it must not have met a problem."""
    opened = []

    def make(width: int = 1440, mode: str = "light", **options) -> Visit:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=mode, **options)
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        visit = Visit(page, address)
        page.on("console", lambda message: message.type == "error" and visit.problems.append(message.text))
        page.on("pageerror", lambda error: visit.problems.append(str(error)))
        page.on("request", visit.keep)
        opened.append((context, visit))
        return visit

    yield make
    for context, visit in opened:
        context.close()
        elsewhere = [url for url in visit.requests if not url.startswith((address, "data:", "blob:"))]
        assert not elsewhere, elsewhere
        assert not visit.problems, visit.problems


@pytest.fixture
def visit(visit_of) -> Visit:
    """A wide tab in the light mode."""
    return visit_of()


@pytest.fixture
def shop_of(tmp_path: Path) -> Iterator[Callable[..., Shop]]:
    """Begin a shop of its own with these settings."""
    opened: list[Shop] = []

    def make(**given: str) -> Shop:
        opened.append(Shop(f"sqlite:///{tmp_path / f'shop{len(opened)}.db'}", **given))
        return opened[-1]

    yield make
    for shop in opened:
        shop.close()


@pytest.fixture
def shop(shop_of: Callable[..., Shop]) -> Shop:
    """An empty shop of its own."""
    return shop_of()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """What several tabs of one reader share."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(WAIT_MS)
    yield context
    context.close()


@pytest.fixture
def tab(context: BrowserContext) -> Page:
    """A wide tab."""
    return context.new_page()
