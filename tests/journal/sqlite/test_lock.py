"""One process at a time."""

from __future__ import annotations

import errno
import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from infobip_rules.errors import JournalError
from infobip_rules.journal.sqlite.journal import FileJournal
from infobip_rules.journal.sqlite.lock import FileLock
from tests.journal.make import StoppedClock

# Its child lives until the test closes the pipe, which is after the parent was killed.
PARENT = """
import os, sys
from pathlib import Path
from infobip_rules.journal.sqlite.lock import FileLock

lock = FileLock(Path(sys.argv[1]))
if os.fork() == 0:
    print("the child lives", flush=True)
sys.stdin.read()
"""


def test_a_journal_is_locked_once(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "journal.db")
    with pytest.raises(JournalError, match=f"journal.db is in use by process {os.getpid()}"):
        FileLock(tmp_path / "journal.db")
    lock.release()


def test_a_released_lock_can_be_taken_again(tmp_path: Path) -> None:
    first = FileLock(tmp_path / "journal.db")
    first.release()
    first.release()
    second = FileLock(tmp_path / "journal.db")
    assert (tmp_path / "journal.db-lock").read_text() == str(os.getpid())
    second.release()


def test_two_journals_of_one_directory_do_not_meet(tmp_path: Path) -> None:
    locks = [FileLock(tmp_path / "a.db"), FileLock(tmp_path / "b.db")]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.db", "a.db-lock", "b.db", "b.db-lock"]
    for lock in locks:
        lock.release()


def test_a_forked_child_does_not_keep_the_lock_of_a_parent_that_was_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PARENT, str(tmp_path / "journal.db")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"the child lives\n"
        with pytest.raises(JournalError, match="in use"):
            FileLock(tmp_path / "journal.db")
        parent.kill()
        parent.wait(60)
        FileLock(tmp_path / "journal.db").release()


def test_a_missing_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match=r"directory of the journal .*nowhere/journal\.db does not exist"):
        FileLock(tmp_path / "nowhere" / "journal.db")


def test_a_lock_that_can_not_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "journal.db-lock").mkdir()
    with pytest.raises(JournalError, match=r"journal\.db-lock of the journal can't be written"):
        FileLock(tmp_path / "journal.db")


OTHER = """
import sys
from pathlib import Path
from infobip_rules.errors import JournalError
from infobip_rules.journal.sqlite.lock import FileLock

try:
    FileLock(Path(sys.argv[1]))
except JournalError as refused:
    print(refused.fact)
"""


def what_another_process_is_answered(file: Path) -> str:
    return subprocess.run([sys.executable, "-c", OTHER, str(file)], capture_output=True, text=True, check=True).stdout


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere only the side file is locked")
def test_another_process_finds_no_way_round_the_lock(tmp_path: Path) -> None:
    file, other_name = tmp_path / "journal.db", tmp_path / "hard-link.db"
    with FileJournal.open(f"sqlite:///{file}", clock=StoppedClock()):
        other_name.hardlink_to(file)
        assert (
            what_another_process_is_answered(other_name) == f"The journal {other_name} is in use by another process.\n"
        )
        (tmp_path / "journal.db-lock").unlink()
        assert what_another_process_is_answered(file) == f"The journal {file} is in use by another process.\n"
    assert what_another_process_is_answered(file) == ""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere only the side file is locked")
@pytest.mark.parametrize("answer", [errno.EINVAL, errno.ENOLCK, errno.EOPNOTSUPP])
def test_where_there_is_no_lock_on_the_file_itself_the_side_file_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: int
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(answer, os.strerror(answer))

    monkeypatch.setattr(fcntl, "fcntl", refuse)
    lock = FileLock(tmp_path / "journal.db")
    assert "is in use by process" in what_another_process_is_answered(tmp_path / "journal.db")
    lock.release()
