"""The overview of a journal, each part at a cost that does not grow with what lies in it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select, text

from infobip_rules.journal.records import InboxRow
from infobip_rules.journal.sqlite.listings import depth
from infobip_rules.journal.sqlite.rows import inbox_row, session_row
from infobip_rules.journal.sqlite.schema import inbox, session
from infobip_rules.journal.sqlite.tallies import tallies, totals
from infobip_rules.journal.views import Dashboard, SessionView

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


def dashboard(connection: Connection, *, since: datetime, sessions: int, signals: int, dead: int) -> Dashboard:
    """What the overview shows."""
    return Dashboard(
        depth=depth(connection),
        tallies=tuple(tallies(connection, since=since)),
        totals=tuple(totals(connection)),
        recent=tuple(recent_sessions(connection, sessions=sessions, each=signals)),
        dead=tuple(dead_letters(connection, limit=dead)),
    )


def recent_sessions(connection: Connection, *, sessions: int, each: int) -> list[SessionView]:
    """Up to `sessions` sessions, that of the newest signal first, with up to `each` of their last signals."""
    values = {"lately": LATELY, "sessions": sessions, "each": each}
    ids = list(connection.execute(_RECENT, values).scalars())
    rows = {row.id: inbox_row(row) for row in connection.execute(select(inbox).where(inbox.c.id.in_(ids)))}
    signals: dict[str, list[InboxRow]] = {}
    for id_ in ids:
        signals.setdefault(rows[id_].session_key, []).append(rows[id_])
    stored = connection.execute(select(session).where(session.c.key.in_(signals)))
    states = {row.key: session_row(row) for row in stored}
    return [SessionView(key=key, session=states.get(key), signals=tuple(own)) for key, own in signals.items()]


def dead_letters(connection: Connection, *, limit: int) -> list[InboxRow]:
    """Dead signals, newest first."""
    # A literal state, so that the index of dead signals is used.
    dead = select(inbox).where(text("inbox.state = 2")).order_by(inbox.c.id.desc()).limit(limit)
    return [inbox_row(row) for row in connection.execute(dead)]
