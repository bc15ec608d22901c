"""Retention: how long the journal keeps what is done, and what it forgets."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from infobip_rules.journal.moments import from_micros, to_micros
from infobip_rules.journal.records import SHORTEST_RETENTION

_PRUNED = (
    "DELETE FROM inbox WHERE id IN (SELECT id FROM inbox WHERE state = 1 AND received_at < ? LIMIT ?)",
    """DELETE FROM outbox WHERE seq IN (
        SELECT seq FROM outbox WHERE (state = 2 OR state = 3 OR state = 5) AND created_at < ? LIMIT ?)""",
    """DELETE FROM aside WHERE id IN (
        SELECT id FROM aside WHERE received_at < ? AND id NOT IN (SELECT aside_id FROM retry) LIMIT ?)""",
)


# Both through the index of what is done, which a literal state has SQLite use.
_LAST_BEFORE = "SELECT max(received_at) FROM inbox WHERE state = 1 AND received_at < ?"
_FIRST_SINCE = "SELECT min(received_at) FROM inbox WHERE state = 1 AND received_at >= ?"


def silence_ended(connection: Connection, *, now: datetime, longest: timedelta) -> datetime | None:
    """When a silence of over `longest` ended, if that was within `SHORTEST_RETENTION`: `now`, if it still lasts.

    None if there was none. By what came in alone, a silence can't be distinguished from a clock that was set ahead.
    """
    since = to_micros(now - SHORTEST_RETENTION)
    last = connection.exec_driver_sql(_LAST_BEFORE, (since,)).scalar()
    first = connection.exec_driver_sql(_FIRST_SINCE, (since,)).scalar()
    if last is None:
        return None
    ended = now if first is None else min(from_micros(first), now)
    return ended if ended - from_micros(last) > longest else None


def prune(connection: Connection, before: datetime, *, now: datetime, limit: int = 1000) -> int:
    """Forgets what was settled and came before `before`: signals done, messages finished, unreadable items.

    Returns how many rows went, at most `limit` of each table, so that other operations get their turn: repeat until it
    is 0. Pending and dead signals, unfinished messages and sessions stay, and so does whatever is younger than
    `SHORTEST_RETENTION`, however `before` lies.
    """
    cutoff = to_micros(min(before, now - SHORTEST_RETENTION))
    return sum(connection.exec_driver_sql(statement, (cutoff, limit)).rowcount for statement in _PRUNED)
