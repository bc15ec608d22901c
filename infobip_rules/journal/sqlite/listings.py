"""The journal as people look at it: lists, newest first, and counts."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Column, Connection, Select, Table, func, select, text

from infobip_rules.journal.moments import from_micros_or_none
from infobip_rules.journal.records import (
    AsideRow,
    Counts,
    Depth,
    InboxRow,
    InboxState,
    OutboxRow,
    OutboxState,
    SessionRow,
)
from infobip_rules.journal.sqlite.rows import aside_row, inbox_row, outbox_row, session_row
from infobip_rules.journal.sqlite.schema import aside, inbox, outbox, session

# One pass over indexes that hold only what is unfinished; each state is a literal, so that they are used.
_DEPTH = text(
    """
    SELECT (SELECT count(*) FROM inbox WHERE state = 0) AS pending,
           (SELECT received_at FROM inbox WHERE state = 0 ORDER BY id LIMIT 1) AS pending_since,
           (SELECT count(*) FROM inbox WHERE state = 2) AS dead,
           (SELECT count(*) FROM outbox WHERE state = 0) AS ready,
           (SELECT min(due_at) FROM outbox WHERE state = 0) AS ready_since,
           (SELECT count(*) FROM outbox WHERE state = 1) AS sending,
           (SELECT count(*) FROM outbox WHERE state = 4) AS unknown,
           (SELECT count(*) FROM aside) AS asides"""
)


def list_inbox(
    connection: Connection,
    *,
    state: InboxState | None = None,
    session_key: str | None = None,
    kind: str | None = None,
    limit: int = 100,
) -> list[InboxRow]:
    """Signals, newest first, of one state, session or type if asked."""
    rows = _narrowed(select(inbox), inbox, state=state, session_key=session_key, kind=kind)
    return [inbox_row(row) for row in connection.execute(rows.order_by(inbox.c.id.desc()).limit(limit))]


def list_outbox(
    connection: Connection,
    *,
    state: OutboxState | None = None,
    states: Collection[OutboxState] = (),
    session_key: str | None = None,
    inbox_id: int | None = None,
    limit: int = 100,
) -> list[OutboxRow]:
    """Outgoing messages, newest first, of one or some states or a session if asked, or those that one signal led to."""
    rows = _narrowed(select(outbox), outbox, state=state, session_key=session_key, inbox_id=inbox_id)
    if states:
        rows = rows.where(outbox.c.state.in_(states))
    return [outbox_row(row) for row in connection.execute(rows.order_by(outbox.c.seq.desc()).limit(limit))]


def list_sessions(connection: Connection, *, limit: int = 100) -> list[SessionRow]:
    """Sessions, the one that changed last first."""
    rows = select(session).order_by(session.c.updated_at.desc(), session.c.key).limit(limit)
    return [session_row(row) for row in connection.execute(rows)]


def list_asides(connection: Connection, *, limit: int = 100) -> list[AsideRow]:
    """Items that could not be read, newest first."""
    rows = select(aside).order_by(aside.c.id.desc()).limit(limit)
    return [aside_row(row) for row in connection.execute(rows)]


def find_signal(connection: Connection, inbox_id: int) -> InboxRow | None:
    """The signal of that inbox id, or None."""
    row = connection.execute(select(inbox).where(inbox.c.id == inbox_id)).one_or_none()
    return None if row is None else inbox_row(row)


def signal_of(connection: Connection, message_id: str) -> InboxRow | None:
    """The signal that a received message became, or that led to an outgoing one; None if there is none."""
    received = select(inbox).where(inbox.c.dedup_key == f"m:{message_id}")
    caused = select(inbox).join(outbox, outbox.c.inbox_id == inbox.c.id).where(outbox.c.message_id == message_id)
    rows = (connection.execute(query).first() for query in (received, caused))
    return next((inbox_row(row) for row in rows if row is not None), None)


def dead_signals(connection: Connection) -> list[int]:
    """The ids of all dead signals, in the order in which they came."""
    # A literal state, so that the index of dead signals is used.
    dead = select(inbox.c.id).where(text("inbox.state = 2")).order_by(inbox.c.id)
    return list(connection.execute(dead).scalars())


def failed_messages(connection: Connection) -> list[str]:
    """The ids of all messages that were given up, in the order in which they were written."""
    failed = select(outbox.c.message_id).where(outbox.c.state == OutboxState.FAILED).order_by(outbox.c.seq)
    return list(connection.execute(failed).scalars())


def get_session(connection: Connection, key: str) -> SessionRow | None:
    """The session of that key, or None."""
    row = connection.execute(select(session).where(session.c.key == key)).one_or_none()
    return None if row is None else session_row(row)


def depth(connection: Connection) -> Depth:
    """What is still to do, and since when."""
    row = connection.execute(_DEPTH).one()
    values = dict(row._mapping)
    values["pending_since"] = from_micros_or_none(row.pending_since)
    values["ready_since"] = from_micros_or_none(row.ready_since)
    return Depth(**values)


def counts(connection: Connection) -> Counts:
    """How many rows there are of everything, in every state."""
    signals, messages = _by_state(connection, inbox), _by_state(connection, outbox)
    return Counts(
        inbox={state: signals.get(state, 0) for state in InboxState},
        outbox={state: messages.get(state, 0) for state in OutboxState},
        sessions=_count(connection, session),
        asides=_count(connection, aside),
    )


def _narrowed(rows: Select[Any], table: Table, **wanted: object) -> Select[Any]:
    columns: dict[str, Column[Any]] = {name: table.c[name] for name in wanted}
    return rows.where(*(columns[name] == value for name, value in wanted.items() if value is not None))


def _by_state(connection: Connection, table: Table) -> dict[int, int]:
    rows = connection.execute(select(table.c.state, func.count()).group_by(table.c.state))
    return {row[0]: row[1] for row in rows}


def _count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()
