"""Turns: what sessions' signals came to, committed with the messages that are claimed for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from infobip_rules.journal.records import DeadLetter, Evaluated, InboxRow, InboxState, KeptTrace
from infobip_rules.journal.requests import Claim, ClaimOrder, CommitResult, Result, Turn
from infobip_rules.journal.sqlite.claiming import fill
from infobip_rules.journal.sqlite.inbox import bury, commit, count_attempt, move
from infobip_rules.journal.sqlite.listings import find_signal
from infobip_rules.journal.sqlite.traces import keep_traces
from infobip_rules.limits import TraceLimits


def commit_turns(
    connection: Connection, turns: Sequence[Turn], *, traces: TraceLimits, claim: ClaimOrder | None = None
) -> CommitResult:
    """Writes turns, and claims messages that are due if they bring any."""
    written, lost = [], []
    for turn in turns:
        done, lost_at = _commit_turn(connection, turn)
        written.append(done)
        if lost_at is not None:
            lost.append(lost_at)
    results = [
        result for turn, done in zip(turns, written, strict=True) for result in turn.results if result.inbox_id in done
    ]
    keep_traces(connection, [kept for result in results if (kept := _trace(result)) is not None], traces)
    claimed = Claim()
    if claim is not None and any(isinstance(result, Evaluated) and result.messages for result in results):
        claimed = fill(connection, claim)
    return CommitResult(written=written, lost=lost, claim=claimed)


def count_attempts(
    connection: Connection, signals: Sequence[int], *, most: int, reason: str, now: datetime
) -> list[InboxRow]:
    """Counts an attempt of each signal, and buries those that have had `most`; the pending ones, as they were then."""
    count_attempt(connection, signals)
    found = [find_signal(connection, signal) for signal in signals]
    rows = [row for row in found if row is not None and row.state is InboxState.PENDING]
    for row in rows:
        if row.attempts >= most:
            bury(connection, DeadLetter(session_key=row.session_key, inbox_id=row.id, reason=reason, at=now))
    return rows


def _commit_turn(connection: Connection, turn: Turn) -> tuple[frozenset[int], int | None]:
    """The signals of which something was written, and the one at which the session turned out to be another by now."""
    done: set[int] = set()
    for result in turn.results:
        if isinstance(result, Evaluated):
            if not commit(connection, result):
                return frozenset(done), result.inbox_id
        elif isinstance(result, DeadLetter):
            if not bury(connection, result):
                continue
        elif not move(connection, result.inbox_id, result.session_key, into=result.into):
            continue
        done.add(result.inbox_id)
    return frozenset(done), None


def _trace(result: Result) -> KeptTrace | None:
    if isinstance(result, (Evaluated, DeadLetter)) and result.trace is not None:
        return KeptTrace(inbox_id=result.inbox_id, session_key=result.session_key, at=result.at, document=result.trace)
    return None
