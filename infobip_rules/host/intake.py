"""The intake: what a webhook brought becomes signals in the inbox, each for the session of its person, before it is answered.

If rules have a route of their own, it says later which session that is: it is run where rules are, with their limits.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial

import orjson

from infobip_rules.clock import Clock
from infobip_rules.delivery.decisions import after_report
from infobip_rules.errors import InfobipRulesError, JournalBusyError, JournalRefusalError
from infobip_rules.evaluators.outline import KnownRules
from infobip_rules.infobip.inbound import BadItem, InboundBatch, ReceivedItem
from infobip_rules.infobip.items import message_id_of
from infobip_rules.infobip.statuses import Verdict, group_of, verdict
from infobip_rules.journal.interface import Journal
from infobip_rules.journal.records import UNDECIDED, Accepted, AsideItem, NewSignal, OutboxRow, ReportUpdate
from infobip_rules.journal.requests import Arrival, NewReport, ReportOutcome
from infobip_rules.receiver import Receipt
from infobip_rules.signals import (
    InfobipSmsReceivedMessage,
    InfobipSmsReceivedReport,
    InfobipSmsSentMessage,
    ReportStatus,
    Signal,
)

log = logging.getLogger("infobip_rules.intake")

#: Batches that may wait to be written; beyond it a webhook is asked to come again.
MOST_WAITING = 2_000

#: Why a report on a messageId that was refused as used (id 23) is no signal.
ABOUT_AN_ATTEMPT = "The report is on a repeated attempt, which Infobip refused as it had the message already."


def is_wanted(kind: type[Signal], rulebook: KnownRules) -> bool:
    """Whether a signal of this type is evaluated: a received message always, for it opens the session."""
    return kind is InfobipSmsReceivedMessage or rulebook.listens_to(kind) or rulebook.standing


class Intake:
    """Takes batches in; `arrived` is called when there are new signals to evaluate."""

    def __init__(self, *, journal: Journal, rulebook: KnownRules, clock: Clock, arrived: Callable[[], None]) -> None:
        self.journal = journal
        self.rulebook = rulebook
        self.clock = clock
        self._arrived = arrived
        #: Batches that wait to be on disk.
        self._waiting = 0

    async def take_in(self, batch: InboundBatch) -> Receipt:
        """Keep a batch: done when it is on disk. Raises JournalError if it could not be kept, JournalBusyError at once if too
        many are waiting."""
        if self._waiting >= MOST_WAITING:
            raise JournalBusyError(f"{MOST_WAITING} webhooks are waiting to be written.", "Try again shortly.")
        self._waiting += 1
        try:
            kept, accepted = await self._keep(batch)
        finally:
            self._waiting -= 1
        if accepted.new:
            self._arrived()
        return Receipt(new=accepted.new, duplicates=accepted.duplicates, set_aside=len(kept.bad))

    async def _keep(self, batch: InboundBatch) -> tuple[InboundBatch, Accepted]:
        """Keep a batch; what was kept of it, and what became of that.

        An item that the journal refuses is kept aside, as it would be posted again and again.
        """
        try:
            return batch, await self.journal.inbox.accept(arrival_of(batch, self.rulebook, self.clock.now()))
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


def arrival_of(batch: InboundBatch, rulebook: KnownRules, now: datetime) -> Arrival:
    """What the journal is to take in of a batch: signals once each, reports also beside their message, bad items aside."""
    asides = [
        AsideItem(path=batch.path, item=bad.item, field_name=bad.field, reason=bad.reason, received_at=now)
        for bad in batch.bad
    ]
    return Arrival(signals=[_new_signal(item, rulebook, now) for item in batch.items], asides=asides)


def _is_refusal(problem: Exception) -> bool:
    """Whether trying again is of no use; a full disk or a locked file is not the fault of what was to be written."""
    return isinstance(problem, JournalRefusalError) or not isinstance(problem, InfobipRulesError | OSError)


def _not_stored(item: ReceivedItem, problem: Exception) -> BadItem:
    # Not the error's own words, which may quote the item.
    reason = f"could not be stored ({type(problem).__name__})"
    return BadItem(item=item.raw, field="", reason=reason, message_id=message_id_of(orjson.loads(item.raw)))


def _new_signal(item: ReceivedItem, rulebook: KnownRules, now: datetime) -> NewSignal | NewReport:
    kind = item.kind
    wanted = is_wanted(kind, rulebook)
    new = NewSignal(
        dedup_key=item.dedup_key,
        session_key=item.address,
        kind=kind.__name__,
        payload=item.payload,
        raw=item.raw,
        received_at=now,
        done=not wanted,
        reason="" if wanted else "No rule listens to signals of this type.",
        unrouted=rulebook.routes,
    )
    if kind is not InfobipSmsReceivedReport:
        return new
    report = InfobipSmsReceivedReport.model_validate_json(item.payload)
    # It says that an earlier attempt was accepted, and nothing of what became of the message.
    about_attempt = verdict(report.status) is Verdict.TAKEN_EARLIER
    update = ReportUpdate(message_id=report.messageId, group=group_of(report.status), report=new.raw)
    return NewReport(
        message_id=report.messageId,
        update=None if about_attempt else update,
        outcome=partial(
            _report_outcome,
            new=new,
            status=report.status,
            about_attempt=about_attempt,
            wants_sent_signals=is_wanted(InfobipSmsSentMessage, rulebook),
        ),
    )


def _report_outcome(
    row: OutboxRow | None, *, new: NewSignal, status: ReportStatus, about_attempt: bool, wants_sent_signals: bool
) -> ReportOutcome:
    """A report's signal, for the session that its message went out from, and what it shows of the message."""
    if row is None:
        if new.session_key or new.unrouted:
            return ReportOutcome(signal=new)
        reason = "The report is on no message of ours and names no recipient."
        return ReportOutcome(signal=replace(new, done=True, reason=reason))
    record = None
    if row.state in UNDECIDED:
        record = after_report(row, status, now=new.received_at, wants_sent_signals=wants_sent_signals)
    if about_attempt:
        own = replace(new, session_key=row.session_key, done=True, reason=ABOUT_AN_ATTEMPT)
        return ReportOutcome(signal=own, record=record)
    return ReportOutcome(signal=replace(new, session_key=row.session_key), record=record)
