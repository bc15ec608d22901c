"""Signals whose evaluation ends the host: tried again at its next starts, and given up after some."""

from __future__ import annotations

import logging

from infobip_rules.clock import Clock
from infobip_rules.errors import EvaluationError
from infobip_rules.infobip.phone import mask
from infobip_rules.journal.interface import EvaluationMark, Journal

log = logging.getLogger("infobip_rules.host")

#: Processes that one signal may end: the start after the last of them makes it a dead letter.
MOST_ATTEMPTS = 3


async def count_fatal_attempts(
    journal: Journal, mark: EvaluationMark, clock: Clock, *, most: int = MOST_ATTEMPTS
) -> None:
    """Counts the attempts that were under way when the host before this one ended; the last of `most` becomes a dead letter."""
    left = mark.left
    mark.forget()
    if not left:
        return
    rows = await journal.sessions.count_attempts(left, most=most, reason=_reason(most), now=clock.now())
    for row in rows:
        log.error(
            "host.ended_by_signal signal=%d session=%s attempts=%d given_up=%s",
            *(row.id, mask(row.session_key), row.attempts, row.attempts >= most),
        )


def _reason(most: int) -> str:
    return str(
        EvaluationError(
            f"The host ended during the evaluation, {most} times.",
            "A rule leaves the process or crashes it. Fix it, or let rules be evaluated in worker processes; with the plugin "
            "for durable-rules, let no body take longer than a stop waits. Then run `infobip-rules replay ID`.",
        )
    )
