"""A journal in memory: the same tables, statements and errors without a file, a lock or a thread; for tests of rules."""

from __future__ import annotations

import atexit
import sqlite3
import weakref
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine

from infobip_rules.errors import JournalError
from infobip_rules.journal.sqlite.connections import memory_engine
from infobip_rules.journal.sqlite.evaluation_mark import EvaluationMark
from infobip_rules.journal.sqlite.face import SqliteJournal
from infobip_rules.journal.sqlite.failures import explained
from infobip_rules.journal.sqlite.schema import create_schema, meta, metadata

T = TypeVar("T")

#: Emptied databases of journals that are closed. The next one goes on with one of them: laying out tables, compiling and
#: preparing statements takes longer than all the rest of a test.
_spare: list[tuple[sqlite3.Connection, Engine]] = []


@atexit.register
def _close_spare() -> None:
    while _spare:
        _spare.pop()[0].close()


#: What errors call it.
_NAME = Path(":memory:")
#: Tables that hold something; numbers begin anew with `sqlite_sequence`.
_KEEPING = (*(name for name in metadata.tables if name != meta.name), "sqlite_sequence")


class MemoryJournal(SqliteJournal):
    """An empty journal that is gone when it is closed.

    Each operation is a transaction of its own, committed before it returns, in the calling thread: nothing ever waits,
    so that it can be used without an event loop. Not for use by several threads at once.
    """

    def __init__(self) -> None:
        super().__init__(_NAME)
        self.recovered = 0
        self._driver, self._engine = _spare.pop() if _spare else _laid_out()
        # From Python 3.13 on a connection that nobody closed is a warning: also of a journal that is dropped, as tests do.
        self._end = weakref.finalize(self, self._driver.close)

    def submit(self, operation: Callable[[Connection], T]) -> Future[T]:
        """The result of `operation`, as a future that is done; errors as with a journal in a file."""
        future: Future[T] = Future()
        try:
            future.set_result(self._write(operation))
        except BaseException as error:  # whatever an operation does is for whoever asked for it
            future.set_exception(error)
        return future

    async def run(self, operation: Callable[[Connection], T], *, durable: bool = True, droppable: bool = False) -> T:
        """The result of `operation`; errors as with a journal in a file."""
        return self._write(operation)

    def read(self, operation: Callable[[Connection], T]) -> T:
        """The result of `operation`, which can't write."""
        # Not by PRAGMA query_only: SQLite would prepare every statement anew after it.
        self._check_open()
        before = self._driver.total_changes
        with explained(self.path), self._engine.connect() as connection:  # rolled back at the end
            result = operation(connection)
        if self._driver.total_changes != before:
            raise JournalError(f"The journal {self.path} can't be written by what only looks.", "Use run or submit.")
        return result

    def trouble(self) -> JournalError | None:
        """None: memory is not lost."""
        return None

    def evaluation_mark(self) -> EvaluationMark:
        """A mark that is gone with the process, as the journal is."""
        return EvaluationMark(None)

    def close(self) -> None:
        """Forgets everything; closing twice is the same as once."""
        if self._end.detach():
            for table in _KEEPING:
                self._driver.execute(f"DELETE FROM {table}")  # noqa: S608 - names of our own tables
            _spare.append((self._driver, self._engine))

    def _write(self, operation: Callable[[Connection], T]) -> T:
        self._check_open()
        with explained(self.path), self._engine.begin() as connection:
            return operation(connection)

    def _check_open(self) -> None:
        if not self._end.alive:
            raise JournalError(f"The journal {self.path} is closed.", "Open a new one.")


def _laid_out() -> tuple[sqlite3.Connection, Engine]:
    driver = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    engine = memory_engine(driver)
    with engine.begin() as connection:
        create_schema(connection)
    return driver, engine
