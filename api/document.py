"""HTML texts of the API itself (sign-in, documentation): self-contained, no script, light and dark."""

from __future__ import annotations

from html import escape

import flask

from api.headers import source_hash

COLOURS = """
:root {
  color-scheme: light dark;
  --ink: #1c2430; --soft: #566273; --paper: #fff; --tint: #f3f5f8; --line: #c9d0d9;
  --accent: #2457c5; --on-accent: #fff; --bad: #a8201a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e6ebf2; --soft: #a7b1bf; --paper: #12161c; --tint: #1b212a; --line: #475264;
    --accent: #8fb4ff; --on-accent: #0d1420; --bad: #ff9b94;
  }
}
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif }
a { color: var(--accent) }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
"""


def document(title: str, style: str, body: str, status: int = 200) -> flask.Response:
    """One page; `style` is added to the common one, `body` is trusted HTML.

    Its policy allows exactly this style sheet, forms to this server, and nothing else.
    """
    style = COLOURS + style
    html = (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        f"<style>{style}</style></head><body>{body}</body></html>"
    )
    policy = (
        f"default-src 'none'; style-src {source_hash(style)}; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'self'"
    )
    return flask.Response(html, status, {"Content-Security-Policy": policy}, mimetype="text/html")
