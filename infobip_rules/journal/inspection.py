"""A journal as people see it: what they look up in it, and what they change by hand.

What `infobip_rules.journal.interface` says of all methods holds for these.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self

from infobip_rules.journal.records import (
    AsideRow,
    Counts,
    Depth,
    InboxRow,
    InboxState,
    KeptTrace,
    OutboxRow,
    OutboxState,
    SessionRow,
    TimerRow,
)
from infobip_rules.journal.views import (
    Changes,
    Dashboard,
    Position,
    SessionView,
    SignalChange,
    SignalView,
    Tally,
)


class Traces(Protocol):
    """Why rules did or did not fire, as it was kept by the commit of each evaluation."""

    async def get(self, inbox_id: int) -> KeptTrace | None:
        """The trace of a signal, or None."""
        ...

    async def latest(self, *, session_key: str | None = None, limit: int = 100) -> list[KeptTrace]:
        """Traces, the one that was written last first, of one session if asked."""
        ...


class Overview(Protocol):
    """How things stand, at a cost that does not grow with what lies in the journal, unless it is said otherwise."""

    async def depth(self) -> Depth:
        """What is still to do, and since when."""
        ...

    async def counts(self) -> Counts:
        """How many rows there are of everything, in every state; reads whole tables."""
        ...

    async def totals(self) -> list[Tally]:
        """Counts of all time, by what and label; `since` is when the first of them was."""
        ...

    async def dashboard(self, *, since: datetime, sessions: int, signals: int, dead: int) -> Dashboard:
        """Counts from `since` on, up to `sessions` sessions with up to `signals` signals of each, and `dead` dead letters.

        All of it is of one moment.
        """
        ...


class History(Protocol):
    """What people look up."""

    async def signals(
        self,
        *,
        state: InboxState | None = None,
        session_key: str | None = None,
        kind: str | None = None,
        limit: int = 100,
    ) -> list[InboxRow]:
        """Signals, newest first, of one state, session or type if asked."""
        ...

    async def messages(
        self, *, states: Collection[OutboxState] = (), session_key: str | None = None, limit: int = 100
    ) -> list[OutboxRow]:
        """Outgoing messages, newest first, of some states or one session if asked."""
        ...

    async def sessions(self, *, limit: int = 100) -> list[SessionRow]:
        """Sessions, the one that changed last first."""
        ...

    async def sessions_with_timers(self, *, limit: int = 100) -> list[SessionView]:
        """The same with the timers of each, all of one moment."""
        ...

    async def asides(self, *, limit: int = 100) -> list[AsideRow]:
        """Items that could not be read, newest first."""
        ...

    async def timers(
        self, *, session_key: str | None = None, before: datetime | None = None, limit: int = 100
    ) -> list[TimerRow]:
        """Timers, the next one first, of one session or due by `before` if asked."""
        ...

    async def find_signal(self, inbox_id: int) -> InboxRow | None:
        """The signal of that id, or None."""
        ...

    async def find_message(self, message_id: str) -> OutboxRow | None:
        """The message of that id, or None."""
        ...

    async def find_session(self, key: str) -> SessionRow | None:
        """The session of that key, or None."""
        ...

    async def find_aside(self, aside_id: int) -> AsideRow | None:
        """The item of that id, or None."""
        ...

    async def signal_of(self, message_id: str) -> InboxRow | None:
        """The signal that a received message became, or that led to an outgoing one; None if there is none."""
        ...

    async def signal_view(self, inbox_id: int, *, limit: int = 100) -> SignalView | None:
        """A signal with its session, its trace and up to `limit` messages, all of one moment; None if there is none."""
        ...

    async def session_view(self, key: str, *, limit: int = 100) -> SessionView | None:
        """A session with up to `limit` of its timers, signals and messages each, all of one moment.

        None if nothing is known of it.
        """
        ...

    async def dead_signals(self) -> list[int]:
        """The ids of all dead signals, in the order in which they came."""
        ...

    async def failed_messages(self) -> list[str]:
        """The ids of all messages that were given up, in the order in which they were written."""
        ...

    async def all_asides(self) -> list[int]:
        """The ids of all items set aside, in the order in which they came."""
        ...

    async def position(self, *, since: datetime | None = None) -> Position:
        """Where to follow the journal from: now, with what is unfinished; or a moment, all that came after it being new."""
        ...

    async def changes(self, last: Position) -> Changes:
        """What is new since a position, in the order in which it came, and the position to go on from."""
        ...


class Admin(Protocol):
    """What people change by hand, also while a host is at work: it is fenced as whatever the host commits.

    Each call is one commit, which holds all that it changes.
    """

    async def replay(self, signals: Sequence[int]) -> list[SignalChange]:
        """Makes dead signals pending again, with their attempts forgotten; those that are there, as they stand then."""
        ...

    async def discard(self, signals: Sequence[int]) -> list[SignalChange]:
        """Makes dead signals done, so that what came after them goes on; those that are there, as they stand then."""
        ...

    async def resend(self, rows: Sequence[OutboxRow], *, now: datetime) -> frozenset[str]:
        """Makes messages that were given up ready again, as if never tried; returns the ids of those that are.

        One that does not stand in the journal as it is given stays as it is: whoever decided on it looks again. They
        keep their messageId. Whoever asks finds their texts worth sending.
        """
        ...

    async def retry_asides(self, ids: Sequence[int]) -> frozenset[int]:
        """Marks items set aside to be taken in again by a host; returns which of them are there."""
        ...

    async def discard_asides(self, ids: Sequence[int]) -> frozenset[int]:
        """Forgets items set aside; returns which of them were there."""
        ...


class JournalReader(Protocol):
    """A journal that is only looked at, also while a host has it open."""

    #: What people know it by; secrets are left out.
    name: str
    overview: Overview
    history: History
    traces: Traces

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None: ...


class JournalEditor(JournalReader, Protocol):
    """A journal that is looked at and changed by hand, also while a host has it open."""

    admin: Admin
