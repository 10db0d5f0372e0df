"""The house rules that a reader of ARCHITECTURE.md relies on, held by reading the code."""

import ast
import itertools
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
ROOMS = ["pages", "components", "api", "data", "smartshopie_db"]

MAY_IMPORT = {
    "app": {"api", "components", "data", "smartshopie_db"},  # pages are found by Dash, not imported
    "pages": {"components", "data"},
    "api": {"data", "smartshopie_db"},
    "components": {"data", "smartshopie_db"},
    "data": {"smartshopie_db"},
    "smartshopie_db": set(),
    "seed_demo_data": {"smartshopie_db"},
}
WEB_PACKAGES = {"dash", "plotly", "flask", "dash_bootstrap_components", "waitress", "werkzeug"}


def sources_of(*rooms: str) -> list[Path]:
    return [path for room in rooms for path in sorted((PROJECT / room).rglob("*.py"))]


def sources() -> list[Path]:
    return [PROJECT / "app.py", PROJECT / "seed_demo_data.py", *sources_of(*ROOMS)]


def room_of(path: Path) -> str:
    first = path.relative_to(PROJECT).parts[0]
    return first.removesuffix(".py")


def imported_packages(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module.split(".")[0])
    return names


def named(path: Path) -> str:
    return str(path.relative_to(PROJECT))


@pytest.mark.parametrize("path", sources(), ids=named)
def test_imports_point_one_way(path: Path) -> None:
    room = room_of(path)
    ours = imported_packages(path) & (set(ROOMS) | {"app"})
    assert ours - {room} <= MAY_IMPORT[room]


@pytest.mark.parametrize("path", sources_of("data", "smartshopie_db"), ids=named)
def test_the_store_and_the_numbers_know_no_web(path: Path) -> None:
    assert not imported_packages(path) & WEB_PACKAGES


@pytest.mark.parametrize("path", sources_of("pages", "components"), ids=named)
def test_what_can_be_seen_speaks_no_sql(path: Path) -> None:
    assert not re.search(r"\bSELECT\b.+\bFROM\b", path.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("room", ["api", "data", "smartshopie_db"])
def test_the_page_about_architecture_names_every_module_once(room: str) -> None:
    listing = (PROJECT / "ARCHITECTURE.md").read_text(encoding="utf-8").split("```")[1]
    described = listing.partition(f"\n{room}/ ")[2]
    lines = itertools.takewhile(lambda line: line.startswith("  "), described.splitlines()[1:])
    modules = [word for line in lines for word in line.split() if re.fullmatch(r"\w+\.py", word)]
    assert sorted(modules) == sorted(path.name for path in (PROJECT / room).glob("*.py") if path.name != "__init__.py")


def requirements(file: str) -> set[str]:
    lines = (PROJECT / file).read_text(encoding="utf-8").splitlines()
    return {found[0].lower() for line in lines if (found := re.match(r"[A-Za-z][\w.-]*", line))}


def test_every_imported_package_is_pinned_by_name() -> None:
    imported = set().union(*map(imported_packages, sources())) - set(ROOMS) - sys.stdlib_module_names - {"_typeshed"}
    brought_by = packages_distributions()
    assert imported >= {"dash", "flask", "sqlalchemy"}
    assert {brought_by[name][0].lower() for name in imported} <= requirements("requirements.txt")


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt", "requirements-bench.txt"])
def test_every_required_package_has_its_reason(file: str) -> None:
    reasons = (PROJECT / "docs" / "adr" / "0002-dependencies.md").read_text(encoding="utf-8").lower()
    assert requirements(file)
    assert not [name for name in requirements(file) if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", reasons)]


def test_no_drawer_is_called_utils() -> None:
    names = {path.stem for path in sources()} | {path.parent.name for path in sources()}
    assert not names & {"utils", "helpers", "core", "services", "lib", "common", "misc"}


def test_javascript_stays_small_and_in_assets() -> None:
    scripts = [path for room in [*ROOMS, "assets"] for path in (PROJECT / room).rglob("*.js")]
    scripts = [path for path in scripts if path.parent.name != "bundle"]  # plotly.js, made by `make bundle`
    assert all(path.is_relative_to(PROJECT / "assets") for path in scripts)
    lines = sum(1 for path in scripts for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
    assert 0 < lines <= 200


def test_assets_name_no_other_host() -> None:
    for path in (path for path in (PROJECT / "assets").iterdir() if path.is_file()):
        text = path.read_text(encoding="utf-8")
        hosts = set(re.findall(r"https?://([\w.-]+)", text)) - {"www.w3.org"}  # an SVG name space, never fetched
        assert not hosts, f"{path.name} names {hosts}"
