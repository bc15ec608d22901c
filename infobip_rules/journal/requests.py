"""Requests to a journal and its answers: what is to be written together, and what came of it.

A decision that has to be made between reading and writing in one commit is given as a pure function of records. It is
called inside the commit, perhaps in another thread and perhaps more than once, so that it does nothing but decide.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from infobip_rules.journal.records import (
    AsideItem,
    DeadLetter,
    Evaluated,
    NewSignal,
    OutboxRow,
    Passage,
    ReportUpdate,
    SentRecord,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportOutcome:
    """What a delivery report comes to: a signal, and what it shows of its message if that is not known yet."""

    signal: NewSignal
    record: SentRecord | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class NewReport:
    """A delivery report to take in, which belongs to the session that its message went out from."""

    message_id: str
    #: What is kept with the message; None: nothing.
    update: ReportUpdate | None
    #: Decides by the message as it stands, or by None if it is not one of ours. If it raises, nothing of its arrival is
    #: taken in. It may be called more than once.
    outcome: Callable[[OutboxRow | None], ReportOutcome] = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrival:
    """What came in together, and is answered for together: the results of one webhook."""

    #: In the order in which their ids are to be.
    signals: Sequence[NewSignal | NewReport] = ()
    asides: Sequence[AsideItem] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Moved:
    """A signal that turned out to belong to another session, where it is to wait."""

    session_key: str = field(repr=False)
    inbox_id: int
    into: str = field(repr=False)


#: What one signal came to.
Result = Evaluated | DeadLetter | Moved


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """What the signals of one session came to, in their order."""

    session_key: str = field(repr=False)
    results: Sequence[Result]


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldBack:
    """A message that waits, at no cost of attempts: until when, and why."""

    until: datetime
    reason: str


#: A message that is due goes out (None), waits, or is settled at once.
Judgement = HeldBack | SentRecord | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ClaimOrder:
    """Messages to be claimed for sending: so many of those that are due at a moment."""

    now: datetime
    limit: int
    #: Judges messages that are due, given oldest first with what their recipients were sent within `span`; None: all
    #: of them go out. If it raises, nothing of the claim is written, nor of the turns with which it was to be committed.
    #: It may be called more than once.
    judge: Callable[[Sequence[OutboxRow], Sequence[Passage]], Sequence[Judgement]] | None = field(
        default=None, repr=False
    )
    span: timedelta = timedelta()


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """Messages to send, which are the caller's until their outcome is recorded; what was held back, and what settled."""

    rows: Sequence[OutboxRow] = ()
    held: Sequence[tuple[OutboxRow, HeldBack]] = ()
    refused: Sequence[tuple[OutboxRow, SentRecord]] = ()

    def __bool__(self) -> bool:
        return bool(self.rows or self.held or self.refused)


@dataclass(frozen=True, kw_only=True, slots=True)
class CommitResult:
    """What a commit of turns came to."""

    #: For each turn, the signals of which something was written.
    written: Sequence[frozenset[int]]
    #: Signals at which a session turned out to have changed since it was taken: nothing was written of them, nor of
    #: what came after them in their turns.
    lost: Sequence[int] = ()
    claim: Claim = field(default_factory=Claim)
