"""Rows of the journal as commands show them: numbers masked, texts only if asked for, no secrets."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from infobip_rules.channels.installed import installed_channels
from infobip_rules.channels.registry import Channels
from infobip_rules.infobip.inbound import message_id_of
from infobip_rules.infobip.phone import mask, mask_numbers
from infobip_rules.journal.records import AsideRow, InboxRow, OutboxRow, SessionRow, TimerRow

Record = dict[str, Any]
#: A date or moment, as facts keep them.
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:?\d\d)?)?")


def signal_record(row: InboxRow, *, with_text: bool = False) -> Record:
    """A signal in a list."""
    text = {"text": str(_object(row.payload).get("text", ""))} if with_text else {}
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
        **text,
    }


def whole_signal(row: InboxRow, *, with_text: bool) -> Record:
    """A signal by itself."""
    return {
        **signal_record(row, with_text=with_text),
        "message_id": _object(row.payload).get("messageId") or "",
        "done_at": row.done_at,
        "traceback": mask_numbers(row.traceback),
    }


def message_record(row: OutboxRow, *, channels: Channels | None = None, with_text: bool = False) -> Record:
    """An outgoing message in a list."""
    return {
        "message_id": row.message_id,
        "created_at": row.created_at,
        "to": mask(row.recipient),
        "rule": row.rule,
        "state": row.state.name.lower(),
        "attempts": row.attempts,
        "status": _object(row.status).get("name", ""),
        "delivery": row.delivery_group,
        "reason": mask_numbers(row.reason),
        **({"text": (channels or installed_channels()).show(row.channel, row.content).text} if with_text else {}),
    }


def whole_message(row: OutboxRow, *, channels: Channels | None = None, with_text: bool) -> Record:
    """An outgoing message by itself, with Infobip's own words on it."""
    report = _object(row.report)
    return {
        **message_record(row, channels=channels, with_text=with_text),
        "status": masked(_object(row.status), with_text=True),
        "signal": row.inbox_id,
        "session": mask(row.session_key),
        "sender": mask(row.sender),
        **(channels or installed_channels()).show(row.channel, row.content).details,
        "due_at": row.due_at,
        "sent_at": row.sent_at,
        "lookups": row.lookups,
        "report": {
            name: masked(report[name], with_text=True)
            for name in ("sentAt", "doneAt", "status", "error")
            if name in report
        },
    }


def aside_record(row: AsideRow, *, with_text: bool = False) -> Record:
    """An item of a webhook that could not be read."""
    return {
        "id": row.id,
        "received_at": row.received_at,
        "path": row.path,
        "message_id": message_id_of(_read(row.item)),
        "field": row.field_name,
        "reason": mask_numbers(row.reason),
        **({"item": mask_numbers(row.item)} if with_text else {}),
    }


def session_record(row: SessionRow) -> Record:
    """A session in a list."""
    return {
        "session": mask(row.key),
        "version": row.version,
        "facts": [kind for _, kind, _ in json.loads(row.state)["facts"]],
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


def stored_session(row: SessionRow, timers: Sequence[TimerRow]) -> Record:
    """A session with all that it remembers, for a test to go on from (`rules.restore`)."""
    return {
        **session_record(row),
        "state": masked(json.loads(row.state), with_text=True),
        "timers": [
            {
                **timer_record(timer),
                "payload": masked(json.loads(timer.payload), with_text=True),
                "every": timer.every.total_seconds() if timer.every is not None else None,
            }
            for timer in timers
        ],
    }


def fact_records(state: str, *, with_text: bool) -> list[Record]:
    """The facts that a session remembers; of their texts only the length, unless they are asked for."""
    facts = json.loads(state)["facts"]
    return [
        {"fact": f"{kind}#{number}", "fields": masked(fields, with_text=with_text)} for number, kind, fields in facts
    ]


def timer_record(row: TimerRow) -> Record:
    """A timer."""
    return {"name": mask_numbers(row.name), "due_at": row.due_at, "kind": row.kind}


def masked(value: Any, *, with_text: bool) -> Any:
    """A JSON value without whole numbers; texts give way to their length unless they are asked for."""
    match value:
        case dict():
            return {mask_numbers(name): masked(inner, with_text=with_text) for name, inner in value.items()}
        case list():
            return [masked(inner, with_text=with_text) for inner in value]
        case str():
            return _masked_text(value, with_text)
        case bool():
            return value
        case int():
            hidden = mask_numbers(str(value))
            return value if hidden == str(value) else hidden
        case _:
            return value


def _masked_text(value: str, with_text: bool) -> str:
    if _MOMENT.fullmatch(value):
        return value
    if with_text or not value:
        return mask_numbers(value)
    return mask(value) if value.removeprefix("+").isdecimal() else f"({len(value)} characters)"


def _read(item: str) -> object:
    """An item that was set aside; None if it is not JSON, such as a whole body that was pulled."""
    try:
        return json.loads(item)
    except ValueError:
        return None


def _object(document: str | None) -> Record:
    found = json.loads(document) if document else None
    return found if isinstance(found, dict) else {}
