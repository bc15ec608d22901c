"""Opening a journal: what is created, what is recovered, and what is refused."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from infobip_rules.errors import JournalError
from infobip_rules.journal.records import OutboxState
from infobip_rules.journal.sqlite.journal import FileJournal
from infobip_rules.journal.sqlite.schema import SCHEMA_VERSION
from tests.journal import store
from tests.journal.make import NOON, StoppedClock, a_message, a_signal, evaluated

SOMEBODY_ELSE = 65534


def open_journal(url: str, clock: StoppedClock | None = None) -> FileJournal:
    return FileJournal.open(url, clock=clock or StoppedClock())


def send_one(connection: Connection) -> None:
    store.accept(connection, [a_signal()])
    store.commit(connection, evaluated(1, a_message()))


def claim(connection: Connection) -> list[str]:
    return [row.message_id for row in store.claim(connection, now=NOON + timedelta(days=1), limit=10)]


@pytest.fixture
def directory() -> Iterator[Path]:
    """A directory that everybody can reach, which `tmp_path` is not."""
    made = Path(tempfile.mkdtemp())
    made.chmod(0o755)
    yield made
    made.chmod(0o755)
    shutil.rmtree(made)


@contextmanager
def with_ordinary_rights() -> Iterator[None]:
    """Files' modes mean nothing to root: be somebody else for a while, if the tests run as root."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(SOMEBODY_ELSE)
    try:
        yield
    finally:
        os.seteuid(user)


def test_a_first_start_creates_the_file(url: str, tmp_path: Path) -> None:
    open_journal(url).close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["journal.db", "journal.db-lock"]


def test_what_was_stored_is_there_at_the_next_start(url: str) -> None:
    with open_journal(url) as journal:
        journal.submit(send_one).result(60)
    with open_journal(url) as journal:
        assert journal.submit(claim).result(60) == ["out-1"]


@pytest.mark.parametrize("leave", [FileJournal.aclose, FileJournal.__aexit__], ids=["aclose", "async with"])
async def test_the_event_loop_goes_on_while_what_is_queued_is_committed_at_the_end(
    url: str, leave: Callable[[FileJournal], Coroutine[Any, Any, None]]
) -> None:
    journal, go_on, waited = open_journal(url), threading.Event(), []

    def hold(connection: Connection) -> None:
        waited.append(go_on.wait(10))
        send_one(connection)

    asking = asyncio.create_task(journal.run(hold))
    await asyncio.sleep(0)
    closing = asyncio.create_task(leave(journal))
    await asyncio.sleep(0)
    asyncio.get_running_loop().call_soon(go_on.set)
    await closing
    await asking
    assert waited == [True]
    with open_journal(url) as again:
        assert again.submit(claim).result(60) == ["out-1"]


def test_a_file_whose_first_start_was_killed_is_used(url: str, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "journal.db") as unfinished:
        unfinished.execute("PRAGMA journal_mode = WAL")
    unfinished.close()
    assert (tmp_path / "journal.db").stat().st_size > 0
    with open_journal(url) as journal:
        assert journal.read(store.depth).pending == 0


def test_what_the_last_run_was_sending_becomes_unknown_before_anything_is_sent(url: str) -> None:
    with open_journal(url) as journal:
        journal.submit(send_one).result(60)
        journal.submit(claim).result(60)
    with open_journal(url, StoppedClock(NOON + timedelta(hours=1))) as journal:
        assert journal.recovered == 1
        assert journal.submit(claim).result(60) == []
        (row,) = journal.read(store.list_outbox)
        assert (row.state, row.due_at) == (OutboxState.UNKNOWN, NOON + timedelta(hours=1, seconds=5))


def test_what_this_run_is_sending_is_not_recovered(journal: FileJournal) -> None:
    journal.submit(send_one).result(60)
    journal.submit(claim).result(60)
    assert journal.recovered == 0
    assert journal.read(store.depth).sending == 1


def test_a_second_journal_on_the_file_is_refused(url: str, journal: FileJournal) -> None:
    with pytest.raises(JournalError, match="in use by process"):
        open_journal(url)
    assert journal.read(store.depth).pending == 0


def test_a_start_that_failed_leaves_the_file_unlocked(url: str, tmp_path: Path) -> None:
    (tmp_path / "journal.db").write_bytes(b"not a database, but long enough to look at" * 100)
    for _ in range(2):
        with pytest.raises(JournalError, match="is not a SQLite database"):
            open_journal(url)


def test_a_file_of_something_else_is_left_as_it_was(url: str, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "journal.db") as shop:
        shop.execute("CREATE TABLE customer (id INTEGER)")
    shop.close()
    before = (tmp_path / "journal.db").read_bytes()
    with pytest.raises(JournalError, match="something else"):
        open_journal(url)
    assert (tmp_path / "journal.db").read_bytes() == before


def test_a_newer_journal_is_left_as_it_was(url: str, tmp_path: Path) -> None:
    with open_journal(url) as journal:
        journal.submit(lambda connection: connection.exec_driver_sql("UPDATE meta SET schema_version = 99")).result(60)
    before = (tmp_path / "journal.db").read_bytes()
    with pytest.raises(JournalError, match=f"schema version 99; this infobip-rules knows version {SCHEMA_VERSION}"):
        open_journal(url)
    assert (tmp_path / "journal.db").read_bytes() == before


def test_a_damaged_journal_is_found_at_the_start(url: str, tmp_path: Path) -> None:
    with open_journal(url) as journal:
        signals = [a_signal(f"m{number}") for number in range(500)]
        journal.submit(lambda connection: store.accept(connection, signals)).result(60)
    with (tmp_path / "journal.db").open("r+b") as file:
        file.seek(8 * 4096)
        file.write(b"\x99" * 4096 * 20)
    with pytest.raises(JournalError, match=r"journal\.db is damaged"):
        open_journal(url)


def test_a_missing_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="does not exist"):
        open_journal(f"sqlite:///{tmp_path}/nowhere/journal.db")


def test_a_directory_in_place_of_the_file_is_refused(url: str, tmp_path: Path) -> None:
    (tmp_path / "journal.db").mkdir()
    with pytest.raises(JournalError, match="is a directory"):
        open_journal(url)


def test_a_directory_that_can_not_be_written_is_refused(directory: Path) -> None:
    directory.chmod(0o555)
    with with_ordinary_rights(), pytest.raises(JournalError, match="can't be written"):
        open_journal(f"sqlite:///{directory}/journal.db")


def test_a_file_that_can_not_be_written_is_refused(directory: Path) -> None:
    url = f"sqlite:///{directory}/journal.db"
    open_journal(url).close()
    directory.chmod(0o777)
    (directory / "journal.db").chmod(0o444)
    (directory / "journal.db-lock").chmod(0o666)
    with with_ordinary_rights(), pytest.raises(JournalError, match=r"journal\.db can't be written"):
        open_journal(url)


def test_an_operation_can_not_write_through_the_reader(journal: FileJournal) -> None:
    with pytest.raises(JournalError, match="can't be written"):
        journal.read(lambda connection: store.accept(connection, [a_signal()]))
