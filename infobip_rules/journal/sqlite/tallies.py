"""Counts of what has happened, kept by the database itself with each change: they never go back, whatever is forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from infobip_rules.journal.moments import from_micros, to_micros
from infobip_rules.journal.views import Tally

#: Microseconds. Traffic is counted by the hour, rules by the day, as there may be a thousand of them.
HOUR = 3_600_000_000
DAY = 24 * HOUR

_COUNT = "ON CONFLICT DO UPDATE SET count = count + excluded.count, last_at = max(last_at, excluded.last_at)"
_UNDELIVERED = "('UNDELIVERABLE', 'EXPIRED', 'REJECTED')"


def _since(moment: str, step: int) -> str:
    return f"{moment} / {step} * {step}"


def _named(document: str, group: str, path: str, none: str = "") -> str:
    """The name that a document of Infobip's has at `path`, else the group; names are open, so they are kept short."""
    name = f"CASE WHEN json_valid({document}) THEN json_extract({document}, '{path}') END"
    return f"substr(coalesce(nullif(nullif({name}, ''), '{none}'), {group}), 1, 60)"


# When a message was sent last stands for what became of it: reports say when in the provider's time, or not at all.
_SENT_AT = "coalesce(new.sent_at, new.created_at)"
_REFUSED = _named("new.status", "'REJECTED'", "$.name")
_UNDELIVERED_FOR = (
    f"substr(new.delivery_group || coalesce(': ' || nullif({_named('new.report', 'NULL', '$.error.name', 'NO_ERROR')}, "
    f"''), ''), 1, 60)"
)

#: By name: the table, what sets it off, and what it counts (what, label, since when, when).
_COUNTED: dict[str, tuple[str, str, str]] = {
    "tally_received": (
        "AFTER INSERT ON inbox",
        "",
        f"VALUES ('received', new.kind, {_since('new.received_at', HOUR)}, 1, new.received_at)",
    ),
    "tally_fired": (
        "AFTER UPDATE OF state ON inbox",
        "new.state = 1 AND old.state = 0 AND new.fired <> '[]'",
        f"SELECT 'fired', value, {_since('new.done_at', DAY)}, 1, new.done_at FROM json_each(new.fired) WHERE true",  # noqa: S608 - of constants
    ),
    "tally_dead": (
        "AFTER UPDATE OF state ON inbox",
        "new.state = 2 AND old.state <> 2",
        f"VALUES ('dead', new.rule, {_since('new.done_at', HOUR)}, 1, new.done_at)",
    ),
    "tally_sent": (
        "AFTER UPDATE OF state ON outbox",
        "new.state = 2 AND old.state <> 2",
        f"VALUES ('sent', '', {_since(_SENT_AT, HOUR)}, 1, {_SENT_AT})",
    ),
    "tally_failed": (
        "AFTER UPDATE OF state ON outbox",
        "new.state IN (3, 5) AND old.state NOT IN (3, 5)",
        f"VALUES ('failed', CASE new.state WHEN 5 THEN 'given up' ELSE {_REFUSED} END, {_since(_SENT_AT, HOUR)}, 1, "
        f"{_SENT_AT})",
    ),
    "tally_delivered": (
        "AFTER UPDATE OF delivery_group ON outbox",
        "new.delivery_group = 'DELIVERED' AND old.delivery_group <> 'DELIVERED'",
        f"VALUES ('delivered', '', {_since(_SENT_AT, HOUR)}, 1, {_SENT_AT})",
    ),
    "tally_undelivered": (
        "AFTER UPDATE OF delivery_group ON outbox",
        f"new.delivery_group IN {_UNDELIVERED} AND old.delivery_group <> new.delivery_group",
        f"VALUES ('failed', {_UNDELIVERED_FOR}, {_since(_SENT_AT, HOUR)}, 1, {_SENT_AT})",
    ),
}


def create_triggers(connection: Connection) -> None:
    """Makes the database count from here on, in the caller's transaction."""
    for name, (event, when, counted) in _COUNTED.items():
        condition = f"WHEN {when}" if when else ""
        into = f"INSERT INTO tally (what, label, since, count, last_at) {counted} {_COUNT};"
        connection.exec_driver_sql(f"CREATE TRIGGER {name} {event} {condition} BEGIN {into} END")


def count_past(connection: Connection) -> None:
    """Counts what a journal holds that did not count before, in the caller's transaction."""
    sent_at = "coalesce(sent_at, created_at)"
    for what, label, moment, step, rows in (
        ("received", "kind", "received_at", HOUR, "inbox WHERE true"),
        ("fired", "value", "done_at", DAY, "inbox, json_each(fired) WHERE state = 1 AND done_at IS NOT NULL"),
        ("dead", "rule", "done_at", HOUR, "inbox WHERE state = 2 AND done_at IS NOT NULL"),
        ("sent", "''", sent_at, HOUR, "outbox WHERE state = 2"),
        ("delivered", "''", sent_at, HOUR, "outbox WHERE delivery_group = 'DELIVERED'"),
        ("failed", "delivery_group", sent_at, HOUR, f"outbox WHERE delivery_group IN {_UNDELIVERED}"),
        ("failed", "'REJECTED'", sent_at, HOUR, "outbox WHERE state = 3"),
        ("failed", "'given up'", sent_at, HOUR, "outbox WHERE state = 5"),
    ):
        counted = f"SELECT '{what}', {label}, {_since(moment, step)}, count(*), max({moment})"
        connection.exec_driver_sql(f"INSERT INTO tally {counted} FROM {rows} GROUP BY 1, 2, 3 {_COUNT}")


def tallies(connection: Connection, *, since: datetime) -> list[Tally]:
    """Counts by hour or day from `since` on, oldest first."""
    rows = connection.exec_driver_sql(
        "SELECT what, label, since, count, last_at FROM tally WHERE since >= ? ORDER BY since, what, label",
        (to_micros(since),),
    )
    return _read(rows.fetchall())


def totals(connection: Connection) -> list[Tally]:
    """Counts of all time, by what and label; `since` is when the first of them was."""
    rows = connection.exec_driver_sql(
        "SELECT what, label, min(since), sum(count), max(last_at) FROM tally GROUP BY what, label"
    )
    return _read(rows.fetchall())


def fold_tallies(connection: Connection, *, before: datetime) -> int:
    """Adds up counts from before a moment, one for each label: their hours are forgotten. How many rows went."""
    fold = f"""
        INSERT INTO tally SELECT what, label, 0, sum(count), max(last_at) FROM tally WHERE since > 0 AND since < ?
        GROUP BY what, label {_COUNT}"""  # noqa: S608 - of constants
    connection.exec_driver_sql(fold, (to_micros(before),))
    return connection.exec_driver_sql("DELETE FROM tally WHERE since > 0 AND since < ?", (to_micros(before),)).rowcount


def _read(rows: Sequence[Sequence[object]]) -> list[Tally]:
    return [
        Tally(what=str(what), label=str(label), since=_moment(since), count=_whole(count), last_at=_moment(last))
        for what, label, since, count, last in rows
    ]


def _whole(value: object) -> int:
    assert isinstance(value, int)  # noqa: S101 - the column's type
    return value


def _moment(value: object) -> datetime:
    return from_micros(_whole(value))
