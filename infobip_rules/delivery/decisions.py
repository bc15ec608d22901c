"""What to write down about a message after an attempt to send it, or after a look into Infobip's logs. Pure."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from infobip_rules.infobip.lookups import LogRow
from infobip_rules.infobip.messages import Accepted, NotSent, Outcome, Rejected, Unknown
from infobip_rules.journal.records import NewSignal, OutboxRow, OutboxState, SentRecord
from infobip_rules.signals import InfobipSmsSentMessage, ReportStatus

#: Why a message is given up that may have been taken.
NEVER_KNOWN = "The outcome is unknown for over 48 hours, beyond Infobip's logs: sent again only by hand."
#: What to do about a message that was not sent and is not tried again.
RESEND = "Mend that, then send it with `infobip-rules resend`."
#: The wait after logs that could not be asked, unless they ask for a longer one or all look-ups come sooner.
LOOKUP_RETRY = timedelta(seconds=30)
#: Infobip's logs go back this far. What could not be looked up by then is never sent again by itself.
LOGS_REACH = timedelta(hours=48)
#: The first wait after an attempt that sent nothing; each further one is twice as long, up to the longest.
FIRST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(minutes=5)
#: Attempts that sent nothing, after which a message is given up (about a day and a half of waiting).
MOST_ATTEMPTS = 450


@dataclass(frozen=True, kw_only=True, slots=True)
class Sending:
    """What decisions need besides the message: the moment, chance, and what the settings and the rules ask for."""

    now: datetime
    #: Between 0 and 1; spreads retries, so that they do not all come at once.
    jitter: float
    #: Whether rules listen to sent messages.
    wants_sent_signals: bool
    #: How long after an attempt of unknown outcome the logs are asked, each time.
    lookup_delays: Sequence[timedelta]


def after_attempt(row: OutboxRow, outcome: Outcome, sending: Sending) -> SentRecord:
    """What to record after an attempt to send `row` ended in `outcome`."""
    match outcome:
        case Accepted(status=status):
            return settled(row, OutboxState.ACCEPTED, status, "", sending)
        case Rejected(status=status, reason=reason):
            return settled(row, OutboxState.REJECTED, status, reason, sending)
        case NotSent(retryable=True) if row.attempts < MOST_ATTEMPTS:
            wait = _wait(row.attempts, outcome.retry_after, sending.jitter)
            reason = f"{outcome.reason} It is tried again in {wait.total_seconds():.0f} s."
            return SentRecord(
                message_id=row.message_id, state=OutboxState.READY, reason=reason, due_at=sending.now + wait
            )
        case NotSent(reason=reason):
            return SentRecord(message_id=row.message_id, state=OutboxState.FAILED, reason=f"{reason} {RESEND}")
        case Unknown(reason=reason):
            due = sending.now + sending.lookup_delays[0]
            return SentRecord(message_id=row.message_id, state=OutboxState.UNKNOWN, reason=reason, due_at=due)


def after_lookup(row: OutboxRow, found: LogRow | None, sending: Sending) -> SentRecord:
    """What to record after the logs were asked for a message of unknown outcome."""
    if found is not None:
        if found.taken:
            return settled(row, OutboxState.ACCEPTED, found.status, "Found in Infobip's logs.", sending)
        return settled(row, OutboxState.REJECTED, found.status, "Rejected, by Infobip's logs.", sending)
    if _is_beyond_logs(row, sending):
        return _never_known(row)
    looked, delays = row.lookups + 1, sending.lookup_delays
    if looked < len(delays):
        return SentRecord(
            message_id=row.message_id,
            state=OutboxState.UNKNOWN,
            reason=row.reason,
            # Counted from this look, not from the attempt: the request may have gone out long after it was written
            # down, or the clock may have jumped, and a look that comes too early finds nothing.
            due_at=sending.now + delays[looked] - delays[row.lookups],
            looked_up=True,
        )
    return SentRecord(
        message_id=row.message_id,
        state=OutboxState.READY,
        reason="Infobip's logs don't know it: sent again under the same messageId.",
        due_at=sending.now,
    )


def after_failed_lookup(row: OutboxRow, reason: str, sending: Sending, retry_after: float | None = None) -> SentRecord:
    """What to record when the logs could not be asked: nothing is known about the message still."""
    if _is_beyond_logs(row, sending):
        return _never_known(row)
    usual = min(LOOKUP_RETRY, max(FIRST_WAIT, sending.lookup_delays[-1]))
    wait = max(usual * (1 + sending.jitter), timedelta(seconds=retry_after or 0))
    return SentRecord(message_id=row.message_id, state=OutboxState.UNKNOWN, reason=reason, due_at=sending.now + wait)


def may_have_arrived(row: OutboxRow) -> bool:
    """Whether a message that was given up may have reached its recipient all the same."""
    return bool(row.delivery_group) or row.reason == NEVER_KNOWN


def _attempted(row: OutboxRow) -> datetime:
    return row.sent_at or row.created_at


def _is_beyond_logs(row: OutboxRow, sending: Sending) -> bool:
    return sending.now - _attempted(row) > LOGS_REACH


def _never_known(row: OutboxRow) -> SentRecord:
    return SentRecord(
        message_id=row.message_id,
        state=OutboxState.FAILED,
        reason=NEVER_KNOWN,
    )


def settled(row: OutboxRow, state: OutboxState, status: ReportStatus, reason: str, sending: Sending) -> SentRecord:
    """The record of a message that Infobip has taken or refused, with the signal that tells its session if rules listen."""
    return SentRecord(
        message_id=row.message_id,
        state=state,
        status=status.model_dump_json(exclude_none=True),
        reason=reason,
        signal=_sent_signal(row, status, sending) if sending.wants_sent_signals else None,
    )


def _sent_signal(row: OutboxRow, status: ReportStatus, sending: Sending) -> NewSignal:
    sent = InfobipSmsSentMessage(
        messageId=row.message_id,
        to=row.recipient,
        from_=row.sender,
        text=row.text,
        sentAt=row.sent_at or sending.now,
        status=status,
    )
    payload = sent.model_dump_json(by_alias=True)
    return NewSignal(
        dedup_key=f"s:{row.message_id}",
        session_key=row.session_key,
        kind=InfobipSmsSentMessage.__name__,
        payload=payload,
        raw=payload,
        received_at=sending.now,
    )


def _wait(attempts: int, retry_after: float | None, jitter: float) -> timedelta:
    """Doubling with each attempt, spread over half to whole, never less than what Infobip asked for."""
    doubled: timedelta = min(FIRST_WAIT * 2 ** min(max(attempts - 1, 0), 20), LONGEST_WAIT)
    return max(doubled * (0.5 + jitter / 2), timedelta(seconds=retry_after or 0))


def chance() -> float:
    """A number between 0 and 1 that spreads retries."""
    return random.random()  # noqa: S311 - spreads load, guards nothing
