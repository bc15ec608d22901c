"""The openers of journals in SQLite files, for `infobip_rules.journal.implementations`."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from datetime import timedelta

from infobip_rules.clock import Clock
from infobip_rules.journal.sqlite.connections import file_of
from infobip_rules.journal.sqlite.editor import FileEditor
from infobip_rules.journal.sqlite.journal import FileJournal
from infobip_rules.journal.sqlite.privacy import files_at
from infobip_rules.journal.sqlite.reader import FileReader
from infobip_rules.journal.views import JournalFiles


def open_journal(url: str, *, clock: Clock, first_lookup: timedelta) -> AbstractAsyncContextManager[FileJournal]:
    """Opens the journal for a host; its file is created if need be."""
    return FileJournal.open(url, clock=clock, first_lookup=first_lookup)


def open_reader(url: str) -> AbstractAsyncContextManager[FileReader]:
    """Opens the journal for looking only."""
    return FileReader.open(url)


def open_editor(url: str) -> AbstractAsyncContextManager[FileEditor]:
    """Opens the journal for changing it by hand."""
    return FileEditor.open(url)


def files_of(url: str) -> JournalFiles:
    """The journal's file with those beside it, and who else can reach them."""
    return files_at(file_of(url))
