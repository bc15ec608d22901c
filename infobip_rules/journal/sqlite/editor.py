"""Changing a journal by hand, also while a host has it open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Self, TypeVar

from sqlalchemy import Connection, Engine

from infobip_rules.journal.sqlite.connections import editing_engine
from infobip_rules.journal.sqlite.failures import explained
from infobip_rules.journal.sqlite.reader import JournalReader
from infobip_rules.journal.sqlite.schema import check_schema

T = TypeVar("T")


class JournalEditor:
    """An existing journal that is looked at and changed, one operation at a time; `Journal.open_editor` makes one.

    It neither takes the host's lock nor recovers anything: SQLite's own lock admits one writer at a time, the host looks
    for work twice a second, and what it commits is fenced by the session's version and the signal's state. So it sees
    each change as a whole, whatever it was doing meanwhile.
    """

    def __init__(self, reader: JournalReader, engine: Engine) -> None:
        """Use `Journal.open_editor`."""
        self.path = reader.path
        self._reader = reader
        self._engine = engine

    @classmethod
    def open(cls, url: str) -> Self:
        """An editor of an existing journal of this version; JournalError if there is none or it can't be used."""
        reader = JournalReader.open(url)
        return cls(reader, editing_engine(reader.path))

    def read(self, operation: Callable[[Connection], T]) -> T:
        """The result of `operation`, which sees one consistent state and can't write; JournalError if that fails."""
        return self._reader.read(operation)

    def change(self, operation: Callable[[Connection], T]) -> T:
        """The result of `operation` once it is on disk, all of it or nothing; blocks the calling thread meanwhile.

        A host waits with its own writing, so an operation is best over in a moment. JournalError if the database
        fails, if somebody else writes for longer than five seconds, or if another version took the journal over.
        """
        with explained(self.path), self._engine.begin() as connection:
            check_schema(connection, str(self.path))
            return operation(connection)

    def close(self) -> None:
        """Let go of the file."""
        self._reader.close()
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()
