"""A journal that is looked at and not changed, also while another process writes to it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Self, TypeVar

from sqlalchemy import Connection, Engine

from infobip_rules.errors import JournalError
from infobip_rules.journal.interface import History, Overview, Traces
from infobip_rules.journal.sqlite.connections import file_of, reading_engine
from infobip_rules.journal.sqlite.failures import explained
from infobip_rules.journal.sqlite.reading import SqliteHistory, SqliteOverview, SqliteTraces
from infobip_rules.journal.sqlite.schema import check_schema

T = TypeVar("T")


class FileReader:
    """A journal in a file that is only looked at; `FileReader.open` makes one."""

    def __init__(self, path: Path, engine: Engine) -> None:
        """A reader of the journal at `path` through `engine`."""
        self.path = path
        self.name = str(path)
        self.overview: Overview = SqliteOverview(self)
        self.history: History = SqliteHistory(self)
        self.traces: Traces = SqliteTraces(self)
        self._engine = engine
        self._closed = False

    @classmethod
    def open(cls, url: str) -> Self:
        """A reader of an existing journal; JournalError if there is none or it can't be used."""
        path = file_of(url)
        if not path.is_file():
            raise JournalError(
                f"There is no journal {path}.", "Start the host once, or check what INFOBIP_JOURNAL_URL names."
            )
        reader = cls(path, reading_engine(path))
        try:
            reader.read(lambda connection: check_schema(connection, str(path)))
        except BaseException:
            reader.close()
            raise
        return reader

    def read(self, operation: Callable[[Connection], T]) -> T:
        """The result of `operation`, which sees one consistent state; blocks the calling thread meanwhile.

        JournalError if the database fails, or the journal is closed.
        """
        self._check_open()
        with explained(self.path), self._engine.connect() as connection:
            return operation(connection)

    def close(self) -> None:
        """Closes the file for good; closing twice is the same as once."""
        self._closed = True
        self._engine.dispose()

    def _check_open(self) -> None:
        # An engine that is disposed of would open the file anew.
        if self._closed:
            raise JournalError(f"The journal {self.path} is closed.", "Open it again.")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *raised: object) -> None:
        self.close()
