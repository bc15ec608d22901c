"""The writing side of the journal's face: what a host and those who change a journal by hand have committed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Coroutine, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection

from infobip_rules.journal.records import Accepted, AsideRow, InboxRow, OutboxRow, SentRecord, SessionWork
from infobip_rules.journal.requests import Arrival, Claim, ClaimOrder, CommitResult, Turn
from infobip_rules.journal.sqlite import asides, due_timers, inbox, outbox, retention, tallies, timers, traces
from infobip_rules.journal.sqlite.arrivals import Accepting
from infobip_rules.journal.sqlite.claiming import fill
from infobip_rules.journal.sqlite.execution import Writes
from infobip_rules.journal.sqlite.listings import find_signal
from infobip_rules.journal.sqlite.turns import commit_turns, count_attempts
from infobip_rules.journal.views import SignalChange
from infobip_rules.limits import OnRuleError, TraceLimits


class SqliteInbox:
    """Signals on their way in, as `infobip_rules.journal.interface.Inbox` has them."""

    def __init__(self, store: Writes) -> None:
        self._store = store

    def accept(self, arrival: Arrival) -> Coroutine[Any, Any, Accepted]:
        """Takes in what came together."""
        # Each webhook passes through here: a coroutine around that of `run` would be one more to step through.
        return self._store.run(Accepting(arrival))

    async def marked_for_retry(self, *, limit: int) -> list[AsideRow]:
        """Items set aside that are to be taken in again."""
        return self._store.read(partial(asides.marked_for_retry, limit=limit))

    async def unmark(self, aside_id: int) -> None:
        """Leaves an item set aside that was to be taken in again."""
        await self._store.run(partial(asides.unmark, aside_id=aside_id))

    async def forget_aside(self, aside_id: int) -> bool:
        """Takes an item out of the journal."""
        return await self._store.run(partial(asides.forget_aside, aside_id=aside_id))


class SqliteSessions:
    """Sessions with signals to evaluate, as `infobip_rules.journal.interface.Sessions` has them.

    One process has the file, so that a lease lasts as long as it does: nothing is noted of what is taken.
    """

    def __init__(self, store: Writes) -> None:
        self._store = store

    async def take(
        self,
        *,
        sessions: int,
        each: int,
        besides: Collection[str] = (),
        only: str | None = None,
        on_rule_error: OnRuleError = "go-on",
    ) -> list[SessionWork]:
        """Sessions with pending signals."""
        return self._store.read(
            partial(
                inbox.pending, sessions=sessions, each=each, exclude=besides, only=only, on_rule_error=on_rule_error
            )
        )

    async def give_back(self, works: Sequence[SessionWork]) -> None:
        """Nothing was noted of them."""

    async def commit(
        self, turns: Sequence[Turn], *, traces: TraceLimits, claim: ClaimOrder | None = None
    ) -> CommitResult:
        """Writes what sessions' signals came to."""
        return await self._store.run(partial(commit_turns, turns=turns, traces=traces, claim=claim))

    async def count_attempts(self, signals: Sequence[int], *, most: int, reason: str, now: datetime) -> list[InboxRow]:
        """Counts an attempt of each signal."""
        return await self._store.run(partial(count_attempts, signals=signals, most=most, reason=reason, now=now))


class SqliteOutbox:
    """Messages on their way out, as `infobip_rules.journal.interface.Outbox` has them."""

    def __init__(self, store: Writes) -> None:
        self._store = store

    async def claim(self, order: ClaimOrder) -> Claim:
        """Takes messages that are due."""
        # What nobody waits for any more would be sent by nobody.
        return await self._store.run(partial(fill, order=order), droppable=True)

    async def record(self, records: Sequence[SentRecord]) -> int:
        """Writes what became of messages; the disk is not waited for."""
        return await self._store.run(partial(outbox.record, outcomes=records), durable=False)

    async def lookups_due(self, *, now: datetime, limit: int) -> list[OutboxRow]:
        """Messages of unknown outcome whose next look into the logs is due."""
        return self._store.read(partial(outbox.unknown_due, now=now, limit=limit))

    async def recover(self, *, due_at: datetime, besides: Collection[str] = ()) -> int:
        """Makes messages that nobody is sending ones of unknown outcome."""
        return await self._store.run(partial(outbox.recover, due_at=due_at, besides=frozenset(besides)))

    async def bring_forward(self, *, now: datetime) -> int:
        """Makes messages due that a clock dated which has gone back since."""
        return await self._store.run(partial(outbox.bring_forward, now=now))


class SqliteTimers:
    """Timers, as `infobip_rules.journal.interface.Timers` has them."""

    def __init__(self, store: Writes) -> None:
        self._store = store

    async def next_due(self) -> datetime | None:
        """When the next timer is due."""
        return self._store.read(timers.next_due)

    async def ring(self, *, now: datetime, limit: int, ended: Collection[str] = ()) -> int:
        """Makes signals of timers that are due."""
        return await self._store.run(partial(due_timers.ring, now=now, limit=limit, ended=ended))


class SqliteRetention:
    """What is forgotten with time, as `infobip_rules.journal.interface.Retention` has it."""

    def __init__(self, store: Writes) -> None:
        self._store = store

    async def silence_ended(self, *, now: datetime, longest: timedelta) -> datetime | None:
        """When a silence ended."""
        return self._store.read(partial(retention.silence_ended, now=now, longest=longest))

    async def prune(self, before: datetime, *, now: datetime, limit: int) -> int:
        """Forgets what was settled and came before a moment."""
        return await self._store.run(partial(retention.prune, before=before, now=now, limit=limit))

    async def prune_traces(self, limits: TraceLimits, *, before: datetime) -> int:
        """Forgets traces beyond limits, and old ones."""
        return await self._store.run(partial(traces.prune_traces, limits=limits, before=before))

    async def fold_tallies(self, *, before: datetime) -> int:
        """Adds up counts from before a moment."""
        return await self._store.run(partial(tallies.fold_tallies, before=before))


class SqliteAdmin:
    """What people change by hand, as `infobip_rules.journal.interface.Admin` has it."""

    def __init__(self, store: Writes) -> None:
        self._store = store

    async def replay(self, signals: Sequence[int]) -> list[SignalChange]:
        """Makes dead signals pending again."""
        return await self._store.run(partial(_change_signals, change=inbox.replay, signals=signals))

    async def discard(self, signals: Sequence[int]) -> list[SignalChange]:
        """Makes dead signals done."""
        return await self._store.run(partial(_change_signals, change=inbox.discard, signals=signals))

    async def resend(self, rows: Sequence[OutboxRow], *, now: datetime) -> frozenset[str]:
        """Makes messages that were given up ready again."""
        return await self._store.run(partial(_resend, rows=rows, now=now))

    async def retry_asides(self, ids: Sequence[int]) -> frozenset[int]:
        """Marks items set aside to be taken in again."""
        return await self._store.run(partial(_each, change=_mark, ids=ids))

    async def discard_asides(self, ids: Sequence[int]) -> frozenset[int]:
        """Forgets items set aside."""
        return await self._store.run(partial(_each, change=asides.forget_aside, ids=ids))


def _change_signals(
    connection: Connection, *, change: Callable[[Connection, int], bool], signals: Sequence[int]
) -> list[SignalChange]:
    changed = _each(connection, change=change, ids=signals)
    rows = [find_signal(connection, signal) for signal in signals]
    return [SignalChange(signal=row, changed=row.id in changed) for row in rows if row is not None]


def _each(connection: Connection, *, change: Callable[[Connection, int], bool], ids: Iterable[int]) -> frozenset[int]:
    return frozenset([id_ for id_ in ids if change(connection, id_)])


def _resend(connection: Connection, *, rows: Sequence[OutboxRow], now: datetime) -> frozenset[str]:
    return frozenset(
        [
            row.message_id
            for row in rows
            if outbox.find_message(connection, row.message_id) == row
            and outbox.resend(connection, row.message_id, now=now)
        ]
    )


def _mark(connection: Connection, aside_id: int) -> bool:
    if asides.find_aside(connection, aside_id) is None:
        return False
    asides.mark_for_retry(connection, aside_id)
    return True
