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
from infobip_rules.serving.channel import Channel
from infobip_rules.serving.frames import Answered, Asked, Kept, Left, NotKept, Received
from infobip_rules.web.answers import answer_not_stored, refuse
from infobip_rules.web.body import collect

#: Bytes that the body of a request to a page may have.
MAX_ASKED = 64 * 1024
#: What of an ASGI scope another process can make use of.
_PASSED_ON = (
    *("type", "asgi", "http_version", "method", "scheme", "path", "raw_path", "query_string", "root_path"),
    *("headers", "client", "server"),
)


class RemoteHost:
    """Keeps batches, and answers what is no webhook, by way of `channel`; `heard` and `lost` are for the channel to call."""

    channel: Channel

    def __init__(self) -> None:
        self._ids = itertools.count()
        self._batches: dict[int, asyncio.Future[Receipt]] = {}
        self._answers: dict[int, asyncio.Queue[Mapping[str, Any] | None]] = {}
        self._gone = False

    def receive(self, batch: InboundBatch) -> asyncio.Future[Receipt]:
        """Done when the batch is on the host's disk. Raises JournalError where it could not be kept."""
        if self._gone:
            raise _no_host()
        id_ = next(self._ids)
        told: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        self._batches[id_] = told
        self.channel.tell(Received.of(id_, batch))
        return told

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """An ASGI app: has the host answer a request."""
        try:
            body = await collect(receive, limit=MAX_ASKED)
        except WebhookError as problem:
            await refuse(problem)(scope, receive, send)
            return
        if body is None:
            return
        id_, answer = next(self._ids), asyncio.Queue[Mapping[str, Any] | None]()
        self._answers[id_] = answer
        self.channel.tell(Asked(id_, {name: scope[name] for name in _PASSED_ON if name in scope}, body))
        leaving = asyncio.create_task(self._tell_leaving(id_, receive))
        try:
            if not await _pass_on(answer, send):
                await answer_not_stored(_no_host())(scope, receive, send)
        finally:
            leaving.cancel()
            del self._answers[id_]

    def heard(self, frame: object) -> None:
        """Takes what the host tells."""
        match frame:
            case Kept(id_, new, duplicates, set_aside):
                if not (told := self._batches.pop(id_)).done():  # it is where the request was cut off
                    told.set_result(Receipt(new, duplicates, set_aside))
            case NotKept(id_, problem):
                if not (told := self._batches.pop(id_)).done():
                    told.set_exception(problem)
            case Answered(id_, message):
                if (answer := self._answers.get(id_)) is not None:
                    answer.put_nowait(message)

    def lost(self) -> None:
        """The host is gone: nobody will answer."""
        self._gone = True
        for told in self._batches.values():
            if not told.done():
                told.set_exception(_no_host())
        for answer in self._answers.values():
            answer.put_nowait(None)

    async def _tell_leaving(self, id_: int, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self.channel.tell(Left(id_))


def _no_host() -> JournalError:
    return JournalError("The host has ended.", "Start it again.")


async def _pass_on(answer: asyncio.Queue[Mapping[str, Any] | None], send: Send) -> bool:
    """Sends on what the host answers; False if nothing came. An answer that was begun and does not end is cut off."""
    begun = False
    while True:
        message = await answer.get()
        if message is None:
            return begun
        begun = True
        await send(dict(message))
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            return True
