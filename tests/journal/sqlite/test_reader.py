"""Looking at a journal that somebody else has open."""

from __future__ import annotations

from pathlib import Path

import pytest

from infobip_rules.errors import JournalError
from infobip_rules.journal.sqlite.journal import FileJournal
from infobip_rules.journal.sqlite.reader import FileReader
from tests.journal import store
from tests.journal.make import a_signal


def test_a_reader_sees_what_a_live_journal_commits(url: str, journal: FileJournal) -> None:
    with FileReader.open(url) as reader:
        assert reader.read(store.depth).pending == 0
        journal.submit(lambda connection: store.accept(connection, [a_signal()])).result(60)
        assert reader.read(store.depth).pending == 1


def test_a_reader_in_the_middle_does_not_hold_the_writer_up(url: str, journal: FileJournal) -> None:
    with FileReader.open(url) as reader:

        def look_twice(connection: object) -> tuple[int, int]:
            before = store.depth(connection).pending  # type: ignore[arg-type]  # it is a connection
            journal.submit(lambda writing: store.accept(writing, [a_signal()])).result(60)
            return before, store.depth(connection).pending  # type: ignore[arg-type]  # it is a connection

        assert reader.read(look_twice) == (0, 0), "one consistent state"
        assert reader.read(store.depth).pending == 1


def test_a_reader_does_not_create_a_journal(url: str, tmp_path: Path) -> None:
    with pytest.raises(JournalError, match=r"There is no journal .*journal\.db"):
        FileReader.open(url)
    assert list(tmp_path.iterdir()) == []


def test_a_reader_refuses_what_is_no_journal(url: str, tmp_path: Path) -> None:
    (tmp_path / "journal.db").write_bytes(b"a letter" * 1000)
    with pytest.raises(JournalError, match="is not a SQLite database"):
        FileReader.open(url)


def test_a_closed_reader_does_not_open_the_file_anew(url: str, journal: FileJournal) -> None:
    reader = FileReader.open(url)
    reader.close()
    reader.close()
    with pytest.raises(JournalError, match=r"The journal .*journal\.db is closed"):
        reader.read(store.depth)


def test_a_closed_journal_is_not_read(url: str, journal: FileJournal) -> None:
    journal.close()
    with pytest.raises(JournalError, match="is closed"):
        journal.read(store.depth)
