"""Timers as the journal keeps them: changed by the transaction that keeps an evaluation's other effects."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from infobip_rules.journal.moments import from_micros_or_none, to_micros, to_micros_or_none
from infobip_rules.journal.records import TimerRow
from infobip_rules.journal.sqlite.rows import timer_row
from infobip_rules.journal.sqlite.schema import timer
from infobip_rules.timers import RecurringTimer, TimerChange

_CANCEL = "DELETE FROM timer WHERE session_key = ? AND name = ?"

# Not an upsert: the new row is the last one, as the order of rows is that of timers due at one moment.
_SET = "INSERT OR REPLACE INTO timer (session_key, name, due_at, kind, payload) VALUES (?, ?, ?, ?, ?)"

# One that is there goes on as it is, unless its pace is another by now.
_KEEP = """
    INSERT INTO timer (session_key, name, due_at, kind, payload, every) VALUES (?, ?, ?, ?, '{}', ?)
    ON CONFLICT (session_key, name) DO UPDATE SET due_at = excluded.due_at, every = excluded.every
    WHERE every IS NOT excluded.every"""


def change_timers(connection: Connection, session_key: str, changes: Sequence[TimerChange]) -> None:
    """Sets and cancels timers of a session, in this order; cancelling one that is not there does nothing."""
    for change in changes:
        if change.due_at is None:
            connection.exec_driver_sql(_CANCEL, (session_key, change.name))
        else:
            due_at = to_micros(change.due_at)
            connection.exec_driver_sql(_SET, (session_key, change.name, due_at, change.kind, change.payload))


def keep_ringing(connection: Connection, session_key: str, recurring: RecurringTimer, *, since: datetime) -> None:
    """Gives a session a recurring timer unless it has it; its first moment is a round after `since`."""
    due_at, every = to_micros(since + recurring.every), recurring.every // timedelta(microseconds=1)
    connection.exec_driver_sql(_KEEP, (session_key, recurring.name, due_at, recurring.kind, every))


def next_due(connection: Connection) -> datetime | None:
    """When the next timer is due, be it in the past; None if there is no timer."""
    return from_micros_or_none(connection.execute(select(func.min(timer.c.due_at))).scalar())


def list_timers(
    connection: Connection, *, session_key: str | None = None, before: datetime | None = None, limit: int = 100
) -> list[TimerRow]:
    """Timers, the next one first, of one session or due by `before` if asked."""
    rows = select(timer).order_by(timer.c.due_at, timer.c.session_key, timer.c.name).limit(limit)
    if session_key is not None:
        rows = rows.where(timer.c.session_key == session_key)
    if (last := to_micros_or_none(before)) is not None:
        rows = rows.where(timer.c.due_at <= last)
    return [timer_row(row) for row in connection.execute(rows)]
