"""What an empty store shows in place of numbers: how to send events to this very server."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import flask
from dash import html

from components.markup import aria, data
from data.catalogue import CATALOGUE
from data.fetch import fetch, window_for
from data.presence import is_empty
from smartshopie_db.keys import list_keys

if TYPE_CHECKING:
    from smartshopie_db import SmartShopieDB

PRODUCT: Final = '"product_id": "p1", "name": "Night Serum", "category": "Skincare", "price": 39.9'
LITERAL: Final = re.sub(r'"(\w+)":', r"\1:", PRODUCT)  # the same in JavaScript

CLIENTS: Final = (
    ("In the shop's pages: analytics.js", f"""// npm install @segment/analytics-next
import {{ AnalyticsBrowser }} from "@segment/analytics-next"

const writeKey = "YOUR_WRITE_KEY"
const analytics = AnalyticsBrowser.load({{
  writeKey,
  cdnSettings: {{ integrations: {{ "Segment.io": {{ apiKey: writeKey, apiHost: "HOST/v1", protocol: "SCHEME" }} }} }},
}})
analytics.page()
analytics.track("Product Viewed", {{ {LITERAL} }})
"""),
    ("On a server: Python", f"""# pip install segment-analytics-python
from segment.analytics import Client

analytics = Client("YOUR_WRITE_KEY", host="ADDRESS")
analytics.track("customer-1", "Product Viewed", {{{PRODUCT}}})
analytics.flush()
"""),
    ("On a server: Node", f"""// npm install @segment/analytics-node
import {{ Analytics }} from "@segment/analytics-node"

const analytics = new Analytics({{ writeKey: "YOUR_WRITE_KEY", host: "ADDRESS", path: "/v1/batch" }})
analytics.track({{ userId: "customer-1", event: "Product Viewed", properties: {{ {LITERAL} }} }})
await analytics.closeAndFlush()
"""),
    ("By hand: curl", f"""curl -u "YOUR_WRITE_KEY:" ADDRESS/v1/track -d '{{
  "userId": "customer-1", "event": "Product Viewed", "properties": {{{PRODUCT}}}
}}'
"""),
)  # fmt: skip
"""Each way to send one event, with its program; ADDRESS (SCHEME://HOST) stands for this server."""

NEW_KEY: Final = "python -m smartshopie_db keys add my-shop"
IMPORTS: Final = "python -m smartshopie_db import orders_export.csv\npython -m smartshopie_db import events.jsonl.gz"
DEMO: Final = "python seed_demo_data.py"


def guide(db: SmartShopieDB) -> Any:
    """The steps to the first event; None once there is something to show."""
    if not is_empty(db):
        return None
    here = address()
    return [
        html.H2("Getting started"),
        html.P("This store is empty. Numbers take the place of this page by themselves as soon as events come in."),
        *refusals(db),
        html.Ol(
            [
                step("Make a write key", key_words(db), block(NEW_KEY, "the command that makes a key")),
                step(
                    "Send events from your shop",
                    ["As Segment's clients send them, with this server as their host and the key in place of ",
                     html.Code("YOUR_WRITE_KEY"), "."],
                    *(client(title, filled(program, here), at == 0) for at, (title, program) in enumerate(CLIENTS)),
                ),
                step(
                    "Or bring what you have",
                    "Shopify's orders export, messages in Segment's format, or any table and what its columns mean.",
                    block(IMPORTS, "the commands that import files"),
                ),
                step(
                    "Or look around first",
                    "An invented skincare and haircare shop with two years of events, marked as demo data.",
                    block(DEMO, "the command that makes the demo shop"),
                ),
            ],
            className="steps",
        ),
        html.P(["Commands run in the project's folder, with the settings of this server. More on each client: ",
                html.Code("docs/connect.md"), ". All addresses: ", html.A("the API", href="/api/docs"), "."]),
    ]  # fmt: skip


def address() -> str:
    """How the browser reaches this server; behind a proxy only the browser knows whether it is https."""
    origin = flask.request.headers.get("Origin", "null")
    return origin if origin != "null" else flask.request.host_url.rstrip("/")


def filled(program: str, here: str) -> str:
    """A client's program with this server's address."""
    scheme, _, host = here.partition("://")
    return program.replace("ADDRESS", here).replace("SCHEME", scheme).replace("HOST", host)


def key_words(db: SmartShopieDB) -> str:
    """Which keys may send events already. A key itself is never shown."""
    names = [f"{key.name} (ends in {key.last_four})" for key in list_keys(db.engine) if key.revoked_ms is None]
    if db.settings.write_key is not None:
        names.append("the one in SMARTSHOPIE_WRITE_KEY")
    known = f"In force: {', '.join(names)}. " if names else "There is none yet. "
    return f"{known}The command shows a new key once; keep it, it can only write."


def refusals(db: SmartShopieDB) -> list[Any]:
    """What came in and could not be taken."""
    name = "ingest/rejected"
    rows = fetch(db, name, window_for(db, {})).body["data"]
    if not rows:
        return []
    count = sum(row["times"] for row in rows)
    came = "1 event came and was refused" if count == 1 else f"{count} events came and were refused"
    link = html.A(CATALOGUE[name].title, href="/system", **data(page="1", carry="1"))
    return [html.P([f"{came}, the latest because: {rows[0]['message']} ", link], className="failed")]


def step(title: str, words: Any, *content: Any) -> Any:
    """A step: what to do, and with what."""
    return html.Li([html.H3(title), html.P(words), *content])


def client(title: str, program: str, is_open: bool) -> Any:
    """A client's program, to be opened."""
    return html.Details([html.Summary(title), block(program, f"the program: {title}")], open=is_open)


def block(text: str, what: str) -> Any:
    """Lines to copy, with the button that does it."""
    return html.Div(
        [
            html.Pre(html.Code(text.strip()), tabIndex=0, role="group", **aria(label=what[0].upper() + what[1:])),
            html.Button(
                ["Copy", html.Span(f" {what}", className="visually-hidden")], type="button", **data(copy="1"),
                **aria(live="polite"),
            ),
        ],
        className="block",
    )  # fmt: skip
