"""`replay`, `discard`, `resend` and `asides`: dead signals, failed messages and items set aside, tried again or dropped."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TypeVar

from infobip_rules.channels.installed import installed_channels
from infobip_rules.cli.exits import say
from infobip_rules.cli.journals import edit
from infobip_rules.cli.output import put
from infobip_rules.cli.printing import print_json
from infobip_rules.cli.records import Record
from infobip_rules.clock import SystemClock
from infobip_rules.delivery.decisions import may_have_arrived
from infobip_rules.host.retrying import batch_of, why_unreadable
from infobip_rules.infobip.phone import mask_numbers
from infobip_rules.journal.interface import JournalEditor
from infobip_rules.journal.records import InboxState, OutboxRow, OutboxState
from infobip_rules.journal.views import SignalChange

Name = TypeVar("Name", int, str)

#: Changed in one transaction; after each a running host gets its turn.
_AT_ONCE = 100
_TAKEN_UP = "A running host takes this up within a second, else the next one does."
#: Looks at a message that changes from each to the next.
_MOST_LOOKS = 10
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
    code, changed = _change_each(url, ids, _dead_signals, _replay, as_json)
    if changed:
        say(_TAKEN_UP)
    return code


def discard(url: str, ids: Sequence[int], *, as_json: bool) -> int:
    """Marks dead signals done, all if no id is given; returns the exit code. Raises JournalError."""
    return _change_each(url, ids, _dead_signals, _discard, as_json)[0]


def resend(url: str, message_ids: Sequence[str], *, yes: bool, as_json: bool) -> int:
    """Makes failed messages ready, all if no id is given; returns the exit code. Raises JournalError.

    Those that may have arrived are left alone unless `yes`.
    """
    code, changed = _change_each(url, message_ids, _failed_messages, partial(_resend, yes=yes), as_json)
    if changed:
        say(_TAKEN_UP)
    return code


def retry_asides(url: str, ids: Sequence[int], *, as_json: bool) -> int:
    """Marks items set aside to be taken in again, all if no id is given; returns the exit code. Raises JournalError."""
    code, changed = _change_each(url, ids, _all_asides, _retry_asides, as_json)
    if changed:
        say(_TAKEN_UP)
    return code


def discard_asides(url: str, ids: Sequence[int], *, as_json: bool) -> int:
    """Forgets items set aside, all if no id is given; returns the exit code. Raises JournalError."""
    return _change_each(url, ids, _all_asides, _discard_asides, as_json)[0]


def _change_each(
    url: str,
    names: Sequence[Name],
    everything: Callable[[JournalEditor], Awaitable[Sequence[Name]]],
    change: Callable[[JournalEditor, Sequence[Name]], Awaitable[list[Record]]],
    as_json: bool,
) -> tuple[int, int]:
    """Changes each, or everything, and prints the results; the exit code, and how many were changed."""

    async def changed_all(journal: JournalEditor) -> list[Record]:
        wanted = list(dict.fromkeys(names)) or await everything(journal)
        starts = range(0, len(wanted), _AT_ONCE)
        return [record for start in starts for record in await change(journal, wanted[start : start + _AT_ONCE])]

    records = edit(url, changed_all)
    _print_records(records, as_json)
    changed = sum(record["changed"] for record in records)
    return int(changed < len(records)), changed


async def _dead_signals(journal: JournalEditor) -> Sequence[int]:
    return await journal.history.dead_signals()


async def _failed_messages(journal: JournalEditor) -> Sequence[str]:
    return await journal.history.failed_messages()


async def _all_asides(journal: JournalEditor) -> Sequence[int]:
    return await journal.history.all_asides()


def _print_records(records: Sequence[Record], as_json: bool) -> None:
    if as_json:
        print_json(records)
        return
    for record in records:
        if record["changed"]:
            put(f"{record['id']} {record['state']}")
            if record["reason"]:
                say(record["reason"])
        else:
            say(record["reason"])
    if not records:
        say("There is none.")


async def _replay(journal: JournalEditor, signals: Sequence[int]) -> list[Record]:
    return _signals(signals, await journal.admin.replay(signals))


async def _discard(journal: JournalEditor, signals: Sequence[int]) -> list[Record]:
    return _signals(signals, await journal.admin.discard(signals))


def _signals(signals: Sequence[int], changes: Sequence[SignalChange]) -> list[Record]:
    by_id = {change.signal.id: change for change in changes}
    return [_signal(signal, by_id.get(signal)) for signal in signals]


def _signal(inbox_id: int, change: SignalChange | None) -> Record:
    if change is None:
        return _record(inbox_id, False, None, f"There is no signal {inbox_id}.")
    row = change.signal
    if change.changed:
        return _record(inbox_id, True, row.state, "")
    why = f": {mask_numbers(row.reason)}" if row.reason else "."
    return _record(inbox_id, False, row.state, f"Signal {inbox_id} is not dead, it {_SIGNALS[row.state]}{why}")


async def _resend(journal: JournalEditor, message_ids: Sequence[str], *, yes: bool) -> list[Record]:
    records: dict[str, Record] = {}
    for _ in range(_MOST_LOOKS):
        # What is no longer as it was when it was decided on, is decided on anew.
        left = [message_id for message_id in message_ids if message_id not in records]
        rows = {message_id: await journal.history.find_message(message_id) for message_id in left}
        refused = {message_id: _why_not_resent(message_id, row, yes=yes) for message_id, row in rows.items()}
        records |= {message_id: record for message_id, record in refused.items() if record is not None}
        wanted = [row for row in rows.values() if row is not None and row.message_id not in records]
        resent = await journal.admin.resend(wanted, now=SystemClock().now())
        records |= {
            row.message_id: _record(row.message_id, True, OutboxState.READY, _why_held(row))
            for row in wanted
            if row.message_id in resent
        }
        if all(message_id in records for message_id in message_ids):
            break
    return [records.get(message_id) or _changing(message_id) for message_id in message_ids]


def _why_held(row: OutboxRow) -> str:
    """Why a message that is ready will not go out yet; empty if it will."""
    if row.channel in installed_channels():
        return ""
    return (
        f"Message {row.message_id} is held: no channel is called {row.channel!r}. Install the package that brings it, and "
        "start the host again."
    )


def _changing(message_id: str) -> Record:
    return _record(message_id, False, None, f"Message {message_id} changes while it is looked at: try again shortly.")


def _why_not_resent(message_id: str, row: OutboxRow | None, *, yes: bool) -> Record | None:
    """The record of a message that is left as it is; None for one that is to be sent again."""
    if row is None:
        return _record(message_id, False, None, f"There is no message {mask_numbers(message_id)}.")
    if row.state is not OutboxState.FAILED:
        return _record(message_id, False, row.state, f"Message {message_id} has not failed, it {_MESSAGES[row.state]}.")
    return _record(message_id, False, row.state, _doubt(row)) if may_have_arrived(row) and not yes else None


async def _retry_asides(journal: JournalEditor, asides: Sequence[int]) -> list[Record]:
    unreadable: dict[int, str] = {}
    for aside_id in asides:
        row = await journal.history.find_aside(aside_id)
        if row is not None and not (batch := batch_of(row, installed_channels())).items:
            unreadable[aside_id] = f"Item {aside_id} still can't be read: {why_unreadable(batch)}"
    retried = await journal.admin.retry_asides([aside_id for aside_id in asides if aside_id not in unreadable])
    return [
        _aside(aside_id, "retried" if aside_id in retried else "", unreadable.get(aside_id, "")) for aside_id in asides
    ]


async def _discard_asides(journal: JournalEditor, asides: Sequence[int]) -> list[Record]:
    discarded = await journal.admin.discard_asides(asides)
    return [_aside(aside_id, "discarded" if aside_id in discarded else "") for aside_id in asides]


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
