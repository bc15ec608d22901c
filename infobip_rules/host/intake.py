"""The intake: what a webhook brought becomes signals in the inbox, each for the session of its person, before it is answered.

If rules have a route of their own, it says later which session that is: it is run where rules are, with their limits.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, MutableMapping
from dataclasses import replace
from datetime import datetime
from functools import partial

import orjson

from infobip_rules.channels.registry import Channels
from infobip_rules.clock import Clock
from infobip_rules.delivery.decisions import after_report
from infobip_rules.errors import InfobipRulesError, JournalBusyError, JournalRefusalError
from infobip_rules.evaluators.outline import KnownRules
from infobip_rules.infobip.inbound import BadItem, InboundBatch, ReceivedItem, message_id_of
from infobip_rules.infobip.statuses import Group, Verdict, group_of, verdict
from infobip_rules.journal.interface import Journal
from infobip_rules.journal.records import UNDECIDED, Accepted, AsideItem, NewSignal, OutboxRow, ReportUpdate, SentRecord
from infobip_rules.journal.requests import Arrival, NewReport, ReportOutcome
from infobip_rules.receiver import Receipt
from infobip_rules.signals import DeliveryReport, Signal
from infobip_rules.telemetry import HostTelemetry

log = logging.getLogger("infobip_rules.intake")

#: Batches that may wait to be written; beyond it a webhook is asked to come again.
MOST_WAITING = 2_000

#: Why a report on a messageId that was refused as used (id 23) is no signal.
ABOUT_AN_ATTEMPT = "The report is on a repeated attempt, which Infobip refused as it had the message already."


def is_wanted(kind: type[Signal], rulebook: KnownRules, channels: Channels) -> bool:
    """Whether a signal of this type is evaluated: a received message always, for it opens the session."""
    return channels.are_received(kind) or rulebook.listens_to(kind) or rulebook.standing


class Intake:
    """Takes batches in; `arrived` is called when there are new signals to evaluate."""

    def __init__(
        self,
        *,
        journal: Journal,
        rulebook: KnownRules,
        channels: Channels,
        clock: Clock,
        arrived: Callable[[], None],
        telemetry: HostTelemetry | None = None,
    ) -> None:
        self.journal = journal
        self.rulebook = rulebook
        self.channels = channels
        self.clock = clock
        self._arrived = arrived
        self._telemetry = telemetry or HostTelemetry()
        #: Batches that wait to be on disk.
        self._waiting = 0

    async def take_in(self, batch: InboundBatch) -> Receipt:
        """Keeps a batch: done when it is on disk. Raises JournalError if it could not be kept, JournalBusyError at once if too
        many are waiting."""
        if self._waiting >= MOST_WAITING:
            raise JournalBusyError(f"{MOST_WAITING} webhooks are waiting to be written.", "Try again shortly.")
        self._waiting += 1
        try:
            kept, accepted = await self._keep(batch)
        finally:
            self._waiting -= 1
        if batch.began is not None:
            self._telemetry.webhook_kept(batch.began)
        if accepted.new:
            self._arrived()
        return Receipt(new=accepted.new, duplicates=accepted.duplicates, set_aside=len(kept.bad))

    async def _keep(self, batch: InboundBatch) -> tuple[InboundBatch, Accepted]:
        """Keeps a batch; what was kept of it, and what became of that.

        An item that the journal refuses is kept aside, as it would be posted again and again.
        """
        try:
            return batch, await self._accept(batch)
        except Exception as problem:
            if not (_is_refusal(problem) and batch.items):
                raise
            if len(batch.items) == 1:
                refused = _not_stored(batch.items[0], problem)
                log.error("intake.set_aside message_id=%s reason=%s", refused.message_id, refused.reason)  # noqa: TRY400 - it may quote the item
                return await self._keep(batch._replace(items=(), bad=(*batch.bad, refused)))
        pieces = [batch._replace(items=(item,), bad=()) for item in batch.items] + [batch._replace(items=())]
        stored = [await self._keep(piece) for piece in pieces]
        return batch._replace(bad=tuple(bad for piece, _ in stored for bad in piece.bad)), Accepted(
            new=sum(accepted.new for _, accepted in stored),
            duplicates=sum(accepted.duplicates for _, accepted in stored),
            ids=tuple(id_ for _, accepted in stored for id_ in accepted.ids),
            new_ids=tuple(id_ for _, accepted in stored for id_ in accepted.new_ids),
        )

    async def _accept(self, batch: InboundBatch) -> Accepted:
        delivered: dict[str, datetime] = {}
        arrival = arrival_of(batch, self.rulebook, self.channels, self.clock.now(), delivered)
        accepted = await self.journal.inbox.accept(arrival)
        if delivered:
            taken = zip(batch.items, accepted.ids, strict=True)
            new = [item.dedup_key for item, id_ in taken if id_ in accepted.new_ids]
            self._telemetry.delivered([delivered[key] for key in new if key in delivered], self.clock.now())
        if (spans := self._telemetry.spans) is not None:
            began = time.monotonic() if batch.began is None else batch.began
            for item, id_ in zip(batch.items, accepted.ids, strict=True):
                if id_ in accepted.new_ids:
                    spans.received(id_, item.kind.__name__, item.dedup_key, began)
        return accepted


def arrival_of(
    batch: InboundBatch,
    rulebook: KnownRules,
    channels: Channels,
    now: datetime,
    delivered: MutableMapping[str, datetime] | None = None,
) -> Arrival:
    """What the journal is to take in of a batch: signals once each, reports also beside their message, bad items aside.

    While it is taken in, `delivered` is given the keys of reports of delivery, with when their messages were sent.
    """
    asides = [
        AsideItem(path=batch.path, item=bad.item, field_name=bad.field, reason=bad.reason, received_at=now)
        for bad in batch.bad
    ]
    sent = {} if delivered is None else delivered
    return Arrival(signals=[_new_signal(item, rulebook, channels, now, sent) for item in batch.items], asides=asides)


def _is_refusal(problem: Exception) -> bool:
    """Whether trying again is of no use; a full disk or a locked file is not the fault of what was to be written."""
    return isinstance(problem, JournalRefusalError) or not isinstance(problem, InfobipRulesError | OSError)


def _not_stored(item: ReceivedItem, problem: Exception) -> BadItem:
    # Not the error's own words, which may quote the item.
    reason = f"could not be stored ({type(problem).__name__})"
    return BadItem(item=item.raw, field="", reason=reason, message_id=message_id_of(orjson.loads(item.raw)))


def _new_signal(
    item: ReceivedItem,
    rulebook: KnownRules,
    channels: Channels,
    now: datetime,
    delivered: MutableMapping[str, datetime],
) -> NewSignal | NewReport:
    new = _signal_of(item, rulebook, channels, now)
    if not channels.are_reports(item.kind):
        return new
    report = item.signal
    assert isinstance(report, DeliveryReport)  # noqa: S101 - the registry of channels sees to it
    # It says that an earlier attempt was accepted, and nothing of what became of the message.
    about_attempt = verdict(report.status) is Verdict.TAKEN_EARLIER
    update = ReportUpdate(message_id=report.messageId, group=group_of(report.status), report=item.raw)

    def outcome(row: OutboxRow | None) -> ReportOutcome:
        if row is None or row.channel == item.channel:
            own = new
        else:
            own = _signal_of(_read_by_its_channel(item, row.channel, channels, now), rulebook, channels, now)
        wants = partial(is_wanted, rulebook=rulebook, channels=channels)
        record = None
        if row is not None and row.sent_at is not None and update.group == Group.DELIVERED:
            delivered[item.dedup_key] = row.sent_at
        if row is not None and row.state in UNDECIDED:
            record = after_report(row, report.status, channels=channels, now=now, wants=wants)
        return _report_outcome(row, new=own, record=record, about_attempt=about_attempt)

    return NewReport(message_id=report.messageId, update=None if about_attempt else update, outcome=outcome)


def _signal_of(item: ReceivedItem, rulebook: KnownRules, channels: Channels, now: datetime) -> NewSignal:
    wanted = is_wanted(item.kind, rulebook, channels)
    return NewSignal(
        dedup_key=item.dedup_key,
        session_key=item.address,
        kind=item.kind.__name__,
        payload=item.payload,
        raw=item.raw,
        received_at=now,
        done=not wanted,
        reason="" if wanted else "No rule listens to signals of this type.",
        unrouted=rulebook.routes,
    )


def _read_by_its_channel(item: ReceivedItem, name: str, channels: Channels, now: datetime) -> ReceivedItem:
    """A report as the channel of its message reads it: reports of some channels don't name theirs."""
    channel = channels.find(name)
    if channel is None:
        return item
    try:
        own = channel.read_item(orjson.loads(item.raw), "report", now=now)
    except Exception as problem:  # whatever it is, the report is kept as it was understood first
        log.warning("intake.not_read_by_channel channel=%s reason=%s", name, type(problem).__name__)
        return item
    # The key stays as it is before the message is known, and after it is forgotten.
    return own._replace(dedup_key=item.dedup_key)


def _report_outcome(
    row: OutboxRow | None, *, new: NewSignal, record: SentRecord | None, about_attempt: bool
) -> ReportOutcome:
    """A report's signal, for the session that its message went out from, and what it shows of the message."""
    if row is None:
        if new.session_key or new.unrouted:
            return ReportOutcome(signal=new)
        reason = "The report is on no message of ours and names no recipient."
        return ReportOutcome(signal=replace(new, done=True, reason=reason))
    if about_attempt:
        own = replace(new, session_key=row.session_key, done=True, reason=ABOUT_AN_ATTEMPT)
        return ReportOutcome(signal=own, record=record)
    return ReportOutcome(signal=replace(new, session_key=row.session_key), record=record)
