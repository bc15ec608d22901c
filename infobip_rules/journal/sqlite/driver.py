"""The driver's own connection inside a transaction of SQLAlchemy's, for statements that every message passes through.

SQLAlchemy spends several times as long around such a statement as SQLite does in it.
"""

from __future__ import annotations

import sqlite3
from typing import cast

from sqlalchemy import Connection


def driver(connection: Connection) -> sqlite3.Connection:
    """What executes plain SQL at once, in the transaction that `connection` has begun."""
    return cast(sqlite3.Connection, connection.connection.driver_connection)
