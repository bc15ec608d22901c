"""Connections to a journal's SQLite file: one that writes durably, others that only read."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import StaticPool

from infobip_rules.errors import JournalError

#: Seconds that a connection waits for another one to finish writing.
_PATIENCE = 5.0
#: Every commit reaches the disk before it is acknowledged.
DURABLE = "PRAGMA synchronous = FULL"
#: Commits reach the disk in order, but later. Not for use inside a transaction, where SQLite passes over it.
NOT_DURABLE = "PRAGMA synchronous = NORMAL"
#: In WAL mode readers don't stop the writer; the file keeps the mode.
_WRITER_PRAGMAS = ("PRAGMA journal_mode = WAL", DURABLE)


def file_of(url: str) -> Path:
    """The absolute path of the file that a journal URL such as `sqlite:///infobip-rules.db` names.

    JournalError if the URL can't be read, is not SQLite's, or keeps nothing on disk.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise JournalError("The journal URL can't be read.", "Write it like sqlite:///infobip-rules.db.") from None
    if parsed.get_backend_name() != "sqlite":
        raise JournalError(
            f"The journal URL {parsed.render_as_string(hide_password=True)} is not one of SQLite.",
            "Write it like sqlite:///infobip-rules.db; other databases are not supported yet.",
        )
    if not parsed.database or parsed.database.startswith((":memory:", "file:")):
        raise JournalError(
            "The journal URL names no file, so that nothing would survive a restart.",
            "Write it like sqlite:///infobip-rules.db.",
        )
    if parsed.query:
        raise JournalError(
            f"The journal URL holds options ({', '.join(parsed.query)}) after a question mark, which are not supported.",
            "Write it without them, like sqlite:///infobip-rules.db; INFOBIP_JOURNAL_URL names the file only.",
        )
    # Two names of one file must take the same lock.
    path = _expanded(parsed.database).resolve()
    if path.is_dir() or parsed.database.endswith("/"):
        raise JournalError(f"The journal {path} is a directory.", "Let INFOBIP_JOURNAL_URL name a file in it.")
    return path


def _expanded(name: str) -> Path:
    try:
        return Path(name).expanduser()
    except RuntimeError:
        raise JournalError(
            f"The journal URL begins with {Path(name).parts[0]}, whose home is not known.",
            "Let INFOBIP_JOURNAL_URL name the whole path, like sqlite:////var/lib/infobip-rules.db.",
        ) from None


def writing_engine(path: Path) -> Engine:
    """An engine whose transactions take the write lock at once and are on disk when their commit returns."""
    engine = _engine(f"file:{quote(str(path))}?mode=rwc", _WRITER_PRAGMAS)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def editing_engine(path: Path) -> Engine:
    """As `writing_engine`, for an existing file that somebody else may be writing to: it is waited for."""
    engine = _engine(f"file:{quote(str(path))}?mode=rw", (DURABLE,))
    event.listen(engine, "begin", _begin_immediate)
    return engine


def reading_engine(path: Path) -> Engine:
    """An engine that sees one consistent state of an existing file per transaction, and can't change anything."""
    engine = _engine(f"file:{quote(str(path))}?mode=ro", ())
    event.listen(engine, "begin", _begin)
    return engine


def memory_engine(driver: sqlite3.Connection) -> Engine:
    """An engine on one connection to a database in memory; disposed of, it closes that."""
    engine = create_engine("sqlite+pysqlite://", creator=lambda: driver, poolclass=StaticPool, hide_parameters=True)
    event.listen(engine, "begin", _begin)
    return engine


def _engine(uri: str, pragmas: Sequence[str]) -> Engine:
    def connect() -> sqlite3.Connection:
        # isolation_level None: the driver starts no transaction by itself, the "begin" event does. One connection is
        # handed from thread to thread by the pool, never used by two at once.
        connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, timeout=_PATIENCE)
        try:
            for pragma in pragmas:
                connection.execute(pragma)
        except BaseException:
            connection.close()
            raise
        return connection

    return create_engine(
        "sqlite+pysqlite:///journal", creator=connect, pool_size=1, max_overflow=0, hide_parameters=True
    )


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
