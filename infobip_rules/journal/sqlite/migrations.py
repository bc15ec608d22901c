"""Journals of earlier versions are brought to this one when a host opens them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Column, Connection, Index, Table, inspect, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.schema import CreateColumn

from infobip_rules.errors import JournalError
from infobip_rules.journal.sqlite.contents import make_contents
from infobip_rules.journal.sqlite.schema import SCHEMA_VERSION, inbox, indexes, meta, outbox, retry, tally, timer, trace
from infobip_rules.journal.sqlite.tallies import count_past, create_triggers

#: What each version added to the one before: tables and indexes, made as the schema has them.
_ADDED: dict[int, tuple[Table | Index, ...]] = {
    2: (
        indexes(outbox)["outbox_by_recipient"],
        indexes(outbox)["outbox_held"],
        indexes(inbox)["inbox_dead_by_session"],
        timer,
    ),
    3: (trace,),
    4: (tally,),
    6: (retry,),
}
#: Columns that each version added to the tables from before.
_WIDENED: dict[int, tuple[Column[Any], ...]] = {
    5: (outbox.c.callback_data, outbox.c.expires_at, outbox.c.unknowns),
    7: (inbox.c.unrouted,),
    8: (outbox.c.channel, outbox.c.content),
}
#: Columns that each version took from the tables from before, once what they held is elsewhere.
_NARROWED: dict[int, tuple[tuple[Table, str], ...]] = {8: ((outbox, "text"), (outbox, "shorten_url"))}
#: What else a version needs, after its tables and indexes.
_AND_THEN: dict[int, tuple[Callable[[Connection], None], ...]] = {
    4: (create_triggers, count_past),
    8: (make_contents,),
}
#: What SQLite says if something is in the way that somebody made in the journal: what it is, and its name.
_IN_THE_WAY = (
    re.compile(r"error in (index|trigger|view) (.+?)(?: after drop column)?: "),
    re.compile(r"(index|table|trigger|view) (.+) already exists$"),
    re.compile(r"duplicate (column) name: (.+)$"),
)


def can_migrate(connection: Connection) -> bool:
    """Whether the database is a journal of an earlier version."""
    if meta.name not in inspect(connection).get_table_names():
        return False
    version = connection.execute(select(meta.c.schema_version)).scalar()
    return version is not None and 1 <= version < SCHEMA_VERSION


def migrate(connection: Connection, name: str) -> None:
    """Makes a journal of an earlier version one of this, in the caller's transaction.

    Raises JournalError, naming the journal as `name`, if something is in the way that infobip-rules did not make.
    """
    version = connection.execute(select(meta.c.schema_version)).scalar_one()
    with _naming_what_is_in_the_way(name):
        _migrate(connection, version)


def _migrate(connection: Connection, version: int) -> None:
    for number in range(version + 1, SCHEMA_VERSION + 1):
        for added in _ADDED.get(number, ()):
            added.create(connection)
        for column in _WIDENED.get(number, ()):
            definition = CreateColumn(column).compile(dialect=connection.dialect)
            connection.exec_driver_sql(f"ALTER TABLE {column.table.name} ADD COLUMN {definition}")
        for step in _AND_THEN.get(number, ()):
            step(connection)
        for table, name in _NARROWED.get(number, ()):
            connection.exec_driver_sql(f"ALTER TABLE {table.name} DROP COLUMN {name}")
    connection.execute(update(meta).values(schema_version=SCHEMA_VERSION))


@contextmanager
def _naming_what_is_in_the_way(journal: str) -> Iterator[None]:
    try:
        yield
    except OperationalError as problem:
        found = next((match for pattern in _IN_THE_WAY if (match := pattern.search(str(problem.orig)))), None)
        if found is None:
            raise
        kind, own = found.groups()
        fact = f"The journal {journal} can't be brought to this version: the {kind} {own!r} is in the way"
        raise JournalError(
            f"{fact}, which infobip-rules did not make.",
            f"Drop it with an sqlite3 shell{_statement(kind, own)}, and start again; the journal is left as it was.",
        ) from problem


def _statement(kind: str, name: str) -> str:
    """Returns how to drop something, as far as its name says it: a column stands in a table."""
    quoted = '"' + name.replace('"', '""') + '"'
    return "" if kind == "column" else f" (DROP {kind.upper()} {quoted})"
