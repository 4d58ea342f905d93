"""The page that a link opens, as HTML: whole in itself, and of use without a mouse or scripts."""

from base64 import b64encode
from hashlib import sha256
from html import escape

from fastapi.responses import HTMLResponse

from api.optin.words import Page

STYLE = """
:root { color-scheme: light dark; }
body { margin: 0 auto; max-width: 36rem; padding: 2rem 1rem;
  font: 1.125rem/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff; }
blockquote { margin: 1.5rem 0; padding: .25rem 0 .25rem 1rem; border-left: .25rem solid #6b6b6b;
  white-space: pre-line; overflow-wrap: anywhere; }
button { font: inherit; padding: .75rem 1.5rem; border: 0; border-radius: .375rem; color: #fff;
  background: #0b57a4; cursor: pointer; }
a { color: #0b57a4; }
button:focus-visible, a:focus-visible { outline: .1875rem solid #d95f02; outline-offset: .1875rem; }
@media (prefers-color-scheme: dark) {
  body { color: #f2f2f2; background: #161616; }
  a { color: #8ec2ff; }
}
"""

HEADERS = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            f"style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        )
    ),
    # the link is what proves who answers: it must stay in this browser
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


def html(page: Page, status: int, language: str, wording: str, more: str = "") -> HTMLResponse:
    """Build the answer; `more` is HTML that follows."""
    quoted = f"<blockquote>{escape(wording)}</blockquote>\n" if wording else ""
    button = f'<form method="post"><button>{page.button}</button></form>\n' if page.button else ""
    content = f"""<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{page.title}</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<h1>{page.title}</h1>
{quoted}<p>{page.text}</p>
{button}{more}</main>
</body>
</html>
"""
    return HTMLResponse(content, status, HEADERS)
