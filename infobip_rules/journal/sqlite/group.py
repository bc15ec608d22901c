"""Group commit: one thread runs what has gathered in one transaction, and hands out the results when it is on disk."""

from __future__ import annotations

import asyncio
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from infobip_rules.errors import JournalBusyError, JournalError, JournalLostError
from infobip_rules.journal.sqlite.connections import DURABLE, NOT_DURABLE
from infobip_rules.journal.sqlite.driver import driver
from infobip_rules.journal.sqlite.execution import JointOperation
from infobip_rules.journal.sqlite.failures import explain, is_storage_failure


@dataclass(kw_only=True, slots=True)
class Job:
    """One operation, and the future that its result goes to; `loop` is the future's own, if it is asyncio's."""

    operation: Callable[[Connection], Any]
    future: Future[Any] | asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop | None = None
    #: Whether it has to be on disk before it counts as done; else a power cut may take it back, a killed process not.
    durable: bool = True
    #: Whether it may be left out if whoever asked for it no longer waits when its turn comes.
    droppable: bool = False
    result: Any = None
    error: BaseException | None = None

    def wanted(self) -> bool:
        """Whether it is to be run; from here on a thread's future can't be cancelled any more.

        A task that is cancelled takes back nothing that it asked for, unless that is droppable.
        """
        if isinstance(self.future, Future):
            return self.future.set_running_or_notify_cancel()
        return not (self.droppable and self.future.cancelled())

    def finish(self) -> None:
        """Hands the outcome to whoever waits."""
        if self.future.done():  # cancelled meanwhile
            return
        if self.error is None:
            self.future.set_result(self.result)
        else:
            self.future.set_exception(self.error)


class GroupCommit:
    """A bounded queue of jobs and the thread that commits them.

    There is no timer: while one transaction is written to disk the rest gather, and the next takes up to `group_limit`
    of them, in order. A transaction of jobs none of which has to be durable does not wait for the disk: the next one
    that does takes it along, as SQLite's log is written in order.
    """

    def __init__(
        self,
        engine: Engine,
        path: Path,
        *,
        queue_limit: int,
        group_limit: int,
        absent: Callable[[], JournalLostError | None] = lambda: None,
    ) -> None:
        """Starts the thread; `path` is the journal's name in errors, `absent` says that it is not there any more."""
        self._engine = engine
        self._path = path
        self._queue_limit = queue_limit
        self._group_limit = group_limit
        self._absent = absent
        #: Why the last write failed, if the file as a whole is the reason; the next that succeeds ends it.
        self.trouble: JournalError | None = None
        self._waiting: deque[Job] = deque()
        self._changed = threading.Condition()
        self._closing = False
        self._durable = True
        # A daemon: a program that ends without closing loses only what nobody knows to be done.
        self._thread = threading.Thread(target=self._work, name="journal-writer", daemon=True)
        self._thread.start()

    def put(self, job: Job) -> None:
        """Queues a job; JournalBusyError if the queue is full, JournalError if it is closed."""
        with self._changed:
            if self._closing:
                raise JournalError(f"The journal {self._path} is closed.", "Open it again to write to it.")
            if len(self._waiting) >= self._queue_limit:
                raise JournalBusyError(
                    f"The journal {self._path} has {len(self._waiting)} operations waiting.", "Try again shortly."
                )
            self._waiting.append(job)
            self._changed.notify()

    def close(self) -> None:
        """Commits what is queued, then stops; no job is taken any more."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()

    def _work(self) -> None:
        while group := self._take():
            self._write([job for job in group if job.wanted()])

    def _take(self) -> list[Job]:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closing)
            size = min(len(self._waiting), self._group_limit)
            return [self._waiting.popleft() for _ in range(size)]

    def _write(self, group: Sequence[Job]) -> None:
        error = self._commit(group)
        if error is not None and len(group) > 1 and not is_storage_failure(error):
            # One of them failed and took the others' writes with it: alone, only that one fails.
            for job in group:
                self._write([job])
            return
        if error is None or is_storage_failure(error):
            self._note(error)
        for job in group:
            # Each gets an exception of its own, as each adds its own traceback when it is raised.
            job.error = None if error is None else explain(error, self._path)
        _finish_all(group)

    def _note(self, error: BaseException | None) -> None:
        explained = None if error is None else explain(error, self._path)
        self.trouble = explained if isinstance(explained, JournalError) else None

    def _commit(self, group: Sequence[Job]) -> BaseException | None:
        if lost := self._absent():
            return lost
        try:
            with self._engine.connect() as connection:
                self._wait_for_disk(connection, any(job.durable for job in group))
                with connection.begin():
                    _run(connection, group)
        except BaseException as error:  # whatever an operation does, the thread goes on
            return error
        # What was written into a file that is gone by now is not kept.
        return self._absent()

    def _wait_for_disk(self, connection: Connection, durable: bool) -> None:
        if durable != self._durable:
            driver(connection).execute(DURABLE if durable else NOT_DURABLE)
            self._durable = durable


def _run(connection: Connection, jobs: Sequence[Job]) -> None:
    """Runs jobs in their order; those that are run together, at the place of the first of them."""
    together = [(job, job.operation) for job in jobs if isinstance(job.operation, JointOperation)]
    for job in jobs:
        if not isinstance(job.operation, JointOperation):
            job.result = job.operation(connection)
        elif job is together[0][0]:
            results = job.operation.together(connection, [operation for _, operation in together])
            for (joined, _), result in zip(together, results, strict=True):
                joined.result = result


def _finish_all(jobs: Sequence[Job]) -> None:
    by_loop: defaultdict[asyncio.AbstractEventLoop | None, list[Job]] = defaultdict(list)
    for job in jobs:
        by_loop[job.loop].append(job)
    for loop, finished in by_loop.items():
        if loop is None:
            _finish(finished)
        else:
            with suppress(RuntimeError):  # a closed loop has nobody left who waits
                loop.call_soon_threadsafe(_finish, finished)


def _finish(jobs: Sequence[Job]) -> None:
    for job in jobs:
        job.finish()
