"""The journal: all that must survive, written in groups; it knows no rules and no HTTP.

`interface` says what can be asked of one, `records`, `requests` and `views` what is given and taken. How it is kept is
known here only.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

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
    from infobip_rules.journal.sqlite.journal import FileJournal

    wait = FIRST_LOOKUP if first_lookup is None else first_lookup
    async with FileJournal.open(url, clock=clock, first_lookup=wait) as journal:
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
    from infobip_rules.journal.sqlite.reader import FileReader

    async with FileReader.open(url) as reader:
        yield reader


@asynccontextmanager
async def open_editor(url: str) -> AsyncIterator[JournalEditor]:
    """Opens a journal for changing it by hand, also while a host has it open.

    JournalError if there is none or it can't be used.
    """
    from infobip_rules.journal.sqlite.editor import FileEditor

    async with FileEditor.open(url) as editor:
        yield editor


def files_of(url: str) -> JournalFiles:
    """Where a journal lies on this machine, and who else can reach it; JournalError if the URL can't be used."""
    from infobip_rules.journal.sqlite.connections import file_of
    from infobip_rules.journal.sqlite.privacy import files_at

    return files_at(file_of(url))
