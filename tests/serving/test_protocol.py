"""Requests that never end, and connections without number: bounded, answered, and of no harm to others."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from infobip_rules.cli.listening import listen
from infobip_rules.serving.protocol import BoundedProtocol
from infobip_rules.serving.server import serve

BEGUN = b"POST / HTTP/1.1\r\nHost: x\r\nX: "
WHOLE = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"
#: Its body is read before it is answered; for `/`, it is not.
CHUNKED = b"POST /read HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n"
UNREAD = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n"
#: How many connections there may be.
MOST = 8
#: Seconds for what must come; nothing is measured.
BOUND = 20


@pytest.fixture
def patience() -> float:
    return 30.0


@pytest.fixture
def go_on() -> asyncio.Event:
    """Lets `/wait` answer."""
    return asyncio.Event()


@pytest.fixture
async def port(patience: float, go_on: asyncio.Event, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    """Where an application answers `fine`."""
    monkeypatch.setattr(BoundedProtocol, "patience", patience)
    monkeypatch.setattr(BoundedProtocol, "patience_with_body", patience)
    monkeypatch.setattr(BoundedProtocol, "linger", 0.2)

    async def read(request: Request) -> Response:
        return PlainTextResponse(f"read {(await request.body()).decode()}")

    async def wait(_: Request) -> Response:
        await go_on.wait()
        return PlainTextResponse("waited")

    async def broken(_: Request) -> Response:
        raise RuntimeError("a page that is broken")

    async def breaks_off(_: Request) -> Response:
        async def parts() -> AsyncIterator[str]:
            yield "some"
            raise RuntimeError("a page that breaks off")

        return StreamingResponse(parts())

    async def large(_: Request) -> Response:
        return PlainTextResponse("x" * 50_000_000)

    routes = [
        Route("/", lambda _: PlainTextResponse("fine"), methods=["POST"]),
        Route("/read", read, methods=["POST"]),
        Route("/wait", wait, methods=["GET", "POST"]),
        Route("/large", large),
        Route("/broken", broken),
        Route("/breaks_off", breaks_off),
    ]
    app = Starlette(routes=routes)
    started, end = asyncio.Event(), asyncio.Event()
    with listen("127.0.0.1", 0) as listener:
        number: int = listener.getsockname()[1]
        serving = asyncio.create_task(
            serve(app, listener, started=started.set, end=end, grace=1, most_connections=MOST)
        )
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
        return await asyncio.wait_for(reader.read(), BOUND)
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
        assert b"fine" in await asyncio.wait_for(reader.readuntil(b"fine"), BOUND)
        writer.close()


async def test_large_bodies_are_not_taken_for_heads(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 1_000_000)
    assert b"fine" in await asyncio.wait_for(reader.readuntil(b"fine"), BOUND)
    writer.close()


@pytest.mark.parametrize("before", [b"", WHOLE], ids=["at first", "after a request"])
async def test_empty_lines_without_end_are_refused_in_words(
    port: int, before: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(before)
    if before:
        await asyncio.wait_for(reader.readuntil(b"fine"), BOUND)
    writer.write(b"\r\n" * 50_000)
    assert b"431 Request Header Fields Too Large" in await asyncio.wait_for(reader.read(), BOUND)
    writer.close()
    refused = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert [line.split(" reason=")[0] for line in refused] == ["web.refused path=none status=431"]


async def taken(port: int, begin: bytes, filling: bytes, *, most: int = 60_000_000) -> tuple[int, bytes]:
    """How many bytes of an endless `filling` are taken from whoever has sent `begin`, up to `most`; and what is said."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.transport.set_write_buffer_limits(0)
    sent = 0
    try:
        writer.write(begin)
        while sent < most:
            writer.write(filling)
            async with asyncio.timeout(BOUND):
                await writer.drain()
            sent += len(filling)
    except ConnectionError:
        pass
    try:
        return sent, await asyncio.wait_for(reader.read(), BOUND)
    except ConnectionError:
        return sent, b""
    finally:
        writer.transport.abort()


@pytest.mark.parametrize(
    ("begin", "filling"),
    [
        (CHUNKED + b"0\r\n", b"X: " + b"a" * 1_000 + b"\r\n"),
        (CHUNKED + b"0\r\nX: ", b"a" * 10_000),
        (CHUNKED + b"2;", b"a" * 10_000),
        (CHUNKED + b"2", b";a=b" * 1_000),
        (WHOLE, b"\r\n" * 5_000),
        (UNREAD, b"a" * 10_000),
        (b"no HTTP at all\r\n\r\n", b"a" * 10_000),
    ],
    ids=["trailers", "a trailer", "an extension", "extensions", "empty lines", "a refused body", "no HTTP"],
)
async def test_what_is_no_body_that_anybody_reads_has_an_end(port: int, begin: bytes, filling: bytes) -> None:
    sent, _ = await taken(port, begin, filling)
    # What the system's own buffers hold of it counts too.
    assert sent < 30_000_000


@pytest.mark.parametrize("more", [b"0\r\nX: " + b"a" * 70_000, b"2;" + b"a" * 70_000])
async def test_trailers_and_extensions_are_refused_as_a_head_is(
    port: int, more: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    assert b"431 " in await said(port, CHUNKED + more)
    (record,) = [logged for logged in caplog.records if logged.levelno >= logging.WARNING]
    assert record.getMessage().startswith("web.refused path=/read status=431 reason=")


async def test_trailers_within_the_bound_are_taken(port: int) -> None:
    trailers = b"0\r\n" + b"X: y\r\n" * 100 + b"Connection: close\r\n\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(CHUNKED.replace(b"Host: x", b"Host: x\r\nConnection: close") + trailers)
    assert b"read hi" in await asyncio.wait_for(reader.read(), BOUND)
    writer.close()


async def drip(port: int, begin: bytes, drop: bytes) -> bytes:
    """What is said to `begin` and a `drop` every moment, until the connection ends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(begin)
    answer = b""
    for _ in range(int(BOUND / 0.02)):
        try:
            writer.write(drop)
            await writer.drain()
            async with asyncio.timeout(0.02):
                if not (piece := await reader.read(1_000)):
                    break
                answer += piece
        except TimeoutError:
            continue
        except ConnectionError:
            break
    else:
        raise AssertionError("the connection was never ended")
    writer.transport.abort()
    return answer


@pytest.mark.parametrize("patience", [0.3])
@pytest.mark.parametrize(
    ("begin", "drop"),
    [(CHUNKED + b"2;", b"a"), (CHUNKED, b"1\r\na\r\n"), (CHUNKED + b"0\r\n", b"X: y\r\n"), (BEGUN, b"a")],
    ids=["an extension", "chunks", "trailers", "a head"],
)
async def test_a_request_that_comes_in_drops_is_given_up(port: int, begin: bytes, drop: bytes) -> None:
    assert b"408 Request Timeout" in await drip(port, begin, drop)


@pytest.mark.parametrize("patience", [0.3])
async def test_empty_lines_keep_no_connection(port: int) -> None:
    assert await drip(port, b"", b"\r\n") == b""
    assert b"fine" in await drip(port, WHOLE, b"\r\n")


@pytest.mark.parametrize(
    "begin", [UNREAD, CHUNKED.replace(b"/read", b"/") + b"2;", b"\0\r\n"], ids=["a body", "an extension", "no HTTP"]
)
async def test_what_remains_of_a_request_after_its_answer_keeps_no_connection(port: int, begin: bytes) -> None:
    answer = await drip(port, begin, b"a")
    assert b"fine" in answer or b"400 Bad Request" in answer
    assert b"connection: close" in answer


async def test_a_body_that_comes_a_little_later_than_its_head_keeps_the_connection(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(2):
        writer.write(b"POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(0)
        writer.write(b"hi")
        answer = await asyncio.wait_for(reader.readuntil(b"read hi"), BOUND)
        assert b"connection: close" not in answer
    writer.close()


@pytest.mark.parametrize("method", [b"POST", b"GET"])
async def test_who_says_that_nothing_more_comes_is_answered(port: int, go_on: asyncio.Event, method: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(WHOLE.replace(b"POST /", method + b" /wait"))
    writer.write_eof()
    asyncio.get_running_loop().call_later(0.05, go_on.set)
    assert (await asyncio.wait_for(reader.read(), BOUND)).endswith(b"waited")
    writer.close()


async def test_all_that_was_asked_before_is_answered(port: int, go_on: asyncio.Event) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(WHOLE.replace(b" / ", b" /wait ") + WHOLE)
    writer.write_eof()
    asyncio.get_running_loop().call_later(0.05, go_on.set)
    answer = await asyncio.wait_for(reader.read(), BOUND)
    assert answer.index(b"waited") < answer.index(b"fine")
    writer.close()


async def test_who_left_with_half_a_request_is_let_go(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(CHUNKED)
    writer.write_eof()
    await asyncio.wait_for(reader.read(), BOUND)
    writer.close()


@pytest.mark.parametrize("patience", [0.3])
async def test_an_answer_that_nobody_reads_keeps_no_connection(port: int) -> None:
    deaf = [socket.create_connection(("127.0.0.1", port)) for _ in range(MOST)]
    for client in deaf:
        client.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
    async with asyncio.timeout(BOUND):
        while not await is_answered(port):
            pass
    for client in deaf:
        client.close()


async def opened(port: int, says: bytes = b"") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(says)
    return reader, writer


async def is_answered(port: int) -> bool:
    reader, writer = await opened(port, WHOLE)
    try:
        return b"fine" in await asyncio.wait_for(reader.readuntil(b"fine"), BOUND)
    except (ConnectionError, asyncio.IncompleteReadError):
        return False
    finally:
        writer.transport.abort()


@pytest.mark.parametrize("begun", [b"", BEGUN, UNREAD, CHUNKED], ids=["nothing", "heads", "refused bodies", "bodies"])
async def test_connections_without_number_shut_nobody_out(
    port: int, begun: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    held = [await opened(port, begun) for _ in range(5 * MOST)]
    for _ in range(2 * MOST):
        assert await is_answered(port)
    assert caplog.text.count("web.crowded") == 1
    for _, writer in held:
        writer.transport.abort()


async def test_idle_connections_go_first_and_none_that_waits_for_its_answer(port: int, go_on: asyncio.Event) -> None:
    asking = [await opened(port, WHOLE.replace(b" / ", b" /wait ")) for _ in range(MOST - 2)]
    idle = await opened(port)
    assert await is_answered(port)
    begun = await opened(port, BEGUN)
    for _ in range(3):
        assert await is_answered(port)
    assert await asyncio.wait_for(idle[0].read(), BOUND) == b""
    go_on.set()
    for reader, writer in asking:
        assert b"waited" in await asyncio.wait_for(reader.readuntil(b"waited"), BOUND)
        writer.close()
    begun[1].write(b"y\r\nContent-Length: 0\r\n\r\n")
    assert b"fine" in await asyncio.wait_for(begun[0].readuntil(b"fine"), BOUND)
    for _, writer in (idle, begun):
        writer.close()


async def test_where_all_wait_for_an_answer_no_more_are_taken(port: int, go_on: asyncio.Event) -> None:
    asking = [await opened(port, WHOLE.replace(b" / ", b" /wait ")) for _ in range(MOST)]
    assert not await is_answered(port)
    go_on.set()
    for reader, writer in asking:
        assert b"waited" in await asyncio.wait_for(reader.readuntil(b"waited"), BOUND)
        writer.close()


@pytest.mark.parametrize("protocol", [b"websocket", b"h2c"])
async def test_who_offers_another_protocol_is_answered_in_this_one(
    port: int, go_on: asyncio.Event, caplog: pytest.LogCaptureFixture, protocol: bytes
) -> None:
    go_on.set()
    head = b"GET /wait HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: %b\r\n\r\n"
    reader, writer = await opened(port, head % protocol)
    assert b" 200 " in await asyncio.wait_for(reader.readuntil(b"waited"), BOUND)
    writer.transport.abort()
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


@pytest.mark.parametrize("path", [b"broken", b"breaks_off"])
async def test_an_app_that_fails_at_a_request_is_told_of_once(
    port: int, caplog: pytest.LogCaptureFixture, path: bytes
) -> None:
    reader, writer = await opened(port, b"GET /%b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % path)
    assert (b" 500 " if path == b"broken" else b"some") in await asyncio.wait_for(reader.read(), BOUND)
    writer.close()
    (record,) = [logged for logged in caplog.records if logged.levelno >= logging.WARNING]
    assert record.getMessage() == f"web.failed path=/{path.decode()}"


async def test_who_leaves_amid_a_request_is_no_fault(port: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "infobip_rules.web")
    logged = asyncio.Event()
    handler = logging.Handler()
    handler.addFilter(lambda record: logged.set() if record.getMessage() == "web.disconnected path=/read" else None)
    logging.getLogger("infobip_rules.web").addHandler(handler)
    _, writer = await opened(port, CHUNKED)
    await writer.drain()
    writer.close()
    await asyncio.wait_for(logged.wait(), BOUND)
    logging.getLogger("infobip_rules.web").removeHandler(handler)
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


@pytest.mark.parametrize(
    "request_line",
    [
        b"POST http://[ HTTP/1.1",
        b"POST //[::1 HTTP/1.1",
        b"CONNECT x:443 HTTP/1.1",
        b"POST  HTTP/1.1",
        b"\x16\x03\x01 / HTTP/1.1",
    ],
)
async def test_what_is_no_request_is_refused_in_a_line(
    port: int, caplog: pytest.LogCaptureFixture, request_line: bytes
) -> None:
    reader, writer = await opened(port, request_line + b"\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
    assert b" 40" in await asyncio.wait_for(reader.readuntil(b"\r\n"), BOUND)
    writer.transport.abort()
    assert len([record for record in caplog.records if record.levelno >= logging.WARNING]) <= 1
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("request_", [b"POST /read HTTP/1.1\r\nContent-Length: 1\r\n\r\na", b"POST / HTTP/1.1\r\n\r\n"])
async def test_requests_that_wait_for_the_one_before_are_few_and_all_answered(
    port: int, monkeypatch: pytest.MonkeyPatch, request_: bytes
) -> None:
    begin, waiting = BoundedProtocol.on_message_begin, [0]

    def counted(self: BoundedProtocol) -> None:
        waiting.append(len(self.pipeline))
        begin(self)

    monkeypatch.setattr(BoundedProtocol, "on_message_begin", counted)
    reader, writer = await opened(port, request_ * 5_000)
    async with asyncio.timeout(3 * BOUND):
        answered = 0
        while answered < 5_000:
            answered += (await reader.readuntil(b"\r\n")).count(b"HTTP/1.1 200 OK")
    assert max(waiting) < 500
    writer.write(WHOLE)  # and it is still of use
    assert b"fine" in await asyncio.wait_for(reader.readuntil(b"fine"), BOUND)
    writer.close()


async def test_bodies_behind_a_request_that_waits_are_read_in_their_turn(port: int, go_on: asyncio.Event) -> None:
    large = b"POST /read HTTP/1.1\r\nContent-Length: 300000\r\n\r\n" + b"b" * 300_000
    reader, writer = await opened(port, WHOLE.replace(b" / ", b" /wait ") + large + WHOLE)
    asyncio.get_running_loop().call_later(0.05, go_on.set)
    async with asyncio.timeout(BOUND):
        assert b"waited" in await reader.readuntil(b"waited")
        await reader.readuntil(b"read ")
        assert await reader.readexactly(300_000) == b"b" * 300_000
        assert b"fine" in await reader.readuntil(b"fine")
    writer.close()
