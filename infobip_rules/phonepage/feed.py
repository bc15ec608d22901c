"""Server-sent events: what changes on the page reaches every browser that shows it, also after a gap."""

from __future__ import annotations

import asyncio
import uuid
from collections import deque
from collections.abc import AsyncIterator, Mapping
from typing import Any

import orjson

#: Events kept for browsers that were away for a moment; whoever missed more loads the page again.
KEPT = 2_000
#: Seconds after which a silent line is given a sign of life.
PULSE = 15.0


class Feed:
    """Events in order, each with an id that says what came before it."""

    def __init__(self) -> None:
        #: A browser that has seen another run of the program must not take its ids for ours.
        self._run = uuid.uuid4().hex[:8]
        self._count = 0
        self._kept: deque[tuple[int, bytes]] = deque(maxlen=KEPT)
        self._news = asyncio.Event()
        self._closed = False

    @property
    def position(self) -> str:
        """Where the feed stands now: what a page that is made now has seen."""
        return f"{self._run}-{self._count}"

    def tell(self, event: Mapping[str, Any]) -> None:
        """Sends an event to all who listen."""
        self._count += 1
        line = b"id: %s-%d\ndata: %s\n\n" % (self._run.encode(), self._count, orjson.dumps(event))
        self._kept.append((self._count, line))
        self._wake()

    def close(self) -> None:
        """Ends all lines, so that a server can end."""
        self._closed = True
        self._wake()

    async def lines(self, seen: str) -> AsyncIterator[bytes]:
        """What came after `seen`, then what comes, until the feed is closed."""
        at = self._number(seen)
        yield b"retry: 500\n\n"
        while not self._closed:
            news = self._news
            if at is None:
                at = self._count
                yield self._reload()
            for number, line in self._after(at):
                at = number
                yield line
            if at == self._count and not self._closed:
                try:
                    await asyncio.wait_for(news.wait(), PULSE)
                except TimeoutError:
                    yield b": still there\n\n"

    def _after(self, at: int) -> list[tuple[int, bytes]]:
        missed = self._count - at
        return list(self._kept)[-missed:] if missed else []

    def _number(self, seen: str) -> int | None:
        """How many events somebody has seen; None where that can't be told, or where what they missed is gone."""
        run, _, number = seen.rpartition("-")
        if (
            run != self._run
            or not number.isdecimal()
            or not self._count - len(self._kept) <= int(number) <= self._count
        ):
            return None
        return int(number)

    def _reload(self) -> bytes:
        return b'id: %s\ndata: {"op":"reload"}\n\n' % self.position.encode()

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()
