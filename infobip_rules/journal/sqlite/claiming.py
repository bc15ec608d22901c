"""Claims: messages that are due, judged by what their recipients were sent, and marked as being sent."""

from __future__ import annotations

from sqlalchemy import Connection

from infobip_rules.journal.records import OutboxRow, SentRecord
from infobip_rules.journal.requests import Claim, ClaimOrder, HeldBack
from infobip_rules.journal.sqlite.outbox import claim, record
from infobip_rules.journal.sqlite.traffic import due, hold, passages


def fill(connection: Connection, order: ClaimOrder) -> Claim:
    """Claims what is ordered; messages that are objected to are held back or settled at once."""
    if order.judge is None:
        return Claim(rows=claim(connection, now=order.now, limit=order.limit))
    rows = due(connection, now=order.now, limit=order.limit)
    if not rows:
        return Claim()
    lately = passages(connection, {row.recipient for row in rows}, since=order.now - order.span, now=order.now)
    held: list[tuple[OutboxRow, HeldBack]] = []
    refused: list[tuple[OutboxRow, SentRecord]] = []
    for row, judgement in zip(rows, order.judge(rows, lately), strict=True):
        if isinstance(judgement, HeldBack):
            held.append((row, judgement))
        elif judgement is not None:
            refused.append((row, judgement))
    hold(connection, {row.message_id: (held_back.until, held_back.reason) for row, held_back in held})
    record(connection, [settled for _, settled in refused])
    # What was held or refused is no longer due: the rest comes first now, in the same order.
    allowed = len(rows) - len(held) - len(refused)
    return Claim(rows=claim(connection, now=order.now, limit=allowed), held=held, refused=refused)
