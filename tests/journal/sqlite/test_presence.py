"""A journal whose file is taken away while it is open: nothing is acknowledged that is not there afterwards."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection

from infobip_rules.errors import JournalError, JournalLostError
from infobip_rules.journal.sqlite.journal import FileJournal
from tests.journal import store
from tests.journal.make import StoppedClock, a_signal


def keep(journal: FileJournal, name: str) -> int:
    """Keeps a signal; how many were new."""

    def accept(connection: Connection) -> int:
        return store.accept(connection, [a_signal(name)]).new

    return journal.submit(accept).result(60)


def delete(file: Path) -> None:
    file.unlink()


def rename(file: Path) -> None:
    file.rename(file.with_name("away.db"))


def empty(file: Path) -> None:
    os.truncate(file, 0)


def replace_by_a_copy(file: Path) -> None:
    copy = file.with_name("copy.db")
    shutil.copy(file, copy)
    copy.replace(file)


def overwrite(file: Path) -> None:
    """As `cp backup.db journal.db` does: the same file, with what an earlier opening left."""
    file.write_bytes(file.with_name("backup.db").read_bytes())


def overwrite_with_something_else(file: Path) -> None:
    file.write_bytes(b"not a database" * 1000)


def delete_the_log(file: Path) -> None:
    file.with_name(f"{file.name}-wal").unlink()


def delete_the_log_s_index(file: Path) -> None:
    file.with_name(f"{file.name}-shm").unlink()


def overwrite_the_log(file: Path) -> None:
    file.with_name(f"{file.name}-wal").write_bytes(b"no log" * 10_000)


def empty_the_log(file: Path) -> None:
    """What is written next comes behind a hole, and is not read at the next start."""
    os.truncate(file.with_name(f"{file.name}-wal"), 0)


def cut_short(file: Path) -> None:
    os.truncate(file, 8192)


LOSSES = [
    *(delete, rename, empty, cut_short, replace_by_a_copy, overwrite, overwrite_with_something_else),
    *(delete_the_log, delete_the_log_s_index, overwrite_the_log, empty_the_log),
]


@pytest.mark.parametrize("lose", LOSSES)
def test_a_journal_that_was_taken_away_takes_nothing_more(
    url: str, tmp_path: Path, lose: Callable[[Path], None]
) -> None:
    file = tmp_path / "journal.db"
    with FileJournal.open(url, clock=StoppedClock()) as journal:
        keep(journal, "long ago")
    shutil.copy(file, tmp_path / "backup.db")
    with FileJournal.open(url, clock=StoppedClock()) as journal:
        assert keep(journal, "before") == 1
        assert journal.trouble() is None
        lose(file)
        with pytest.raises(JournalLostError, match=r"journal\.db .*nothing is taken in") as lost:
            keep(journal, "after")
        assert "Put back the file" in lost.value.remedy
        assert isinstance(journal.trouble(), JournalLostError)


def test_it_goes_on_by_itself_when_the_file_is_back(url: str, tmp_path: Path) -> None:
    file, away = tmp_path / "journal.db", tmp_path / "away.db"
    with FileJournal.open(url, clock=StoppedClock()) as journal:
        file.rename(away)
        with pytest.raises(JournalLostError):
            keep(journal, "while it is away")
        away.rename(file)
        assert keep(journal, "while it is away") == 1
        assert journal.trouble() is None
    with FileJournal.open(url, clock=StoppedClock()) as journal:
        assert journal.read(store.depth).pending == 1


def test_what_was_written_into_a_file_that_went_meanwhile_is_not_acknowledged(url: str, tmp_path: Path) -> None:
    def accept_and_lose(connection: Connection) -> None:
        store.accept(connection, [a_signal("amid")])
        (tmp_path / "journal.db").unlink()

    with FileJournal.open(url, clock=StoppedClock()) as journal, pytest.raises(JournalLostError):
        journal.submit(accept_and_lose).result(60)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the journal's file itself is not locked")
@pytest.mark.parametrize("damage", [overwrite_the_log, empty_the_log])
def test_what_is_damaged_in_the_log_does_not_come_into_the_file_at_the_end(
    url: str, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    file = tmp_path / "journal.db"
    with FileJournal.open(url, clock=StoppedClock()) as journal:
        keep(journal, "long ago")
    with FileJournal.open(url, clock=StoppedClock()) as journal:
        keep(journal, "before")
        damage(file)
        with pytest.raises(JournalLostError):
            keep(journal, "after")
    with FileJournal.open(url, clock=StoppedClock()) as journal:
        assert journal.read(store.depth).pending >= 1
        assert journal.trouble() is None


def test_whoever_writes_beside_the_host_takes_nothing_away(url: str, tmp_path: Path) -> None:
    with FileJournal.open(url, clock=StoppedClock()) as journal:
        keep(journal, "one")
        with closing(sqlite3.connect(tmp_path / "journal.db", isolation_level=None)) as other:
            other.execute("DELETE FROM aside")
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            other.execute("VACUUM")
        assert keep(journal, "two") == 1
        assert journal.trouble() is None


def test_a_file_that_is_being_written_up_from_the_log_is_not_taken_for_one_that_was_cut_short(
    url: str, tmp_path: Path
) -> None:
    with FileJournal.open(url, clock=StoppedClock()) as journal, (tmp_path / "journal.db").open("r+b") as written_up:
        keep(journal, "one")
        written_up.seek(28)  # the first page goes first, and says how many there will be
        written_up.write((10_000).to_bytes(4))
        written_up.flush()
        assert keep(journal, "two") == 1
        assert journal.trouble() is None


def test_a_journal_is_numbered_while_somebody_reads_it(url: str, tmp_path: Path) -> None:
    with FileJournal.open(url, clock=StoppedClock()) as journal:
        keep(journal, "one")
    with closing(sqlite3.connect(tmp_path / "journal.db", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM inbox").fetchone()
        with FileJournal.open(url, clock=StoppedClock()) as journal:
            assert keep(journal, "two") == 1
            reader.execute("COMMIT")
            assert keep(journal, "three") == 1
            assert journal.trouble() is None


def test_a_failed_write_is_trouble_until_one_succeeds(url: str) -> None:
    def fill(connection: Connection) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        store.accept(connection, [a_signal(f"large {number}") for number in range(1000)])

    with FileJournal.open(url, clock=StoppedClock()) as journal:
        with pytest.raises(JournalError, match="disk is full"):
            journal.submit(fill).result(60)
        trouble = journal.trouble()
        assert trouble is not None
        assert "disk is full" in trouble.fact
        journal.submit(lambda connection: connection.exec_driver_sql("PRAGMA max_page_count = 100000")).result(60)
        assert journal.trouble() is None


async def test_a_probe_finds_a_full_disk_and_leaves_nothing(url: str) -> None:
    with FileJournal.open(url, clock=StoppedClock()) as journal:
        await journal.run(lambda connection: connection.exec_driver_sql("PRAGMA max_page_count = 1"))
        with pytest.raises(JournalError, match="disk is full"):
            await journal.probe()
        assert journal.trouble() is not None
        await journal.run(lambda connection: connection.exec_driver_sql("PRAGMA max_page_count = 100000"))
        await journal.probe()
        assert journal.trouble() is None
        assert journal.read(store.list_sessions) == []
