"""A load generator for webhooks: raw connections, so that it takes as little of the cores as possible."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import cast

import orjson


def body(ids: Iterable[int], *, people: int, run: str) -> bytes:
    """A webhook's body with one result for each id, from one of `people`."""
    results = [
        {
            "messageId": f"{run}-{number}",
            "from": str(385_980_000_000 + number % people),
            "to": "447491163443",
            "text": f"{run}-{number}",
            "cleanText": f"{run}-{number}",
            "receivedAt": "2026-10-06T09:28:39.220+0000",
            "smsCount": 1,
            "price": {"pricePerMessage": 0.0, "currency": "EUR"},
        }
        for number in ids
    ]
    return orjson.dumps({"results": results, "messageCount": len(results), "pendingMessageCount": 0})


def request(content: bytes) -> bytes:
    """The bytes of one webhook request."""
    head = "POST /sms-received-message HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content


class Connection(asyncio.Protocol):
    """One connection that posts one body after the other; asyncio's streams would cost several times as much."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)
        self._read = b""

    def post(self, content: bytes) -> asyncio.Future[float]:
        """Posts one body; the seconds until it was answered. RuntimeError unless it is a 200."""
        self._started = time.monotonic()
        self._answered: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._transport.write(request(content))
        return self._answered

    def data_received(self, data: bytes) -> None:
        self._read += data
        head, end, body = self._read.partition(b"\r\n\r\n")
        if not end or len(body) < int(head.lower().split(b"content-length:", 1)[1].split(b"\r\n", 1)[0]):
            return
        self._read = b""
        if b" 200 " in head[:20]:
            self._answered.set_result(time.monotonic() - self._started)
        else:
            self._answered.set_exception(RuntimeError(head.decode()))

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._answered.done():
            self._answered.set_exception(RuntimeError("The connection was closed."))

    def close(self) -> None:
        self._transport.close()


async def _connect(port: int) -> Connection:
    _, connection = await asyncio.get_running_loop().create_connection(Connection, "127.0.0.1", port)
    return connection


async def flood(port: int, bodies: Sequence[bytes], *, connections: int) -> list[float]:
    """Posts all bodies over so many connections, each as soon as the one before is answered."""
    waiting: Iterator[bytes] = iter(bodies)
    times: list[float] = []

    async def post_all() -> None:
        connection = await _connect(port)
        for content in waiting:
            times.append(await connection.post(content))
        connection.close()

    await asyncio.gather(*(post_all() for _ in range(connections)))
    return times


async def steady(port: int, bodies: Sequence[bytes], *, rate: float, connections: int) -> list[tuple[float, float]]:
    """Posts at a steady rate; for each body the moment it was due and the seconds until it was answered."""
    idle: asyncio.Queue[Connection] = asyncio.Queue()
    for _ in range(connections):
        idle.put_nowait(await _connect(port))
    times: list[tuple[float, float]] = []

    async def post(content: bytes, due: float) -> None:
        connection = await idle.get()
        await connection.post(content)
        times.append((due, time.monotonic() - due))
        idle.put_nowait(connection)

    started = time.monotonic()
    tasks = []
    for number, content in enumerate(bodies):
        due = started + number / rate
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        tasks.append(asyncio.create_task(post(content, due)))
    await asyncio.gather(*tasks)
    while not idle.empty():
        idle.get_nowait().close()
    return times
