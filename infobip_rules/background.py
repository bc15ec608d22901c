"""Background work in rounds: a round, then a rest until there is news, until it is stopped."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

from infobip_rules.errors import InfobipRulesError

#: Seconds to rest after a round that failed.
AFTER_FAILURE = 0.5


class Rounds:
    """Calls `play` until stopped; it returns the seconds to rest, 0 for none. `wake()` ends a rest.

    After a round that fails, the next is tried; the log names the work by `name`.
    """

    def __init__(self, name: str, play: Callable[[], Awaitable[float]]) -> None:
        self.name = name
        self._play = play
        self._log = logging.getLogger(f"infobip_rules.{name}")
        self._news = asyncio.Event()
        self.stopping = False

    def wake(self) -> None:
        """Ends the rest: there is something new."""
        self._news.set()

    def stop(self) -> None:
        """Ends `run` after the round under way."""
        self.stopping = True
        self._news.set()

    async def run(self) -> None:
        """Plays rounds until stopped."""
        while not self.stopping:
            self._news.clear()
            rest = await self._round()
            if rest > 0:
                with suppress(TimeoutError):
                    async with asyncio.timeout(rest):
                        await self._news.wait()

    async def _round(self) -> float:
        try:
            return await self._play()
        except InfobipRulesError as problem:
            # Such as a journal that is full or locked: the work waits, and is tried again.
            self._log.warning("%s.failed reason=%s", self.name, problem)
        except Exception:
            self._log.exception("%s.failed", self.name)
        return AFTER_FAILURE
