"""What axe-core finds: nothing, on every page in both modes, with every table open."""

from pathlib import Path

import axe_playwright_python
import pytest

from tests.pages.test_every_page import PAGES

pytestmark = pytest.mark.browser

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def axe() -> str:
    return next(Path(axe_playwright_python.__file__).parent.rglob("axe.min.js")).read_text(encoding="utf-8")


OTHERS = [pytest.param(*view, marks=pytest.mark.long) for view in (("dark", 1440), ("light", 375))]


@pytest.mark.parametrize(("mode", "width"), [("light", 1440), ("dark", 375), *OTHERS])
def test_axe_finds_nothing_to_complain_about(visit_of, axe, mode, width):
    visit = visit_of(width, mode, bypass_csp=True)
    found = []
    for path in PAGES:
        visit.open(path)
        visit.page.evaluate(
            "document.querySelectorAll('.seen details.behind').forEach((details) => { details.open = true; })"
        )
        visit.page.evaluate(axe)
        result = visit.page.evaluate("(rules) => axe.run({ runOnly: rules })", RULES)
        found += [(path, problem["id"], problem["nodes"][0]["html"][:120]) for problem in result["violations"]]
    assert not found


def test_one_heading_landmarks_and_a_language(visit):
    visit.open("/")
    counts = {
        name: visit.page.locator(name).count()
        for name in ("html[lang=en]", ".seen h1", "main", "nav[aria-label]", "header.frame")
    }
    assert set(counts.values()) == {1}, counts
