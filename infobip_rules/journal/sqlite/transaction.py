"""The type of what operations on a journal are given, for those who write operations and need no SQLAlchemy."""

from sqlalchemy import Connection

#: A connection inside a transaction, which may be shared with other operations.
Transaction = Connection

__all__ = ["Transaction"]
