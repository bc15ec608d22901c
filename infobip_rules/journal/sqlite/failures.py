"""Failures of the database, as JournalErrors that name the file and what to do about it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from infobip_rules.errors import JournalError, JournalLostError, JournalRefusalError

#: SQLite's primary result code -> fact and remedy. These concern the file, not one statement.
_STORAGE: dict[int, tuple[str, str]] = {
    sqlite3.SQLITE_NOTADB: (
        "is not a SQLite database",
        "Let INFOBIP_JOURNAL_URL name another file, or move this one away.",
    ),
    sqlite3.SQLITE_CORRUPT: (
        "is damaged",
        "Keep a copy of it, then restore a backup or save what can be read with the sqlite3 command .recover.",
    ),
    sqlite3.SQLITE_FULL: (
        "can't grow, the disk is full: nothing of this was stored",
        "Free some space; writing goes on by itself.",
    ),
    sqlite3.SQLITE_READONLY: (
        "can't be written",
        "Give this user the right to write the file and its directory.",
    ),
    sqlite3.SQLITE_BUSY: (
        "is locked by another program",
        "Close whatever else writes to it, such as an sqlite3 shell.",
    ),
    sqlite3.SQLITE_LOCKED: (
        "is locked by another program",
        "Close whatever else writes to it, such as an sqlite3 shell.",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "can't be opened",
        "Check that the file and its directory exist and that this user may read and write them.",
    ),
    sqlite3.SQLITE_IOERR: (
        "can't be read or written, the disk reports an error",
        "Check the disk; what was acknowledged before is safe as far as the disk kept it.",
    ),
}

#: What the driver says of a text that is not UTF-8, without a code: the file holds what no program wrote there.
_NO_TEXT = "Could not decode to UTF-8"


def is_storage_failure(error: BaseException) -> bool:
    """Whether `error` concerns the file as a whole, so that trying the next statement is of no use just now."""
    return isinstance(error, JournalLostError) or _code(error) in _STORAGE


def explain(error: BaseException, path: Path) -> BaseException:
    """The JournalError to raise for an error of the database in the journal at `path`; any other error as it is.

    Statements and their values are left out: they hold people's numbers and messages.
    """
    if isinstance(error, JournalLostError):
        return JournalLostError(error.fact, error.remedy, **error.context)
    if not isinstance(error, (sqlite3.Error, SQLAlchemyError)):
        return error
    code = _code(error)
    cause = str(_of_driver(error) or type(error).__name__)
    kind = JournalError if code in _STORAGE else JournalRefusalError
    if cause.startswith(_NO_TEXT):  # one row, not the file
        code = sqlite3.SQLITE_CORRUPT
    fact, remedy = _STORAGE.get(code, ("refused an operation", "This is a bug in the program that asked for it."))
    explained = kind(f"The journal {path} {fact} ({cause}).", remedy, path=str(path), code=code)
    explained.__cause__ = error
    return explained


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turns errors of the database at `path` into JournalErrors."""
    try:
        yield
    except (sqlite3.Error, SQLAlchemyError) as error:
        raise explain(error, path) from error


def _of_driver(error: BaseException) -> BaseException | None:
    return error.orig if isinstance(error, DBAPIError) else error


def _code(error: BaseException) -> int:
    # The low byte is the primary code; the rest says which kind of it.
    return int(getattr(_of_driver(error), "sqlite_errorcode", 0) or 0) & 0xFF
