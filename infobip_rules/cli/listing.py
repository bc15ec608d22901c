"""`signals`, `asides`, `outbox` and `sessions`: what a journal holds, newest first."""

from __future__ import annotations

from collections.abc import Sequence

from infobip_rules.channels.registry import Channels
from infobip_rules.cli.journals import read
from infobip_rules.cli.records import (
    Record,
    aside_record,
    message_record,
    session_record,
    signal_record,
    stored_session,
)
from infobip_rules.journal.records import InboxState, OutboxState


def list_signals(url: str, *, state: InboxState | None, limit: int, with_text: bool) -> list[Record]:
    """Signals, newest first. Raises JournalError."""
    rows = read(url, lambda journal: journal.history.signals(state=state, limit=limit))
    return [signal_record(row, with_text=with_text) for row in rows]


def list_outbox(
    url: str, *, states: Sequence[OutboxState], limit: int, with_text: bool, channels: Channels | None = None
) -> list[Record]:
    """Outgoing messages, newest first, of all states if none is named. Raises JournalError."""
    rows = read(url, lambda journal: journal.history.messages(states=states, limit=limit))
    return [message_record(row, channels=channels, with_text=with_text) for row in rows]


def list_asides(url: str, *, limit: int, with_text: bool) -> list[Record]:
    """Items of webhooks that could not be read, newest first. Raises JournalError."""
    rows = read(url, lambda journal: journal.history.asides(limit=limit))
    return [aside_record(row, with_text=with_text) for row in rows]


def list_sessions(url: str, *, limit: int, with_state: bool = False) -> list[Record]:
    """Sessions, the one that changed last first, with all that they remember if asked. Raises JournalError."""
    if not with_state:
        rows = read(url, lambda journal: journal.history.sessions(limit=limit))
        return [session_record(row) for row in rows]
    views = read(url, lambda journal: journal.history.sessions_with_timers(limit=limit))
    return [stored_session(view.session, view.timers) for view in views if view.session is not None]
