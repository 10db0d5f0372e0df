"""What all tests share: no settings from outside, hypothesis profiles, the folder of real data."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

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
