"""Signals in the journal: taken in once, handed out per session, committed with their effects.

Statements are plain SQL in the driver's own placeholders where every message passes through them.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from infobip_rules.journal.moments import from_micros, to_micros, to_micros_or_none
from infobip_rules.journal.records import (
    Accepted,
    AsideItem,
    DeadLetter,
    Evaluated,
    InboxState,
    NewSignal,
    OutgoingMessage,
    PendingSignal,
    SessionWork,
)
from infobip_rules.journal.sqlite.driver import driver
from infobip_rules.journal.sqlite.failures import is_storage_failure
from infobip_rules.journal.sqlite.schema import aside, inbox
from infobip_rules.journal.sqlite.timers import change_timers, keep_ringing
from infobip_rules.limits import OnRuleError

# As many rows of values as there are signals: one statement for many is a good deal quicker than one for each.
_ACCEPT = """
    INSERT INTO inbox (dedup_key, session_key, kind, payload, raw, received_at, state, reason, done_at, unrouted)
    VALUES {rows} ON CONFLICT (dedup_key) DO NOTHING RETURNING dedup_key, id"""
_ACCEPT_ROW = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_ACCEPT_AT_ONCE = 100

# The first pending signal of each session, oldest first. Keys go to and fro as values of their own: SQLite cuts what it
# takes out of JSON at a NUL.
_SESSIONS = """
    SELECT head.id, head.session_key, session.state, session.version
    FROM inbox AS head LEFT JOIN session ON session.key = head.session_key
    WHERE head.state = 0
      AND NOT EXISTS (SELECT 1 FROM inbox AS earlier
                      WHERE earlier.state = 0 AND earlier.session_key = head.session_key AND earlier.id < head.id)
      {unless_busy}
      {unless_held}
    ORDER BY head.id LIMIT ?"""
_HEADS = _SESSIONS.replace("head.id, head.session_key, session.state, session.version", "head.id")
_HEAD = """
    SELECT head.id, head.session_key, session.state, session.version
    FROM inbox AS head LEFT JOIN session ON session.key = head.session_key WHERE head.id = ?"""

_SIGNALS = """
    SELECT first.id, inbox.id, inbox.kind, inbox.payload, inbox.attempts, inbox.received_at, inbox.unrouted
    FROM json_each(?) AS wanted JOIN inbox AS first ON first.id = wanted.value JOIN inbox ON inbox.id IN (
        SELECT head.id FROM inbox AS head WHERE head.state = 0 AND head.session_key = first.session_key {unless_held}
        ORDER BY head.id LIMIT ?)
    ORDER BY inbox.id"""

#: Keys are left out by so many values, or twice as many and so on: few statements are prepared, and kept.
_BUSY_STEP = 64
#: Beyond it they go in one value: SQLite takes so many values at most as it was built for. Their bytes, as a key may hold
#: what JSON is cut at.
_MOST_VALUES = 1024

# Signals behind a dead one of their session wait until that is replayed or discarded, if that is wanted.
_UNLESS_HELD: dict[OnRuleError, str] = {
    "go-on": "",
    "hold": """
      AND NOT EXISTS (SELECT 1 FROM inbox AS dead INDEXED BY inbox_dead_by_session
                      WHERE dead.state = 2 AND dead.session_key = head.session_key AND dead.id < head.id)""",
}

# The fence: both statements change nothing unless the session has the version that was evaluated and the signal is
# still pending. Whichever runs comes first, so that a commit that lost has written nothing.
_SAVE_NEW = """
    INSERT INTO session (key, state, version, created_at, updated_at)
    SELECT ?, ?, 1, ?, ? WHERE EXISTS (SELECT 1 FROM inbox WHERE id = ? AND session_key = ? AND state = 0)
    ON CONFLICT (key) DO NOTHING"""

_SAVE = """
    UPDATE session SET state = ?, version = version + 1, updated_at = ?
    WHERE key = ? AND version = ?
      AND EXISTS (SELECT 1 FROM inbox WHERE id = ? AND session_key = ? AND state = 0)"""

_DONE = "UPDATE inbox SET state = 1, done_at = ?, fired = ?, reason = ?, attempts = max(attempts, 1) WHERE id = ?"

_MOVE = "UPDATE inbox SET session_key = ?, unrouted = 0 WHERE id = ? AND session_key = ? AND state = 0"

_SEND = """
    INSERT INTO outbox
        (message_id, inbox_id, session_key, rule, recipient, sender, due_at, created_at, callback_data, expires_at,
         channel, content)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""


def accept(connection: Connection, signals: Iterable[NewSignal], asides: Sequence[AsideItem] = ()) -> Accepted:
    """Takes signals in, each once however often it comes, and keeps aside what could not be read."""
    given = list(signals)
    ids: dict[str, int] = {}
    for start in range(0, len(given), _ACCEPT_AT_ONCE):
        ids |= _insert_new(connection, given[start : start + _ACCEPT_AT_ONCE])
    new_ids = tuple(ids.values())
    ids |= _ids_of(connection, [signal.dedup_key for signal in given if signal.dedup_key not in ids])
    if asides:
        connection.execute(insert(aside), [_aside_values(item) for item in asides])
    in_order = tuple(ids[signal.dedup_key] for signal in given)
    return Accepted(new=len(new_ids), duplicates=len(given) - len(new_ids), ids=in_order, new_ids=new_ids)


def pending(
    connection: Connection,
    *,
    sessions: int,
    each: int,
    exclude: Collection[str] = (),
    only: str | None = None,
    on_rule_error: OnRuleError = "go-on",
) -> list[SessionWork]:
    """Up to `sessions` sessions with pending signals, the longest waiting first, with up to `each` signals of each.

    Sessions in `exclude` (those being evaluated) are left out, all but `only` if it is given, and with `on_rule_error`
    "hold" signals that came after a dead one of their session. Nothing is marked: a signal is handed out until it is
    committed or buried. A session whose rows can't be read comes without signals, with the reason as `fault`.
    """
    unless_held = _UNLESS_HELD[on_rule_error]
    unless_busy, busy = _unless_busy(exclude)
    if only is not None:
        unless_busy, busy = f"{unless_busy} AND head.session_key = ?", (*busy, only)
    choice = {"unless_busy": unless_busy, "unless_held": unless_held}
    signals = _SIGNALS.format(unless_held=unless_held)
    try:
        heads = driver(connection).execute(_SESSIONS.format(**choice), (*busy, sessions)).fetchall()
        return _works(connection, heads, signals, each)
    except Exception as problem:
        if is_storage_failure(problem):
            raise
    # One row of somebody's must not keep everybody waiting: each is read by itself.
    first = driver(connection).execute(_HEADS.format(**choice), (*busy, sessions)).fetchall()
    return [_work(connection, head, signals, each) for (head,) in first]


def commit(connection: Connection, evaluated: Evaluated) -> bool:
    """Writes all effects of one evaluation: the session's state, its messages and timers, and its signal as done.

    False, with nothing written, if the session has changed since `base_version` or the signal is no longer pending.
    """
    at = to_micros(evaluated.at)
    if not _save_session(connection, evaluated, at):
        return False
    driver(connection).execute(_DONE, (at, json.dumps(evaluated.fired), evaluated.reason, evaluated.inbox_id))
    if evaluated.messages:
        rows = [_outbox_values(evaluated, message, at) for message in evaluated.messages]
        driver(connection).executemany(_SEND, rows)
    change_timers(connection, evaluated.session_key, evaluated.timers)
    if evaluated.recurring is not None:
        keep_ringing(connection, evaluated.session_key, evaluated.recurring, since=evaluated.at)
    return True


def move(connection: Connection, inbox_id: int, session_key: str, *, into: str) -> bool:
    """Gives a pending signal of a session to another one; False if it is no longer pending there."""
    return driver(connection).execute(_MOVE, (into, inbox_id, session_key)).rowcount == 1


def bury(connection: Connection, dead: DeadLetter) -> bool:
    """Gives a pending signal up, visibly; False if it was no longer pending."""
    statement = update(inbox).where(inbox.c.id == dead.inbox_id, inbox.c.state == InboxState.PENDING)
    buried = connection.execute(
        statement.values(
            state=InboxState.DEAD,
            done_at=to_micros(dead.at),
            reason=dead.reason,
            rule=dead.rule,
            traceback=dead.traceback,
            attempts=func.max(inbox.c.attempts, 1),
        )
    )
    return buried.rowcount == 1


def replay(connection: Connection, inbox_id: int) -> bool:
    """Makes a dead signal pending again, with its attempts forgotten; False if it is not dead."""
    statement = update(inbox).where(inbox.c.id == inbox_id, inbox.c.state == InboxState.DEAD)
    revived = connection.execute(
        statement.values(state=InboxState.PENDING, attempts=0, done_at=None, reason="", rule="", traceback="")
    )
    return revived.rowcount == 1


def discard(connection: Connection, inbox_id: int) -> bool:
    """Makes a dead signal done: it stays as it is, and what came after it goes on; False if it is not dead."""
    statement = update(inbox).where(inbox.c.id == inbox_id, inbox.c.state == InboxState.DEAD)
    return connection.execute(statement.values(state=InboxState.DONE, reason="Discarded by hand.")).rowcount == 1


def count_attempt(connection: Connection, inbox_ids: Iterable[int]) -> None:
    """Notes that signals are about to be tried, before they are: one that kills the process is then found out."""
    rows = [(inbox_id,) for inbox_id in inbox_ids]
    if rows:
        connection.exec_driver_sql("UPDATE inbox SET attempts = attempts + 1 WHERE id = ?", rows)


def _unless_busy(exclude: Collection[str]) -> tuple[str, tuple[str, ...]]:
    """The condition that leaves sessions out, and its values."""
    if not exclude:
        return "", ()
    keys = tuple(exclude)
    if len(keys) > _MOST_VALUES:
        written = json.dumps([key.encode().hex().upper() for key in keys])
        return "AND hex(head.session_key) NOT IN (SELECT value FROM json_each(?))", (written,)
    room = _BUSY_STEP
    while room < len(keys):
        room *= 2
    keys += keys[-1:] * (room - len(keys))
    return f"AND head.session_key NOT IN ({', '.join('?' * room)})", keys


def _works(connection: Connection, heads: Sequence[Any], signals: str, each: int) -> list[SessionWork]:
    """The sessions of these heads with their signals."""
    if not heads:
        return []
    waiting: dict[int, list[PendingSignal]] = {head[0]: [] for head in heads}
    for row in driver(connection).execute(signals, (json.dumps(list(waiting)), each)):
        waiting[row[0]].append(_pending_signal(row))
    return [_session_work(head, waiting[head[0]]) for head in heads]


def _session_work(head: Sequence[Any], signals: Sequence[PendingSignal]) -> SessionWork:
    first, key, state, version = head
    if fault := _fault(key, state, signals):
        return SessionWork(key="", state=None, version=0, first=first, fault=fault)
    return SessionWork(key=key, state=state, version=version or 0, first=first, signals=tuple(signals))


def _fault(key: object, state: object, signals: Sequence[PendingSignal]) -> str:
    """What keeps a session from being evaluated; empty for nothing. A column of SQLite's takes whatever it is given."""
    if not isinstance(key, str):
        return "the key of its session is no text"
    if not isinstance(state, str | None):
        return "the state of its session is no text"
    return "" if signals else "no signal of its session is found by its key"


def _work(connection: Connection, first: int, signals: str, each: int) -> SessionWork:
    """The session that this pending signal is the first of."""
    try:
        heads = driver(connection).execute(_HEAD, (first,)).fetchall()
        (work,) = _works(connection, heads, signals, each)
    except Exception as problem:
        if is_storage_failure(problem):
            raise
        # Not the error's own words: they quote what could not be read.
        fault = f"what the journal holds of it can't be read ({type(problem).__name__})"
        return SessionWork(key="", state=None, version=0, first=first, fault=fault)
    return work


def _insert_new(connection: Connection, signals: Sequence[NewSignal]) -> dict[str, int]:
    values = tuple(value for signal in signals for value in _inbox_values(signal))
    inserted = driver(connection).execute(_accept_many(len(signals)), values)
    return {row[0]: row[1] for row in inserted}


@cache
def _accept_many(count: int) -> str:
    return _ACCEPT.format(rows=", ".join([_ACCEPT_ROW] * count))


def _ids_of(connection: Connection, dedup_keys: Sequence[str]) -> dict[str, int]:
    if not dedup_keys:
        return {}
    known = select(inbox.c.dedup_key, inbox.c.id).where(inbox.c.dedup_key.in_(dedup_keys))
    return {row.dedup_key: row.id for row in connection.execute(known)}


def _inbox_values(signal: NewSignal) -> tuple[str | int | None, ...]:
    payload = signal.payload.decode() if isinstance(signal.payload, bytes) else signal.payload
    received_at = to_micros(signal.received_at)
    state, done_at = (InboxState.DONE, received_at) if signal.done else (InboxState.PENDING, None)
    key = (signal.dedup_key, signal.session_key, signal.kind)
    return (*key, payload, signal.raw, received_at, state.value, signal.reason, done_at, signal.unrouted)


def _aside_values(item: AsideItem) -> dict[str, str | int]:
    return {
        "path": item.path,
        "item": item.item,
        "field_name": item.field_name,
        "reason": item.reason,
        "received_at": to_micros(item.received_at),
    }


def _pending_signal(row: Sequence[Any]) -> PendingSignal:
    _, inbox_id, kind, payload, attempts, received_at, unrouted = row
    if not (isinstance(kind, str) and isinstance(payload, str)):
        raise TypeError(f"The columns of signal {inbox_id} hold no text.")
    return PendingSignal(
        id=inbox_id,
        kind=kind,
        payload=payload,
        attempts=attempts,
        received_at=from_micros(received_at),
        unrouted=bool(unrouted),
    )


def _save_session(connection: Connection, evaluated: Evaluated, at: int) -> bool:
    key, inbox_id, version = evaluated.session_key, evaluated.inbox_id, evaluated.base_version
    if version:
        saved = driver(connection).execute(_SAVE, (evaluated.state, at, key, version, inbox_id, key))
    else:
        saved = driver(connection).execute(_SAVE_NEW, (key, evaluated.state, at, at, inbox_id, key))
    return saved.rowcount == 1


def _outbox_values(evaluated: Evaluated, message: OutgoingMessage, at: int) -> tuple[str | int | None, ...]:
    return (
        message.message_id,
        evaluated.inbox_id,
        evaluated.session_key,
        message.rule,
        message.recipient,
        message.sender,
        at,
        at,
        message.callback_data,
        to_micros_or_none(message.expires_at),
        message.channel,
        message.content,
    )
