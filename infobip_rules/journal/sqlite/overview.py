"""What an overview shows of a journal, each at a cost that does not grow with what lies in it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select, text

from infobip_rules.journal.records import InboxRow, SessionRow
from infobip_rules.journal.sqlite.rows import inbox_row, session_row
from infobip_rules.journal.sqlite.schema import inbox, session

#: Signals that are looked through, the newest; a session that has had none among them is not shown.
LATELY = 5_000

_RECENT = text(
    """
    WITH lately AS (SELECT id, session_key FROM inbox WHERE id > (SELECT max(id) FROM inbox) - :lately),
         ranked AS (SELECT id, session_key,
                           row_number() OVER (PARTITION BY session_key ORDER BY id DESC) AS nth,
                           max(id) OVER (PARTITION BY session_key) AS last
                    FROM lately WHERE session_key <> ''),
         chosen AS (SELECT session_key FROM ranked WHERE nth = 1 ORDER BY last DESC LIMIT :sessions)
    SELECT id FROM ranked WHERE nth <= :each AND session_key IN (SELECT session_key FROM chosen)
    ORDER BY last DESC, id DESC"""
)


@dataclass(frozen=True, kw_only=True, slots=True)
class RecentSession:
    """A session in which something happened lately, and its last signals, newest first."""

    key: str
    #: None where nothing of it is stored yet.
    session: SessionRow | None
    signals: tuple[InboxRow, ...]


def recent_sessions(connection: Connection, *, sessions: int, each: int) -> list[RecentSession]:
    """Up to `sessions` sessions, that of the newest signal first, with up to `each` of their last signals."""
    values = {"lately": LATELY, "sessions": sessions, "each": each}
    ids = list(connection.execute(_RECENT, values).scalars())
    rows = {row.id: inbox_row(row) for row in connection.execute(select(inbox).where(inbox.c.id.in_(ids)))}
    signals: dict[str, list[InboxRow]] = {}
    for id_ in ids:
        signals.setdefault(rows[id_].session_key, []).append(rows[id_])
    stored = connection.execute(select(session).where(session.c.key.in_(signals)))
    states = {row.key: session_row(row) for row in stored}
    return [RecentSession(key=key, session=states.get(key), signals=tuple(own)) for key, own in signals.items()]


def dead_letters(connection: Connection, *, limit: int) -> list[InboxRow]:
    """Dead signals, newest first."""
    # A literal state, so that the index of dead signals is used.
    dead = select(inbox).where(text("inbox.state = 2")).order_by(inbox.c.id.desc()).limit(limit)
    return [inbox_row(row) for row in connection.execute(dead)]
