"""Build the dashboard and its API on one server, and run it: `python app.py [--debug]`."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import dash
import flask
import waitress
from flask_bootstrap import Bootstrap5
from werkzeug.serving import is_running_from_reloader

import api
from api import access, headers, measure
from components import shell
from smartshopie_db.database import SmartShopieDB
from smartshopie_db.errors import StoreError
from smartshopie_db.settings import SettingError, Settings, load_settings, unknown_settings

log = logging.getLogger("smartshopie")

PROJECT: Final = Path(__file__).resolve().parent
THREADS: Final = 40  # 32 open streams, and 8 for everything else
LARGEST_REQUEST: Final = 8 * 1024 * 1024  # bytes as sent; the largest is a batch of events


def create_app(settings: Settings | None = None) -> dash.Dash:
    """Return the whole program, its store open; raises SettingError or StoreError, both in words for a user."""
    settings = settings or load_settings()
    database = SmartShopieDB(settings.database_url, settings=settings).connect()
    server = flask.Flask("app", root_path=str(PROJECT), static_url_path="/static", static_folder=None)
    server.config["MAX_CONTENT_LENGTH"] = LARGEST_REQUEST
    Bootstrap5(server)  # serves Bootstrap's files under /bootstrap/static/
    api.register(server, database)
    app = dash.Dash(
        __name__, server=server, use_pages=True, pages_folder=str(PROJECT / "pages"), title=shell.NAME,
        update_title=None, assets_ignore=rf"^{shell.HEAD_SCRIPT}$", suppress_callback_exceptions=True, enable_mcp=False,
    )  # fmt: skip
    app.layout = shell.layout
    app.index_string = shell.index_string(dash.page_registry.values())
    scripts = map(headers.source_hash, headers.inline_scripts(app.index_string))
    server.config[headers.SCRIPT_HASHES] = (*app.csp_hashes(), *scripts)
    return app


def say(sentence: str) -> None:
    """One line to whoever started the program, at once."""
    sys.stdout.write(sentence + "\n")
    sys.stdout.flush()


def serve(app: dash.Dash, settings: Settings, address: str) -> None:
    """Answer requests and measure until a signal ends it."""
    sampler = measure.Sampler(app.server.config["STORE"], app.server.extensions[measure.METER], address)
    server = waitress.create_server(
        app.server, host=settings.host, port=settings.port, threads=THREADS, connection_limit=500, ident=None,
        max_request_body_size=LARGEST_REQUEST, clear_untrusted_proxy_headers=True,
    )  # fmt: skip
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    sampler.start()
    say(f"SmartShopie Analytics listens on {address} (Ctrl+C ends it)")
    try:
        server.run()
    finally:
        sampler.stop()
        app.server.config["STORE"].close()


def prepared(*, debug: bool) -> Settings:
    """The settings, with what there is to say about them; raises SettingError."""
    settings = load_settings()
    if debug and not access.is_loopback(settings.host):
        raise SettingError("SMARTSHOPIE_HOST lets others reach the dashboard, and --debug would show them its code.")
    for sentence in unknown_settings():
        log.warning(sentence)
    scheme, _, name = settings.database_url.partition(":///")
    if scheme == "sqlite" and not Path(name).exists():
        say(f"{name} does not exist: a new, empty store is made there. `python seed_demo_data.py` fills it.")
    return settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; 2: a setting or the store is wrong, said in one sentence."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--debug", action="store_true", help="reload on changes and show errors in the browser")
    debug = parser.parse_args(arguments).debug
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.INFO)
    try:
        settings = prepared(debug=debug)
        app = create_app(settings)
        address = f"http://{f'[{settings.host}]' if ':' in settings.host else settings.host}:{settings.port}"
        if debug:
            if not is_running_from_reloader():
                say(f"SmartShopie Analytics listens on {address} and reloads on changes (Ctrl+C ends it)")
            app.run(debug=True, host=settings.host, port=settings.port)
        else:
            serve(app, settings, address)
    except (SettingError, StoreError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except OSError as error:
        sys.stderr.write(f"Cannot listen on {address}: {error.strerror}. Set SMARTSHOPIE_PORT to a free port.\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
