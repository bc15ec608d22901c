"""Decisions on what to write down about a message after an attempt to send it, or after a look into Infobip's logs. Pure."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from infobip_rules.channels.asking import ChannelFailedError, asking, wrong_answer
from infobip_rules.channels.interface import Channel
from infobip_rules.channels.registry import Channels
from infobip_rules.infobip.lookups import LogRow
from infobip_rules.infobip.messages import Accepted, NotSent, Outcome, Outgoing, Rejected, Unknown
from infobip_rules.infobip.statuses import Verdict, status_of_message, verdict
from infobip_rules.journal.records import NewSignal, OutboxRow, OutboxState, SentRecord
from infobip_rules.limits import UNKNOWN_ATTEMPTS, UNKNOWN_HOURS
from infobip_rules.signals import ReportStatus, Signal

log = logging.getLogger("infobip_rules.delivery")

#: Why a message is given up that may have been taken.
NEVER_KNOWN = "The outcome is unknown for over 48 hours, beyond Infobip's logs: sent again only by hand."
#: What is said of every message that is given up so.
MAY_HAVE_ARRIVED = "Given up: it may have arrived, and is sent again only by hand."
#: Not a name of Infobip's: it never said what became of the message, as with its own EXPIRED_DLR_UNKNOWN.
GIVEN_UP_STATUS = ReportStatus(
    groupId=4,
    groupName="EXPIRED",
    name="EXPIRED_OUTCOME_UNKNOWN",
    description="Given up by infobip-rules itself, as nobody could say whether Infobip took it. It may have arrived.",
)
#: What is added where the account is refused, and not the message.
_HELD = "It is held, and sent when Infobip takes the key again."
#: What is added where the next attempt would come after the time for which a text is worth sending.
_TOO_LATE_BY_THEN = "It would be tried again when its text is not worth sending any more."
#: What to do about a message that was not sent and is not tried again.
RESEND = "Mend that, then send it with `infobip-rules resend`."
#: The wait after logs that could not be asked, unless they ask for a longer one or all look-ups come sooner.
LOOKUP_RETRY = timedelta(seconds=30)
#: Infobip's logs go back this far. What could not be looked up by then is never sent again by itself.
LOGS_REACH = timedelta(hours=48)
#: The first wait after an attempt that sent nothing; each further one is twice as long, up to the longest.
FIRST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(minutes=5)
#: The same from one attempt of unknown outcome to the next, when the logs don't know the message.
LONGEST_UNKNOWN_WAIT = timedelta(hours=1)
#: The wait of a message that was forbidden (403) alone.
FORBIDDEN_WAIT = timedelta(minutes=1)
#: Attempts that sent nothing, after which a message is given up (about a day and a half of waiting).
MOST_ATTEMPTS = 450

#: Of its own: a program that mounts the host, or a property test, may count on the state of the global one.
_RANDOM = random.Random()  # noqa: S311 - spreads load, guards nothing


@dataclass(frozen=True, kw_only=True, slots=True)
class Sending:
    """What decisions need besides the message: the moment, chance, and what the settings and the rules ask for."""

    now: datetime
    #: Between 0 and 1; spreads retries, so that they do not all come at once.
    jitter: float
    #: The channels, which make signals of what became of messages.
    channels: Channels
    #: Whether rules listen to signals of a type.
    wants: Callable[[type[Signal]], bool]
    #: How long after an attempt of unknown outcome the logs are asked, each time.
    lookup_delays: Sequence[timedelta]
    #: Whether the message went out in a request of its own.
    alone: bool = False
    #: How many attempts may end unknown, and how long after a rule wanted a message it may be unknown.
    unknown_attempts: int = UNKNOWN_ATTEMPTS
    unknown_age: timedelta = timedelta(hours=UNKNOWN_HOURS)


def after_attempt(row: OutboxRow, outcome: Outcome, sending: Sending) -> SentRecord:
    """What to record after an attempt to send `row` ended in `outcome`."""
    match outcome:
        case Accepted(status=status):
            return decided(row, OutboxState.ACCEPTED, status, "", sending)
        case Rejected(status=status, reason=reason):
            return decided(row, OutboxState.REJECTED, status, reason, sending)
        case NotSent(refuses_account=True, reason=reason):
            return SentRecord(
                message_id=row.message_id,
                state=OutboxState.READY,
                reason=f"{reason} {_HELD}",
                # A 403 may be about one message all the same: those behind it are to have their turn.
                due_at=sending.now + FORBIDDEN_WAIT if outcome.http_status == 403 and sending.alone else None,
                uncounted=True,
            )
        case NotSent(retryable=True) if row.attempts < MOST_ATTEMPTS:
            wait = _wait(row.attempts, outcome.retry_after, sending.jitter)
            due_at = _by_its_end(row, sending.now + wait, sending)
            again = _TOO_LATE_BY_THEN if due_at < sending.now + wait else f"It is tried again in {_seconds(wait)} s."
            reason = f"{outcome.reason} {again}"
            return SentRecord(message_id=row.message_id, state=OutboxState.READY, reason=reason, due_at=due_at)
        case NotSent(reason=reason):
            return SentRecord(message_id=row.message_id, state=OutboxState.FAILED, reason=f"{reason} {RESEND}")
        case Unknown(reason=reason):
            due = sending.now + sending.lookup_delays[0]
            return SentRecord(message_id=row.message_id, state=OutboxState.UNKNOWN, reason=reason, due_at=due)


def after_lookup(row: OutboxRow, found: LogRow | None, sending: Sending) -> SentRecord:
    """What to record after the logs were asked for a message of unknown outcome."""
    if found is not None:
        if found.taken:
            return decided(row, OutboxState.ACCEPTED, found.status, "Found in Infobip's logs.", sending)
        return decided(row, OutboxState.REJECTED, found.status, "Rejected, by Infobip's logs.", sending)
    if _is_beyond_logs(row, sending):
        return given_up(row, NEVER_KNOWN, sending)
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
    if why := _enough(row, sending):
        return given_up(row, f"{why} {MAY_HAVE_ARRIVED}", sending)
    wait = _unknown_wait(row.unknowns, sending.jitter)
    return SentRecord(
        message_id=row.message_id,
        state=OutboxState.READY,
        reason="Infobip's logs don't know it: sent again under the same messageId.",
        due_at=_by_its_end(row, sending.now + wait, sending),
    )


def after_failed_lookup(row: OutboxRow, reason: str, sending: Sending, retry_after: float | None = None) -> SentRecord:
    """What to record when the logs could not be asked: nothing is known about the message still."""
    if _is_beyond_logs(row, sending):
        return given_up(row, NEVER_KNOWN, sending)
    if why := _too_old(row, sending):
        return given_up(row, f"{why} {MAY_HAVE_ARRIVED}", sending)
    usual = min(LOOKUP_RETRY, max(FIRST_WAIT, sending.lookup_delays[-1]))
    wait = max(usual * (1 + sending.jitter), timedelta(seconds=retry_after or 0))
    return SentRecord(message_id=row.message_id, state=OutboxState.UNKNOWN, reason=reason, due_at=sending.now + wait)


def after_report(
    row: OutboxRow, status: ReportStatus, *, now: datetime, channels: Channels, wants: Callable[[type[Signal]], bool]
) -> SentRecord:
    """What to record when a delivery report comes for a message of which nobody knows yet whether it was taken."""
    sending = Sending(now=now, jitter=0, channels=channels, wants=wants, lookup_delays=())
    state = OutboxState.REJECTED if verdict(status) is Verdict.REJECTED else OutboxState.ACCEPTED
    return decided(row, state, status, "Shown by its delivery report.", sending)


def may_have_arrived(row: OutboxRow) -> bool:
    """Whether a message that was given up may have reached its recipient all the same."""
    return bool(row.delivery_group) or row.unknowns > 0 or row.reason == NEVER_KNOWN


def _attempted(row: OutboxRow) -> datetime:
    return row.sent_at or row.created_at


def _is_beyond_logs(row: OutboxRow, sending: Sending) -> bool:
    return sending.now - _attempted(row) > LOGS_REACH


def _enough(row: OutboxRow, sending: Sending) -> str:
    """Why a message that the logs don't know is not sent once more; empty if it is."""
    if row.expires_at is not None and sending.now >= row.expires_at:
        return "The time is over for which its text was worth sending, and its outcome is unknown."
    if row.unknowns >= sending.unknown_attempts:
        return f"The outcome of {row.unknowns} attempts is unknown."
    return _too_old(row, sending)


def _too_old(row: OutboxRow, sending: Sending) -> str:
    if sending.now - row.created_at < sending.unknown_age:
        return ""
    hours = f"{sending.unknown_age / timedelta(hours=1):g}"
    return f"It was to be sent over {hours} hours ago, and its outcome is unknown."


def given_up(row: OutboxRow, reason: str, sending: Sending) -> SentRecord:
    """The record of a message that may have arrived, or not, with the signal for its session if rules listen."""
    return SentRecord(
        message_id=row.message_id,
        state=OutboxState.FAILED,
        reason=reason,
        signal=_given_up_signal(row, sending),
    )


def decided(row: OutboxRow, state: OutboxState, status: ReportStatus, reason: str, sending: Sending) -> SentRecord:
    """The record of a message that Infobip has taken or refused, with the signal for its session if rules listen."""
    return SentRecord(
        message_id=row.message_id,
        state=state,
        status=status.model_dump_json(exclude_none=True),
        reason=reason,
        signal=_sent_signal(row, status_of_message(status), sending),
    )


def outgoing(row: OutboxRow, now: datetime) -> Outgoing:
    """A message as it is sent at a moment."""
    return Outgoing(
        message_id=row.message_id,
        channel=row.channel,
        content=row.content,
        to=row.recipient,
        sender=row.sender,
        callback_data=row.callback_data,
        valid_for=None if row.expires_at is None else row.expires_at - now,
    )


def _sent_signal(row: OutboxRow, status: ReportStatus, sending: Sending) -> NewSignal | None:
    channel = sending.channels.find(row.channel)
    if channel is None or not sending.wants(channel.sent):
        return None

    def make() -> Signal:
        return channel.sent_signal(outgoing(row, sending.now), status, sent_at=row.sent_at or sending.now)

    return _signal(f"s:{row.message_id}", row, (channel, "sent_signal", make), sending)


def _given_up_signal(row: OutboxRow, sending: Sending) -> NewSignal | None:
    """The report, as nobody else sends one, if rules listen to reports."""
    channel = sending.channels.find(row.channel)
    if channel is None or not sending.wants(channel.reported):
        return None

    def make() -> Signal:
        return channel.report_signal(
            outgoing(row, sending.now), GIVEN_UP_STATUS, sent_at=row.sent_at, done_at=sending.now
        )

    # A message that is sent again by hand can be given up again.
    return _signal(f"g:{row.message_id}:{_attempted(row).isoformat()}", row, (channel, "report_signal", make), sending)


def _signal(
    dedup_key: str, row: OutboxRow, made: tuple[Channel, str, Callable[[], Signal]], sending: Sending
) -> NewSignal | None:
    """The signal that a method of the channel makes; if that fails, what became of the message is recorded without it."""
    channel, method, make = made
    try:
        with asking(channel, method):
            signal: object = make()
            if not isinstance(signal, Signal):
                raise wrong_answer(channel, method, "what is no signal")
            payload = signal.model_dump_json(by_alias=True)
    except ChannelFailedError as problem:
        log.error("delivery.signal_failed message_id=%s reason=%s", row.message_id, problem.logged)  # noqa: TRY400 - it may quote the text
        return None
    return NewSignal(
        dedup_key=dedup_key,
        session_key=row.session_key,
        kind=type(signal).__name__,
        payload=payload,
        raw=payload,
        received_at=sending.now,
    )


def _by_its_end(row: OutboxRow, due_at: datetime, sending: Sending) -> datetime:
    """When a message is looked at again: at the latest when its text is no longer worth sending, of which rules get a signal."""
    return due_at if row.expires_at is None else min(due_at, max(row.expires_at, sending.now))


def _seconds(wait: timedelta) -> str:
    return f"{wait.total_seconds():.0f}"


def _wait(attempts: int, retry_after: float | None, jitter: float) -> timedelta:
    """Doubling with each attempt, spread over half to whole, never less than what Infobip asked for."""
    doubled: timedelta = min(FIRST_WAIT * 2 ** min(max(attempts - 1, 0), 20), LONGEST_WAIT)
    return max(doubled * (0.5 + jitter / 2), timedelta(seconds=retry_after or 0))


def _unknown_wait(unknowns: int, jitter: float) -> timedelta:
    """None after the first, as the logs were asked meanwhile; then doubling with each attempt."""
    if unknowns <= 1:
        return timedelta()
    doubled: timedelta = min(FIRST_WAIT * 2 ** min(unknowns - 2, 20), LONGEST_UNKNOWN_WAIT)
    return doubled * (0.5 + jitter / 2)


def chance() -> float:
    """A number between 0 and 1 that spreads retries."""
    return _RANDOM.random()
