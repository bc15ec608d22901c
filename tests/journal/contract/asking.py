"""Short ways to ask a journal for one thing, as tests do."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from infobip_rules.journal.interface import Journal
from infobip_rules.journal.records import (
    Accepted,
    AsideItem,
    DeadLetter,
    Evaluated,
    NewSignal,
    OutboxRow,
    ReportUpdate,
    SessionWork,
)
from infobip_rules.journal.requests import Arrival, ClaimOrder, NewReport, ReportOutcome, Result, Turn
from infobip_rules.limits import OnRuleError, TraceLimits
from tests.journal.make import NOON, a_signal

#: Attempts that no test has a signal make.
MANY = 1_000


async def accept(journal: Journal, signals: Iterable[NewSignal], asides: Sequence[AsideItem] = ()) -> Accepted:
    return await journal.inbox.accept(Arrival(signals=list(signals), asides=asides))


async def pending(
    journal: Journal,
    *,
    sessions: int = 10,
    each: int = 10,
    exclude: Collection[str] = (),
    on_rule_error: OnRuleError = "go-on",
) -> list[SessionWork]:
    return await journal.sessions.take(sessions=sessions, each=each, besides=exclude, on_rule_error=on_rule_error)


async def commit(journal: Journal, evaluated: Evaluated) -> bool:
    """Commits one evaluation; whether it was written."""
    return await _commit(journal, evaluated)


async def bury(journal: Journal, dead: DeadLetter) -> bool:
    """Commits one dead letter; whether it was written."""
    return await _commit(journal, dead)


async def count_attempt(journal: Journal, signals: Sequence[int]) -> None:
    await journal.sessions.count_attempts(signals, most=MANY, reason="", now=NOON)


async def replay(journal: Journal, signal: int) -> bool:
    return any(change.changed for change in await journal.admin.replay([signal]))


async def discard(journal: Journal, signal: int) -> bool:
    return any(change.changed for change in await journal.admin.discard([signal]))


async def resend(journal: Journal, message_id: str, *, now: datetime) -> bool:
    row = await journal.history.find_message(message_id)
    return row is not None and message_id in await journal.admin.resend([row], now=now)


async def claim(journal: Journal, *, now: datetime = NOON, limit: int = 10) -> Sequence[OutboxRow]:
    return (await journal.outbox.claim(ClaimOrder(now=now, limit=limit))).rows


async def apply_report(journal: Journal, update: ReportUpdate) -> OutboxRow | None:
    """Takes a delivery report in; the message as it is decided by."""
    seen: list[OutboxRow | None] = []

    def outcome(row: OutboxRow | None) -> ReportOutcome:
        seen.append(row)
        key = f"{update.message_id} {update.group} {update.report}"
        return ReportOutcome(signal=a_signal(key, "of the report", done=True))

    report = NewReport(message_id=update.message_id, update=update, outcome=outcome)
    await journal.inbox.accept(Arrival(signals=[report]))
    return seen[-1]


async def mark_for_retry(journal: Journal, aside_id: int) -> None:
    await journal.admin.retry_asides([aside_id])


async def _commit(journal: Journal, result: Result) -> bool:
    turn = Turn(session_key=result.session_key, results=[result])
    committed = await journal.sessions.commit([turn], traces=TraceLimits())
    return result.inbox_id in committed.written[0]
