"""Build the dashboard and its API on one server, and run it: `python app.py [--debug]`."""

from __future__ import annotations

import argparse
import errno
import gc
import logging
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final, NoReturn

import dash
import flask
import waitress
from flask_bootstrap import Bootstrap5
from werkzeug.serving import is_running_from_reloader

import api
from api import callbacks, headers, live, measure
from components import shell
from smartshopie_db.connections import file_of
from smartshopie_db.database import SmartShopieDB
from smartshopie_db.errors import StoreError
from smartshopie_db.settings import SettingError, Settings, is_loopback, load_settings, unknown_settings
from smartshopie_db.worker import RollupWorker

log = logging.getLogger("smartshopie")

PROJECT: Final = Path(__file__).resolve().parent
THREADS: Final = live.MOST_STREAMS + 8  # a stream holds one; 8 for everything else
LARGEST_REQUEST: Final = 8 * 1024 * 1024  # bytes as sent, answered with 413 above; the largest is a batch of events
LARGEST_READ: Final = 4 * LARGEST_REQUEST  # bytes; from here on waitress answers, without waiting for the body

FORWARDED: Final = ("x-forwarded-for", "x-forwarded-proto")  # not the host: a proxy passes it on as it came


class Dashboard(dash.Dash):
    """Dash with an index page that loads only the scripts in use."""

    def interpolate_index(self, **parts: str) -> str:  # type: ignore[override]  # Dash does not type what it documents
        """The index page."""
        parts["scripts"] = shell.without_unused(parts["scripts"])
        return str(super().interpolate_index(**parts))  # type: ignore[no-untyped-call]


def create_app(settings: Settings | None = None) -> dash.Dash:
    """Return the whole program, its store open; raises SettingError or StoreError, both in words for a user."""
    settings = settings or load_settings()
    db = SmartShopieDB(settings.database_url, settings=settings).connect()
    server = flask.Flask("app", root_path=str(PROJECT), static_url_path="/static", static_folder=None)
    server.config.update(MAX_CONTENT_LENGTH=LARGEST_REQUEST, WORKER=RollupWorker(db))
    Bootstrap5(server)  # serves Bootstrap's files under /bootstrap/static/
    api.register(server, db, server.config["WORKER"])
    app = Dashboard(
        __name__, server=server, use_pages=True,  # type: ignore[arg-type]  # a Flask server is what Dash runs on
        pages_folder=str(PROJECT / "pages"), include_pages_meta=False,
        title=shell.NAME, update_title="", assets_ignore=rf"^({shell.HEAD_SCRIPT}|{shell.BUNDLE})$", enable_mcp=False,
        suppress_callback_exceptions=True,
    )  # fmt: skip
    callbacks.register(app)
    app.layout = shell.layout
    app.index_string = shell.index_string(dash.page_registry.values(), sign_out=settings.read_key is not None)
    scripts = tuple(map(headers.source_hash, headers.inline_scripts(app.index_string)))
    server.config[headers.SCRIPT_SOURCES] = lambda: (*app.csp_hashes(), *scripts)  # Dash adds its own at first use
    pages = {page["path"] for page in dash.page_registry.values() if shell.name_of(page) != shell.NOT_FOUND}

    @server.after_request
    def say_not_found(response: flask.Response) -> flask.Response:
        rule = flask.request.url_rule  # Dash takes every path and shows a page that says there is none
        shown = response.status_code == 200 and rule is not None and rule.rule == "/<path:path>"
        if shown and "/" + flask.request.path.strip("/") not in pages:
            response.status_code = 404
        return response

    return app


def say(sentence: str) -> None:
    """One line to whoever started the program, at once."""
    sys.stdout.write(sentence + "\n")
    sys.stdout.flush()


@contextmanager
def working(server: flask.Flask, address: str) -> Iterator[None]:
    """Roll up and measure in the background while the server runs; both end with it, their work written."""
    db, worker = server.config["STORE"], server.config["WORKER"]
    sampler = measure.Sampler(db, server.extensions[measure.METER], address)
    worker.start()
    sampler.start()
    try:
        yield
    finally:
        worker.stop()
        sampler.stop()
        db.close()


def http_server(app: dash.Dash, host: str, port: int, trusted_proxy: str | None = None) -> Any:
    """A server that listens and does not answer yet; raises OSError. `trusted_proxy`: its IP address."""
    socket.getaddrinfo(host.strip("[]"), port)  # of a name that is none waitress does not say what is wrong with it
    logging.getLogger("waitress").setLevel(logging.WARNING)  # below it tells of every stream whose reader leaves
    return waitress.create_server(
        app.server, host=host.strip("[]"), port=port, threads=THREADS, connection_limit=500,
        ident=None, max_request_body_size=LARGEST_READ,
        trusted_proxy=trusted_proxy, trusted_proxy_headers=FORWARDED if trusted_proxy else (),
        clear_untrusted_proxy_headers=True,
        channel_request_lookahead=1,  # so that a stream learns that its reader has left
    )  # fmt: skip


def serve(app: dash.Dash, settings: Settings, address: str) -> None:
    """Answer requests until a signal ends it."""
    server = http_server(app, settings.host, settings.port, settings.trusted_proxy)

    def end(*_: object) -> NoReturn:
        app.server.extensions[live.HUB].stop()  # the server waits for its threads, and streams would hold them
        sys.exit(0)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    with working(app.server, address):
        say(f"SmartShopie Analytics listens on {address} (Ctrl+C ends it)")
        gc.collect()
        gc.freeze()  # modules and declarations stay: looking through them again takes 60 ms of somebody's answer
        server.run()
        server.close()  # whoever follows may listen at once, also while a rollup comes to its end


def serve_and_reload(app: dash.Dash, settings: Settings, address: str) -> None:
    """Answer requests, start again when a file changes, and show errors in the browser."""
    started = is_running_from_reloader()  # the first process only watches the files and starts this one
    if not started:
        say(f"SmartShopie Analytics listens on {address} and reloads on changes (Ctrl+C ends it)")
    with working(app.server, address) if started else nullcontext():
        app.run(host=settings.host.strip("[]"), port=settings.port, debug=True, dev_tools_disable_version_check=True)


def prepared(*, debug: bool) -> Settings:
    """The settings, with what there is to say about them; raises SettingError."""
    settings = load_settings()
    if debug and not is_loopback(settings.host):
        raise SettingError("SMARTSHOPIE_HOST lets others reach the dashboard, and --debug would show them its code.")
    for sentence in unknown_settings():
        log.warning(sentence)
    path = file_of(settings.database_url)
    if path is not None and not path.exists():
        say(f"{path} does not exist: a new, empty store is made there. `python seed_demo_data.py` fills it.")
    return settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; 2: a setting, the store or the port is wrong, said in one sentence."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--debug", action="store_true", help="reload on changes and show errors in the browser")
    debug = parser.parse_args(arguments).debug
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.INFO)
    try:
        settings = prepared(debug=debug)
        app = create_app(settings)
    except (SettingError, StoreError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if (migration := app.server.config["STORE"].migration) is not None:
        say(f"An original database was brought up to date; {migration.copy} is the file as it was.")
    host = settings.host.strip("[]")
    address = f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"
    try:
        (serve_and_reload if debug else serve)(app, settings, address)
    except OSError as error:
        remedy = "SMARTSHOPIE_HOST to an address of this machine, like 127.0.0.1 or 0.0.0.0"
        if error.errno in {errno.EADDRINUSE, errno.EACCES}:
            remedy = "SMARTSHOPIE_PORT to a free port"
        sys.stderr.write(f"Cannot listen on {address}: {error.strerror}. Set {remedy}.\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
