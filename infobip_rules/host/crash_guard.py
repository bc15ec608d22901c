"""Signals whose evaluation ends the host: tried again at its next starts, and given up after some."""

from __future__ import annotations

import logging
from datetime import datetime

from infobip_rules.clock import Clock
from infobip_rules.errors import EvaluationError
from infobip_rules.infobip.phone import mask
from infobip_rules.journal.records import DeadLetter, InboxRow, InboxState
from infobip_rules.journal.sqlite import store
from infobip_rules.journal.sqlite.journal import Journal
from infobip_rules.journal.sqlite.mark import EvaluationMark
from infobip_rules.journal.sqlite.transaction import Transaction

log = logging.getLogger("infobip_rules.host")

#: Processes that one signal may end: the start after the last of them makes it a dead letter.
MOST_ATTEMPTS = 3


async def count_fatal_attempts(journal: Journal, mark: EvaluationMark, clock: Clock) -> None:
    """Counts the attempts that were under way when the host before this one ended; the last becomes a dead letter."""
    left, now = mark.left, clock.now()
    mark.forget()
    rows = await journal.run(lambda connection: [_count(connection, signal, now) for signal in left]) if left else []
    for row in filter(None, rows):
        log.error(
            "host.ended_by_signal signal=%d session=%s attempts=%d given_up=%s",
            *(row.id, mask(row.session_key), row.attempts, _is_over(row)),
        )


def _count(connection: Transaction, signal: int, now: datetime) -> InboxRow | None:
    store.count_attempt(connection, [signal])
    row = store.find_signal(connection, signal)
    if row is None or row.state is not InboxState.PENDING:
        return None
    if _is_over(row):
        store.bury(connection, DeadLetter(session_key=row.session_key, inbox_id=row.id, reason=_reason(), at=now))
    return row


def _is_over(row: InboxRow) -> bool:
    return row.attempts >= MOST_ATTEMPTS


def _reason() -> str:
    return str(
        EvaluationError(
            f"The host ended during the evaluation, {MOST_ATTEMPTS} times.",
            "A rule leaves the process or crashes it. Mend it, or let rules be evaluated in worker processes; then run "
            "`infobip-rules replay ID`.",
        )
    )
