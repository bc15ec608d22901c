"""`show`: all records of a journal about a signal, a message or a session."""

from __future__ import annotations

from infobip_rules.cli.exits import say
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
from infobip_rules.journal.sqlite import store
from infobip_rules.journal.sqlite.journal import Journal
from infobip_rules.journal.sqlite.transaction import Transaction


def show(url: str, name: str, *, limit: int, with_text: bool, as_json: bool) -> int:
    """Prints the signal, message and session of that name; returns the exit code. Raises JournalError.

    A number may be both a signal's id and a session's key: then both are shown.
    """
    with Journal.open_reader(url) as reader:
        found = reader.read(lambda connection: _find(connection, name.strip(), limit, with_text))
    if as_json:
        print_json(found)
    else:
        for kind, record in found.items():
            print_record(_title(kind, record), record)
    if not found:
        say(f"The journal has no signal, message or session {mask_numbers(one_line(name))}.")
    return 0 if found else 1


def _find(connection: Transaction, name: str, limit: int, with_text: bool) -> dict[str, Record]:
    found = {
        "signal": _signal(connection, name, limit, with_text),
        "message": _message(connection, name, with_text),
        "session": _session(connection, name, limit, with_text)
        or _session(connection, session_address(name), limit, with_text),
    }
    return {kind: record for kind, record in found.items() if record is not None}


def _signal(connection: Transaction, name: str, limit: int, with_text: bool) -> Record | None:
    number = signal_id(name)
    row = store.find_signal(connection, number) if number is not None else None
    if row is None:
        return None
    caused = store.list_outbox(connection, inbox_id=row.id, limit=limit)
    messages = [message_record(message, with_text=with_text) for message in reversed(caused)]
    return {**whole_signal(row, with_text=with_text), "messages": messages}


def _message(connection: Transaction, name: str, with_text: bool) -> Record | None:
    row = store.find_message(connection, name)
    return None if row is None else whole_message(row, with_text=with_text)


def _session(connection: Transaction, key: str, limit: int, with_text: bool) -> Record | None:
    row = store.get_session(connection, key)
    signals = store.list_inbox(connection, session_key=key, limit=limit)
    messages = store.list_outbox(connection, session_key=key, limit=limit)
    if row is None and not signals and not messages:
        return None
    remembered = {} if row is None else {"facts": fact_records(row.state, with_text=with_text)}
    return {
        **({"session": mask(key)} if row is None else session_record(row)),
        **remembered,
        "timers": [timer_record(timer) for timer in store.list_timers(connection, session_key=key, limit=limit)],
        "signals": [signal_record(signal, with_text=with_text) for signal in signals],
        "messages": [message_record(message, with_text=with_text) for message in messages],
    }


def _title(kind: str, record: Record) -> str:
    names = {"signal": "id", "message": "message_id", "session": "session"}
    return f"{kind.capitalize()} {record[names[kind]]}"
