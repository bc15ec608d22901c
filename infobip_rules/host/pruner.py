"""The pruner: forgets in the background what is done and old enough, a little at a time."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from infobip_rules.clock import Clock
from infobip_rules.errors import JournalError
from infobip_rules.journal.interface import Journal
from infobip_rules.journal.records import SHORTEST_RETENTION
from infobip_rules.limits import TraceLimits

log = logging.getLogger("infobip_rules.pruning")

#: Seconds between two rounds.
INTERVAL = 3600.0
#: The clock is ahead of what has elapsed by more than any correction of it comes to.
JUMP = timedelta(hours=1)
#: Rows of each table in one transaction: a webhook that comes meanwhile waits for some milliseconds.
AT_ONCE = 500
#: How long counts are kept by hour and day; after that they are added up.
TALLIED = timedelta(days=32)
#: The traces that are kept unless somebody wants it otherwise.
TRACES = TraceLimits()

_DOUBT = "Nothing came in for long, or the clock was set ahead: what looks old may be what Infobip still repeats."


class Pruner:
    """Forgets what was done more than `retention` ago, at the start and then every hour, until it is cancelled.

    By a clock that has jumped ahead, what has just arrived would be that old, and Infobip's repetition of it would count
    as new. So if the clock may have jumped, nothing is forgotten until Infobip has stopped repeating. `elapsed` are
    seconds that no setting of the clock changes.
    """

    def __init__(
        self,
        *,
        journal: Journal,
        clock: Clock,
        retention: timedelta,
        traces: TraceLimits = TRACES,
        interval: float = INTERVAL,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self.journal = journal
        self.clock = clock
        self.retention = retention
        self.interval = interval
        self.traces = traces
        self._elapsed = elapsed
        #: The moment and the elapsed time of the round before, and until when nothing is forgotten.
        self._last: tuple[datetime, float] | None = None
        self._wait_until = 0.0

    async def run(self) -> None:
        """Prunes until cancelled; a round that fails is made up for by the next."""
        while True:
            try:
                pruned = await self.prune()
            except JournalError as problem:
                log.warning("pruning.failed reason=%s", problem)
            else:
                log.log(logging.INFO if pruned else logging.DEBUG, "pruning.done rows=%d", pruned)
            await asyncio.sleep(self.interval)

    async def prune(self) -> int:
        """One round, in transactions of its own; how many rows went, 0 if the clock is in doubt. Raises JournalError."""
        now = self.clock.now()
        if await self._is_doubtful(now):
            return 0
        before, pruned = now - self.retention, 0
        while step := await self.journal.retention.prune(before, now=now, limit=AT_ONCE):
            pruned += step
        await self.journal.retention.fold_tallies(before=now - TALLIED)
        # A trace never outlives its signal.
        return pruned + await self.journal.retention.prune_traces(self.traces, before=before)

    async def _is_doubtful(self, now: datetime) -> bool:
        """Whether the clock has jumped ahead lately: seen as it did, or, at the start, by what it left in the journal."""
        elapsed = self._elapsed()
        if self._last is None:
            # A shorter jump makes nothing old that Infobip still repeats.
            longest = max(self.retention - SHORTEST_RETENTION, SHORTEST_RETENTION)
            since = await self.journal.retention.silence_ended(now=now, longest=longest)
        else:
            then, before = self._last
            since = now if now - then - timedelta(seconds=elapsed - before) > JUMP else None
        self._last = now, elapsed
        if since is not None:
            wait = SHORTEST_RETENTION - (now - since)
            log.info("pruning.postponed hours=%d reason=%s", wait / timedelta(hours=1), _DOUBT)
            self._wait_until = elapsed + wait.total_seconds()
        return elapsed < self._wait_until
