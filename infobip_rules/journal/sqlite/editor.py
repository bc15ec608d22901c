"""A journal that is changed by hand, also while a host has it open."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine

from infobip_rules.journal.interface import Admin
from infobip_rules.journal.sqlite.connections import editing_engine
from infobip_rules.journal.sqlite.failures import explained
from infobip_rules.journal.sqlite.reader import FileReader
from infobip_rules.journal.sqlite.schema import check_schema
from infobip_rules.journal.sqlite.writing import SqliteAdmin

T = TypeVar("T")


class FileEditor(FileReader):
    """An existing journal in a file that is looked at and changed, one operation at a time.

    It neither takes the host's lock nor recovers anything: SQLite's own lock admits one writer at a time, the host looks
    for work twice a second, and what it commits is fenced by the session's version and the signal's state. So it sees
    each change as a whole, whatever it was doing meanwhile.
    """

    def __init__(self, path: Path, engine: Engine) -> None:
        """Use `FileEditor.open`."""
        super().__init__(path, engine)
        self._writing = editing_engine(path)
        self.admin: Admin = SqliteAdmin(self)

    def change(self, operation: Callable[[Connection], T]) -> T:
        """The result of `operation` once it is on disk, all of it or nothing; blocks the calling thread meanwhile.

        A host waits with its own writing, so an operation is best over in a moment. JournalError if the database
        fails, if somebody else writes for longer than five seconds, if another version took the journal over, or if
        this one is closed.
        """
        self._check_open()
        with explained(self.path), self._writing.begin() as connection:
            check_schema(connection, str(self.path))
            return operation(connection)

    async def run(self, operation: Callable[[Connection], T], *, durable: bool = True, droppable: bool = False) -> T:
        """As `change`: a command line has nothing else to do meanwhile."""
        return self.change(operation)

    def close(self) -> None:
        """Closes the file."""
        super().close()
        self._writing.dispose()
