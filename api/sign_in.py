"""The sign-in page and its forms."""

from __future__ import annotations

from html import escape

import flask

from api.document import document

STYLE = """
body { min-height: 100vh; display: grid; place-items: center; background: var(--tint) }
main {
  width: min(24rem, 92vw); padding: 2rem; background: var(--paper); border: 1px solid var(--line); border-radius: .6rem;
}
h1 { font-size: 1.3rem; margin: 0 0 .3rem }
p { margin: 0 0 1.2rem; color: var(--soft) }
label { display: block; font-weight: 600; margin-bottom: .3rem }
input, button { width: 100%; font: inherit; padding: .55rem .7rem; border-radius: .4rem }
input { color: inherit; background: var(--tint); border: 1px solid var(--line) }
button {
  margin-top: 1rem; font-weight: 600; border: 0; background: var(--accent); color: var(--on-accent); cursor: pointer;
}
.wrong { color: var(--bad); font-weight: 600 }
"""


def page(title: str, body: str, status: int = 200) -> flask.Response:
    """A small page that no cache keeps."""
    response = document(f"{title} - SmartShopie Analytics", STYLE, f"<main>{body}</main>", status)
    response.headers["Cache-Control"] = "no-store"
    return response


def form(target: str, wrong: str | None = None, status: int = 200) -> flask.Response:
    """Ask for the key; `target`: the path to go on to."""
    message = f'<p class="wrong" id="wrong" role="alert">{escape(wrong)}</p>' if wrong else ""
    described = ' aria-describedby="wrong" aria-invalid="true"' if wrong else ""
    return page("Sign in", (
        f"<h1>SmartShopie Analytics</h1><p>Sign in with the read key of this server.</p>{message}"
        '<form method="post" action="/sign-in">'
        f'<input type="hidden" name="next" value="{escape(target, quote=True)}">'
        '<label for="key">Read key</label>'
        f'<input id="key" name="key" type="password" autocomplete="current-password" required autofocus{described}>'
        '<button type="submit">Sign in</button></form>'
    ), status)


def farewell() -> flask.Response:
    """Ask before signing out."""
    return page("Sign out", (
        "<h1>Sign out?</h1><p>This browser will need the read key again.</p>"
        '<form method="post" action="/sign-out"><button type="submit">Sign out</button></form>'
    ))
