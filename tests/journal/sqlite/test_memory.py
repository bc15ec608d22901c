"""A journal in memory does what one in a file does: results, transactions and errors are the same."""

from __future__ import annotations

import gc
import sqlite3
import subprocess
import sys

import pytest
from sqlalchemy import Connection

from infobip_rules.errors import JournalError, JournalRefusalError
from infobip_rules.journal.records import OutboxState
from infobip_rules.journal.sqlite.journal import FileJournal
from infobip_rules.journal.sqlite.memory import MemoryJournal
from infobip_rules.journal.sqlite.schema import check_schema, inbox, indexes
from tests.journal import store
from tests.journal.make import NOON, a_message, a_signal, evaluated, outcome


def take_in(connection: Connection) -> tuple[int, ...]:
    return store.accept(connection, [a_signal()]).ids


def take_in_and_fail(connection: Connection) -> None:
    take_in(connection)
    raise KeyError("of its own")


async def test_what_is_written_is_read(either: FileJournal) -> None:
    assert await either.run(take_in) == (1,)
    assert either.submit(lambda connection: store.count_attempt(connection, [1])).result(60) is None
    (row,) = either.read(store.list_inbox)
    assert (row.dedup_key, row.attempts) == ("m1", 1)


async def test_an_operation_that_fails_leaves_nothing_behind(either: FileJournal) -> None:
    with pytest.raises(KeyError, match="of its own"):
        await either.run(take_in_and_fail)
    with pytest.raises(KeyError, match="of its own"):
        either.submit(take_in_and_fail).result(60)
    assert either.read(store.list_inbox) == []
    assert await either.run(take_in) == (1,)


async def test_what_the_database_refuses_is_told_as_the_journals_own_error(either: FileJournal) -> None:
    with pytest.raises(JournalRefusalError, match="no such table: nowhere"):
        await either.run(lambda connection: connection.exec_driver_sql("SELECT * FROM nowhere"))


async def test_what_only_looks_can_not_write(either: FileJournal) -> None:
    with pytest.raises(JournalError, match="can't be written"):
        either.read(take_in)
    assert await either.run(take_in) == (1,)


async def test_a_message_goes_from_evaluation_to_acceptance(either: FileJournal) -> None:
    def send(connection: Connection) -> None:
        take_in(connection)
        store.commit(connection, evaluated(1, a_message()))
        store.claim(connection, now=NOON, limit=1)
        store.record(connection, [outcome()])

    await either.run(send)
    (row,) = either.read(store.list_outbox)
    assert (row.state, row.recipient) == (OutboxState.ACCEPTED, a_message().recipient)


async def test_a_closed_journal_says_so(either: FileJournal) -> None:
    either.close()
    either.close()
    with pytest.raises(JournalError, match="is closed"):
        await either.run(take_in)
    with pytest.raises(JournalError, match="is closed"):
        either.read(store.list_inbox)


async def test_the_layout_is_the_one_of_this_version(either: FileJournal) -> None:
    either.read(lambda connection: check_schema(connection, "it"))
    there = either.read(lambda connection: connection.exec_driver_sql("PRAGMA index_list(inbox)").all())
    assert {row[1] for row in there} >= indexes(inbox).keys()


async def test_two_in_memory_know_nothing_of_each_other() -> None:
    with MemoryJournal() as one, MemoryJournal() as other:
        await one.run(take_in)
        assert other.read(store.list_inbox) == []


#: One journal that is dropped, one that is closed and whose database is kept for the next, one that is open at the end.
LEFT_OPEN = """
from infobip_rules.journal.sqlite.memory import MemoryJournal

MemoryJournal()
MemoryJournal().close()
kept = MemoryJournal(), MemoryJournal()
"""


def test_a_journal_that_nobody_closes_leaves_no_connection_open() -> None:
    # Python 3.13 warns of those that are.
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", LEFT_OPEN], capture_output=True, text=True, timeout=240, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_dropped_journal_is_closed() -> None:
    dropped = MemoryJournal()
    driver = dropped._driver
    del dropped
    gc.collect()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        driver.execute("SELECT 1")
