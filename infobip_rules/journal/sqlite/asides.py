"""Items that were set aside: found one by one, marked to be taken in again, forgotten."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select

from infobip_rules.journal.records import AsideRow
from infobip_rules.journal.sqlite.rows import aside_row
from infobip_rules.journal.sqlite.schema import aside, retry


def find_aside(connection: Connection, aside_id: int) -> AsideRow | None:
    """The item of that id, or None."""
    row = connection.execute(select(aside).where(aside.c.id == aside_id)).one_or_none()
    return None if row is None else aside_row(row)


def all_asides(connection: Connection) -> list[int]:
    """The ids of all items, in the order in which they came."""
    return list(connection.execute(select(aside.c.id).order_by(aside.c.id)).scalars())


def mark_for_retry(connection: Connection, aside_id: int) -> None:
    """Marks an item to be taken in again by a host; marking it twice is the same as once."""
    connection.execute(delete(retry).where(retry.c.aside_id == aside_id))
    connection.execute(insert(retry).values(aside_id=aside_id))


def marked_for_retry(connection: Connection, *, limit: int) -> list[AsideRow]:
    """Up to `limit` items that are to be taken in again, in the order in which they came."""
    rows = select(aside).join(retry, retry.c.aside_id == aside.c.id).order_by(aside.c.id).limit(limit)
    return [aside_row(row) for row in connection.execute(rows)]


def unmark(connection: Connection, aside_id: int) -> None:
    """Leaves an item set aside that was to be taken in again."""
    connection.execute(delete(retry).where(retry.c.aside_id == aside_id))


def forget_aside(connection: Connection, aside_id: int) -> bool:
    """Takes an item out of the journal; False if there is none of that id."""
    unmark(connection, aside_id)
    return connection.execute(delete(aside).where(aside.c.id == aside_id)).rowcount == 1
