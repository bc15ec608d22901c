"""Journal URLs, and what connections can do."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from infobip_rules.errors import JournalError
from infobip_rules.journal.sqlite.connections import file_of, reading_engine, writing_engine


def test_a_url_names_a_file_by_its_absolute_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert file_of("sqlite:///journal.db") == tmp_path / "journal.db"
    assert file_of(f"sqlite:///{tmp_path}/other.db") == tmp_path / "other.db"


def test_two_names_of_one_file_are_one_journal(tmp_path: Path) -> None:
    (tmp_path / "journal.db").touch()
    (tmp_path / "alias.db").symlink_to(tmp_path / "journal.db")
    assert file_of(f"sqlite:///{tmp_path}/alias.db") == tmp_path / "journal.db"


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite:///file:journal?mode=memory&uri=true"])
def test_a_journal_in_memory_is_refused(url: str) -> None:
    with pytest.raises(JournalError, match="nothing would survive a restart"):
        file_of(url)


def test_options_in_a_url_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match=r"holds options \(mode\)"):
        file_of(f"sqlite:///{tmp_path}/journal.db?mode=ro")


def test_a_tilde_is_the_users_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert file_of("sqlite:///~/journal.db") == tmp_path / "journal.db"


def test_the_home_of_nobody_is_refused() -> None:
    with pytest.raises(JournalError, match="begins with ~nobody-of-that-name, whose home is not known"):
        file_of("sqlite:///~nobody-of-that-name/journal.db")


@pytest.mark.parametrize("name", ["", "/not/there/"])
def test_a_folder_is_refused_and_left_as_it_is(tmp_path: Path, name: str) -> None:
    with pytest.raises(JournalError, match=r"is a directory\. Let INFOBIP_JOURNAL_URL name a file in it"):
        file_of(f"sqlite:///{tmp_path}{name}")
    assert list(tmp_path.iterdir()) == []


def test_another_database_is_refused_without_showing_its_password() -> None:
    with pytest.raises(JournalError, match="not one of SQLite") as refused:
        file_of("postgresql://me:secret@db/journal")
    assert "secret" not in str(refused.value)


def test_what_is_no_url_is_refused() -> None:
    with pytest.raises(JournalError, match="can't be read"):
        file_of("journal.db")


def test_every_commit_reaches_the_disk(tmp_path: Path) -> None:
    engine = writing_engine(tmp_path / "a journal?#%.db")
    with engine.begin() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    engine.dispose()
    assert (tmp_path / "a journal?#%.db").is_file()


def test_a_reader_can_not_write(tmp_path: Path) -> None:
    writer = writing_engine(tmp_path / "journal.db")
    with writer.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (a)")
    reader = reading_engine(tmp_path / "journal.db")
    with reader.connect() as connection, pytest.raises(OperationalError, match="readonly"):
        connection.exec_driver_sql("INSERT INTO t VALUES (1)")
    reader.dispose()
    writer.dispose()
