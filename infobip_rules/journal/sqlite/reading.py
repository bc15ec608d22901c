"""The reading side of the journal's face: overview, history and traces, each answer of one consistent state."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

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
from infobip_rules.journal.sqlite import asides, changes, listings, outbox, overview, tallies, timers, traces
from infobip_rules.journal.sqlite.execution import Reads
from infobip_rules.journal.views import Changes, Dashboard, Position, SessionView, SignalView, Tally


class SqliteTraces:
    """Traces, as `infobip_rules.journal.interface.Traces` has them."""

    def __init__(self, store: Reads) -> None:
        self._store = store

    async def get(self, inbox_id: int) -> KeptTrace | None:
        """The trace of a signal."""
        return self._store.read(partial(traces.get_trace, inbox_id=inbox_id))

    async def latest(self, *, session_key: str | None = None, limit: int = 100) -> list[KeptTrace]:
        """Traces, newest first."""
        return self._store.read(partial(traces.list_traces, session_key=session_key, limit=limit))


class SqliteOverview:
    """How things stand, as `infobip_rules.journal.interface.Overview` has it."""

    def __init__(self, store: Reads) -> None:
        self._store = store

    async def depth(self) -> Depth:
        """What is still to do."""
        return self._store.read(listings.depth)

    async def counts(self) -> Counts:
        """How many rows there are."""
        return self._store.read(listings.counts)

    async def totals(self) -> list[Tally]:
        """Counts of all time."""
        return self._store.read(tallies.totals)

    async def dashboard(self, *, since: datetime, sessions: int, signals: int, dead: int) -> Dashboard:
        """What the overview shows."""
        return self._store.read(partial(overview.dashboard, since=since, sessions=sessions, signals=signals, dead=dead))


class SqliteHistory:
    """What people look up, as `infobip_rules.journal.interface.History` has it."""

    def __init__(self, store: Reads) -> None:
        self._store = store

    async def signals(
        self,
        *,
        state: InboxState | None = None,
        session_key: str | None = None,
        kind: str | None = None,
        limit: int = 100,
    ) -> list[InboxRow]:
        """Signals, newest first."""
        return self._store.read(
            partial(listings.list_inbox, state=state, session_key=session_key, kind=kind, limit=limit)
        )

    async def messages(
        self, *, states: Collection[OutboxState] = (), session_key: str | None = None, limit: int = 100
    ) -> list[OutboxRow]:
        """Outgoing messages, newest first."""
        return self._store.read(partial(listings.list_outbox, states=states, session_key=session_key, limit=limit))

    async def sessions(self, *, limit: int = 100) -> list[SessionRow]:
        """Sessions, the one that changed last first."""
        return self._store.read(partial(listings.list_sessions, limit=limit))

    async def sessions_with_timers(self, *, limit: int = 100) -> list[SessionView]:
        """The same with the timers of each."""
        return self._store.read(partial(_sessions_with_timers, limit=limit))

    async def asides(self, *, limit: int = 100) -> list[AsideRow]:
        """Items that could not be read, newest first."""
        return self._store.read(partial(listings.list_asides, limit=limit))

    async def timers(
        self, *, session_key: str | None = None, before: datetime | None = None, limit: int = 100
    ) -> list[TimerRow]:
        """Timers, the next one first."""
        return self._store.read(partial(timers.list_timers, session_key=session_key, before=before, limit=limit))

    async def find_signal(self, inbox_id: int) -> InboxRow | None:
        """The signal of that id."""
        return self._store.read(partial(listings.find_signal, inbox_id=inbox_id))

    async def find_message(self, message_id: str) -> OutboxRow | None:
        """The message of that id."""
        return self._store.read(partial(outbox.find_message, message_id=message_id))

    async def find_session(self, key: str) -> SessionRow | None:
        """The session of that key."""
        return self._store.read(partial(listings.get_session, key=key))

    async def find_aside(self, aside_id: int) -> AsideRow | None:
        """The item of that id."""
        return self._store.read(partial(asides.find_aside, aside_id=aside_id))

    async def signal_of(self, message_id: str) -> InboxRow | None:
        """The signal that a received message became, or that led to an outgoing one."""
        return self._store.read(partial(listings.signal_of, message_id=message_id))

    async def signal_view(self, inbox_id: int, *, limit: int = 100) -> SignalView | None:
        """A signal with its session, its trace and its messages."""
        return self._store.read(partial(_signal_view, inbox_id=inbox_id, limit=limit))

    async def session_view(self, key: str, *, limit: int = 100) -> SessionView | None:
        """A session with its timers, signals and messages."""
        return self._store.read(partial(_session_view, key=key, limit=limit))

    async def dead_signals(self) -> list[int]:
        """The ids of all dead signals."""
        return self._store.read(listings.dead_signals)

    async def failed_messages(self) -> list[str]:
        """The ids of all messages that were given up."""
        return self._store.read(listings.failed_messages)

    async def all_asides(self) -> list[int]:
        """The ids of all items set aside."""
        return self._store.read(asides.all_asides)

    async def position(self, *, since: datetime | None = None) -> Position:
        """Where to follow the journal from."""
        return self._store.read(partial(changes.position, since=since))

    async def changes(self, last: Position) -> Changes:
        """What is new since a position."""
        return self._store.read(partial(changes.changes, last=last))


def _sessions_with_timers(connection: Connection, *, limit: int) -> list[SessionView]:
    return [
        SessionView(key=row.key, session=row, timers=tuple(timers.list_timers(connection, session_key=row.key)))
        for row in listings.list_sessions(connection, limit=limit)
    ]


def _signal_view(connection: Connection, *, inbox_id: int, limit: int) -> SignalView | None:
    row = listings.find_signal(connection, inbox_id)
    if row is None:
        return None
    return SignalView(
        signal=row,
        session=listings.get_session(connection, row.session_key),
        trace=traces.get_trace(connection, inbox_id),
        messages=tuple(listings.list_outbox(connection, inbox_id=inbox_id, limit=limit)),
    )


def _session_view(connection: Connection, *, key: str, limit: int) -> SessionView | None:
    view = SessionView(
        key=key,
        session=listings.get_session(connection, key),
        timers=tuple(timers.list_timers(connection, session_key=key, limit=limit)),
        signals=tuple(listings.list_inbox(connection, session_key=key, limit=limit)),
        messages=tuple(listings.list_outbox(connection, session_key=key, limit=limit)),
    )
    return view if view.session is not None or view.signals or view.messages else None
