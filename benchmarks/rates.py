"""Throughput and latency of a running host, from the webhook to the reply at the stub."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence

import uvloop

from benchmarks.load import body, flood, steady
from benchmarks.stub import Stub

#: Over which a flood comes: so many that the disk, which is waited for, is no limit of its own.
CONNECTIONS = 128


def throughput(stub: Stub, port: int, *, messages: int, size: int, people: int, run: str) -> float:
    """Messages a second, from the first webhook to the last reply accepted."""
    bodies = [
        body(range(first, min(first + size, messages)), people=people, run=run) for first in range(0, messages, size)
    ]
    started = time.monotonic()
    uvloop.run(flood(port, bodies, connections=min(CONNECTIONS, len(bodies))))
    deadline = time.monotonic() + 120
    while stub.count() < messages and time.monotonic() < deadline:
        time.sleep(0.02)
    seen = stub.take()
    if len(seen) != messages:
        raise RuntimeError(f"{len(seen)} replies to {messages} messages")
    return messages / (max(seen.values()) - started)


def latency(stub: Stub, port: int, *, rate: float, seconds: float, run: str) -> tuple[float, float]:
    """The 99th percentiles, in milliseconds, until the 200 and until the reply is at the stub."""
    count = int(rate * seconds)
    bodies = [body([number], people=1000, run=run) for number in range(count)]
    answered = uvloop.run(steady(port, bodies, rate=rate, connections=16))
    deadline = time.monotonic() + 60
    while stub.count() < count and time.monotonic() < deadline:
        time.sleep(0.02)
    seen = stub.take()
    due = sorted(moment for moment, _ in answered)
    replied = [seen[f"{run}-{number}"] - due[number] for number in range(count)]
    return _p99([taken for _, taken in answered]), _p99(replied)


def _p99(seconds: Sequence[float]) -> float:
    return statistics.quantiles(seconds, n=100)[98] * 1000
