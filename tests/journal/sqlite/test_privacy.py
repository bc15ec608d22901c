"""Who may read the journal's files."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from infobip_rules.journal.sqlite.journal import FileJournal
from infobip_rules.journal.sqlite.privacy import files_of
from tests.journal import store
from tests.journal.make import StoppedClock, a_signal


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


def test_a_new_journal_and_what_is_beside_it_are_for_their_owner_alone(url: str, tmp_path: Path) -> None:
    with FileJournal.open(url, clock=StoppedClock()) as journal:
        journal.evaluation_mark().close()
        journal.submit(lambda connection: store.accept(connection, [a_signal("a")])).result(60)
        modes = {file.name: mode(file) for file in files_of(tmp_path / "journal.db")}
    names = ("journal.db", "journal.db-wal", "journal.db-shm", "journal.db-lock", "journal.db-evaluating")
    assert modes == dict.fromkeys(names, 0o600)


def test_a_journal_that_everybody_could_read_is_closed_to_others_as_it_is_opened(url: str, tmp_path: Path) -> None:
    FileJournal.open(url, clock=StoppedClock()).close()
    (tmp_path / "journal.db").chmod(0o644)
    with FileJournal.open(url, clock=StoppedClock()):
        assert [mode(file) for file in files_of(tmp_path / "journal.db")] == [0o600] * 4


def test_rights_that_a_group_was_given_stay(url: str, tmp_path: Path) -> None:
    FileJournal.open(url, clock=StoppedClock()).close()
    (tmp_path / "journal.db").chmod(0o640)
    with FileJournal.open(url, clock=StoppedClock()):
        assert mode(tmp_path / "journal.db") == 0o640
