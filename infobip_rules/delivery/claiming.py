"""Messages leave the outbox: what is due is judged by the policies and claimed, all in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from infobip_rules.delivery.decisions import MAY_HAVE_ARRIVED, Sending, given_up, settled
from infobip_rules.delivery.policies import FLOOD_SPAN, Hold, Policy, Refuse, Traffic, judge
from infobip_rules.journal.records import OutboxRow, OutboxState, SentRecord
from infobip_rules.journal.sqlite import store
from infobip_rules.journal.sqlite.transaction import Transaction


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """Messages to send, marked as being sent; those that are held, with the reason; and what was refused."""

    rows: Sequence[OutboxRow] = ()
    held: Sequence[tuple[OutboxRow, Hold]] = ()
    refused: Sequence[tuple[OutboxRow, SentRecord]] = ()

    def __bool__(self) -> bool:
        return bool(self.rows or self.held or self.refused)


def claim(connection: Transaction, *, policies: Sequence[Policy], sending: Sending, limit: int) -> Claim:
    """Takes up to `limit` messages that are due; those that a policy objects to are held or settled at once."""
    if not policies:
        return Claim(rows=store.claim(connection, now=sending.now, limit=limit))
    rows = store.due(connection, now=sending.now, limit=limit)
    if not rows:
        return Claim()
    judged = list(judge(rows, policies, _traffic(connection, rows, sending), sending.now))
    held = [(row, objection) for row, objection in judged if isinstance(objection, Hold)]
    refused = [(row, _refusal(row, objection, sending)) for row, objection in judged if isinstance(objection, Refuse)]
    store.hold(connection, {row.message_id: (objection.until, objection.reason) for row, objection in held})
    store.record(connection, [record for _, record in refused])
    # What was held or refused is no longer due: the rest comes first now, in the same order.
    allowed = len(rows) - len(held) - len(refused)
    return Claim(rows=store.claim(connection, now=sending.now, limit=allowed), held=held, refused=refused)


def _traffic(connection: Transaction, rows: Sequence[OutboxRow], sending: Sending) -> Traffic:
    people = {row.recipient for row in rows}
    passages = store.passages(connection, people, since=sending.now - FLOOD_SPAN, now=sending.now)
    return Traffic(sending.channels, passages)


def _refusal(row: OutboxRow, refuse: Refuse, sending: Sending) -> SentRecord:
    if row.unknowns:  # what was tried before may have been taken, whatever is said now
        return given_up(row, f"{refuse.reason} {MAY_HAVE_ARRIVED}", sending)
    return settled(row, OutboxState.REJECTED, refuse.status, refuse.reason, sending)
