"""Rows of the journal's tables as records."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Row

from infobip_rules.journal.moments import from_micros, from_micros_or_none
from infobip_rules.journal.records import AsideRow, InboxRow, InboxState, OutboxRow, OutboxState, SessionRow, TimerRow
from infobip_rules.journal.sqlite.schema import outbox

#: The columns of `outbox`, in the order in which `outbox_row` takes them.
OUTBOX_COLUMNS = tuple(column.name for column in outbox.columns)

#: What is kept in another form than it is given out, by its place behind `seq`.
_READERS: Mapping[str, Callable[[Any], object]] = {
    "state": OutboxState,
    "due_at": from_micros,
    "created_at": from_micros,
    "sent_at": from_micros_or_none,
    "expires_at": from_micros_or_none,
}
_READ = [(OutboxRow._fields.index(name), read) for name, read in _READERS.items()]


def inbox_row(row: Row[Any]) -> InboxRow:
    """The record of one row of `inbox`."""
    values = dict(row._mapping)
    values["received_at"] = from_micros(row.received_at)
    values["done_at"] = from_micros_or_none(row.done_at)
    values["state"] = InboxState(row.state)
    values["unrouted"] = bool(row.unrouted)
    values["fired"] = tuple(json.loads(row.fired))
    return InboxRow(**values)


def outbox_row(row: Sequence[Any]) -> OutboxRow:
    """The record of one row of `outbox`, all its columns in their order."""
    _, *values = row
    for place, read in _READ:
        values[place] = read(values[place])
    return OutboxRow._make(values)


def session_row(row: Row[Any]) -> SessionRow:
    """The record of one row of `session`."""
    values = dict(row._mapping)
    values["created_at"] = from_micros(row.created_at)
    values["updated_at"] = from_micros(row.updated_at)
    return SessionRow(**values)


def timer_row(row: Row[Any]) -> TimerRow:
    """The record of one row of `timer`."""
    values = dict(row._mapping)
    values["due_at"] = from_micros(row.due_at)
    values["every"] = None if row.every is None else timedelta(microseconds=row.every)
    return TimerRow(**values)


def aside_row(row: Row[Any]) -> AsideRow:
    """The record of one row of `aside`."""
    return AsideRow(**{**row._mapping, "received_at": from_micros(row.received_at)})
