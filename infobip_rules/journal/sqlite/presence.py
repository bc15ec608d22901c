"""Presence of a journal's file: whether what its name leads to is still what was opened."""

from __future__ import annotations

import os
import secrets
import time
from pathlib import Path

from sqlalchemy import Engine

from infobip_rules.errors import JournalLostError
from infobip_rules.journal.sqlite.driver import driver

#: What a SQLite file begins with, and where in its first bytes stand the size of a page, the number of pages and the
#: number that is the program's own (https://www.sqlite.org/fileformat2.html, "The Database Header").
_MAGIC = b"SQLite format 3\x00"
#: What a log that is not empty begins with, by the order of bytes of its checksums ("The WAL Format").
_MAGIC_OF_LOG = (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")
_HEADER = 100
_PAGE_SIZE, _PAGES, _OWN = slice(16, 18), slice(28, 32), slice(60, 64)
#: A page size of 65536 is written as 1.
_LARGEST_PAGE = 65_536
#: Seconds that a file may be shorter than its first page says, and than it was: another process may have made it so.
_SHORT = 0.5
#: Seconds between looks at one that is.
_AGAIN = 0.01


class FilePresence:
    """Watches whether the journal's file, and the log beside it, are those that this process has open.

    SQLite keeps writing to a file that was deleted, renamed or overwritten, and reads it from its cache: what it is
    given is gone at the next start. Each opening gives the file a number of its own, which a copy put in its place lacks.
    """

    def __init__(self, path: Path, descriptor: int) -> None:
        """Looks after the file at `path`, which `descriptor` has open for as long as this is used."""
        self._path = path
        self._log = path.with_name(f"{path.name}-wal")
        #: The log's index, through which processes share it.
        self._index = path.with_name(f"{path.name}-shm")
        self._descriptor = descriptor
        self._file = _identity(os.fstat(descriptor))
        self._beside: dict[Path, tuple[int, int]] = {}
        self._numbers: set[bytes] = set()
        self._short_since: float | None = None
        #: Bytes of the file when it was last as long as its first page says. While another process writes it up from the
        #: log, that page may be ahead of the rest for any time, but nothing makes it shorter.
        self._size = 0

    def begin(self, engine: Engine) -> None:
        """Numbers this opening of the file, which `engine` writes to."""
        number = secrets.randbits(31)
        with engine.connect() as connection:
            driver(connection).execute(f"PRAGMA user_version = {number}")
            driver(connection).execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        # The number from before stays for a while if somebody who reads keeps the log from being written up.
        self._numbers = {self._header()[_OWN], number.to_bytes(4)}
        self._beside = {file: _identity(os.stat(file)) for file in (self._log, self._index)}
        self._size = os.fstat(self._descriptor).st_size

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

    def lasting_problem(self) -> JournalLostError | None:
        """As `problem`, for who is about to write: a file that is too short is looked at until it is known why.

        Written to meanwhile, one that was cut short would grow again, with holes where its pages were.
        """
        problem = self.problem()
        while problem is None and self._short_since is not None:
            time.sleep(_AGAIN)
            problem = self.problem()
        return problem

    def is_log_whole(self) -> bool:
        """Whether the log, if it is there, begins as SQLite's do."""
        try:
            beginning = _beginning(self._log)
        except OSError:
            return True
        return not beginning or beginning in _MAGIC_OF_LOG

    def _fact(self) -> str | None:
        try:
            if _identity(os.stat(self._path)) != self._file:
                return "is another file than the one that was opened"
            for file, known in self._beside.items():
                if _identity(os.stat(file)) != known:
                    return f"has another {file.name} than before"
        except FileNotFoundError as error:
            return f"is gone ({Path(error.filename).name} is not there)"
        except OSError as error:
            return f"can't be looked at ({error.strerror})"
        if not self.is_log_whole():
            return f"has a log that was overwritten or truncated ({self._log.name})"
        header = self._header()
        if not header.startswith(_MAGIC) or header[_OWN] not in self._numbers:
            return "was overwritten while the host runs"
        return "was truncated while the host runs" if self._is_short(header) else None

    def _header(self) -> bytes:
        return os.pread(self._descriptor, _HEADER, 0)

    def _is_short(self, header: bytes) -> bool:
        page = int.from_bytes(header[_PAGE_SIZE])
        size = int.from_bytes(header[_PAGES]) * (_LARGEST_PAGE if page == 1 else page)
        found = os.fstat(self._descriptor).st_size
        if found >= size:
            self._size = found
        if found >= min(size, self._size):
            self._short_since = None
            return False
        if self._short_since is None:
            self._short_since = time.monotonic()
        return time.monotonic() - self._short_since > _SHORT


def _beginning(log: Path) -> bytes:
    # SQLite locks no byte of the log itself, so that closing it lets go of nothing.
    descriptor = os.open(log, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.pread(descriptor, len(_MAGIC_OF_LOG[0]), 0)
    finally:
        os.close(descriptor)


def _identity(found: os.stat_result) -> tuple[int, int]:
    return found.st_dev, found.st_ino
