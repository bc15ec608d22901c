"""Errors of the database as people read them."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from infobip_rules.errors import JournalError
from infobip_rules.journal.sqlite.failures import explain, explained, is_storage_failure
from tests.journal.make import ANA

PATH = Path("/data/journal.db")


def sqlite_error(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError("the driver's words")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (sqlite3.SQLITE_NOTADB, "is not a SQLite database"),
        (sqlite3.SQLITE_CORRUPT, "is damaged"),
        (sqlite3.SQLITE_FULL, "the disk is full: nothing of this was stored"),
        (sqlite3.SQLITE_READONLY_DIRECTORY, "can't be written"),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, "is locked by another program"),
        (sqlite3.SQLITE_CANTOPEN, "can't be opened"),
        (sqlite3.SQLITE_IOERR_FSYNC, "the disk reports an error"),
    ],
)
def test_a_failure_of_storage_names_the_file_and_the_matter(code: int, said: str) -> None:
    error = sqlite_error(code)
    read = str(explain(error, PATH))
    assert read.startswith("The journal /data/journal.db ")
    assert said in read
    assert "the driver's words" in read
    assert is_storage_failure(error)


def test_a_refused_statement_shows_none_of_its_values(connection: Connection) -> None:
    with pytest.raises(DBAPIError) as refused:
        connection.exec_driver_sql("INSERT INTO session (key) VALUES (?)", (ANA,))
    assert not is_storage_failure(refused.value)
    assert "NOT NULL constraint failed" in str(explain(refused.value, PATH))
    assert ANA not in str(explain(refused.value, PATH)) + str(refused.value)


def test_a_text_that_is_no_utf_8_is_damage_and_no_bug(engine: Engine) -> None:
    with engine.connect() as connection, pytest.raises(DBAPIError) as unreadable:
        connection.exec_driver_sql("SELECT CAST(x'ff' AS TEXT)").all()
    assert "is damaged" in str(explain(unreadable.value, PATH))
    assert not is_storage_failure(unreadable.value), "it is one row, not the file"


def test_an_error_of_anything_else_stays_as_it_is() -> None:
    error = KeyError("a")
    assert explain(error, PATH) is error
    assert not is_storage_failure(error)


def test_errors_within_are_explained() -> None:
    with pytest.raises(JournalError, match="disk is full"), explained(PATH):
        raise sqlite_error(sqlite3.SQLITE_FULL)
