"""A stand-in for Infobip that accepts messages as fast as Python can, and notes when each came."""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Self

import orjson

_STATUS = {"groupId": 1, "groupName": "PENDING", "id": 26, "name": "PENDING_ACCEPTED", "description": "Accepted"}


class _Protocol(asyncio.Protocol):
    def __init__(self, seen: dict[str, float]) -> None:
        self.seen = seen
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end].lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self.buffer) < end + 4 + length:
                return
            body, self.buffer = self.buffer[end + 4 : end + 4 + length], self.buffer[end + 4 + length :]
            self.answer(body)

    def answer(self, body: bytes) -> None:
        now = time.monotonic()
        accepted = []
        for message in orjson.loads(body)["messages"]:
            to = message["destinations"][0]
            self.seen.setdefault(message["content"]["text"], now)
            accepted.append({"messageId": to["messageId"], "destination": to["to"], "status": _STATUS})
        reply = orjson.dumps({"bulkId": "1", "messages": accepted})
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(reply)
        self.transport.write(head + reply)  # type: ignore[attr-defined]  # a transport of a connection


async def _serve(pipe: Connection) -> None:
    seen: dict[str, float] = {}
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Protocol(seen), "127.0.0.1", 0)
    pipe.send(server.sockets[0].getsockname()[1])

    def answer_question() -> None:
        question = pipe.recv()
        if question == "count":
            pipe.send(len(seen))
        elif question == "take":
            pipe.send(dict(seen))
            seen.clear()
        else:
            loop.stop()

    loop.add_reader(pipe.fileno(), answer_question)
    await asyncio.Event().wait()


def _run(pipe: Connection) -> None:
    try:
        asyncio.run(_serve(pipe))
    except RuntimeError:
        return  # the loop was stopped, as asked


class Stub:
    """The stub in a process of its own; texts of accepted messages with the moment (monotonic) each came."""

    def __enter__(self) -> Self:
        self._pipe, theirs = multiprocessing.Pipe()
        self._process = multiprocessing.get_context("spawn").Process(target=_run, args=(theirs,), daemon=True)
        self._process.start()
        self.url = f"http://127.0.0.1:{self._pipe.recv()}"
        return self

    def count(self) -> int:
        """The number of different texts that were accepted."""
        self._pipe.send("count")
        return int(self._pipe.recv())

    def take(self) -> dict[str, float]:
        """Returns what was accepted, and forgets it."""
        self._pipe.send("take")
        seen: dict[str, float] = self._pipe.recv()
        return seen

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._pipe.send("stop")
        self._process.join()
