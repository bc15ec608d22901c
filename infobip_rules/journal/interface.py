"""The journal as the host, its pages and the command line see it: what they ask of it, and what is atomic with what.

Every method takes and gives records. What it writes is on disk, all of it or nothing, when it returns; several that are
under way at once may share one commit, in which each succeeds or fails by itself. A method raises JournalError if the
journal can't be read or written (the disk is full: nothing was stored), JournalBusyError if too much waits to be written,
and JournalRefusalError if what it was given can't be stored.

Functions that are given along (`NewReport.outcome`, `ClaimOrder.judge`) are called inside the commit, perhaps in another
thread and more than once, also for what is not kept in the end. If one raises, nothing of its call is written, and the
call raises the same; others that share the commit succeed.

Calls that are under way at once are applied in any order, except that ids of signals rise as `Inbox.accept` says. Whoever
needs one before another awaits it first.

What was asked for is written also if the task that waits for it is cancelled: only the answer is lost. A claim alone may
be left out then.

An implementation is a folder beside `sqlite`; `tests/journal/contract` holds what is promised here for each of them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from infobip_rules.errors import JournalError
from infobip_rules.journal.inspection import Admin, History, JournalEditor, JournalReader, Overview, Traces
from infobip_rules.journal.records import (
    Accepted,
    AsideRow,
    InboxRow,
    OutboxRow,
    SentRecord,
    SessionWork,
)
from infobip_rules.journal.requests import Arrival, Claim, ClaimOrder, CommitResult, Turn
from infobip_rules.limits import OnRuleError, TraceLimits
from infobip_rules.progress import Progress

__all__ = [
    "Admin",
    "EvaluationMark",
    "History",
    "Inbox",
    "Journal",
    "JournalEditor",
    "JournalReader",
    "Outbox",
    "Overview",
    "Retention",
    "Sessions",
    "Timers",
    "Traces",
]


class Inbox(Protocol):
    """Signals on their way in."""

    async def accept(self, arrival: Arrival) -> Accepted:
        """Takes in what came together; a signal that is there already stays as it was.

        One commit holds all of it: the signals, the items set aside, and the delivery reports with what they show of
        their messages. Ids rise in the order in which `accept` was called, and within an arrival in the order given.
        An arrival that fails does not fail others that came at the same moment.
        """
        ...

    async def marked_for_retry(self, *, limit: int) -> list[AsideRow]:
        """Up to `limit` items set aside that are to be taken in again, in the order in which they came."""
        ...

    async def unmark(self, aside_id: int) -> None:
        """Leaves an item set aside that was to be taken in again."""
        ...

    async def forget_aside(self, aside_id: int) -> bool:
        """Takes an item out of the journal, with its mark; False if there is none of that id."""
        ...


class Sessions(Protocol):
    """Sessions with signals to evaluate: taken, evaluated by the host, committed.

    A session is fenced by its version: whoever commits what was evaluated on an earlier one has written nothing.
    """

    async def take(
        self,
        *,
        sessions: int,
        each: int,
        besides: Collection[str] = (),
        only: str | None = None,
        on_rule_error: OnRuleError = "go-on",
    ) -> list[SessionWork]:
        """Up to `sessions` sessions with pending signals, the longest waiting first, with up to `each` signals of each.

        Signals of a session come in the order in which they were accepted. Sessions in `besides` are left out, all
        but the session `only` if it is given, and with `on_rule_error` "hold" signals that came after a dead one of
        their session. A session whose rows can't be read comes without signals, with the reason as `fault`.

        A journal that several hosts share gives out a session to one of them, for the time of a lease. One that admits
        a single host gives out again whatever is not in `besides`, until it is committed.
        """
        ...

    async def give_back(self, works: Sequence[SessionWork]) -> None:
        """Ends the lease of sessions that were taken and are not to be committed: they may be taken anew at once."""
        ...

    async def commit(
        self, turns: Sequence[Turn], *, traces: TraceLimits, claim: ClaimOrder | None = None
    ) -> CommitResult:
        """Writes what sessions' signals came to: state, messages, timers and trace of each, and the signal as done.

        One commit holds all turns. In it each signal stands for itself: of one that is no longer pending nothing is
        written. If its session has changed since it was taken, nothing is written either, nor of what comes after it in
        its turn; the other turns are written all the same. With `claim`, messages that are due are claimed by the very
        same commit if the turns bring any: those of these turns, and others that are due before them.

        The lease of each session ends with it. If a turn is refused, nothing of any turn is written.
        """
        ...

    async def count_attempts(self, signals: Sequence[int], *, most: int, reason: str, now: datetime) -> list[InboxRow]:
        """Counts an attempt of each signal; one that has had `most` becomes a dead letter, for `reason`.

        One commit holds all of them. Those that are pending are returned as they stood before they were given up.
        """
        ...


class Outbox(Protocol):
    """Messages on their way out."""

    async def claim(self, order: ClaimOrder) -> Claim:
        """Takes messages that are due, oldest first: they are the caller's, and `sending`, until they are recorded.

        One commit holds the reading of what is due and of what recipients were sent lately, and the writing of what was
        held back, settled and claimed: no claim made at the same time counts the same room twice. A message is claimed
        once.
        """
        ...

    async def record(self, records: Sequence[SentRecord]) -> int:
        """Writes what became of messages, and takes in the signal of each; returns how many were written.

        One commit holds each outcome and its signal. An outcome of a message that is settled already (accepted,
        rejected, failed) or not there is passed over, with its signal; but one that was given up may still be accepted
        or rejected. A power cut may take a record back, as the provider's logs say it again; a process that is killed
        does not.
        """
        ...

    async def lookups_due(self, *, now: datetime, limit: int) -> list[OutboxRow]:
        """Up to `limit` messages of unknown outcome whose next look into the logs is due, oldest first.

        Nothing is marked: `record` what was found, or they are handed out again.
        """
        ...

    async def recover(self, *, due_at: datetime, besides: Collection[str] = ()) -> int:
        """Makes messages that nobody is sending, though they are marked so, ones of unknown outcome; how many there were.

        They are looked up at `due_at`. `besides` are those that this host is sending.
        """
        ...

    async def bring_forward(self, *, now: datetime) -> int:
        """Makes messages due that a clock dated which has gone back since; returns how many there were."""
        ...


class Timers(Protocol):
    """Timers that become signals when they are due."""

    async def next_due(self) -> datetime | None:
        """When the next timer is due, be it in the past; None if there is no timer."""
        ...

    async def ring(self, *, now: datetime, limit: int, ended: Collection[str] = ()) -> int:
        """Makes signals of up to `limit` timers that are due, in the order of their moments; returns how many there were.

        One commit holds the signal and the end of its timer, so that it rings once, whenever a process dies. A recurring
        one is moved on to the next of its moments that lies ahead: however many were missed, there is one signal, and
        none while the one before is still pending. What came before it is forgotten if no rule answered, and of dead
        letters in a row all but the last. Recurring timers of the kinds in `ended` go without a signal.
        """
        ...


class Retention(Protocol):
    """What is forgotten with time. Each call is one commit of a bounded size, so that others get their turn."""

    async def silence_ended(self, *, now: datetime, longest: timedelta) -> datetime | None:
        """When a silence of over `longest` ended, if that was within `SHORTEST_RETENTION`: `now` if it still lasts."""
        ...

    async def prune(self, before: datetime, *, now: datetime, limit: int) -> int:
        """Forgets what was settled and came before `before`, up to `limit` rows of each kind; returns how many went.

        Repeat until it is 0. Pending and dead signals, unfinished messages and sessions stay, and so does whatever is
        younger than `SHORTEST_RETENTION`, however `before` lies.
        """
        ...

    async def prune_traces(self, limits: TraceLimits, *, before: datetime) -> int:
        """Forgets the traces beyond `limits`, and those from before a moment; returns how many went."""
        ...

    async def fold_tallies(self, *, before: datetime) -> int:
        """Adds up counts from before a moment, one for each label; returns how many rows went."""
        ...


class EvaluationMark(Protocol):
    """Which signals are being evaluated, noted where it outlasts the processes that evaluate them.

    Not asynchronous: it is set for every evaluation, in memory that the kernel keeps.
    """

    #: The signals under evaluation when the processes before this one ended, if there were any.
    left: Sequence[int]

    def begin(self, signal: int) -> None:
        """Notes that the evaluation of a signal begins in this process."""
        ...

    def end(self) -> None:
        """Notes that it is over, whatever it came to."""
        ...

    def places(self, count: int) -> list[Progress]:
        """A place for each of so many workers, which is theirs to close."""
        ...

    def forget(self) -> None:
        """Notes that nothing is being evaluated anywhere."""
        ...

    def close(self) -> None:
        """Closes what it is kept in."""
        ...


class Journal(JournalEditor, Protocol):
    """A journal as a host holds it."""

    inbox: Inbox
    sessions: Sessions
    outbox: Outbox
    timers: Timers
    retention: Retention
    #: How many messages the last run left in sending; they are to be looked up.
    recovered: int

    def trouble(self) -> JournalError | None:
        """Why nothing can be written just now, as far as is known without trying."""
        ...

    async def probe(self) -> None:
        """Tries whether a message could be kept now, without keeping anything. Raises JournalError if not."""
        ...

    async def aclose(self) -> None:
        """Commits what is under way and closes what it is kept in; closing twice is the same as once."""
        ...

    def evaluation_mark(self) -> EvaluationMark:
        """Where signals under evaluation are noted, for the caller to close. Raises JournalError."""
        ...
