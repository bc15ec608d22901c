"""Forgetting in the background: what is done and old enough leaves the journal, a little at a time."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from infobip_rules.clock import Clock
from infobip_rules.errors import JournalError
from infobip_rules.journal import store
from infobip_rules.journal.writer import Journal
from infobip_rules.limits import TraceLimits

log = logging.getLogger("infobip_rules.pruning")

#: Seconds between two rounds.
INTERVAL = 3600.0
#: Rows of each table in one transaction: a webhook that comes meanwhile waits for some milliseconds.
AT_ONCE = 500
#: The traces that are kept unless somebody wants it otherwise.
TRACES = TraceLimits()


class Pruner:
    """Forgets what was done more than `retention` ago, at the start and then every hour, until it is cancelled."""

    def __init__(
        self,
        *,
        journal: Journal,
        clock: Clock,
        retention: timedelta,
        traces: TraceLimits = TRACES,
        interval: float = INTERVAL,
    ) -> None:
        self.journal = journal
        self.clock = clock
        self.retention = retention
        self.interval = interval
        self.traces = traces

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
        """One round, in transactions of its own; how many rows went. Raises JournalError."""
        now = self.clock.now()
        before, pruned = now - self.retention, 0
        while step := await self.journal.run(
            lambda connection: store.prune(connection, before, now=now, limit=AT_ONCE)
        ):
            pruned += step
        # A trace never outlives its signal.
        return pruned + await self.journal.run(
            lambda connection: store.prune_traces(connection, self.traces, before=before)
        )
