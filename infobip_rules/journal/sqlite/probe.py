"""A write that takes room like a message and leaves nothing: whether the journal could keep one."""

from __future__ import annotations

from sqlalchemy import Connection

from infobip_rules.journal.sqlite.driver import driver

#: Letters; a message with all that is kept of it takes less.
_SIZE = 16_384
#: No session's: they are keyed by what a person's address is.
_KEY = " probe"


def probe(connection: Connection) -> None:
    """Takes room in the journal and gives it back, in the caller's transaction."""
    execute = driver(connection).execute
    execute("INSERT INTO session VALUES (?, ?, 0, 0, 0)", (_KEY, " " * _SIZE))
    execute("DELETE FROM session WHERE key = ?", (_KEY,))
