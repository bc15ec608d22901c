"""Requests that fail or are cut off: an answer if none has begun, and a line of log."""

from __future__ import annotations

import asyncio
import logging

import pytest
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send

from infobip_rules.web.faults import FaultBoundary

SCOPE: Scope = {"type": "http", "path": "/phones"}


async def answered(error: BaseException, *, begun: bool = False) -> list[int]:
    """The statuses that are sent for an app that fails with `error`."""
    statuses: list[int] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if begun:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        raise error

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            if statuses:
                raise RuntimeError("begun already")  # as uvicorn does
            statuses.append(message["status"])

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    await FaultBoundary(app)(SCOPE, receive, send)
    return statuses


@pytest.mark.parametrize(
    ("error", "statuses", "event"),
    [
        (ValueError("a mistake"), [500], "web.failed path=/phones"),
        (asyncio.CancelledError(), [503], "web.cut_off path=/phones"),
        (ClientDisconnect(), [], "web.disconnected path=/phones"),
    ],
)
async def test_an_error_is_answered_and_logged_once(
    error: BaseException, statuses: list[int], event: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "infobip_rules.web"):
        assert await answered(error) == statuses
    assert [record.getMessage() for record in caplog.records] == [event]


async def test_an_answer_that_has_begun_is_not_begun_again() -> None:
    assert await answered(ValueError("a mistake"), begun=True) == [200]
