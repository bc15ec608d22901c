"""The reader of a webhook's body: JSON only, of a bounded size, within a bounded time."""

from __future__ import annotations

import asyncio
from typing import cast

from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope

from infobip_rules.errors import WebhookError


def check_content_type(scope: Scope) -> None:
    """Raises WebhookError (415) for a body that is said to be something else than JSON; nothing said is fine."""
    media_type = _header(scope, b"content-type").partition(";")[0].strip().lower()
    if media_type in {"", "application/json"} or media_type.endswith("+json"):
        return
    raise _not_json("The body is not JSON, by its Content-Type.")


def require_content_type(scope: Scope) -> None:
    """Raises WebhookError (415) for a body that is not said to be JSON."""
    if not _header(scope, b"content-type").strip():
        raise _not_json("The body is not said to be JSON, by a Content-Type.")
    check_content_type(scope)


async def read_body(scope: Scope, receive: Receive, *, limit: int, seconds: float) -> bytes:
    """The whole body, of up to `limit` bytes.

    Raises WebhookError for more (413, unread if it is announced as such), and for one that is not complete after
    `seconds` (408); ClientDisconnect if its sender left.
    """
    announced = _header(scope, b"content-length")
    if announced.isdecimal() and int(announced) > limit:
        raise _too_large(limit)
    try:
        async with asyncio.timeout(seconds):
            body = await collect(receive, limit=limit)
    except TimeoutError:
        raise WebhookError(
            f"The body was not complete after {seconds:g} seconds.", "Send it again.", http_status=408
        ) from None
    if body is None:
        raise ClientDisconnect
    return body


async def collect(receive: Receive, *, limit: int) -> bytes | None:
    """The body of a request, of up to `limit` bytes; None if its sender left. Raises WebhookError (413) for more."""
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunk: bytes = message.get("body", b"")
        body += chunk
        if len(body) > limit:  # it may come in chunks, with no length announced
            raise _too_large(limit)
        if not message.get("more_body", False):
            return body


def _header(scope: Scope, wanted: bytes) -> str:
    for name, value in scope["headers"]:
        if name == wanted:
            return cast(bytes, value).decode("latin-1")
    return ""


def _too_large(limit: int) -> WebhookError:
    return WebhookError(f"The body is larger than {limit} bytes.", "Post fewer results at once.", http_status=413)


def _not_json(fact: str) -> WebhookError:
    return WebhookError(fact, "Post it as Content-Type: application/json.", http_status=415)
