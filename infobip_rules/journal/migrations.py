"""Journals of earlier versions are brought to this one when a host opens them."""

from __future__ import annotations

from sqlalchemy import Connection, Index, Table, inspect, select, update

from infobip_rules.journal.schema import SCHEMA_VERSION, inbox, indexes, meta, outbox, timer, trace

#: What each version added to the one before: tables and indexes, made as the schema has them.
_ADDED: dict[int, tuple[Table | Index, ...]] = {
    2: (
        indexes(outbox)["outbox_by_recipient"],
        indexes(outbox)["outbox_held"],
        indexes(inbox)["inbox_dead_by_session"],
        timer,
    ),
    3: (trace,),
}


def can_migrate(connection: Connection) -> bool:
    """Whether the database is a journal of an earlier version."""
    if meta.name not in inspect(connection).get_table_names():
        return False
    version = connection.execute(select(meta.c.schema_version)).scalar()
    return version is not None and 1 <= version < SCHEMA_VERSION


def migrate(connection: Connection) -> None:
    """Make a journal of an earlier version one of this, in the caller's transaction."""
    version = connection.execute(select(meta.c.schema_version)).scalar_one()
    for number in range(version + 1, SCHEMA_VERSION + 1):
        for added in _ADDED[number]:
            added.create(connection)
    connection.execute(update(meta).values(schema_version=SCHEMA_VERSION))
