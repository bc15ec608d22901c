"""A load generator for webhooks: raw connections, so that it costs the two cores as little as can be."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator, Sequence

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


async def post(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, content: bytes) -> float:
    """Posts one body and waits for its answer; the seconds it took. RuntimeError unless it is a 200."""
    started = time.monotonic()
    writer.write(request(content))
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
    await reader.readexactly(length)
    if b" 200 " not in head[:20]:
        raise RuntimeError(head.decode())
    return time.monotonic() - started


async def flood(port: int, bodies: Sequence[bytes], *, connections: int) -> list[float]:
    """Posts all bodies over so many connections, each as soon as the one before is answered."""
    waiting: Iterator[bytes] = iter(bodies)
    times: list[float] = []

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for content in waiting:
            times.append(await post(reader, writer, content))
        writer.close()

    await asyncio.gather(*(one() for _ in range(connections)))
    return times


async def steady(port: int, bodies: Sequence[bytes], *, rate: float, connections: int) -> list[tuple[float, float]]:
    """Posts at a steady rate; for each body the moment it was due and the seconds until it was answered."""
    idle: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    for _ in range(connections):
        idle.put_nowait(await asyncio.open_connection("127.0.0.1", port))
    times: list[tuple[float, float]] = []

    async def one(content: bytes, due: float) -> None:
        connection = await idle.get()
        await post(*connection, content)
        times.append((due, time.monotonic() - due))
        idle.put_nowait(connection)

    started = time.monotonic()
    tasks = []
    for number, content in enumerate(bodies):
        due = started + number / rate
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        tasks.append(asyncio.create_task(one(content, due)))
    await asyncio.gather(*tasks)
    while not idle.empty():
        idle.get_nowait()[1].close()
    return times
