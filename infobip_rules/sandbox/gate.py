"""The outermost layer of the fake API: it records requests, and applies faults to them."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from email.utils import format_datetime
from typing import Any

from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from infobip_rules.clock import Clock
from infobip_rules.errors import InfobipRulesError
from infobip_rules.sandbox.envelopes import error_body
from infobip_rules.sandbox.faults import Effect, Fault, Faults
from infobip_rules.sandbox.records import Call, Settings
from infobip_rules.sandbox.traffic import CallLog

#: The key of the scope under which an endpoint leaves the ids that it accepted.
ACCEPTED = "infobip_rules.sandbox.accepted"
_GATEWAY_PAGE = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


class ConnectionDroppedError(InfobipRulesError, ConnectionError):
    """A dropped connection, if the app is called in process and there is no connection to drop."""

    id = "IR703"


class Gate:
    """ASGI middleware around the fake API; the control paths pass through it untouched."""

    def __init__(self, app: ASGIApp, *, settings: Settings, faults: Faults, call_log: CallLog, clock: Clock) -> None:
        self._app = app
        self._settings = settings
        self._faults = faults
        self._calls = call_log
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves a request."""
        if scope["type"] != "http" or scope["path"].startswith("/sandbox/"):
            await self._app(scope, receive, send)
            return
        _remove_server_date(send)
        body = await _read(receive)
        if body is None:
            return
        scope[ACCEPTED] = []
        await asyncio.sleep(self._settings.latency)
        fault = self._faults.for_request(scope["path"])
        if fault is None:
            await self._app(scope, _replay(body, receive), self._recording(scope, body, send))
            return
        if fault.when == "after":
            await self._app(scope, _replay(body, receive), _discard)
        await self._strike(fault, scope, body, receive, send)

    def _recording(self, scope: Scope, body: bytes, send: Send) -> Send:
        async def recorded(message: Message) -> None:
            # Before the answer leaves, so that its client finds the request in the list.
            if message["type"] == "http.response.start":
                date = format_datetime(self._clock.now(), usegmt=True).encode()
                message = {**message, "headers": [*message.get("headers", ()), (b"date", date)]}
                self._record(scope, body, "answered", message["status"])
            await send(message)

        return recorded

    def _record(self, scope: Scope, body: bytes, outcome: str, status: int | None) -> None:
        self._calls.record_call(
            Call(
                at=self._clock.now(),
                method=scope["method"],
                path=scope["path"],
                query=scope["query_string"].decode("latin-1"),
                body=body,
                outcome=outcome,
                status=status,
                accepted=tuple(scope[ACCEPTED]),
            )
        )

    async def _strike(self, fault: Fault, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        response = _answer(fault, scope["path"])
        if response is not None:
            await response(scope, receive, self._recording(scope, body, send))
            return
        self._record(scope, body, "held" if fault.effect is Effect.HOLD else "dropped", None)
        try:
            if fault.effect is Effect.HOLD:
                await _hold(receive, fault.seconds)
        finally:
            await _drop(receive, send)


def _answer(fault: Fault, path: str) -> Response | None:
    if fault.effect is Effect.RATE_LIMIT:
        headers = None if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        return JSONResponse(error_body(path, 429), 429, headers=headers)
    if fault.effect is Effect.SERVER_ERROR:
        return JSONResponse(error_body(path, 500), 500)
    if fault.effect is Effect.BAD_GATEWAY:
        return HTMLResponse(_GATEWAY_PAGE, 502)
    return None


async def _read(receive: Receive) -> bytes | None:
    """The whole body, or None if the client left before it was complete."""
    chunks: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunks.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(chunks)


def _replay(body: bytes, receive: Receive) -> Receive:
    pending: list[MutableMapping[str, Any]] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return pending.pop() if pending else await receive()

    return replayed


async def _discard(message: Message) -> None:
    """Discards an answer that its client does not get."""


def _remove_server_date(send: Send) -> None:
    """Removes the date of uvicorn, as the answer has that of the account's clock."""
    # As in `_drop`: `send` is a method of uvicorn's object for this request, which holds the headers of all answers.
    request = getattr(send, "__self__", None)
    headers = getattr(request, "default_headers", None)
    if request is not None and headers is not None:
        request.default_headers = [header for header in headers if header[0].lower() != b"date"]


async def _hold(receive: Receive, seconds: float) -> None:
    """Waits until the client has left, at most `seconds`."""
    try:
        await asyncio.wait_for(_disconnected(receive), seconds)
    except (TimeoutError, asyncio.CancelledError):
        # Cancelled: the server stops, and the connection is dropped as well.
        return


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _drop(receive: Receive, send: Send) -> None:
    # ASGI can't do it; uvicorn's `send` is a method of the object that holds the connection.
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        raise ConnectionDroppedError(
            "The sandbox dropped the connection.",
            "In process this is an exception; serve the app with LoopbackServer to see what a client sees.",
        )
    transport.abort()
    # uvicorn would answer 500 for an app that ends without an answer, unless it knows that the client is gone.
    await _disconnected(receive)
