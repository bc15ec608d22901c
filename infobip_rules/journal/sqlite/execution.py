"""Execution of operations on a database: what reads them, what writes them, and the operations themselves.

An operation is a function of a connection inside a transaction that it may share with others. It may be run once more by
itself if one of them fails, so that it does nothing but use its connection.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, Self, TypeVar

from sqlalchemy import Connection

T = TypeVar("T")


class Reads(Protocol):
    """What runs operations that only look."""

    def read(self, operation: Callable[[Connection], T], /) -> T:
        """The result of `operation`, which sees one consistent state and can't write. Raises JournalError."""
        ...


class Writes(Reads, Protocol):
    """What runs operations that write, too."""

    async def run(self, operation: Callable[[Connection], T], /, *, durable: bool = True, droppable: bool = False) -> T:
        """The result of `operation` once what it wrote is kept. Raises JournalError, or what it raises itself.

        With `durable` False a power cut may take it back, a killed process not. It is run also if the task that waits
        for it is cancelled, unless it is `droppable` and has not begun.
        """
        ...


class JointOperation:
    """An operation that costs less if several of its kind in one transaction are run as one."""

    def __call__(self, connection: Connection) -> Any:
        """What it comes to by itself."""
        (result,) = self.together(connection, [self])
        return result

    @classmethod
    def together(cls, connection: Connection, operations: Sequence[Self]) -> Sequence[Any]:
        """What each of several comes to, in their order."""
        raise NotImplementedError
