"""The watch over the journal: whether messages can be kept, looked at each second and logged when it changes."""

from __future__ import annotations

import logging
from contextlib import suppress

from infobip_rules.background import Rounds
from infobip_rules.errors import JournalError
from infobip_rules.journal.interface import Journal

log = logging.getLogger("infobip_rules.host")

#: Seconds between two looks.
INTERVAL = 1.0


class JournalWatch:
    """Looks after a journal until stopped, so that a health check says what a webhook would be answered.

    A journal in trouble is tried again with a write that leaves nothing, and so is one whose health was asked for: a disk
    that is full shows in nothing else while no message comes.
    """

    def __init__(self, journal: Journal, *, interval: float = INTERVAL) -> None:
        self._journal = journal
        self._interval = interval
        self._asked = False
        self._known: str | None = None
        self._rounds = Rounds("journal", self._look)
        self.stop, self.run = self._rounds.stop, self._rounds.run

    def trouble(self) -> JournalError | None:
        """Why a webhook would be answered 503 now; None if it would be kept."""
        self._asked = True
        return self._journal.trouble()

    async def _look(self) -> float:
        trouble = self._journal.trouble()
        if trouble is not None or self._asked:
            self._asked = False
            with suppress(JournalError):  # which is what trouble there is then
                await self._journal.probe()
            trouble = self._journal.trouble()
        self._say(trouble)
        return self._interval

    def _say(self, trouble: JournalError | None) -> None:
        known, self._known = self._known, trouble.id if trouble else None
        if known == self._known:
            return
        if trouble is None:
            log.warning("host.journal_back reason=%s", "Messages are kept again.")
        else:
            log.error("host.journal_in_trouble reason=%s", trouble)
