"""Answers to browsers: nothing is loaded from elsewhere, framed, guessed or kept."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import HTMLResponse, PlainTextResponse, Response

#: Scripts, styles and requests are the host's own only; texts of strangers could run nothing even if they were not escaped.
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # With `no-referrer` browsers would hide where a form was sent from, which is what tells strangers' forms from ours.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def page(html: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A page, or a part of one."""
    return HTMLResponse(html, status, {**HEADERS, **(headers or {})})


def plain(text: str, status: int) -> Response:
    """A sentence, such as what was wrong."""
    return PlainTextResponse(text, status, HEADERS)


def download(text: str, name: str) -> Response:
    """A text file to keep, under a name of letters, digits, dots and hyphens."""
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text, headers=headers, media_type="text/plain; charset=utf-8")


def back_to(path: str) -> Response:
    """Lets the browser ask for `path` next, by GET."""
    return Response(status_code=303, headers={**HEADERS, "Location": path})
