"""`signals`, `outbox` and `sessions`: a journal as tables or JSON, numbers masked, texts only where asked for."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from infobip_rules.cli.texts import one_line
from infobip_rules.infobip.phone import mask, mask_numbers
from infobip_rules.journal import store
from infobip_rules.journal.records import InboxRow, InboxState, OutboxRow, OutboxState, SessionRow
from infobip_rules.journal.writer import Journal

Record = dict[str, Any]
#: Wide enough for a row where output goes into a pipe or a file, which have no width.
_PIPE_WIDTH = 400


def list_signals(url: str, *, state: InboxState | None, limit: int, with_text: bool) -> list[Record]:
    """Signals, newest first. Raises JournalError."""
    with Journal.open_reader(url) as reader:
        rows = reader.read(lambda connection: store.list_inbox(connection, state=state, limit=limit))
    return [_signal(row) | ({"text": _text_of(row)} if with_text else {}) for row in rows]


def list_outbox(url: str, *, states: Sequence[OutboxState], limit: int, with_text: bool) -> list[Record]:
    """Outgoing messages, newest first, of all states if none is named. Raises JournalError."""
    wanted: Sequence[OutboxState | None] = states or [None]
    with Journal.open_reader(url) as reader:
        rows = reader.read(
            lambda connection: [
                row for state in wanted for row in store.list_outbox(connection, state=state, limit=limit)
            ]
        )
    rows.sort(key=lambda row: row.created_at, reverse=True)
    return [_message(row) | ({"text": row.text} if with_text else {}) for row in rows[:limit]]


def list_sessions(url: str, *, limit: int) -> list[Record]:
    """Sessions, the one that changed last first. Raises JournalError."""
    with Journal.open_reader(url) as reader:
        rows = reader.read(lambda connection: store.list_sessions(connection, limit=limit))
    return [_session(row) for row in rows]


def print_records(records: Sequence[Record], *, as_json: bool) -> None:
    """Prints records to stdout, as one JSON array or as a table."""
    if as_json:
        print(json.dumps(records, indent=2, ensure_ascii=False, default=lambda moment: moment.isoformat()))
    elif records:
        _print_table(records)
    else:
        print("Nothing.", file=sys.stderr)


def _signal(row: InboxRow) -> Record:
    return {
        "id": row.id,
        "received_at": row.received_at,
        "session": mask(row.session_key),
        "kind": row.kind,
        "state": row.state.name.lower(),
        "attempts": row.attempts,
        "fired": list(row.fired),
        "rule": row.rule,
        "reason": mask_numbers(row.reason),
    }


def _text_of(row: InboxRow) -> str:
    return str(json.loads(row.payload).get("text", ""))


def _message(row: OutboxRow) -> Record:
    return {
        "message_id": row.message_id,
        "created_at": row.created_at,
        "to": mask(row.recipient),
        "rule": row.rule,
        "state": row.state.name.lower(),
        "attempts": row.attempts,
        "status": json.loads(row.status).get("name", "") if row.status else "",
        "delivery": row.delivery_group,
        "reason": mask_numbers(row.reason),
    }


def _session(row: SessionRow) -> Record:
    return {
        "session": mask(row.key),
        "version": row.version,
        "facts": [kind for _, kind, _ in json.loads(row.state)["facts"]],
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


def _print_table(records: Sequence[Record]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in records[0]:
        table.add_column(name.replace("_", " "), no_wrap=not console.is_terminal)
    for record in records:
        table.add_row(*(Text(cell) for cell in _cells(record.values())))
    console.print(table, width=None if console.is_terminal else _PIPE_WIDTH)


def _cells(values: Iterable[Any]) -> Iterable[str]:
    for value in values:
        if isinstance(value, list):
            yield one_line(", ".join(value))
        elif hasattr(value, "isoformat"):
            yield value.isoformat(sep=" ", timespec="seconds")
        else:
            yield one_line(str(value))
