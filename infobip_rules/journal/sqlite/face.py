"""The journal's face over a database of SQLite's, be it in a file or in memory."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Self, TypeVar

from sqlalchemy import Connection

from infobip_rules.errors import JournalError
from infobip_rules.journal.interface import (
    Admin,
    History,
    Inbox,
    Outbox,
    Overview,
    Retention,
    Sessions,
    Timers,
    Traces,
)
from infobip_rules.journal.sqlite.evaluation_mark import EvaluationMark
from infobip_rules.journal.sqlite.probe import probe
from infobip_rules.journal.sqlite.reading import SqliteHistory, SqliteOverview, SqliteTraces
from infobip_rules.journal.sqlite.writing import (
    SqliteAdmin,
    SqliteInbox,
    SqliteOutbox,
    SqliteRetention,
    SqliteSessions,
    SqliteTimers,
)

T = TypeVar("T")


class SqliteJournal(ABC):
    """What `infobip_rules.journal.interface.Journal` promises, by operations that `run` and `read` take."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = str(path)
        #: How many messages the last run left in sending; they are to be looked up.
        self.recovered = 0
        self.inbox: Inbox = SqliteInbox(self)
        self.sessions: Sessions = SqliteSessions(self)
        self.outbox: Outbox = SqliteOutbox(self)
        self.timers: Timers = SqliteTimers(self)
        self.retention: Retention = SqliteRetention(self)
        self.admin: Admin = SqliteAdmin(self)
        self.overview: Overview = SqliteOverview(self)
        self.history: History = SqliteHistory(self)
        self.traces: Traces = SqliteTraces(self)

    @abstractmethod
    def submit(self, operation: Callable[[Connection], T]) -> Future[T]:
        """Queues `operation`; the future has its result once it is kept."""

    @abstractmethod
    async def run(self, operation: Callable[[Connection], T], *, durable: bool = True, droppable: bool = False) -> T:
        """The result of `operation` once it is kept."""

    @abstractmethod
    def read(self, operation: Callable[[Connection], T]) -> T:
        """The result of `operation`, which can't write."""

    @abstractmethod
    def trouble(self) -> JournalError | None:
        """Why nothing can be written just now, as far as is known."""

    async def probe(self) -> None:
        """Tries whether a message could be kept now, without keeping anything. Raises JournalError if not."""
        await self.run(probe)

    @abstractmethod
    def evaluation_mark(self) -> EvaluationMark:
        """Where the signal under evaluation is noted, should it end the process. Raises JournalError."""

    @abstractmethod
    def close(self) -> None:
        """Commits what is queued and closes what it is kept in; closing twice is the same as once."""

    async def aclose(self) -> None:
        """As `close`, without holding up the event loop while something is still to be committed."""
        self.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self.aclose()
