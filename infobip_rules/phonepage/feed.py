"""Server-sent events: the changes of the page, for every browser that shows it, also after a gap."""

from __future__ import annotations

import asyncio
import uuid
from collections import deque
from collections.abc import AsyncIterator, Mapping
from typing import Any

import orjson

#: Events kept for browsers that were away for a moment; a browser that missed more loads the page again.
KEPT = 2_000
#: Seconds between two comments on a stream without events, which keep it open.
PULSE = 15.0


class Feed:
    """Events in order, each with an id by which a browser goes on where it was."""

    def __init__(self) -> None:
        #: Part of each id, so that those of another run of the program are not taken for these.
        self._run = uuid.uuid4().hex[:8]
        self._count = 0
        self._kept: deque[tuple[int, bytes]] = deque(maxlen=KEPT)
        self._changed = asyncio.Event()
        self._closed = False

    @property
    def position(self) -> str:
        """The id of the last event, which a page that is made now has seen."""
        return f"{self._run}-{self._count}"

    def publish(self, event: Mapping[str, Any]) -> None:
        """Sends an event to all browsers."""
        self._count += 1
        line = b"id: %s-%d\ndata: %s\n\n" % (self._run.encode(), self._count, orjson.dumps(event))
        self._kept.append((self._count, line))
        self._wake()

    def close(self) -> None:
        """Ends all streams, so that a server can end."""
        self._closed = True
        self._wake()

    async def lines(self, seen: str) -> AsyncIterator[bytes]:
        """The events after `seen`, then those to come, until the feed is closed."""
        at = self._number(seen)
        yield b"retry: 500\n\n"
        while not self._closed:
            changed = self._changed
            if at is None:
                at = self._count
                yield self._reload()
            for number, line in self._after(at):
                at = number
                yield line
            if at == self._count and not self._closed:
                try:
                    await asyncio.wait_for(changed.wait(), PULSE)
                except TimeoutError:
                    yield b": still there\n\n"

    def _after(self, at: int) -> list[tuple[int, bytes]]:
        missed = self._count - at
        return list(self._kept)[-missed:] if missed else []

    def _number(self, seen: str) -> int | None:
        """The number of the last event that a browser has seen; None if it is unknown, or later events are gone."""
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
        self._changed.set()
        self._changed = asyncio.Event()
