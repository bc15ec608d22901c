"""The journal: all that must survive, written in groups; it knows no rules and no HTTP.

`interface` says what can be asked of one, `records`, `requests` and `views` what is given and taken. Which ways there are
to keep one, `implementations` knows.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from infobip_rules.journal.implementations import openers_for

if TYPE_CHECKING:  # a web worker has no journal, and no need of what one is made of
    from infobip_rules.clock import Clock
    from infobip_rules.journal.interface import Journal, JournalEditor, JournalReader
    from infobip_rules.journal.views import JournalFiles


@asynccontextmanager
async def open_journal(url: str, *, clock: Clock, first_lookup: timedelta | None = None) -> AsyncIterator[Journal]:
    """Opens the journal that `url` names, such as `sqlite:///infobip-rules.db`, for a host; it is created if need be.

    Messages that a run which died left in `sending` become ones of unknown outcome, to be looked up after `first_lookup`
    (5 seconds unless it is given), before anything else is done. A journal of an earlier version is brought up to date.
    JournalError, naming it, if another process has it open, it can't be read or written, is damaged, is something else,
    or was written by a later version.
    """
    from infobip_rules.journal.records import FIRST_LOOKUP

    wait = FIRST_LOOKUP if first_lookup is None else first_lookup
    async with openers_for(url).open_journal(url, clock=clock, first_lookup=wait) as journal:
        yield journal


def memory_journal() -> Journal:
    """An empty journal that is gone when it is closed. Nothing in it ever waits: it needs no event loop."""
    from infobip_rules.journal.sqlite.memory import MemoryJournal

    return MemoryJournal()


@asynccontextmanager
async def open_reader(url: str) -> AsyncIterator[JournalReader]:
    """Opens a journal for looking only, also while another process has it open.

    JournalError if there is none or it can't be used.
    """
    async with openers_for(url).open_reader(url) as reader:
        yield reader


@asynccontextmanager
async def open_editor(url: str) -> AsyncIterator[JournalEditor]:
    """Opens a journal for changing it by hand, also while a host has it open.

    JournalError if there is none or it can't be used.
    """
    async with openers_for(url).open_editor(url) as editor:
        yield editor


def files_of(url: str) -> JournalFiles:
    """Where a journal lies on this machine, and who else can reach it; JournalError if the URL can't be used."""
    return openers_for(url).files_of(url)
