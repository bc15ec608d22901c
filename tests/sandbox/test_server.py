"""The loopback server that tests and commands serve apps with."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import AsyncIterator

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp

from infobip_rules.sandbox import FakeInfobip, LoopbackServer, serve, server
from infobip_rules.sandbox.server import ServerStartError

from .conftest import KEY


async def balance(url: str) -> int:
    async with httpx.AsyncClient(headers=KEY) as client:
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

    with pytest.raises(ServerStartError, match="did not start"):
        LoopbackServer(Starlette(lifespan=lifespan)).start()


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
            answer = httpx.get(f"{url}{path}", headers={"Authorization": "App sandbox-key"}, trust_env=False)
            assert len(answer.headers.get_list("date")) == 1
