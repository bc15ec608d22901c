"""Time passes: timers that are due become signals in the inbox."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection
from contextlib import suppress

from infobip_rules.clock import Clock
from infobip_rules.errors import InfobipRulesError
from infobip_rules.journal import store
from infobip_rules.journal.writer import Journal

log = logging.getLogger("infobip_rules.timekeeper")

#: Timers that ring in one transaction: a webhook that comes meanwhile waits for some milliseconds.
AT_ONCE = 500
#: Seconds after which the clock is looked at again, should it have been set, or a wake-up have been missed.
TICK = 1.0


class Timekeeper:
    """Rings timers when they are due, until stopped; `wake()` says that timers were set, `rung` is called after.

    `ended` gives the kinds of recurring timers that nobody listens to any more: they end when they are due.
    """

    def __init__(
        self,
        *,
        journal: Journal,
        clock: Clock,
        rung: Callable[[], None],
        ended: Callable[[], Collection[str]] = tuple,
    ) -> None:
        self.journal = journal
        self.clock = clock
        self._rung = rung
        self._ended = ended
        self._news = asyncio.Event()
        self._stopping = False

    def wake(self) -> None:
        """Says that timers may have been set."""
        self._news.set()

    def stop(self) -> None:
        """Rings no further timers; `run` ends when those that are ringing are in the inbox."""
        self._stopping = True
        self._news.set()

    def is_due(self) -> bool:
        """Whether some timer is to ring now. Raises JournalError."""
        return self._seconds_left() <= 0

    async def run(self) -> None:
        """Rings until stopped; a journal that can't be read or written is tried again."""
        while not self._stopping:
            self._news.clear()
            try:
                seconds = await self._round()
            except InfobipRulesError as problem:
                log.warning("timekeeper.failed reason=%s", problem)
                seconds = TICK
            except Exception:  # whatever one round runs into, the next is tried
                log.exception("timekeeper.failed")
                seconds = TICK
            if seconds > 0:
                await self._wait(seconds)

    async def _round(self) -> float:
        """Rings what is due; the seconds to wait for what comes next, 0 if there may be more by now."""
        left = self._seconds_left()
        if left > 0:
            return left
        now, ended = self.clock.now(), self._ended()
        number = await self.journal.run(lambda connection: store.ring(connection, now=now, limit=AT_ONCE, ended=ended))
        log.debug("timekeeper.rung timers=%d", number)
        self._rung()
        return 0

    def _seconds_left(self) -> float:
        due = self.journal.read(store.next_due)
        return TICK if due is None else min((due - self.clock.now()).total_seconds(), TICK)

    async def _wait(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._news.wait()
