"""The loopback server that tests and commands serve apps with."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket
import threading
import warnings
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from infobip_rules.errors import JournalError
from infobip_rules.sandbox import FakeInfobip, LoopbackServer, serve, server
from infobip_rules.sandbox.server import ServerStartError

from .conftest import KEY

LARGE = 20_000_000


async def large(scope: Scope, receive: Receive, send: Send) -> None:
    """More than fits into what the system holds for who does not read it."""
    assert scope["type"] == "http"
    await PlainTextResponse("x" * LARGE)(scope, receive, send)


def connect(url: str) -> socket.socket:
    parts = httpx.URL(url)
    return socket.create_connection((parts.host, parts.port or 0), timeout=20)


@contextlib.contextmanager
def nothing_left_open() -> Iterator[None]:
    """What was not closed says so when it is collected."""
    gc.collect()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
        gc.collect()
    assert [str(warning.message) for warning in caught] == []


async def balance(url: str) -> int:
    async with httpx.AsyncClient(headers=KEY, timeout=60) as client:
        return (await client.get(f"{url}/account/1/balance")).status_code


async def test_an_app_is_served_while_the_block_runs() -> None:
    with serve(FakeInfobip().app) as url:
        during = await balance(url)

    assert during == 200
    with pytest.raises(httpx.ConnectError):
        await balance(url)


async def test_it_comes_back_on_the_same_port() -> None:
    server = LoopbackServer(FakeInfobip().app).start()
    before = server.url
    server.stop()
    try:
        server.start()
        assert (server.url, await balance(server.url)) == (before, 200)
    finally:
        server.stop()


def test_no_thread_is_left_behind() -> None:
    threads = set(threading.enumerate())
    with LoopbackServer(FakeInfobip().app) as server:
        assert server.running

    assert set(threading.enumerate()) == threads


def test_stopping_twice_does_nothing() -> None:
    server = LoopbackServer(FakeInfobip().app).start()
    server.stop()
    server.stop()

    assert not server.running


@pytest.mark.parametrize("turns", range(5))
def test_who_connects_just_when_it_stops_finds_the_connection_closed(turns: int) -> None:
    """However many turns of the server's loop lie between: with none, the connection waits for the loop to accept it."""
    late: list[socket.socket] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        late.append(connect(server.url))
        for _ in range(turns):
            await asyncio.sleep(0)
        stopping = threading.Thread(target=server.stop)
        with asked_to_stop(asyncio.get_running_loop()):
            stopping.start()
        await Response()(scope, receive, send)

    @contextlib.contextmanager
    def asked_to_stop(loop: asyncio.AbstractEventLoop) -> Iterator[None]:
        """Holds the loop until the server was asked to stop."""
        asked, schedule = threading.Event(), loop.call_soon_threadsafe
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(loop, "call_soon_threadsafe", lambda *given: (schedule(*given), asked.set()))
            yield
            assert asked.wait(20)

    threads = set(threading.enumerate())
    with nothing_left_open():
        server = LoopbackServer(app).start()
        assert httpx.get(server.url, trust_env=False, timeout=20).status_code == 200
        for thread in set(threading.enumerate()) - threads:
            thread.join(20)
        with late[0] as connection, contextlib.suppress(ConnectionResetError):
            assert connection.recv(1) == b""


def test_an_answer_that_nobody_reads_is_given_up_when_it_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_GRACE", 0.1)
    with nothing_left_open(), LoopbackServer(large) as serving, connect(serving.url) as deaf:
        deaf.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert deaf.recv(4) == b"HTTP"
        serving.stop()


def test_an_answer_that_is_being_read_comes_whole_though_it_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_GRACE", 60.0)
    with nothing_left_open(), LoopbackServer(large) as serving, httpx.Client(trust_env=False, timeout=60) as client:
        with client.stream("GET", serving.url) as answer:
            stopping = threading.Thread(target=serving.stop)
            stopping.start()
            assert len(answer.read()) == LARGE
        stopping.join(60)


def test_a_port_that_is_taken_is_an_error_that_says_so() -> None:
    with serve(FakeInfobip().app) as url:
        port = int(url.rpartition(":")[2])
        with pytest.raises(ServerStartError, match=f"Port {port}"):
            LoopbackServer(FakeInfobip().app, port=port).start()


def test_an_app_that_does_not_start_is_an_error() -> None:
    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        raise RuntimeError("no journal")
        yield

    with pytest.raises(ServerStartError, match="did not start") as raised:
        LoopbackServer(Starlette(lifespan=lifespan)).start()
    assert raised.value.fact.endswith(": RuntimeError.")
    assert str(raised.value.__cause__) == "no journal"


def test_an_app_that_does_not_start_for_an_error_of_ours_says_which() -> None:
    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        raise JournalError("The journal is on fire.", "Put it out.")
        yield

    with pytest.raises(ServerStartError, match=r"did not start at http://127\.0\.0\.1:\d+: The journal is on fire\."):
        LoopbackServer(Starlette(lifespan=lifespan)).start()


def test_an_app_that_is_still_starting_when_it_is_given_up_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    go, threads = threading.Event(), set(threading.enumerate())

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        go.wait(60)
        yield

    monkeypatch.setattr(server, "_START_DEADLINE", 0.1)
    monkeypatch.setattr(server, "_PATIENCE", 0.1)
    try:
        with pytest.raises(ServerStartError, match=r"within 0\.1 s; its lifespan was still going on"):
            LoopbackServer(Starlette(lifespan=lifespan)).start()
    finally:
        go.set()
        for thread in set(threading.enumerate()) - threads:
            thread.join(60)


def test_the_lifespan_of_the_app_runs() -> None:
    seen: list[str] = []

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        seen.append("up")
        yield
        seen.append("down")

    with serve(Starlette(lifespan=lifespan)):
        assert seen == ["up"]

    assert seen == ["up", "down"]


def test_an_answer_has_one_date_whoever_serves_the_account(monkeypatch: pytest.MonkeyPatch) -> None:
    def as_uvicorn_comes(app: ASGIApp) -> uvicorn.Config:
        return uvicorn.Config(app, log_config=None, log_level="warning")

    monkeypatch.setattr(server, "_config", as_uvicorn_comes)
    with serve(FakeInfobip().app) as url:
        for path in ("/account/1/balance", "/nowhere"):
            answer = httpx.get(f"{url}{path}", headers=KEY, trust_env=False, timeout=60)
            assert len(answer.headers.get_list("date")) == 1
