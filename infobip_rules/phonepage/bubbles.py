"""Bubbles: messages as a phone shows them, made from rows of the journal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ValidationError

from infobip_rules.channels.interface import Channel, ContentError, Cost
from infobip_rules.channels.registry import Channels
from infobip_rules.infobip.statuses import Group, explain
from infobip_rules.journal.records import InboxRow, InboxState, OutboxRow, OutboxState
from infobip_rules.signals import ReportError, ReportStatus


@dataclass(frozen=True, kw_only=True, slots=True)
class Tick:
    """The mark of how far a sent message has come."""

    #: Its name in the style sheet.
    name: str
    #: In words, for everybody.
    label: str
    #: Why it failed, or what it waits for; may be empty.
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Bubble:
    """One message on one phone."""

    #: An id for the page, of letters, digits and hyphens.
    id: str
    #: Bubbles of a phone stand in the order of this text.
    order: str
    #: The phone's number.
    number: str
    text: str
    at: datetime
    cost: Cost
    #: The signal whose trace explains it; 0 for none.
    signal: int
    #: Of a received message: its outcome, if there is something to say.
    note: str = ""
    alarming: bool = False
    #: Of a sent message.
    message_id: str = ""
    rule: str = ""
    tick: Tick | None = None


_DELIVERY = {
    Group.DELIVERED: Tick(name="delivered", label="Delivered"),
    Group.UNDELIVERABLE: Tick(name="undeliverable", label="Undeliverable"),
    Group.EXPIRED: Tick(name="expired", label="Expired"),
    Group.REJECTED: Tick(name="rejected", label="Rejected"),
}


class _StoredReport(BaseModel):
    status: ReportStatus = ReportStatus()
    error: ReportError | None = None


def bubble_of_received(row: InboxRow, channel: Channel) -> Bubble | None:
    """The bubble of a message received by a channel; None for a signal that can't be read as a message any more."""
    try:
        message: Any = channel.received.model_validate_json(row.payload)
    except ValidationError:
        return None
    text, note = channel.show_received(message).text, _note(row)
    return Bubble(
        id=f"in-{row.id}",
        order=_order(row.received_at, 0, row.id),
        number=message.from_,
        text=text,
        at=row.received_at,
        cost=channel.cost_of_text(text),
        signal=row.id,
        note=note,
        alarming=row.state is InboxState.DEAD,
    )


def bubble_of_sent(row: OutboxRow, channels: Channels, place: int, shown_text: Callable[[str], str | None]) -> Bubble:
    """The bubble of a message that a rule sent.

    `place` orders those of one moment; `shown_text` gives the text as it reached the phone.
    """
    text = shown_text(row.message_id)
    return Bubble(
        id=f"out-{_safe(row.message_id)}",
        order=_order(row.created_at, 1, place),
        number=row.recipient,
        text=channels.show(row.channel, row.content).text if text is None else text,
        at=row.created_at,
        cost=_cost(row, channels),
        signal=row.inbox_id,
        message_id=row.message_id,
        rule=row.rule,
        tick=tick_of(row),
    )


def _cost(row: OutboxRow, channels: Channels) -> Cost:
    channel = channels.find(row.channel)
    try:
        return channel.cost(row.content) if channel is not None else Cost(1)
    except ContentError:
        return Cost(1)


def tick_of(row: OutboxRow) -> Tick:
    """The tick of a sent message: by its delivery report, else by the result of sending it."""
    reported = _DELIVERY.get(Group(row.delivery_group)) if row.delivery_group in set(Group) else None
    if reported is not None:
        return _because(reported, _why_reported(row))
    if row.state is OutboxState.ACCEPTED:
        sent = Tick(name="sent", label="Sent, not yet reported")
        return _because(sent, _why_reported(row)) if row.delivery_group else sent
    if row.state is OutboxState.REJECTED:
        return _because(_DELIVERY[Group.REJECTED], _why_answered(row))
    if row.state is OutboxState.FAILED:
        return Tick(name="rejected", label="Given up", reason=row.reason)
    if row.state is OutboxState.UNKNOWN:
        return Tick(name="pending", label="Unknown whether it was sent; the logs will be asked", reason=row.reason)
    tries = f"Tried {row.attempts} time{'s' if row.attempts > 1 else ''}. " if row.attempts and row.reason else ""
    return Tick(name="pending", label="Pending", reason=f"{tries}{row.reason}")


def _because(tick: Tick, reason: str) -> Tick:
    return Tick(name=tick.name, label=tick.label, reason=reason)


def _why_reported(row: OutboxRow) -> str:
    try:
        report = _StoredReport.model_validate_json(row.report or "{}")
    except ValidationError:
        return row.delivery_group
    return explain(report.status, report.error)


def _why_answered(row: OutboxRow) -> str:
    try:
        return explain(ReportStatus.model_validate_json(row.status or "{}"))
    except ValidationError:
        return row.reason


def _note(row: InboxRow) -> str:
    if row.state is InboxState.PENDING:
        return "Waiting for its turn"
    if row.state is InboxState.DEAD:
        return f"Dead letter: {row.reason}"
    return "" if row.fired else "No rule matched"


def _order(at: datetime, side: int, place: int) -> str:
    # At the same moment, a received message stands before its answer.
    return f"{at:%Y%m%d%H%M%S%f}-{side}-{place:012d}"


def _safe(message_id: str) -> str:
    return message_id if message_id.replace("-", "").isalnum() and message_id.isascii() else message_id.encode().hex()
