"""Messages on their way out: claimed, sent or looked up, recorded, and joined by their delivery reports."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, text, update

from infobip_rules.journal.moments import to_micros, to_micros_or_none
from infobip_rules.journal.records import UNDECIDED, UNSETTLED, OutboxRow, OutboxState, ReportUpdate, SentRecord
from infobip_rules.journal.sqlite.driver import driver
from infobip_rules.journal.sqlite.inbox import accept
from infobip_rules.journal.sqlite.rows import OUTBOX_COLUMNS as COLUMNS
from infobip_rules.journal.sqlite.rows import outbox_row
from infobip_rules.journal.sqlite.schema import outbox

#: Status groups after which nothing new is to be expected.
FINAL_GROUPS = frozenset({"UNDELIVERABLE", "DELIVERED", "EXPIRED", "REJECTED"})
#: The one of them that nothing replaces.
DELIVERED = "DELIVERED"

#: What Infobip decided.
_DECISIONS = frozenset({OutboxState.ACCEPTED, OutboxState.REJECTED})

# Literal states: SQLite uses a partial index only where it sees the value while it plans.
_READY = text("outbox.state = 0")
_SENDING = text("outbox.state = 1")
_UNKNOWN = text("outbox.state = 4")
_SEQ, _DUE_AT = COLUMNS.index("seq"), COLUMNS.index("due_at")
_BY_AGE = (outbox.c.due_at, outbox.c.seq)

_CLAIM = f"""
    UPDATE outbox SET state = 1, attempts = attempts + 1, sent_at = ?
    WHERE seq IN (SELECT seq FROM outbox WHERE state = 0 AND due_at <= ? ORDER BY due_at, seq LIMIT ?)
    RETURNING {", ".join(COLUMNS)}"""  # noqa: S608 - names of our own

# Look-ups are counted while the outcome stays unknown, and start over when the message is sent again. One that failed
# (the logs could not be asked) does not count: it says nothing about the message. What was given up may turn out to have
# been taken, or rejected, after all.
_RECORD = """
    UPDATE outbox SET state = ?1, status = coalesce(?2, status), reason = ?3, due_at = coalesce(?4, due_at),
                      lookups = CASE state WHEN 4 THEN lookups + ?5 ELSE 0 END,
                      unknowns = unknowns + (?1 = 4 AND state <> 4), attempts = max(attempts - ?6, 0)
    WHERE message_id = ?7 AND (state IN (0, 1, 4) OR (state = 5 AND ?1 IN (2, 3)))"""

# By whether the message was delivered, which stands above whatever else is reported.
_REPORT = {
    True: "UPDATE outbox SET delivery_group = ?, report = ? WHERE message_id = ?",
    False: """
        UPDATE outbox SET delivery_group = coalesce(nullif(?, ''), delivery_group), report = ? WHERE message_id = ?
        AND delivery_group NOT IN ('UNDELIVERABLE', 'DELIVERED', 'EXPIRED', 'REJECTED')""",
}


def claim(connection: Connection, *, now: datetime, limit: int) -> list[OutboxRow]:
    """Takes up to `limit` messages that are ready and due, oldest first: they are `sending` until they are recorded."""
    at = to_micros(now)
    claimed = driver(connection).execute(_CLAIM, (at, at, limit)).fetchall()
    # RETURNING promises no order.
    return [outbox_row(row) for row in sorted(claimed, key=_age)]


def _age(row: Sequence[Any]) -> tuple[int, int]:
    return row[_DUE_AT], row[_SEQ]


def unknown_due(connection: Connection, *, now: datetime, limit: int) -> list[OutboxRow]:
    """Up to `limit` messages of unknown outcome whose next look into the logs is due, oldest first.

    Nothing is marked: `record` what was found, or they are handed out again.
    """
    unknown = select(outbox).where(_UNKNOWN, outbox.c.due_at <= to_micros(now))
    return [outbox_row(row) for row in connection.execute(unknown.order_by(*_BY_AGE).limit(limit))]


def record(connection: Connection, outcomes: Iterable[SentRecord]) -> int:
    """Writes what became of messages, and takes in the signal of each; returns how many were written.

    An outcome of a message that is settled already (accepted, rejected, failed) or not there is passed over, with its
    signal; but one that was given up may still be accepted or rejected.
    """
    given = {outcome.message_id: outcome for outcome in outcomes}
    with_signal = [outcome for outcome in given.values() if outcome.signal is not None]
    signals = [given[message_id].signal for message_id in _open_for(connection, with_signal)] if with_signal else []
    written = driver(connection).executemany(_RECORD, [_outcome_values(outcome) for outcome in given.values()])
    accept(connection, [signal for signal in signals if signal is not None])
    return written.rowcount if given else 0


def apply_report(connection: Connection, report: ReportUpdate) -> OutboxRow | None:
    """Keeps a delivery report with its message and returns that; None if the message is not ours.

    Reports come in any order: a final one is replaced only by one that says DELIVERED, which stays. The message's own
    state stays. A report on one that is not settled, or was given up, shows what Infobip has made of it: `record` that
    in the same transaction, so that it is not sent again.
    """
    connection.exec_driver_sql(_REPORT[report.group == DELIVERED], (report.group, report.report, report.message_id))
    return find_message(connection, report.message_id)


def find_message(connection: Connection, message_id: str) -> OutboxRow | None:
    """The message of that id, or None."""
    row = connection.execute(select(outbox).where(outbox.c.message_id == message_id)).one_or_none()
    return None if row is None else outbox_row(row)


def recover(connection: Connection, *, due_at: datetime, besides: Collection[str] = ()) -> int:
    """Makes messages in `sending` ones of unknown outcome, to be looked up at `due_at`; returns how many there were.

    `besides` are those that are really being sent. When a run starts there are none: whatever is in `sending` then was
    left by one that died.
    """
    left = connection.execute(
        update(outbox)
        .where(_SENDING, outbox.c.message_id.not_in(besides))
        .values(state=OutboxState.UNKNOWN.value, due_at=to_micros(due_at), lookups=0, unknowns=outbox.c.unknowns + 1)
    )
    return left.rowcount


def bring_forward(connection: Connection, *, now: datetime) -> int:
    """Makes messages due that a clock dated which has gone back since; returns how many there were.

    What they wait for was meant to be seconds or hours away, and is now as much further as the clock went back.
    """
    at = to_micros(now)
    ahead = (outbox.c.due_at > at) & ((outbox.c.created_at > at) | (outbox.c.sent_at > at))
    # One state at a time: SQLite uses the partial index for neither of two.
    return sum(
        connection.execute(update(outbox).where(waiting, ahead).values(due_at=at)).rowcount
        for waiting in (_READY, _UNKNOWN)
    )


def resend(connection: Connection, message_id: str, *, now: datetime) -> bool:
    """Makes a message that was given up ready again, as if never tried, under its messageId; False if it is not FAILED.

    Whoever asks for it finds its text worth sending.
    """
    statement = update(outbox).where(outbox.c.message_id == message_id, outbox.c.state == OutboxState.FAILED)
    afresh = {"attempts": 0, "lookups": 0, "unknowns": 0, "expires_at": None, "reason": ""}
    revived = connection.execute(statement.values(state=OutboxState.READY, due_at=to_micros(now), **afresh))
    return revived.rowcount == 1


def _open_for(connection: Connection, outcomes: Sequence[SentRecord]) -> Sequence[str]:
    """The messages for which these outcomes may be recorded, in the order in which they were written."""
    decided = [outcome.message_id for outcome in outcomes if outcome.state in _DECISIONS]
    other = [outcome.message_id for outcome in outcomes if outcome.state not in _DECISIONS]
    may = (outbox.c.message_id.in_(decided) & outbox.c.state.in_(UNDECIDED)) | (
        outbox.c.message_id.in_(other) & outbox.c.state.in_(UNSETTLED)
    )
    return connection.execute(select(outbox.c.message_id).where(may).order_by(outbox.c.seq)).scalars().all()


def _outcome_values(outcome: SentRecord) -> tuple[str | int | bool | None, ...]:
    due_at = to_micros_or_none(outcome.due_at)
    said = (outcome.state.value, outcome.status, outcome.reason, due_at, outcome.looked_up, outcome.uncounted)
    return (*said, outcome.message_id)
