"""A journal in a file as a host holds it: one writer that commits in groups, and a reader beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from datetime import timedelta
from pathlib import Path
from typing import Self, TypeVar

from sqlalchemy import Connection, Engine

from infobip_rules.clock import Clock
from infobip_rules.errors import JournalError
from infobip_rules.journal.records import FIRST_LOOKUP
from infobip_rules.journal.sqlite.connections import file_of, reading_engine, writing_engine
from infobip_rules.journal.sqlite.evaluation_mark import EvaluationMark
from infobip_rules.journal.sqlite.face import SqliteJournal
from infobip_rules.journal.sqlite.failures import explained
from infobip_rules.journal.sqlite.group import GroupCommit, Job
from infobip_rules.journal.sqlite.lock import FileLock
from infobip_rules.journal.sqlite.migrations import can_migrate, migrate
from infobip_rules.journal.sqlite.outbox import recover
from infobip_rules.journal.sqlite.presence import FilePresence
from infobip_rules.journal.sqlite.privacy import keep_private
from infobip_rules.journal.sqlite.reader import FileReader
from infobip_rules.journal.sqlite.schema import check_schema, create_schema, is_empty

T = TypeVar("T")

#: A larger file is not read through at every start: what is damaged in it shows when it is used.
CHECKED_BYTES = 256 * 1024 * 1024


class FileJournal(SqliteJournal):
    """An open journal in a file::

        async with FileJournal.open("sqlite:///infobip-rules.db", clock=SystemClock()) as journal:
            accepted = await journal.inbox.accept(arrival)

    What it is asked for is run in the writer's thread as an operation, a function of a connection such as those of
    `infobip_rules.journal.sqlite.inbox`, inside a transaction that it shares with others.
    """

    def __init__(
        self,
        path: Path,
        lock: FileLock,
        engine: Engine,
        group: GroupCommit,
        presence: FilePresence,
        *,
        recovered: int,
    ) -> None:
        """Use `FileJournal.open`."""
        super().__init__(path)
        #: How many messages the last run left in sending; they are to be looked up.
        self.recovered = recovered
        self._lock = lock
        self._engine = engine
        self._group = group
        self._presence = presence
        self._reader = FileReader(path, reading_engine(path))

    @classmethod
    def open(
        cls,
        url: str,
        *,
        clock: Clock,
        first_lookup: timedelta = FIRST_LOOKUP,
        queue_limit: int = 10_000,
        group_limit: int = 256,
    ) -> Self:
        """Opens the journal that `url` names, such as `sqlite:///infobip-rules.db`; its file is created if need be.

        Messages that a run which died left in `sending` become ones of unknown outcome, to be looked up after
        `first_lookup`, before anything else is done. A journal of an earlier version is brought up to date.
        JournalError, naming the file, if its directory is missing, another process has it open, it can't be read or
        written, is damaged, is something else, or was written by another version.
        """
        path = file_of(url)
        lock = FileLock(path)
        engine = writing_engine(path)
        try:
            with explained(path):
                _prepare(engine, path)
                with engine.begin() as connection:
                    recovered = recover(connection, due_at=clock.now() + first_lookup)
                presence = lock.presence()
                presence.begin(engine)
            keep_private(path)
            group = GroupCommit(
                engine, path, queue_limit=queue_limit, group_limit=group_limit, absent=presence.lasting_problem
            )
        except BaseException:
            engine.dispose()
            lock.release()
            raise
        return cls(path, lock, engine, group, presence, recovered=recovered)

    def submit(self, operation: Callable[[Connection], T]) -> Future[T]:
        """Queues `operation`; the future has its result once it is on disk.

        JournalBusyError at once if too many are waiting. The future raises JournalError if the database fails (the disk
        is full: nothing was stored), or what the operation itself raised.
        """
        future: Future[T] = Future()
        self._group.put(Job(operation=operation, future=future))
        return future

    async def run(self, operation: Callable[[Connection], T], *, durable: bool = True, droppable: bool = False) -> T:
        """The result of `operation` once it is on disk; errors as with `submit`.

        With `durable` False it is written, in its order, but the disk is not waited for: a power cut may take it back,
        which is for what can be found out again. A task that is cancelled while it waits takes nothing back: the
        operation is run all the same, unless it is `droppable` and has not begun.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._group.put(Job(operation=operation, future=future, loop=loop, durable=durable, droppable=droppable))
        return await future

    def read(self, operation: Callable[[Connection], T]) -> T:
        """The result of `operation` on a connection that can't write; it waits for no writer, nor holds one up."""
        return self._reader.read(operation)

    def trouble(self) -> JournalError | None:
        """Why nothing can be written just now, as far as is known: its file is lost, or the last write failed."""
        return self._presence.problem() or self._group.trouble

    def evaluation_mark(self) -> EvaluationMark:
        """Where the signal under evaluation is noted, should it end the process. Raises JournalError."""
        return EvaluationMark(self.path)

    async def aclose(self) -> None:
        """As `close`, without holding up the event loop while something is still to be committed."""
        try:
            await asyncio.to_thread(self._group.close)
        finally:
            self.close()

    def close(self) -> None:
        """Commits what is queued and closes the file; closing twice is the same as once."""
        self._group.close()
        if not self._presence.is_log_whole():
            self._lock.keep_log_apart()
        self._reader.close()
        self._engine.dispose()
        self._lock.release()


def _prepare(engine: Engine, path: Path) -> None:
    if path.exists() and path.stat().st_size:
        _check_existing(path)
    with engine.begin() as connection:
        if is_empty(connection):
            create_schema(connection)
        elif can_migrate(connection):
            migrate(connection, str(path))
            check_schema(connection, str(path))


def _check_existing(path: Path) -> None:
    # Through a connection that can't write: what turns out to be no journal is left as it was.
    reader = FileReader(path, reading_engine(path))
    try:
        reader.read(lambda connection: _check(connection, path))
    finally:
        reader.close()


def _check(connection: Connection, path: Path) -> None:
    if is_empty(connection):  # a first start that was killed before its tables were there
        return
    if not can_migrate(connection):
        check_schema(connection, str(path))
    if path.stat().st_size > CHECKED_BYTES:
        return
    found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
    if found != "ok":
        raise JournalError(
            f"The journal {path} is damaged ({found}).",
            "Keep a copy of it, then restore a backup or save what can be read with the sqlite3 command .recover.",
        )
