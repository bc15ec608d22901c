"""Due timers: made signals in the inbox by one transaction, so that each rings once, whenever a process dies."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, func, select

from infobip_rules.journal.moments import to_micros
from infobip_rules.journal.records import NewSignal, TimerRow
from infobip_rules.journal.sqlite.driver import driver
from infobip_rules.journal.sqlite.inbox import accept
from infobip_rules.journal.sqlite.rows import timer_row
from infobip_rules.journal.sqlite.schema import inbox

# By their moments; those of one moment in the order in which they were set.
_DUE = """
    SELECT session_key, name, due_at, kind, payload, every FROM timer
    WHERE due_at <= ? ORDER BY due_at, rowid LIMIT ?"""

# The key as a value of its own: SQLite cuts what it takes out of JSON at a NUL.
_STILL_PENDING = "SELECT 1 FROM inbox WHERE state = 0 AND session_key = ? AND kind = ? LIMIT 1"

_END = "DELETE FROM timer WHERE session_key = ? AND name = ?"
_MOVE = "UPDATE timer SET due_at = ? WHERE session_key = ? AND name = ?"

# A signal every few seconds that no rule had an answer to would soon be all that the journal holds.
_FORGET = "DELETE FROM inbox WHERE dedup_key = ? AND state = 1 AND fired = '[]'"

# Nor is each one kept that a rule fails for again and again: of those in a row the last says as much.
_FORGET_REPEATED = """
    DELETE FROM inbox WHERE dedup_key = ? AND state = 2
    AND EXISTS (SELECT 1 FROM inbox AS later WHERE later.dedup_key = ? AND later.state = 2)"""


def ring(connection: Connection, *, now: datetime, limit: int, ended: Collection[str] = ()) -> int:
    """Makes signals of up to `limit` timers that are due, in the order of their moments; returns how many there were.

    Each becomes a pending signal of its session, taken in at `now`, and is gone. A recurring one is moved on, to the
    next of its moments that lies ahead: however many were missed, there is one signal, and none while the one before is
    still pending. What came before it is forgotten if no rule answered, and of dead letters in a row all but the
    last. Recurring timers of the kinds in `ended` go without a signal.
    """
    due = [timer_row(row) for row in connection.exec_driver_sql(_DUE, (to_micros(now), limit))]
    if not due:
        return 0
    recurring = [timer for timer in due if timer.every is not None and timer.kind not in ended]
    gone = [timer for timer in due if timer.every is None or timer.kind in ended]
    pending = _still_pending(connection, recurring)
    signalled = [
        timer
        for timer in due
        if timer.every is None or (timer.kind not in ended and (timer.session_key, timer.kind) not in pending)
    ]
    accept(connection, _signals(connection, signalled, now))
    _end(connection, gone)
    _move_on(connection, recurring, now)
    return len(due)


def _still_pending(connection: Connection, timers: Iterable[TimerRow]) -> set[tuple[str, str]]:
    """Session and kind of those whose last signal is not evaluated yet."""
    asked = {(timer.session_key, timer.kind) for timer in timers}
    return {key for key in asked if driver(connection).execute(_STILL_PENDING, key).fetchone() is not None}


def _signals(connection: Connection, timers: Sequence[TimerRow], now: datetime) -> list[NewSignal]:
    signals = [_signal(timer, now) for timer in timers]
    keys = [signal.dedup_key for signal in signals]
    taken = set(connection.execute(select(inbox.c.dedup_key).where(inbox.c.dedup_key.in_(keys))).scalars())
    if not taken:
        return signals
    # A timer that was set again for a moment at which it rang already is another one, and rings again.
    last = connection.execute(select(func.max(inbox.c.id))).scalar_one()
    return [
        replace(signal, dedup_key=f"{signal.dedup_key}:{last}") if signal.dedup_key in taken else signal
        for signal in signals
    ]


def _signal(timer: TimerRow, now: datetime) -> NewSignal:
    payload = timer.payload
    if timer.every is not None:
        payload = json.dumps({**json.loads(payload), "timestamp": timer.due_at.isoformat()})
    return NewSignal(
        dedup_key=_dedup_key(timer, timer.due_at),
        session_key=timer.session_key,
        kind=timer.kind,
        payload=payload,
        raw=payload,
        received_at=now,
    )


def _dedup_key(timer: TimerRow, due_at: datetime) -> str:
    # JSON: a name with a colon in it must not make two timers look like one.
    return f"timer:{json.dumps([timer.session_key, timer.name, to_micros(due_at)])}"


def _end(connection: Connection, timers: Iterable[TimerRow]) -> None:
    if rows := [(timer.session_key, timer.name) for timer in timers]:
        connection.exec_driver_sql(_END, rows)


def _move_on(connection: Connection, timers: Iterable[TimerRow], now: datetime) -> None:
    moved, before, repeated = [], [], []
    for timer in timers:
        assert timer.every is not None  # noqa: S101 - tells the type checker what ring selected
        ahead = timer.due_at + ((now - timer.due_at) // timer.every + 1) * timer.every
        last, last_but_one = (_dedup_key(timer, timer.due_at - rounds * timer.every) for rounds in (1, 2))
        moved.append((to_micros(ahead), timer.session_key, timer.name))
        before.append((last,))
        repeated.append((last_but_one, last))
    if moved:
        connection.exec_driver_sql(_MOVE, moved)
        connection.exec_driver_sql(_FORGET, before)
        connection.exec_driver_sql(_FORGET_REPEATED, repeated)
