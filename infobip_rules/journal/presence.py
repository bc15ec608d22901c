"""Presence of a journal's file: whether what its name leads to is still what was opened."""

from __future__ import annotations

import os
import secrets
import time
from pathlib import Path

from sqlalchemy import Engine

from infobip_rules.errors import JournalLostError
from infobip_rules.journal.hot import driver

#: What a SQLite file begins with, and where in its first bytes stand the size of a page, the number of pages and the
#: number that is the program's own (https://www.sqlite.org/fileformat2.html, "The Database Header").
_MAGIC = b"SQLite format 3\x00"
_HEADER = 100
_PAGE_SIZE, _PAGES, _OWN = slice(16, 18), slice(28, 32), slice(60, 64)
#: A page size of 65536 is written as 1.
_LARGEST_PAGE = 65_536
#: Seconds that a file may be shorter than its first page says: another process may be writing it up from the log.
_SHORT = 0.5


class FilePresence:
    """Looks whether the journal's file, and the log beside it, are those that this process has open.

    SQLite keeps writing to a file that was deleted, renamed or overwritten, and reads it from its cache: what it is
    given is gone at the next start. Each opening gives the file a number of its own, which a copy put in its place lacks.
    """

    def __init__(self, path: Path, descriptor: int) -> None:
        """Look after the file at `path`, which `descriptor` has open for as long as this is used."""
        self._path = path
        self._log = path.with_name(f"{path.name}-wal")
        self._descriptor = descriptor
        self._file = _identity(os.fstat(descriptor))
        self._log_file: tuple[int, int] | None = None
        self._numbers: set[bytes] = set()
        self._short_since: float | None = None

    def begin(self, engine: Engine) -> None:
        """Number this opening of the file, which `engine` writes to."""
        number = secrets.randbits(31)
        with engine.connect() as connection:
            driver(connection).execute(f"PRAGMA user_version = {number}")
            driver(connection).execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        # The number from before stays for a while if somebody who reads keeps the log from being written up.
        self._numbers = {self._header()[_OWN], number.to_bytes(4)}
        self._log_file = _identity(os.stat(self._log))

    def problem(self) -> JournalLostError | None:
        """What has become of the file; None if it is as it should be."""
        fact = self._fact()
        if fact is None:
            return None
        return JournalLostError(
            f"The journal {self._path} {fact}: nothing is taken in.",
            "Put back the file that was there, or stop the host before you put another one (without -wal and -shm of "
            "the one before) in its place.",
            path=str(self._path),
        )

    def _fact(self) -> str | None:
        try:
            if _identity(os.stat(self._path)) != self._file:
                return "is another file than the one that was opened"
            log = _identity(os.stat(self._log))
        except FileNotFoundError as error:
            return f"is gone ({Path(error.filename).name} is not there)"
        except OSError as error:
            return f"can't be looked at ({error.strerror})"
        if log != self._log_file:
            return f"has another log than before ({self._log.name})"
        header = self._header()
        if not header.startswith(_MAGIC) or header[_OWN] not in self._numbers:
            return "was overwritten while the host runs"
        return "was truncated while the host runs" if self._is_short(header) else None

    def _header(self) -> bytes:
        return os.pread(self._descriptor, _HEADER, 0)

    def _is_short(self, header: bytes) -> bool:
        page = int.from_bytes(header[_PAGE_SIZE])
        size = int.from_bytes(header[_PAGES]) * (_LARGEST_PAGE if page == 1 else page)
        if os.fstat(self._descriptor).st_size >= size:
            self._short_since = None
            return False
        self._short_since = self._short_since or time.monotonic()
        return time.monotonic() - self._short_since > _SHORT


def _identity(found: os.stat_result) -> tuple[int, int]:
    return found.st_dev, found.st_ino
