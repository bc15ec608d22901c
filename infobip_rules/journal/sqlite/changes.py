"""The journal as it grows: what came and what changed since one looked last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, or_, select, text

from infobip_rules.journal.moments import to_micros
from infobip_rules.journal.records import InboxRow, InboxState, OutboxRow, OutboxState
from infobip_rules.journal.sqlite.rows import inbox_row, outbox_row
from infobip_rules.journal.sqlite.schema import inbox, outbox

_UNFINISHED = (OutboxState.READY, OutboxState.SENDING, OutboxState.UNKNOWN)
#: New rows of each table that are looked at in one go; the rest the next time.
_AT_ONCE = 500
#: Unfinished ones that are followed at most; beyond them the oldest are let go of.
_FOLLOWED = 5000


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """How far one has looked: the last signal and message, and those that may still change."""

    signal: int
    message: int
    pending: frozenset[int] = frozenset()
    unfinished: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class News:
    """What is new: signals that came, signals that were evaluated or given up, messages of which the outcome is known."""

    arrived: tuple[InboxRow, ...]
    done: tuple[InboxRow, ...]
    settled: tuple[OutboxRow, ...]
    mark: Mark


def mark(connection: Connection, *, since: datetime | None = None) -> Mark:
    """The mark of now, behind which what is unfinished is followed; or of a moment, all that came after it being new."""
    if since is not None:
        came = select(func.max(inbox.c.id)).where(inbox.c.received_at < to_micros(since))
        made = select(func.max(outbox.c.seq)).where(outbox.c.created_at < to_micros(since))
        return Mark(signal=connection.scalar(came) or 0, message=connection.scalar(made) or 0)
    pending = connection.scalars(select(inbox.c.id).where(text("inbox.state = 0")).limit(_AT_ONCE))
    states = text("(outbox.state = 0 OR outbox.state = 1 OR outbox.state = 4)")
    unfinished = connection.scalars(select(outbox.c.message_id).where(states).limit(_AT_ONCE))
    return Mark(
        signal=connection.scalar(select(func.max(inbox.c.id))) or 0,
        message=connection.scalar(select(func.max(outbox.c.seq))) or 0,
        pending=frozenset(pending),
        unfinished=frozenset(unfinished),
    )


def news(connection: Connection, last: Mark) -> News:
    """What is new since `last`, in the order in which it came, with the mark for the next time."""
    arrived = _signals(connection, inbox.c.id > last.signal, _AT_ONCE)
    earlier = _signals(connection, inbox.c.id.in_(last.pending), len(last.pending))
    sent = select(outbox).where(or_(outbox.c.seq > last.message, outbox.c.message_id.in_(last.unfinished)))
    rows = connection.execute(sent.order_by(outbox.c.seq).limit(_AT_ONCE + len(last.unfinished))).all()
    signals, messages = [*earlier, *arrived], [outbox_row(row) for row in rows]
    return News(
        arrived=tuple(arrived),
        done=tuple([one for one in signals if one.state is not InboxState.PENDING]),
        settled=tuple([one for one in messages if one.state not in _UNFINISHED]),
        mark=Mark(
            signal=max([last.signal, *(one.id for one in signals)]),
            message=max([last.message, *(row.seq for row in rows)]),
            pending=frozenset([one.id for one in signals if one.state is InboxState.PENDING][-_FOLLOWED:]),
            unfinished=frozenset([one.message_id for one in messages if one.state in _UNFINISHED][-_FOLLOWED:]),
        ),
    )


def _signals(connection: Connection, which: ColumnElement[bool], limit: int) -> list[InboxRow]:
    found = select(inbox).where(which).order_by(inbox.c.id).limit(limit)
    return [inbox_row(row) for row in connection.execute(found)]
