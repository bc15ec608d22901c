"""The way in: what a webhook brought becomes signals in the inbox, each for the session it belongs to, before it is answered."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from infobip_rules.engine.rulebook import Rulebook
from infobip_rules.infobip.inbound import InboundBatch, ReceivedItem
from infobip_rules.infobip.phone import mask
from infobip_rules.infobip.statuses import group_of
from infobip_rules.journal import store
from infobip_rules.journal.records import (
    Accepted,
    AsideItem,
    NewSignal,
    OutboxRow,
    OutboxState,
    ReportUpdate,
    SentRecord,
)
from infobip_rules.signals import InfobipSmsReceivedMessage, InfobipSmsReceivedReport, Signal

log = logging.getLogger("infobip_rules.intake")

#: A report on a message in one of these shows that Infobip took it, whatever became of the answer.
_UNDECIDED = (OutboxState.READY, OutboxState.SENDING, OutboxState.UNKNOWN)


def session_of(signal: Signal, rulebook: Rulebook) -> str:
    """The key of the session that a signal belongs to: what the rules' own `route` says, else the person's number."""
    if rulebook.route is not None:
        try:
            key = rulebook.route(signal)
        except Exception:
            # The message must not be lost for it: it goes where it would go without a route.
            log.exception("intake.route_failed signal=%s", type(signal).__name__)
            key = None
        if key:
            return str(key)
    if isinstance(signal, InfobipSmsReceivedMessage):
        return signal.from_
    return str(getattr(signal, "to", "") or "")


def is_wanted(kind: type[Signal], rulebook: Rulebook) -> bool:
    """Whether a signal of this type is evaluated: a received message always, for it opens the session."""
    return kind is InfobipSmsReceivedMessage or rulebook.listens_to(kind) or bool(rulebook.alphas.standing)


def take_in(connection: Connection, batch: InboundBatch, *, rulebook: Rulebook, now: datetime) -> Accepted:
    """Writes a whole batch: signals once each, reports also beside their message, bad items aside."""
    signals = [_new_signal(connection, item, rulebook, now) for item in batch.items]
    asides = [
        AsideItem(path=batch.path, item=bad.item, field_name=bad.field, reason=bad.reason, received_at=now)
        for bad in batch.bad
    ]
    return store.accept(connection, signals, asides)


def tell(batch: InboundBatch, accepted: Accepted, rulebook: Rulebook) -> None:
    """Logs what came in, without texts or whole numbers."""
    if accepted.new:
        senders = [mask(session_of(item.signal, rulebook)) for item in batch.items[:3]]
        log.info("intake.accepted new=%d sessions=%s", accepted.new, ",".join(senders))
    if accepted.duplicates:
        log.debug("intake.duplicates count=%d", accepted.duplicates)


def _new_signal(connection: Connection, item: ReceivedItem, rulebook: Rulebook, now: datetime) -> NewSignal:
    signal = item.signal
    kind = type(signal)
    wanted = is_wanted(kind, rulebook)
    new = NewSignal(
        dedup_key=item.dedup_key,
        session_key=session_of(signal, rulebook),
        kind=kind.__name__,
        payload=signal.model_dump_json(by_alias=True),
        raw=item.raw,
        received_at=now,
        done=not wanted,
        reason="" if wanted else "No rule listens to signals of this type.",
    )
    if isinstance(signal, InfobipSmsReceivedReport):
        return _joined_with_message(connection, signal, new, rulebook, now)
    return new


def _joined_with_message(
    connection: Connection, report: InfobipSmsReceivedReport, new: NewSignal, rulebook: Rulebook, now: datetime
) -> NewSignal:
    """Keeps a report beside its message, and gives it to the session that the message went out from."""
    update = ReportUpdate(message_id=report.messageId, group=group_of(report.status), report=new.raw)
    row = store.apply_report(connection, update)
    if row is None:
        if not new.session_key:
            return replace(new, done=True, reason="The report is on no message of ours and names no recipient.")
        return new
    if row.state in _UNDECIDED:
        store.record(connection, [_taken(row, report, now)])
    routed = new.session_key if rulebook.route is not None and new.session_key != report.to else row.session_key
    return replace(new, session_key=routed)


def _taken(row: OutboxRow, report: InfobipSmsReceivedReport, now: datetime) -> SentRecord:
    return SentRecord(
        message_id=row.message_id,
        state=OutboxState.ACCEPTED,
        status=report.status.model_dump_json(exclude_none=True),
        reason="Shown by its delivery report.",
        due_at=now,
    )
