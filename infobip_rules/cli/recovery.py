"""`replay`, `discard`, `resend` and `asides`: dead signals, failed messages and items set aside, tried again or dropped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from infobip_rules.channels.installed import installed_channels
from infobip_rules.cli.exits import say
from infobip_rules.cli.output import put
from infobip_rules.cli.printing import print_json
from infobip_rules.cli.records import Record
from infobip_rules.clock import SystemClock
from infobip_rules.delivery.decisions import may_have_arrived
from infobip_rules.host.retrying import batch_of, why_unreadable
from infobip_rules.infobip.phone import mask_numbers
from infobip_rules.journal.records import InboxState, OutboxRow, OutboxState
from infobip_rules.journal.sqlite import store
from infobip_rules.journal.sqlite.journal import Journal
from infobip_rules.journal.sqlite.transaction import Transaction

Name = TypeVar("Name", int, str)

#: Changed in one transaction; after each a running host gets its turn.
_AT_ONCE = 100
_TAKEN_UP = "A running host takes this up within a second, else the next one does."
#: Why a signal is left as it is.
_SIGNALS = {
    InboxState.PENDING: "is pending: a host takes it up as soon as it can",
    InboxState.DONE: "is done",
}
#: Why a message is left as it is.
_MESSAGES = {
    OutboxState.READY: "is ready already: a host sends it when it is due",
    OutboxState.SENDING: "is being sent",
    OutboxState.ACCEPTED: "was accepted by Infobip",
    OutboxState.REJECTED: "was rejected, and would be again",
    OutboxState.UNKNOWN: "is of unknown outcome: a host asks Infobip's logs before it sends it again",
}


def replay(url: str, ids: Sequence[int], *, as_json: bool) -> int:
    """Makes dead signals pending, all if no id is given; returns the exit code. Raises JournalError."""
    code, changed = _change_each(url, ids, store.dead_signals, _replay, as_json)
    if changed:
        say(_TAKEN_UP)
    return code


def discard(url: str, ids: Sequence[int], *, as_json: bool) -> int:
    """Marks dead signals done, all if no id is given; returns the exit code. Raises JournalError."""
    return _change_each(url, ids, store.dead_signals, _discard, as_json)[0]


def resend(url: str, message_ids: Sequence[str], *, yes: bool, as_json: bool) -> int:
    """Makes failed messages ready, all if no id is given; returns the exit code. Raises JournalError.

    Those that may have arrived are left alone unless `yes`.
    """
    code, changed = _change_each(url, message_ids, store.failed_messages, partial(_resend, yes=yes), as_json)
    if changed:
        say(_TAKEN_UP)
    return code


def retry_asides(url: str, ids: Sequence[int], *, as_json: bool) -> int:
    """Marks items set aside to be taken in again, all if no id is given; returns the exit code. Raises JournalError."""
    code, changed = _change_each(url, ids, store.all_asides, _retry_aside, as_json)
    if changed:
        say(_TAKEN_UP)
    return code


def discard_asides(url: str, ids: Sequence[int], *, as_json: bool) -> int:
    """Forgets items set aside, all if no id is given; returns the exit code. Raises JournalError."""
    return _change_each(url, ids, store.all_asides, _discard_aside, as_json)[0]


def _change_each(
    url: str,
    names: Sequence[Name],
    everything: Callable[[Transaction], list[Name]],
    change: Callable[[Transaction, Name], Record],
    as_json: bool,
) -> tuple[int, int]:
    """Changes each, or everything, and prints the results; the exit code, and how many were changed."""
    with Journal.open_editor(url) as editor:
        wanted = list(dict.fromkeys(names)) or editor.read(everything)
        records: list[Record] = []
        for start in range(0, len(wanted), _AT_ONCE):
            batch = wanted[start : start + _AT_ONCE]
            records += editor.change(partial(_change_all, change=change, names=batch))
    _print_records(records, as_json)
    changed = sum(record["changed"] for record in records)
    return int(changed < len(records)), changed


def _change_all(
    connection: Transaction, *, change: Callable[[Transaction, Name], Record], names: Sequence[Name]
) -> list[Record]:
    return [change(connection, name) for name in names]


def _print_records(records: Sequence[Record], as_json: bool) -> None:
    if as_json:
        print_json(records)
        return
    for record in records:
        if record["changed"]:
            put(f"{record['id']} {record['state']}")
        else:
            say(record["reason"])
    if not records:
        say("There is none.")


def _replay(connection: Transaction, inbox_id: int) -> Record:
    return _signal(connection, inbox_id, changed=store.replay(connection, inbox_id))


def _discard(connection: Transaction, inbox_id: int) -> Record:
    return _signal(connection, inbox_id, changed=store.discard(connection, inbox_id))


def _signal(connection: Transaction, inbox_id: int, *, changed: bool) -> Record:
    row = store.find_signal(connection, inbox_id)
    if row is None:
        return _record(inbox_id, changed, None, f"There is no signal {inbox_id}.")
    if changed:
        return _record(inbox_id, changed, row.state, "")
    why = f": {mask_numbers(row.reason)}" if row.reason else "."
    return _record(inbox_id, changed, row.state, f"Signal {inbox_id} is not dead, it {_SIGNALS[row.state]}{why}")


def _resend(connection: Transaction, message_id: str, *, yes: bool) -> Record:
    row = store.find_message(connection, message_id)
    if row is None:
        return _record(message_id, False, None, f"There is no message {mask_numbers(message_id)}.")
    if row.state is not OutboxState.FAILED:
        return _record(message_id, False, row.state, f"Message {message_id} has not failed, it {_MESSAGES[row.state]}.")
    if may_have_arrived(row) and not yes:
        return _record(message_id, False, row.state, _doubt(row))
    store.resend(connection, message_id, now=SystemClock().now())
    return _record(message_id, True, OutboxState.READY, "")


def _retry_aside(connection: Transaction, aside_id: int) -> Record:
    row = store.find_aside(connection, aside_id)
    if row is None:
        return _aside(aside_id, "")
    batch = batch_of(row, installed_channels())
    if not batch.items:
        return _aside(aside_id, "", f"Item {aside_id} still can't be read: {why_unreadable(batch)}")
    store.mark_for_retry(connection, aside_id)
    return _aside(aside_id, "retried")


def _discard_aside(connection: Transaction, aside_id: int) -> Record:
    return _aside(aside_id, "discarded" if store.forget_aside(connection, aside_id) else "")


def _aside(aside_id: int, became: str, why: str = "") -> Record:
    reason = "" if became else why or f"No item {aside_id} is set aside."
    return {"id": aside_id, "changed": bool(became), "state": became or None, "reason": reason}


def _doubt(row: OutboxRow) -> str:
    known = f"its delivery report says {row.delivery_group}" if row.delivery_group else "its outcome is unknown"
    return (
        f"Message {row.message_id} may have arrived already: {known}. Look it up in the Infobip Portal, then send it "
        "again with --yes."
    )


def _record(name: int | str, changed: bool, state: InboxState | OutboxState | None, reason: str) -> Record:
    return {
        "id": name,
        "changed": changed,
        "state": state.name.lower() if state is not None else None,
        "reason": reason,
    }
