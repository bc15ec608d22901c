"""Records to test with, and a clock that stands still."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from infobip_rules.journal.records import (
    AsideItem,
    DeadLetter,
    Evaluated,
    NewSignal,
    OutboxState,
    OutgoingMessage,
    SentRecord,
)
from infobip_rules.timers import RecurringTimer, TimerChange
from tests.channels.composing import sms

NOON = datetime(2026, 11, 9, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ANA = "385981234567"
IVO = "385987654321"


class StoppedClock:
    """A clock that shows what it is set to."""

    def __init__(self, moment: datetime = NOON) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment


def a_signal(
    dedup_key: str = "m1", session_key: str = ANA, *, at: datetime = NOON, done: bool = False, reason: str = ""
) -> NewSignal:
    return NewSignal(
        dedup_key=dedup_key,
        session_key=session_key,
        kind="InfobipSmsReceivedMessage",
        payload='{"text": "hello"}',
        raw='{"text": "hello", "new": 1}',
        received_at=at,
        done=done,
        reason=reason,
    )


def an_aside() -> AsideItem:
    return AsideItem(path="/sms-received-message", item="{}", field_name="from", reason="is missing", received_at=NOON)


def a_message(message_id: str = "out-1", recipient: str = ANA) -> OutgoingMessage:
    return OutgoingMessage(
        message_id=message_id, recipient=recipient, channel="sms", content=sms("Welcome"), sender="38599", rule="Join"
    )


def evaluated(
    inbox_id: int,
    *messages: OutgoingMessage,
    session_key: str = ANA,
    base_version: int = 0,
    state: str = '{"facts": []}',
    at: datetime = NOON,
    timers: tuple[TimerChange, ...] = (),
    recurring: RecurringTimer | None = None,
) -> Evaluated:
    return Evaluated(
        session_key=session_key,
        inbox_id=inbox_id,
        base_version=base_version,
        state=state,
        messages=messages,
        timers=timers,
        recurring=recurring,
        fired=("Join",),
        at=at,
    )


def a_dead_letter(inbox_id: int) -> DeadLetter:
    return DeadLetter(
        session_key=ANA, inbox_id=inbox_id, reason="it raised ValueError", rule="Join", traceback="line 1", at=NOON
    )


def outcome(
    message_id: str = "out-1",
    state: OutboxState = OutboxState.ACCEPTED,
    *,
    due_at: datetime | None = None,
    signal: NewSignal | None = None,
    status: str | None = None,
) -> SentRecord:
    return SentRecord(message_id=message_id, state=state, due_at=due_at, signal=signal, status=status)


def a_timer(name: str = "reminder", due_at: datetime | None = NOON, *, payload: str = "{}") -> TimerChange:
    return TimerChange(name=name, due_at=due_at, kind="Reminder", payload=payload)


def heartbeats(every: timedelta = 30 * SECOND) -> RecurringTimer:
    return RecurringTimer(name="@heartbeat", kind="Heartbeat", every=every)
