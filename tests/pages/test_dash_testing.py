"""The dashboard under Dash's own test tools."""

import pytest

from api.live import HUB
from app import create_app
from smartshopie_db.settings import load_settings

pytestmark = pytest.mark.browser


def test_the_overview_runs_under_dash_testing(dash_duo, demo_store):
    app = create_app(load_settings({"SMARTSHOPIE_DATABASE_URL": demo_store}))
    dash_duo.start_server(app)
    dash_duo.wait_for_text_to_equal("h1", "Overview", timeout=60)
    dash_duo.wait_for_element("#overview-revenue-attribution-chart .js-plotly-plot .main-svg", timeout=60)
    assert dash_duo.get_logs() == []
    app.server.extensions[HUB].stop()  # dash.testing ends threads by force
