"""`signals`, `asides`, `outbox` and `sessions`: what a journal holds, newest first."""

from __future__ import annotations

from collections.abc import Sequence

from infobip_rules.channels.registry import Channels
from infobip_rules.cli.records import (
    Record,
    aside_record,
    message_record,
    session_record,
    signal_record,
    stored_session,
)
from infobip_rules.journal.records import InboxState, OutboxState
from infobip_rules.journal.sqlite import store
from infobip_rules.journal.sqlite.journal import Journal
from infobip_rules.journal.sqlite.transaction import Transaction


def list_signals(url: str, *, state: InboxState | None, limit: int, with_text: bool) -> list[Record]:
    """Signals, newest first. Raises JournalError."""
    with Journal.open_reader(url) as reader:
        rows = reader.read(lambda connection: store.list_inbox(connection, state=state, limit=limit))
    return [signal_record(row, with_text=with_text) for row in rows]


def list_outbox(
    url: str, *, states: Sequence[OutboxState], limit: int, with_text: bool, channels: Channels | None = None
) -> list[Record]:
    """Outgoing messages, newest first, of all states if none is named. Raises JournalError."""
    wanted: Sequence[OutboxState | None] = states or [None]
    with Journal.open_reader(url) as reader:
        rows = reader.read(
            lambda connection: [
                row for state in wanted for row in store.list_outbox(connection, state=state, limit=limit)
            ]
        )
    rows.sort(key=lambda row: row.created_at, reverse=True)
    return [message_record(row, channels=channels, with_text=with_text) for row in rows[:limit]]


def list_asides(url: str, *, limit: int, with_text: bool) -> list[Record]:
    """Items of webhooks that could not be read, newest first. Raises JournalError."""
    with Journal.open_reader(url) as reader:
        rows = reader.read(lambda connection: store.list_asides(connection, limit=limit))
    return [aside_record(row, with_text=with_text) for row in rows]


def list_sessions(url: str, *, limit: int, with_state: bool = False) -> list[Record]:
    """Sessions, the one that changed last first, with all that they remember if asked. Raises JournalError."""
    with Journal.open_reader(url) as reader:
        if with_state:
            return reader.read(lambda connection: _stored(connection, limit))
        rows = reader.read(lambda connection: store.list_sessions(connection, limit=limit))
    return [session_record(row) for row in rows]


def _stored(connection: Transaction, limit: int) -> list[Record]:
    return [
        stored_session(row, store.list_timers(connection, session_key=row.key))
        for row in store.list_sessions(connection, limit=limit)
    ]
