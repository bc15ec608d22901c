"""Telemetry of delivery: what attempts came to, and how long messages waited until they were accepted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from infobip_rules.journal.records import OutboxRow, OutboxState, SentRecord
from infobip_rules.telemetry import HostTelemetry
from infobip_rules.telemetry.spans import SpanMaker, Value

#: What an attempt came to, by the state that it left its message in.
_OUTCOMES = {
    OutboxState.READY: "retried",
    OutboxState.ACCEPTED: "accepted",
    OutboxState.REJECTED: "rejected",
    OutboxState.UNKNOWN: "unknown",
    OutboxState.FAILED: "failed",
}


def count_outcomes(
    telemetry: HostTelemetry, rows: Sequence[OutboxRow], records: Sequence[SentRecord], now: datetime
) -> None:
    """Counts what was recorded of messages, which stood as `rows` before."""
    for row, record in zip(rows, records, strict=True):
        if record.state is OutboxState.ACCEPTED:
            telemetry.accepted(row.created_at, now)
        if _was_attempted(row):
            telemetry.attempted(_OUTCOMES[record.state])


async def make_spans(spans: SpanMaker, rows: Sequence[OutboxRow], records: Sequence[SentRecord], now: datetime) -> None:
    """Makes a span of each attempt."""
    for row, record in zip(rows, records, strict=True):
        if _was_attempted(row):
            about: dict[str, Value] = {
                "messaging.system": "infobip",
                "messaging.message.id": row.message_id,
                "infobip_rules.channel": row.channel,
                "infobip_rules.attempt": row.attempts,
            }
            began = row.sent_at or now
            await spans.attempted(row.inbox_id, about, _OUTCOMES[record.state], began=began, ended=now)


def _was_attempted(row: OutboxRow) -> bool:
    return row.state is not OutboxState.UNKNOWN  # else the logs were asked about an earlier attempt
