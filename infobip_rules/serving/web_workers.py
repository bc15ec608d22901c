"""The host's side of its web workers: it starts them, keeps their batches, answers other requests, and starts them again."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import socket
from collections.abc import Callable
from functools import partial
from multiprocessing.process import BaseProcess

from starlette.types import ASGIApp, Message

from infobip_rules.receiver import BatchReceiver, Receipt
from infobip_rules.serving.frames import (
    BatchKept,
    BatchNotKept,
    BatchReceived,
    ClientGone,
    End,
    Ready,
    RequestForwarded,
    ResponseMessage,
)
from infobip_rules.serving.object_stream import ObjectStream
from infobip_rules.serving.web_worker import WebPlan, work

log = logging.getLogger("infobip_rules.web")

#: Seconds until a worker that ended is started again.
AGAIN_AFTER = 0.5
#: Seconds that a worker gets beyond its grace.
_MARGIN = 1.0


class WebWorker:
    """A web worker while it lives; requests that are not webhooks are answered by `app`."""

    def __init__(
        self,
        listener: socket.socket,
        plan: WebPlan,
        *,
        receiver: BatchReceiver,
        app: ASGIApp,
        ready: Callable[[], None],
    ) -> None:
        self._receiver = receiver
        self._app = app
        self._ready = ready
        self._gone = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        #: Forwarded requests that are being answered, each with the event of its client being gone.
        self._answering: dict[int, asyncio.Event] = {}
        self._end, theirs = socket.socketpair()
        # Spawned, not forked: the host has threads and connections that a copy must not hold.
        self._process: BaseProcess = multiprocessing.get_context("spawn").Process(
            target=work, args=(listener, theirs, plan), name="infobip-rules-web", daemon=True
        )
        self._process.start()
        theirs.close()

    async def open(self) -> None:
        """Opens the stream to the worker."""
        self._stream = await ObjectStream.open(self._end, on_object=self._handle, on_closed=self._gone.set)

    async def gone(self) -> int | None:
        """Waits until the worker is gone; its exit code."""
        await self._gone.wait()
        for client_gone in self._answering.values():
            client_gone.set()
        await asyncio.to_thread(self._process.join, _MARGIN)
        return self._process.exitcode

    async def end(self, grace: float) -> None:
        """Ends the worker after the requests under way, within `grace` seconds."""
        self._stream.send(End())
        try:
            async with asyncio.timeout(grace + _MARGIN):
                await self._gone.wait()
        except TimeoutError:
            self._process.kill()

    def _handle(self, frame: object) -> None:
        match frame:
            case BatchReceived():
                kept = asyncio.ensure_future(self._receiver.receive(frame.batch))
                kept.add_done_callback(partial(self._send_receipt, frame.id))
            case RequestForwarded():
                gone = self._answering[frame.id] = asyncio.Event()
                self._keep(asyncio.create_task(self._answer(frame, gone)))
            case ClientGone(id_):
                if (left := self._answering.get(id_)) is not None:
                    left.set()
            case Ready():
                self._ready()

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _send_receipt(self, id_: int, kept: asyncio.Future[Receipt]) -> None:
        if not kept.cancelled():
            problem = kept.exception()
            if problem is None:
                self._stream.send(BatchKept(id_, *kept.result()))
            elif isinstance(problem, Exception):
                self._stream.send(BatchNotKept(id_, problem))

    async def _answer(self, request: RequestForwarded, gone: asyncio.Event) -> None:
        unread = True

        async def receive() -> Message:
            nonlocal unread
            if unread:
                unread = False
                return {"type": "http.request", "body": request.body, "more_body": False}
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            self._stream.send(ResponseMessage(request.id, message))

        try:
            await self._app(dict(request.scope), receive, send)
        except Exception:
            log.exception("web.failed path=%s", request.scope["path"])
            self._stream.send(ResponseMessage(request.id, None))
        finally:
            del self._answering[request.id]


class WebWorkers:
    """A number of web workers on one listening socket, each started again when it ends, until `end` of `serve` is set."""

    def __init__(
        self, listener: socket.socket, plan: WebPlan, *, size: int, receiver: BatchReceiver, app: ASGIApp
    ) -> None:
        self._listener = listener
        self._plan = plan
        self._size = size
        self._receiver = receiver
        self._app = app
        self._workers: set[WebWorker] = set()
        self._ready = asyncio.Event()
        self._started = 0
        self._ending = False

    async def serve(self, *, started: Callable[[], None], end: asyncio.Event) -> None:
        """Answers requests until `end` is set, and those under way for the plan's grace; `started` is called in between."""
        places = [asyncio.create_task(self._keep_running()) for _ in range(self._size)]
        asked = asyncio.create_task(end.wait())
        ready = asyncio.create_task(self._ready.wait())
        try:
            await asyncio.wait([asked, ready], return_when=asyncio.FIRST_COMPLETED)
            if self._ready.is_set():
                started()
            await asked
        finally:
            self._ending = True
            await asyncio.gather(*(worker.end(self._plan.grace) for worker in self._workers))
            for task in (asked, ready):
                task.cancel()
            await asyncio.gather(*places)

    async def _keep_running(self) -> None:
        while not self._ending:
            try:
                code = await self._run_worker()
                if not self._ending:
                    log.error("web.worker_ended exit_code=%s reason=%s", code, "Another one is started.")
            except OSError as problem:  # such as no more processes or memory
                log.error("web.worker_not_started reason=%s", problem)  # noqa: TRY400 - its sentence is enough
            if not self._ending:
                await asyncio.sleep(AGAIN_AFTER)

    async def _run_worker(self) -> int | None:
        """Runs a worker until it is gone; its exit code."""
        worker = WebWorker(
            self._listener, self._plan, receiver=self._receiver, app=self._app, ready=self._count_started
        )
        await worker.open()
        self._workers.add(worker)
        if self._ending:  # asked for while it was started
            await worker.end(self._plan.grace)
        code = await worker.gone()
        self._workers.discard(worker)
        return code

    def _count_started(self) -> None:
        self._started += 1
        if self._started >= self._size:
            self._ready.set()
