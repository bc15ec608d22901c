"""`show`: all records of a journal about a signal, a message or a session."""

from __future__ import annotations

from infobip_rules.cli.exits import say
from infobip_rules.cli.journals import read
from infobip_rules.cli.options import signal_id
from infobip_rules.cli.printing import one_line, print_json, print_record
from infobip_rules.cli.records import (
    Record,
    fact_records,
    message_record,
    session_record,
    signal_record,
    timer_record,
    whole_message,
    whole_signal,
)
from infobip_rules.infobip.phone import mask, mask_numbers, session_address
from infobip_rules.journal.interface import JournalReader


def show(url: str, name: str, *, limit: int, with_text: bool, as_json: bool) -> int:
    """Prints the signal, message and session of that name; returns the exit code. Raises JournalError.

    A number may be both a signal's id and a session's key: then both are shown.
    """
    found = read(url, lambda journal: _find(journal, name.strip(), limit, with_text))
    if as_json:
        print_json(found)
    else:
        for kind, record in found.items():
            print_record(_title(kind, record), record)
    if not found:
        say(f"The journal has no signal, message or session {mask_numbers(one_line(name))}.")
    return 0 if found else 1


async def _find(journal: JournalReader, name: str, limit: int, with_text: bool) -> dict[str, Record]:
    found = {
        "signal": await _signal(journal, name, limit, with_text),
        "message": await _message(journal, name, with_text),
        "session": await _session(journal, name, limit, with_text)
        or await _session(journal, session_address(name), limit, with_text),
    }
    return {kind: record for kind, record in found.items() if record is not None}


async def _signal(journal: JournalReader, name: str, limit: int, with_text: bool) -> Record | None:
    number = signal_id(name)
    view = await journal.history.signal_view(number, limit=limit) if number is not None else None
    if view is None:
        return None
    messages = [message_record(message, with_text=with_text) for message in reversed(view.messages)]
    return {**whole_signal(view.signal, with_text=with_text), "messages": messages}


async def _message(journal: JournalReader, name: str, with_text: bool) -> Record | None:
    row = await journal.history.find_message(name)
    return None if row is None else whole_message(row, with_text=with_text)


async def _session(journal: JournalReader, key: str, limit: int, with_text: bool) -> Record | None:
    view = await journal.history.session_view(key, limit=limit)
    if view is None:
        return None
    row = view.session
    remembered = {} if row is None else {"facts": fact_records(row.state, with_text=with_text)}
    return {
        **({"session": mask(key)} if row is None else session_record(row)),
        **remembered,
        "timers": [timer_record(timer) for timer in view.timers],
        "signals": [signal_record(signal, with_text=with_text) for signal in view.signals],
        "messages": [message_record(message, with_text=with_text) for message in view.messages],
    }


def _title(kind: str, record: Record) -> str:
    names = {"signal": "id", "message": "message_id", "session": "session"}
    return f"{kind.capitalize()} {record[names[kind]]}"
