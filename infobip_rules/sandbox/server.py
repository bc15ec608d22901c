"""A server of any ASGI app on a loopback port in a thread, for tests, examples and the sandbox."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from types import TracebackType

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from infobip_rules.errors import InfobipRulesError

#: Seconds for the app's start: work that goes on, on a slow or busy machine, is no failure.
_START_DEADLINE = 300.0
#: Seconds for the end of its thread.
_PATIENCE = 60.0
_GRACE = 1.0
#: Seconds from one look at connections that are ending to the next.
_LOOK = 0.01


class ServerStartError(InfobipRulesError, RuntimeError):
    """A loopback server did not come up."""

    id = "IR701"
    exit_code = 3


class _PromptServer(uvicorn.Server):
    """A server that signals its start or failure, and stops at once; uvicorn's own polls ten times a second."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.started_or_failed = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()

    def request_stop(self) -> None:
        """Asks it to stop; may be called from any thread, and once it has ended."""
        self.should_exit = True
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # its loop is closed: it has ended
                self._loop.call_soon_threadsafe(self._stop.set)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        self.started_or_failed.set()

    async def main_loop(self) -> None:
        await self.on_tick(0)
        await self._stop.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._stop_listening()
        limit = asyncio.get_running_loop().time() + _GRACE
        for connection in tuple(self.server_state.connections):
            connection.shutdown()
        if self.server_state.tasks:
            _, late = await asyncio.wait(tuple(self.server_state.tasks), timeout=_GRACE)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late, timeout=_GRACE)
        await self._close_connections(limit)
        await self.lifespan.shutdown()

    async def _stop_listening(self) -> None:
        """Takes no more connections; those taken already are among uvicorn's from here on, and so are closed with them."""
        loop = asyncio.get_running_loop()
        for server in self.servers:
            for listener in server.sockets:
                loop.remove_reader(listener)
        # Asyncio makes the transport of a connection in one turn of its loop and tells uvicorn of it in the next. Closed
        # in between, a server loses it: nobody would close it, and the client would wait for an answer.
        for _ in range(2):
            await asyncio.sleep(0)
        for server in self.servers:
            server.close()

    async def _close_connections(self, limit: float) -> None:
        """Leaves none open: those that are ending have until `limit`, by the loop's time, to be read to their end."""
        loop = asyncio.get_running_loop()
        await asyncio.sleep(0)  # what was closed just now is gone then
        while self.server_state.connections and loop.time() < limit:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(_LOOK)
        for connection in tuple(self.server_state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)


class _WatchedLifespan:
    """An app whose lifespan's error is kept, of which uvicorn says only that there was one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.problem: BaseException | None = None

    @property
    def why(self) -> str:
        """The error as the end of a sentence: our own by its fact, any other by its kind, as its text may hold secrets."""
        if self.problem is None:
            return ""
        if isinstance(self.problem, InfobipRulesError):
            return f": {self.problem.fact.rstrip('.')}"
        return f": {type(self.problem).__name__}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return
        try:
            await self._app(scope, receive, send)
        except BaseException as problem:
            self.problem = problem
            raise


class LoopbackServer:
    """An ASGI app under uvicorn in a thread of its own; `port` 0 takes a free one, and keeps it over stop and start.

    Requests in progress get a second to end when it stops. Raises `ServerStartError` if the port is taken or the app's
    lifespan fails.

    Example::

        with LoopbackServer(FakeInfobip().app) as server:
            httpx.get(server.url + "/account/1/balance")
    """

    def __init__(self, app: ASGIApp, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self._app = app
        self._host = host
        self._port = port
        self._server: _PromptServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The base URL, without a trailing slash; known from the first start on (at once if a port was given)."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    @property
    def running(self) -> bool:
        """Whether it is up."""
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> LoopbackServer:
        """Starts, and returns once requests are answered."""
        if self.running:
            return self
        listener = self._listen()
        lifespan = _WatchedLifespan(self._app)
        self._server = _PromptServer(_config(lifespan))
        self._thread = threading.Thread(
            target=self._run, args=(self._server, listener), name=f"loopback-{self._port}", daemon=True
        )
        self._thread.start()
        in_time = self._server.started_or_failed.wait(_START_DEADLINE)
        if self._server.started:
            return self
        self.stop()
        if not in_time:
            raise ServerStartError(
                f"The app did not start at {self.url} within {_START_DEADLINE:g} s; its lifespan was still going on.",
                "See what it waits for; if the machine is busy, start it again when it is less so.",
            )
        raise ServerStartError(
            f"The app did not start at {self.url}{lifespan.why}.", "The log of uvicorn.error says why."
        ) from lifespan.problem

    def stop(self) -> None:
        """Stops, and returns once the thread has ended; a second call does nothing."""
        server, thread = self._server, self._thread
        self._server = self._thread = None
        if server is None or thread is None:
            return
        server.request_stop()
        thread.join(_PATIENCE)

    def __enter__(self) -> LoopbackServer:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _listen(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        # With the protocol named, asyncio turns Nagle's algorithm off; else every answer waits 40 ms for an ACK.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((self._host, self._port))
            listener.listen(1024)
        except OSError as cause:
            listener.close()
            raise ServerStartError(
                f"Port {self._port} of {self._host} can't be used: {cause.strerror}.", "Choose another, or 0 for any."
            ) from cause
        self._port = listener.getsockname()[1]
        return listener

    @staticmethod
    def _run(server: _PromptServer, listener: socket.socket) -> None:
        # uvicorn ends a failed start with SystemExit.
        with listener, contextlib.suppress(SystemExit):
            try:
                server.run(sockets=[listener])
            finally:
                server.started_or_failed.set()


@contextlib.contextmanager
def serve(app: ASGIApp, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serves `app` while the block runs; yields the base URL."""
    with LoopbackServer(app, host=host, port=port) as server:
        yield server.url


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http="h11",
        ws="none",
        loop="asyncio",
        lifespan="auto",
        log_config=None,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        date_header=False,
    )
