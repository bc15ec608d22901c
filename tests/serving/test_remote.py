"""The host as a web worker sees it, over a stream whose other end the test holds."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import pytest
from starlette.types import Message

from infobip_rules.errors import JournalBusyError, JournalError
from infobip_rules.infobip.inbound import InboundBatch
from infobip_rules.receiver import Receipt
from infobip_rules.serving.frames import (
    BatchKept,
    BatchNotKept,
    BatchReceived,
    ClientGone,
    RequestForwarded,
    ResponseMessage,
)
from infobip_rules.serving.object_stream import ObjectStream
from infobip_rules.serving.remote import RemoteHost

BATCH = InboundBatch(items=(), path="/sms-received-message")


class Ends(NamedTuple):
    """A remote host, the other end of its stream, and the frames that arrive there."""

    host: RemoteHost
    other: ObjectStream
    frames: asyncio.Queue[Any]


@pytest.fixture
async def ends() -> AsyncIterator[Ends]:
    here, there = socket.socketpair()
    frames: asyncio.Queue[Any] = asyncio.Queue()
    host = RemoteHost()
    host.stream = await ObjectStream.open(here, on_object=host.handle, on_closed=host.lost)
    other = await ObjectStream.open(there, on_object=frames.put_nowait, on_closed=lambda: None)
    yield Ends(host, other, frames)
    host.stream.close()
    other.close()


class Client:
    """The client of a request, as ASGI shows it."""

    def __init__(self, body: bytes = b"") -> None:
        self.sent: list[Message] = []
        self.gone = asyncio.Event()
        self._unread: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive(self) -> Message:
        if self._unread:
            return self._unread.pop()
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    @property
    def status(self) -> int | None:
        return next((message["status"] for message in self.sent if "status" in message), None)


SCOPE = {"type": "http", "method": "GET", "path": "/phones", "headers": [], "app": object()}


async def test_a_batch_is_kept_when_the_host_says_so(ends: Ends) -> None:
    receipt = asyncio.ensure_future(ends.host.receive(BATCH))
    frame = await asyncio.wait_for(ends.frames.get(), 10)
    assert isinstance(frame, BatchReceived)
    ends.other.send(BatchKept(frame.id, 1, 2, 3))
    assert await asyncio.wait_for(receipt, 10) == Receipt(1, 2, 3)


async def test_a_batch_that_is_not_kept_raises_the_error_of_the_host(ends: Ends) -> None:
    receipt = asyncio.ensure_future(ends.host.receive(BATCH))
    frame = await asyncio.wait_for(ends.frames.get(), 10)
    ends.other.send(BatchNotKept(frame.id, JournalBusyError("Full.", "Wait.")))
    with pytest.raises(JournalBusyError, match="Full"):
        await asyncio.wait_for(receipt, 10)


async def test_an_answer_to_a_request_that_was_cut_off_is_ignored(ends: Ends) -> None:
    first, second = ends.host.receive(BATCH), ends.host.receive(BATCH)
    first.cancel()
    frames = [await asyncio.wait_for(ends.frames.get(), 10) for _ in range(2)]
    for frame in frames:
        ends.other.send(BatchKept(frame.id, 1, 0, 0))
    assert await asyncio.wait_for(second, 10) == Receipt(1, 0, 0)


async def test_when_the_host_is_gone_nothing_waits_for_it(ends: Ends) -> None:
    waiting = ends.host.receive(BATCH)
    client = Client()
    asking = asyncio.create_task(ends.host(SCOPE, client.receive, client.send))
    for _ in range(2):
        await asyncio.wait_for(ends.frames.get(), 10)
    ends.other.close()
    with pytest.raises(JournalError, match="has ended"):
        await asyncio.wait_for(waiting, 10)
    await asyncio.wait_for(asking, 10)
    assert client.status == 503
    with pytest.raises(JournalError, match="has ended"):
        ends.host.receive(BATCH)


async def test_a_request_is_forwarded_with_what_another_process_can_use(ends: Ends) -> None:
    client = Client(b"text=hello")
    asking = asyncio.create_task(ends.host(SCOPE, client.receive, client.send))
    frame = await asyncio.wait_for(ends.frames.get(), 10)
    assert isinstance(frame, RequestForwarded)
    assert (frame.body, frame.scope) == (b"text=hello", {name: SCOPE[name] for name in SCOPE if name != "app"})
    ends.other.send(ResponseMessage(frame.id, {"type": "http.response.start", "status": 204, "headers": []}))
    ends.other.send(ResponseMessage(frame.id, {"type": "http.response.body", "body": b""}))
    await asyncio.wait_for(asking, 10)
    assert client.status == 204


async def test_a_client_that_leaves_is_reported(ends: Ends) -> None:
    client = Client()
    asking = asyncio.create_task(ends.host(SCOPE, client.receive, client.send))
    frame = await asyncio.wait_for(ends.frames.get(), 10)
    client.gone.set()
    assert await asyncio.wait_for(ends.frames.get(), 10) == ClientGone(frame.id)
    ends.other.send(ResponseMessage(frame.id, None))
    await asyncio.wait_for(asking, 10)


async def test_a_body_that_is_too_large_is_not_forwarded(ends: Ends) -> None:
    client = Client(b"x" * 100_000)
    await asyncio.wait_for(ends.host(SCOPE, client.receive, client.send), 10)
    assert (client.status, ends.frames.qsize()) == (413, 0)
