"""Requests that never end before they have begun: bounded, answered, and of no harm to others."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from infobip_rules.cli.listening import listen
from infobip_rules.serving.protocol import BoundedProtocol
from infobip_rules.serving.server import serve

BEGUN = b"POST / HTTP/1.1\r\nHost: x\r\nX: "
WHOLE = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"


@pytest.fixture
def patience() -> float:
    return 30.0


@pytest.fixture
async def port(patience: float, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    """Where an application answers `fine`."""
    monkeypatch.setattr(BoundedProtocol, "patience", patience)
    app = Starlette(routes=[Route("/", lambda _: PlainTextResponse("fine"), methods=["POST"])])
    started, end = asyncio.Event(), asyncio.Event()
    with listen("127.0.0.1", 0) as listener:
        number: int = listener.getsockname()[1]
        serving = asyncio.create_task(serve(app, listener, started=started.set, end=end, grace=1))
        await started.wait()
        yield number
        end.set()
        await serving


async def said(port: int, *parts: bytes) -> bytes:
    """What is answered to these parts, until the connection ends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
    except ConnectionError:
        pass
    try:
        return await asyncio.wait_for(reader.read(), 5)
    finally:
        writer.close()


@pytest.mark.parametrize("filling", [b"a" * 10_000, b"a: b\r\nX: " * 1_000], ids=["one header", "many headers"])
async def test_a_head_without_end_is_refused(port: int, filling: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(BEGUN)
    answer = b""
    for _ in range(1_000):
        writer.write(filling)
        try:
            await writer.drain()
            answer = await asyncio.wait_for(reader.read(1_000), 0.01)
            break
        except TimeoutError:
            continue
        except ConnectionError:  # it was closed while we wrote
            answer = answer or b" 431 "
            break
    writer.close()
    assert b" 431 " in answer


@pytest.mark.parametrize("patience", [0.2])
async def test_a_head_that_does_not_come_to_its_end_is_given_up(port: int) -> None:
    assert b"408 Request Timeout" in await said(port, BEGUN)


@pytest.mark.parametrize("patience", [0.2])
async def test_a_second_head_that_does_not_come_to_its_end_is_given_up_too(port: int) -> None:
    answer = await said(port, WHOLE, BEGUN)
    assert b"fine" in answer
    assert b"408 Request Timeout" in answer


@pytest.mark.parametrize("patience", [0.2])
async def test_whoever_says_nothing_is_let_go(port: int) -> None:
    assert await said(port) == b""


@pytest.mark.parametrize("patience", [0.2])
async def test_a_head_in_time_leaves_no_alarm_behind(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(3):
        writer.write(WHOLE)
        assert b"fine" in await reader.readuntil(b"fine")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 0.3)  # and it is not closed
    writer.close()


async def test_others_are_answered_meanwhile(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as slow:
        slow.sendall(BEGUN)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(WHOLE)
        assert b"fine" in await asyncio.wait_for(reader.readuntil(b"fine"), 5)
        writer.close()


async def test_large_bodies_are_not_taken_for_heads(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 1_000_000)
    assert b"fine" in await asyncio.wait_for(reader.readuntil(b"fine"), 5)
    writer.close()
