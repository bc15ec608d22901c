"""Claims of messages that are due: judged by the policies inside the commit that claims them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from infobip_rules.delivery.decisions import MAY_HAVE_ARRIVED, Sending, decided, given_up
from infobip_rules.delivery.policies import FLOOD_SPAN, Hold, Objection, Policy, Refuse, Traffic, judge
from infobip_rules.journal.records import OutboxRow, OutboxState, Passage, SentRecord
from infobip_rules.journal.requests import Claim, ClaimOrder, HeldBack, Judgement


@dataclass(kw_only=True, slots=True)
class ClaimTicket:
    """What a commit that brings messages is to claim of them, if anything, and what it has claimed."""

    order: ClaimOrder | None = None
    claim: Claim = field(default_factory=Claim)


def order_of(*, policies: Sequence[Policy], sending: Sending, limit: int) -> ClaimOrder:
    """The claim of up to `limit` messages that are due; those that a policy objects to are held or rejected at once."""

    def judge_all(rows: Sequence[OutboxRow], passages: Sequence[Passage]) -> list[Judgement]:
        judged = judge(rows, policies, Traffic(sending.channels, passages), sending.now)
        return [_judgement(row, objection, sending) for row, objection in judged]

    return ClaimOrder(now=sending.now, limit=limit, judge=judge_all if policies else None, span=FLOOD_SPAN)


def _judgement(row: OutboxRow, objection: Objection | None, sending: Sending) -> Judgement:
    if isinstance(objection, Hold):
        return HeldBack(until=objection.until, reason=objection.reason)
    return None if objection is None else _refusal(row, objection, sending)


def _refusal(row: OutboxRow, refuse: Refuse, sending: Sending) -> SentRecord:
    if row.unknowns:  # what was tried before may have been taken, whatever is said now
        return given_up(row, f"{refuse.reason} {MAY_HAVE_ARRIVED}", sending)
    return decided(row, OutboxState.REJECTED, refuse.status, refuse.reason, sending)
