"""The host as a web worker sees it: batches are kept and pages are made in another process."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping
from typing import Any

from starlette.types import Receive, Scope, Send

from infobip_rules.errors import JournalError, WebhookError
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
from infobip_rules.web.answers import answer_not_stored, refuse
from infobip_rules.web.body import collect

#: Bytes that the body of a request to a page may have.
MAX_FORWARDED = 64 * 1024
#: The fields of an ASGI scope that another process can use.
_PASSED_ON = frozenset(
    {
        "type",
        "asgi",
        "http_version",
        "method",
        "scheme",
        "path",
        "raw_path",
        "query_string",
        "root_path",
        "headers",
        "client",
        "server",
    }
)


class RemoteHost:
    """Keeps batches, and answers other requests, over `stream`, which calls `handle` and `lost`."""

    stream: ObjectStream

    def __init__(self) -> None:
        self._ids = itertools.count()
        self._batches: dict[int, asyncio.Future[Receipt]] = {}
        self._answers: dict[int, asyncio.Queue[Mapping[str, Any] | None]] = {}
        self._gone = False

    def receive(self, batch: InboundBatch) -> asyncio.Future[Receipt]:
        """Done when the batch is on the host's disk. Raises JournalError if it could not be kept."""
        if self._gone:
            raise _no_host()
        id_ = next(self._ids)
        receipt: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        self._batches[id_] = receipt
        self.stream.send(BatchReceived.of(id_, batch))
        return receipt

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request by the host, as an ASGI app."""
        try:
            body = await collect(receive, limit=MAX_FORWARDED)
        except WebhookError as problem:
            await refuse(problem)(scope, receive, send)
            return
        if body is None:
            return
        id_, answer = next(self._ids), asyncio.Queue[Mapping[str, Any] | None]()
        self._answers[id_] = answer
        self.stream.send(
            RequestForwarded(id_, {name: value for name, value in scope.items() if name in _PASSED_ON}, body)
        )
        leaving = asyncio.create_task(self._report_disconnect(id_, receive))
        try:
            if not await _pass_on(answer, send):
                await answer_not_stored(_no_host())(scope, receive, send)
        finally:
            leaving.cancel()
            del self._answers[id_]

    def handle(self, frame: object) -> None:
        """Handles a frame from the host."""
        match frame:
            case BatchKept(id_, new, duplicates, set_aside):
                if not (receipt := self._batches.pop(id_)).done():  # it is done if the request was cut off
                    receipt.set_result(Receipt(new, duplicates, set_aside))
            case BatchNotKept(id_, problem):
                if not (receipt := self._batches.pop(id_)).done():
                    receipt.set_exception(problem)
            case ResponseMessage(id_, message):
                if (answer := self._answers.get(id_)) is not None:
                    answer.put_nowait(message)

    def lost(self) -> None:
        """Ends all that waits: the host is gone."""
        self._gone = True
        for receipt in self._batches.values():
            if not receipt.done():
                receipt.set_exception(_no_host())
        for answer in self._answers.values():
            answer.put_nowait(None)

    async def _report_disconnect(self, id_: int, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self.stream.send(ClientGone(id_))


def _no_host() -> JournalError:
    return JournalError("The host has ended.", "Start it again.")


async def _pass_on(answer: asyncio.Queue[Mapping[str, Any] | None], send: Send) -> bool:
    """Sends the host's answer; False if nothing came. An answer that was begun and does not end is cut off."""
    begun = False
    while True:
        message = await answer.get()
        if message is None:
            return begun
        begun = True
        await send(dict(message))
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            return True
