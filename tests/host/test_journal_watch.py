"""The watch over the journal: a journal in trouble is tried again, and the log says when it changes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import pytest

from infobip_rules.errors import JournalError
from infobip_rules.host.journal_watch import JournalWatch
from infobip_rules.journal.sqlite.memory import MemoryJournal


class Flaky(MemoryJournal):
    """A journal that is full until it is not."""

    def __init__(self) -> None:
        super().__init__()
        self.full: JournalError | None = None
        self.known: JournalError | None = None
        self.probes = 0

    def trouble(self) -> JournalError | None:
        """What the last write ran into."""
        return self.known

    async def probe(self) -> None:
        """Finds out."""
        self.probes += 1
        self.known = self.full
        if self.full is not None:
            raise self.full


async def watch(journal: Flaky, watched: Callable[[JournalWatch], bool]) -> JournalWatch:
    """Looks until something is so."""
    watch = JournalWatch(journal, interval=0.001)
    running = asyncio.create_task(watch.run())
    async with asyncio.timeout(60):
        while not watched(watch):  # noqa: ASYNC110 - nobody is told of it
            await asyncio.sleep(0.001)
    watch.stop()
    await running
    return watch


async def test_a_journal_that_nobody_asks_about_is_not_written_to() -> None:
    journal, looks = Flaky(), iter(range(20))
    await watch(journal, lambda _: next(looks, None) is None)
    assert journal.probes == 0


async def test_one_whose_health_was_asked_for_is_tried() -> None:
    journal = Flaky()
    journal.full = JournalError("The disk is full.", "Make room.")
    await watch(journal, lambda watched: watched.trouble() is journal.full)
    assert journal.probes > 0


async def test_trouble_and_its_end_are_logged_once_each(caplog: pytest.LogCaptureFixture) -> None:
    journal = Flaky()
    journal.full = journal.known = JournalError("The disk is full.", "Make room.")

    def room_after_three(_: JournalWatch) -> bool:
        if journal.probes >= 3:
            journal.full = None
        return "journal_back" in caplog.text

    with caplog.at_level(logging.WARNING, logger="infobip_rules.host"):
        await watch(journal, room_after_three)
    said = [record.getMessage() for record in caplog.records if record.name == "infobip_rules.host"]
    assert [line.split()[0] for line in said] == ["host.journal_in_trouble", "host.journal_back"]
    assert "The disk is full." in said[0]
