"""The server of webhooks and pages: uvicorn until SIGINT or SIGTERM, then the requests under way."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator

import uvicorn
from starlette.types import ASGIApp

from infobip_rules.serving.protocol import BoundedConfig
from infobip_rules.web.faults import FaultBoundary

#: Seconds after which a computing thread yields to another one. With Python's 5 ms the journal's thread would wait that
#: long after each write, and every webhook with it.
_SWITCH = 0.0001
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class _Server(uvicorn.Server):
    """uvicorn's server without its handling of signals: it would raise them again at its end, which ends the process."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_started = started

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_started()


@contextlib.asynccontextmanager
async def asked_to_end() -> AsyncIterator[asyncio.Event]:
    """An event that SIGINT or SIGTERM sets; a second signal ends the process at once, as by default."""
    loop, asked = asyncio.get_running_loop(), asyncio.Event()

    def ask() -> None:
        asked.set()
        for number in _SIGNALS:
            loop.remove_signal_handler(number)

    for number in _SIGNALS:
        loop.add_signal_handler(number, ask)
    yield asked
    for number in _SIGNALS:
        loop.remove_signal_handler(number)


async def serve(
    app: ASGIApp,
    listener: socket.socket,
    *,
    started: Callable[[], None],
    end: asyncio.Event,
    grace: float,
    most_connections: int,
) -> None:
    """Answers requests until `end` is set, and those under way for `grace` seconds more; `started` is called in between."""
    sys.setswitchinterval(_SWITCH)
    # uvicorn would count the requests that are cut off at the end; each of them is logged already.
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    server = _Server(_config(app, grace, most_connections), started)

    async def stop() -> None:
        await end.wait()
        server.should_exit = True

    stopping = asyncio.create_task(stop())
    try:
        await server.serve(sockets=[listener])
    finally:
        stopping.cancel()


def _config(app: ASGIApp, grace: float, most_connections: int) -> uvicorn.Config:
    return BoundedConfig(
        FaultBoundary(app),
        most_connections=most_connections,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=max(1, int(grace)),
    )
