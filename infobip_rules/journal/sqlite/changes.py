"""Changes of the journal: what came and what became of it since a position."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, or_, select, text

from infobip_rules.journal.moments import to_micros
from infobip_rules.journal.records import UNSETTLED, InboxRow, InboxState
from infobip_rules.journal.sqlite.rows import inbox_row, outbox_row
from infobip_rules.journal.sqlite.schema import inbox, outbox
from infobip_rules.journal.views import Changes, Position

#: New rows of each table that are looked at in one go; the rest the next time.
_AT_ONCE = 500
#: Unfinished ones that are followed at most; beyond them the oldest are let go of.
_FOLLOWED = 5000


def position(connection: Connection, *, since: datetime | None = None) -> Position:
    """The position of now, with what is unfinished; or of a moment, all that came after it being new."""
    if since is not None:
        came = select(func.max(inbox.c.id)).where(inbox.c.received_at < to_micros(since))
        made = select(func.max(outbox.c.seq)).where(outbox.c.created_at < to_micros(since))
        return Position(signal=connection.scalar(came) or 0, message=connection.scalar(made) or 0)
    pending = connection.scalars(select(inbox.c.id).where(text("inbox.state = 0")).limit(_AT_ONCE))
    states = text("(outbox.state = 0 OR outbox.state = 1 OR outbox.state = 4)")
    unfinished = connection.scalars(select(outbox.c.message_id).where(states).limit(_AT_ONCE))
    return Position(
        signal=connection.scalar(select(func.max(inbox.c.id))) or 0,
        message=connection.scalar(select(func.max(outbox.c.seq))) or 0,
        pending=frozenset(pending),
        unfinished=frozenset(unfinished),
    )


def changes(connection: Connection, last: Position) -> Changes:
    """What is new since `last`, in the order in which it came, and the position to go on from."""
    arrived = _signals(connection, inbox.c.id > last.signal, _AT_ONCE)
    earlier = _signals(connection, inbox.c.id.in_(last.pending), len(last.pending))
    sent = select(outbox).where(or_(outbox.c.seq > last.message, outbox.c.message_id.in_(last.unfinished)))
    rows = connection.execute(sent.order_by(outbox.c.seq).limit(_AT_ONCE + len(last.unfinished))).all()
    signals, messages = [*earlier, *arrived], [outbox_row(row) for row in rows]
    return Changes(
        arrived=tuple(arrived),
        done=tuple([row for row in signals if row.state is not InboxState.PENDING]),
        settled=tuple([row for row in messages if row.state not in UNSETTLED]),
        position=Position(
            signal=max([last.signal, *(row.id for row in signals)]),
            message=max([last.message, *(row.seq for row in rows)]),
            pending=frozenset([row.id for row in signals if row.state is InboxState.PENDING][-_FOLLOWED:]),
            unfinished=frozenset([row.message_id for row in messages if row.state in UNSETTLED][-_FOLLOWED:]),
        ),
    )


def _signals(connection: Connection, which: ColumnElement[bool], limit: int) -> list[InboxRow]:
    found = select(inbox).where(which).order_by(inbox.c.id).limit(limit)
    return [inbox_row(row) for row in connection.execute(found)]
