"""Records that go into a journal and come out of it: frozen, with JSON as text and aware UTC moments.

Phone numbers, texts and bodies are left out of every `repr`, so that a record in a log line shows nobody's message.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum
from typing import NamedTuple

from infobip_rules.timers import RecurringTimer, TimerChange


class InboxState(IntEnum):
    """Where a signal stands."""

    PENDING = 0
    DONE = 1
    DEAD = 2


class OutboxState(IntEnum):
    """Where an outgoing message stands on its way to Infobip."""

    READY = 0
    SENDING = 1
    ACCEPTED = 2
    REJECTED = 3
    #: It may or may not have been taken: Infobip's logs are asked before it is sent again.
    UNKNOWN = 4
    #: Given up: never sent, or never known to be.
    FAILED = 5


#: States in which any outcome may still be recorded: what is settled stays so.
UNSETTLED = (OutboxState.READY, OutboxState.SENDING, OutboxState.UNKNOWN)
#: States in which it may still be recorded that Infobip has taken the message, or refused it.
UNDECIDED = (*UNSETTLED, OutboxState.FAILED)

#: Infobip repeats a webhook for 41 h 30 min; a signal that was forgotten sooner would be taken for a new one.
SHORTEST_RETENTION = timedelta(hours=49)
#: How soon after a restart the logs are asked about messages that the last run was sending; a message shows up in them
#: with some delay.
FIRST_LOOKUP = timedelta(seconds=5)


@dataclass(frozen=True, kw_only=True, slots=True)
class NewSignal:
    """A signal to take in."""

    #: What makes it the same signal when it comes again.
    dedup_key: str
    session_key: str = field(repr=False)
    #: The name of its type.
    kind: str
    #: JSON that the signal is rebuilt from.
    payload: bytes | str = field(repr=False)
    #: The item as Infobip sent it.
    raw: str = field(repr=False)
    received_at: datetime
    #: Stored as done at once, for a signal that no rule listens to.
    done: bool = False
    reason: str = ""
    #: Whether the rules' own route has still to say which session it belongs to.
    unrouted: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class AsideItem:
    """An item of a webhook's body that could not be read, kept for a person to look at."""

    path: str
    item: str = field(repr=False)
    #: Which field of it is wrong.
    field_name: str = ""
    reason: str
    received_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Accepted:
    """What became of the signals of one `accept`: how many were new, and the inbox id of each, in the order given.

    A duplicate has the id of the signal that was there before.
    """

    new: int
    duplicates: int
    ids: tuple[int, ...]
    #: The ids of the new ones.
    new_ids: tuple[int, ...] = field(default=(), compare=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class PendingSignal:
    """A signal that waits to be evaluated."""

    id: int
    kind: str
    payload: str = field(repr=False)
    #: How often it was tried before.
    attempts: int
    received_at: datetime
    #: Whether the rules' own route has still to say which session it belongs to.
    unrouted: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionWork:
    """A session with signals to evaluate, in the order in which they came."""

    key: str = field(repr=False)
    #: The session's state as JSON; None for a new session.
    state: str | None = field(repr=False)
    #: The version to give back as `Evaluated.base_version`; 0 for a new session.
    version: int
    #: The id of the first of its pending signals.
    first: int
    signals: tuple[PendingSignal, ...] = ()
    #: Why the session can't be evaluated, if it can't: what is kept of it is not readable.
    fault: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class OutgoingMessage:
    """A message that a rule sends."""

    message_id: str
    #: E.164 digits, or whatever else its channel reaches people by.
    recipient: str = field(repr=False)
    #: The name of its channel.
    channel: str
    #: JSON, in the channel's own form.
    content: str = field(repr=False)
    sender: str
    #: Comes back in its signals; empty for none.
    callback_data: str = field(default="", repr=False)
    #: When it is not worth sending any more; None: always.
    expires_at: datetime | None = None
    rule: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Evaluated:
    """All effects of one signal's evaluation, to be committed together or not at all."""

    session_key: str = field(repr=False)
    inbox_id: int
    #: The session's version that was evaluated; 0 for a new session. The commit makes it one higher.
    base_version: int
    state: str = field(repr=False)
    messages: tuple[OutgoingMessage, ...] = ()
    #: Timers that were set and cancelled, in order.
    timers: tuple[TimerChange, ...] = ()
    #: A timer that the session is to have from here on, unless it has it.
    recurring: RecurringTimer | None = None
    #: Names of the rules that fired, in order.
    fired: tuple[str, ...] = ()
    #: Why nothing came of it, if nothing did.
    reason: str = ""
    #: When it was evaluated; its messages are due from then on.
    at: datetime
    #: Why rules did or did not fire, as `KeptTrace.document` has it; None: that is not kept.
    trace: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class DeadLetter:
    """A signal whose evaluation was given up, and why."""

    session_key: str = field(repr=False)
    inbox_id: int
    reason: str
    rule: str = ""
    traceback: str = field(default="", repr=False)
    at: datetime
    #: As that of `Evaluated`.
    trace: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class SentRecord:
    """What became of one attempt to send a message, or of one look into Infobip's logs for it."""

    message_id: str
    state: OutboxState
    #: Infobip's status as JSON, if there is one; an earlier one stays otherwise.
    status: str | None = None
    reason: str = ""
    #: When to try again (state READY) or to look into the logs (state UNKNOWN).
    due_at: datetime | None = None
    #: Whether this is what the logs said, or did not: look-ups are counted by it.
    looked_up: bool = False
    #: Whether the attempt counts as none, as it was not about the message.
    uncounted: bool = False
    #: The signal that tells the session about it, taken in by the same transaction.
    signal: NewSignal | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportUpdate:
    """A delivery report for one message."""

    message_id: str
    #: Infobip's name of the status group, such as `DELIVERED`.
    group: str
    #: The report as JSON.
    report: str = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class InboxRow:
    """A signal as the journal holds it."""

    id: int
    dedup_key: str
    session_key: str = field(repr=False)
    kind: str
    payload: str = field(repr=False)
    raw: str = field(repr=False)
    received_at: datetime
    state: InboxState
    attempts: int
    reason: str
    rule: str
    traceback: str = field(repr=False)
    done_at: datetime | None
    fired: tuple[str, ...]
    #: Whether the rules' own route has still to say which session it belongs to.
    unrouted: bool = False


class OutboxRow(NamedTuple):
    """An outgoing message as the journal holds it."""

    message_id: str
    #: The signal at which a rule sent it, and that signal's session.
    inbox_id: int
    session_key: str
    #: The rule, as `ruleset/name`.
    rule: str
    #: To whom: E.164 digits, or whatever the rule gave that is no phone number.
    recipient: str
    #: Whom it comes from: INFOBIP_PHONE_NUMBER.
    sender: str
    state: OutboxState
    #: When it is to be sent, or looked at again.
    due_at: datetime
    #: How often it was claimed for sending.
    attempts: int
    #: How often the logs were asked since it was last sent.
    lookups: int
    created_at: datetime
    #: When it was last claimed for sending.
    sent_at: datetime | None
    status: str | None
    report: str | None
    #: The status group of the last delivery report, or empty.
    delivery_group: str
    reason: str
    callback_data: str = ""
    #: When it is not worth sending any more; None: always.
    expires_at: datetime | None = None
    #: How many attempts ended without anybody knowing whether it was taken.
    unknowns: int = 0
    #: The name of its channel.
    channel: str = ""
    #: Its content as that channel writes it, in JSON.
    content: str = ""

    def __repr__(self) -> str:
        return f"OutboxRow(message_id={self.message_id!r}, state={self.state!r})"


@dataclass(frozen=True, kw_only=True, slots=True)
class Passage:
    """A message that went to somebody lately, or is held back until it may."""

    recipient: str = field(repr=False)
    #: The name of its channel, and its content as that channel writes it.
    channel: str
    content: str = field(repr=False)
    #: When it was sent, or is to be.
    at: datetime
    held: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionRow:
    """A session as the journal holds it."""

    key: str = field(repr=False)
    state: str = field(repr=False)
    version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class TimerRow:
    """A timer as the journal holds it."""

    session_key: str = field(repr=False)
    name: str
    due_at: datetime
    kind: str
    payload: str = field(repr=False)
    #: From one ring to the next; None for a timer that rings once.
    every: timedelta | None


@dataclass(frozen=True, kw_only=True, slots=True)
class AsideRow:
    """An unreadable item as the journal holds it."""

    id: int
    path: str
    item: str = field(repr=False)
    field_name: str
    reason: str
    received_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Depth:
    """What is still to do, cheap enough to ask every second."""

    pending: int
    #: When the oldest pending signal came.
    pending_since: datetime | None
    dead: int
    ready: int
    #: Since when the first message that is ready has been due.
    ready_since: datetime | None
    sending: int
    unknown: int
    #: Items of webhooks that could not be read.
    asides: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """How many rows there are of everything; reads whole tables."""

    inbox: Mapping[InboxState, int]
    outbox: Mapping[OutboxState, int]
    sessions: int
    asides: int


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptTrace:
    """Why rules did or did not fire at one signal."""

    inbox_id: int
    session_key: str = field(repr=False)
    at: datetime
    #: `infobip_rules.engine.explain.trace.Trace` as JSON.
    document: bytes = field(repr=False)
