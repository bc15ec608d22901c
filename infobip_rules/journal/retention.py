"""How long the journal keeps what is done."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from infobip_rules.journal.moments import from_micros, to_micros

#: How long signals are kept unless somebody wants it otherwise.
RETENTION = timedelta(days=7)

#: Infobip repeats a webhook for 41 h 30 min; a signal that was forgotten sooner would be taken for a new one.
SHORTEST_RETENTION = timedelta(hours=49)

_PRUNED = (
    "DELETE FROM inbox WHERE id IN (SELECT id FROM inbox WHERE state = 1 AND received_at < ? LIMIT ?)",
    """DELETE FROM outbox WHERE seq IN (
        SELECT seq FROM outbox WHERE (state = 2 OR state = 3 OR state = 5) AND created_at < ? LIMIT ?)""",
    "DELETE FROM aside WHERE id IN (SELECT id FROM aside WHERE received_at < ? LIMIT ?)",
)


def newest_arrival(connection: Connection) -> datetime | None:
    """When the last signal came in, by the clock of then; None if none is kept."""
    at = connection.exec_driver_sql("SELECT received_at FROM inbox ORDER BY id DESC LIMIT 1").scalar()
    return None if at is None else from_micros(at)


def prune(connection: Connection, before: datetime, *, now: datetime, limit: int = 1000) -> int:
    """Forget what was settled and came before `before`: signals done, messages finished, unreadable items.

    Returns how many rows went, at most `limit` of each table, so that other operations get their turn: repeat until it
    is 0. Pending and dead signals, unfinished messages and sessions stay, and so does whatever is younger than
    `SHORTEST_RETENTION`, however `before` lies.
    """
    cutoff = to_micros(min(before, now - SHORTEST_RETENTION))
    return sum(connection.exec_driver_sql(statement, (cutoff, limit)).rowcount for statement in _PRUNED)
