"""The timekeeper: makes signals in the inbox of timers that are due."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection

from infobip_rules.background import Rounds
from infobip_rules.clock import Clock
from infobip_rules.journal.interface import Journal

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
        self._rounds = Rounds("timekeeper", self._round)
        self.wake, self.stop, self.run = self._rounds.wake, self._rounds.stop, self._rounds.run

    async def is_due(self) -> bool:
        """Whether some timer is to ring now. Raises JournalError."""
        return await self._seconds_left() <= 0

    async def _round(self) -> float:
        """Rings what is due; the seconds to wait for what comes next, 0 if there may be more by now."""
        left = await self._seconds_left()
        if left > 0:
            return left
        await self.ring()
        return 0

    async def ring(self) -> None:
        """Rings what is due, up to `AT_ONCE` timers. Raises JournalError."""
        number = await self.journal.timers.ring(now=self.clock.now(), limit=AT_ONCE, ended=self._ended())
        log.debug("timekeeper.rung timers=%d", number)
        self._rung()

    async def _seconds_left(self) -> float:
        due = await self.journal.timers.next_due()
        return TICK if due is None else min((due - self.clock.now()).total_seconds(), TICK)
