"""Answers to browsers, with headers against loading from elsewhere, framing, sniffing and caching."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import HTMLResponse, PlainTextResponse, Response

#: Scripts, styles and requests are the host's own only: a text could run nothing even if it were not escaped.
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # With `no-referrer` browsers would hide the page that a form was sent from, by which forms of other sites are recognised.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def page(html: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A page, or a part of one."""
    return HTMLResponse(html, status, {**HEADERS, **(headers or {})})


def plain(text: str, status: int) -> Response:
    """A sentence, such as the text of an error."""
    return PlainTextResponse(text, status, HEADERS)


def download(text: str, name: str) -> Response:
    """A text file to keep, under a name of letters, digits, dots and hyphens."""
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text, headers=headers, media_type="text/plain; charset=utf-8")


def back_to(path: str) -> Response:
    """A redirect to `path`, by GET."""
    return Response(status_code=303, headers={**HEADERS, "Location": path})
