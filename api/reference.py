"""GET /api/docs: the API to read, made from the catalogue; one HTML text, no script, nothing loaded."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from itertools import groupby
from typing import Any

import flask

from api.datasets import SERVED, WINDOW_SCHEMAS, shown_parameters, with_tag
from api.document import document
from api.ingest import MOST_EVENTS
from api.live import MOST_STREAMS
from api.problems import CODES, SENTENCES
from data.dataset import Column, Dataset
from smartshopie_db.database import SmartShopieDB

STYLE = """
html { scroll-padding-top: 1rem }
.frame { display: grid; grid-template-columns: 17rem minmax(0, 1fr); max-width: 80rem; margin: auto }
nav {
  position: sticky; top: 0; height: 100vh; overflow: auto; padding: 1.5rem 1rem; border-right: 1px solid var(--line);
  font-size: .9rem;
}
nav ul { list-style: none; margin: .2rem 0 1rem; padding: 0 }
nav a { display: block; padding: .15rem .3rem; text-decoration: none }
main { padding: 1.5rem 2rem 6rem; min-width: 0 }
h1 { font-size: 1.7rem; margin: 0 0 .5rem }
h2 { font-size: 1.4rem; margin: 3rem 0 .5rem }
h3 { font-size: 1.05rem; margin: 2rem 0 .3rem }
nav b, .area { text-transform: capitalize }
.soft { color: var(--soft) }
code, pre { font: .88em/1.5 ui-monospace, monospace }
pre { background: var(--tint); border: 1px solid var(--line); border-radius: .4rem; padding: .6rem; overflow: auto }
.wide { overflow-x: auto }
table { border-collapse: collapse; width: 100%; font-size: .9rem; margin: .6rem 0 }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line) }
th { color: var(--soft); font-weight: 600 }
@media (max-width: 48rem) {
  .frame { display: block }
  nav { position: static; height: auto; border-right: 0; border-bottom: 1px solid var(--line) }
  main { padding: 1rem }
}
@media print { nav { display: none } .frame { display: block } }
"""


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """An HTML table; cells are trusted HTML."""
    first = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return (
        '<div class="wide" tabindex="0" role="region" aria-label="Table">'
        f"<table><thead><tr>{first}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def values_of(schema: dict[str, Any]) -> str:
    """What a parameter may be, in words."""
    if "enum" in schema:
        words = ", ".join(f"<code>{escape(str(value))}</code>" for value in schema["enum"])
    elif "minimum" in schema:
        words = f"{schema['minimum']} to {schema['maximum']}"
    else:
        words = {"date": "YYYY-MM-DD"}.get(schema.get("format", ""), "text")
    return words + (f"; default <code>{escape(str(schema['default']))}</code>" if "default" in schema else "")


def parameter_table(parameters: Iterable[dict[str, Any]]) -> str:
    """Query parameters."""
    return table(("Parameter", "Values", "Meaning"), (
        (f"<code>{escape(p['name'])}</code>", values_of(p["schema"]), escape(p["meaning"])) for p in parameters
    ))


def field_table(columns: Iterable[Column]) -> str:
    """Fields with unit and meaning."""
    return table(("Field", "Unit", "Meaning"), (
        (f"<code>{escape(c.name)}</code>", escape(c.unit.name), escape(c.meaning)) for c in columns
    ))


def anchor(dataset: Dataset) -> str:
    """`revenue-attribution`."""
    return dataset.name.replace("/", "-")


def section(dataset: Dataset, host: str, header: str) -> str:
    """One dataset: what it means, its parameters and fields, an example."""
    own = [p for p in shown_parameters(dataset) if p not in WINDOW_SCHEMAS]
    window = "" if not dataset.windowed else '<p class="soft">Takes the <a href="#window">days to look at</a>.</p>'
    timeline = "<p>Each row of <code>timeline</code>:</p>" + field_table(dataset.timeline) if (
        dataset.timeline and dataset.kind == "object"
    ) else ""
    query = "?period=90d" if dataset.windowed else ""
    return (
        f'<h3 id="{anchor(dataset)}">{escape(dataset.title)}</h3><p><code>GET /api/{dataset.name}</code> '
        f'<code>GET /api/{dataset.name}.csv</code></p><p>{escape(dataset.definition)}</p>{window}'
        + (parameter_table(own) if own else "") + field_table(dataset.shown_columns) + timeline
        + f"<pre>curl {header}\"{host}/api/{dataset.name}{query}\"</pre>"
    )


def introduction(host: str, header: str) -> str:
    """What all addresses have in common."""
    statuses = table(("Status", "Code", "Means"), (
        (str(status), f'<code id="problem-{code}">{code}</code>', escape(SENTENCES[status]))
        for status, code in CODES.items()
    ))
    return f"""
<h1>SmartShopie Analytics API</h1>
<p>Every number of the dashboard, as JSON and as CSV. All addresses answer <code>GET</code>; unknown parameters are
ignored, wrong ones are answered with 400. The same as <a href="/api/openapi.json">OpenAPI 3.1</a>.</p>
<pre>curl {header}"{host}/api/overview/kpis?period=30d"</pre>
<p>JSON answers carry <code>success</code>, <code>data</code> (or what is said below) and <code>meta</code>: the days
and the grain of the answer, the currency, the newest day with data, what changes compare, and warnings. An
<code>ETag</code> comes with every answer: send it back as <code>If-None-Match</code>, and an unchanged answer is an
empty 304. <code>.csv</code> gives the same rows as a file.</p>
<h2 id="window">The days to look at</h2>{parameter_table(WINDOW_SCHEMAS)}
<pre>curl {header}"{host}/api/revenue/summary?start=2026-10-01&amp;end=2026-10-31"</pre>
<h2 id="events">Sending events</h2>
<p>Events come in as Segment's clients send them: set their host to this server and their write key to one made by
<code>python -m smartshopie_db keys add NAME</code>. <code>POST /v1/batch</code> takes up to {MOST_EVENTS} messages and
answers 200 once they are on the disk; what could not be taken is listed with its reason.</p>
<pre>curl -u "$SMARTSHOPIE_WRITE_KEY:" "{host}/v1/track" -d '{{"event": "Product Viewed", "userId": "u1"}}'</pre>
<h2 id="live">What is new</h2>
<p><code>GET /api/stream</code> sends Server-Sent Events: at once and at every change the data version, when the newest
event was received, the active sessions, the newest activity and the server's newest minute. When the data version
grows, ask again for the numbers you show. At most {MOST_STREAMS} streams are open at a time, more are answered 503
<span id="problem-too_many_streams"><code>too_many_streams</code></span>; <code>GET /api/live</code> answers with the
same object once.</p>
<pre>curl -N {header}"{host}/api/stream"</pre>
<h2 id="problems">Errors</h2>
<p>Errors are <code>application/problem+json</code> with <code>type</code>, <code>title</code>, <code>status</code>,
<code>detail</code>, <code>code</code>, <code>success</code> (false) and <code>message</code> (the same as
<code>detail</code>).</p>{statuses}
<p id="problem-invalid_query">A wrong parameter has the code <code>invalid_query</code>, and the detail says what is
wrong with it. <span id="problem-unknown_host">A server without a read key answers to its machine's own names only:
<code>unknown_host</code>.</span></p>"""


def page(db: SmartShopieDB, host: str) -> str:
    """The whole page; `host`: where this server was reached, for the examples."""
    header = '-H "Authorization: Bearer $SMARTSHOPIE_READ_KEY" ' if db.settings.read_key is not None else ""
    areas = [(area, list(datasets)) for area, datasets in groupby(SERVED.values(), key=lambda dataset: dataset.area)]
    links = "".join(
        f"<b>{escape(area)}</b><ul>" + "".join(
            f'<li><a href="#{anchor(dataset)}">{escape(dataset.title)}</a></li>' for dataset in datasets
        ) + "</ul>" for area, datasets in areas
    )
    sections = "".join(
        f'<h2 class="area">{escape(area)}</h2>' + "".join(section(dataset, host, header) for dataset in datasets)
        for area, datasets in areas
    )
    return (
        f'<div class="frame"><nav aria-label="Contents"><p><a href="/">Dashboard</a></p>'
        '<ul><li><a href="#window">The days to look at</a></li><li><a href="#events">Sending events</a></li>'
        '<li><a href="#live">What is new</a></li>'
        f'<li><a href="#problems">Errors</a></li></ul>{links}</nav>'
        f"<main>{introduction(host, header)}{sections}</main></div>"
    )


def register(blueprint: flask.Blueprint, db: SmartShopieDB) -> None:
    """The page."""

    def docs() -> flask.Response:
        host = escape(flask.request.host_url.rstrip("/"), quote=True)
        response = document("API - SmartShopie Analytics", STYLE, page(db, host))
        return with_tag(response, response.get_data())

    blueprint.add_url_rule("/api/docs", "docs", docs)
