"""What commands write: whole in a pipe, and no traceback where stdout can't be written."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from infobip_rules.journal.records import DeadLetter
from infobip_rules.journal.sqlite.journal import FileJournal
from tests.journal import store
from tests.journal.make import ANA, NOON, StoppedClock, a_signal

from .program import COMMAND

LISTS = ("signals", "outbox", "sessions")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a journal is with a dead letter whose reason is longer than any terminal."""
    with FileJournal.open(f"sqlite:///{tmp_path}/infobip-rules.db", clock=StoppedClock()) as journal:
        (dead,) = journal.submit(lambda connection: store.accept(connection, [a_signal("m1")])).result().ids
        letter = DeadLetter(
            session_key=ANA, inbox_id=dead, reason="why\t" * 500 + "\nthe end", rule="a/b", traceback="", at=NOON
        )
        journal.submit(lambda connection: store.bury(connection, letter)).result()
    return tmp_path


def in_shell(folder: Path, line: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """What a shell makes of a line in which `$I` is the program."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("INFOBIP_")}
    return subprocess.run(
        ["bash", "-c", line],
        cwd=folder,
        env=own | {"I": str(COMMAND)} | variables,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def test_in_a_pipe_no_cell_is_lost_however_long_another_is(folder: Path) -> None:
    ran = in_shell(folder, "$I signals | cat")

    heads, cells = (line.split("\t") for line in ran.stdout.splitlines())
    assert heads == ["id", "received at", "session", "kind", "state", "attempts", "fired", "rule", "reason"]
    assert (cells[0], cells[4], cells[7]) == ("1", "dead", "a/b")
    assert cells[8].endswith("the end")


def test_a_signal_that_became_a_dead_letter_was_tried(folder: Path) -> None:
    assert in_shell(folder, "$I signals | cut -f 6").stdout.splitlines() == ["attempts", "1"]


@pytest.mark.parametrize("line", ["$I signals", "$I signals --json", "$I show 1", "$I --version", "$I --help"])
def test_a_disk_that_is_full_is_told_in_a_sentence(folder: Path, line: str) -> None:
    ran = in_shell(folder, f"{line} > /dev/full")

    assert ran.returncode == 1
    assert "The output could not be written: No space left on device." in ran.stderr
    assert "Traceback" not in ran.stderr
    assert "Exception ignored" not in ran.stderr


def test_a_stdout_that_is_closed_is_told_in_a_sentence(folder: Path) -> None:
    ran = in_shell(folder, "$I signals >&-")

    assert ran.returncode == 1
    assert ran.stderr == (
        "The output could not be written: Bad file descriptor. Let stdout go where it can be written. [IR802]\n"
    )


@pytest.mark.parametrize("line", ["$I signals --json", "$I show 1", "$I --help"])
def test_a_reader_that_has_left_ends_it_as_it_ends_any_program(folder: Path, line: str) -> None:
    ran = in_shell(folder, f"{line} | sh -c 'exec <&-; sleep 0'; echo ${{PIPESTATUS[0]}}")

    assert ran.stdout.splitlines()[-1] in {"0", "1", "141"}
    assert ran.stderr == ""


def test_a_reader_that_is_gone_before_it_writes_makes_it_end_with_141(folder: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    try:
        ran = subprocess.run(
            [COMMAND, "signals"], cwd=folder, stdout=write, stderr=subprocess.PIPE, timeout=240, check=False
        )
    finally:
        os.close(write)
    assert (ran.returncode, ran.stderr) == (141, b"")


def test_a_stderr_that_is_closed_or_full_changes_nothing(folder: Path) -> None:
    for where in (">&-", "> /dev/full"):
        ran = in_shell(folder, f"$I --verbose signals 2{where} | wc -l; echo ${{PIPESTATUS[0]}}")
        assert ran.stdout.split() == ["2", "0"]


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_no_character_is_too_odd_to_be_written(folder: Path, encoding: str) -> None:
    ran = in_shell(folder, "$I simulate sms --text x --url 'š:nonsense'", PYTHONIOENCODING=encoding)

    assert ran.returncode == 3
    assert "Traceback" not in ran.stderr


def test_setup_without_anybody_to_answer_says_how_to_give_the_answers(folder: Path) -> None:
    for stdin in ("<&-", "< /dev/null"):
        ran = in_shell(folder, f"$I setup {stdin}")
        assert ran.returncode == 2
        assert "standard input has ended. Give the answers as options" in ran.stderr


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("sqlite:///:memory:", "nothing would survive a restart"),
        ("sqlite:///x.db?mode=ro", "holds options (mode)"),
        ("sqlite:///not/there.db", "Start the host once, or check what --journal names"),
        ("sqlite:///.", "Let --journal name a file in it"),
        ("nonsense", "The journal URL can't be read"),
    ],
)
def test_an_error_about_a_journal_given_by_option_names_the_option(folder: Path, option: str, said: str) -> None:
    ran = in_shell(folder, f"$I signals --journal '{option}'")

    assert ran.returncode == 3
    assert said in ran.stderr
    assert "INFOBIP_JOURNAL_URL" not in ran.stderr


def test_one_given_by_variable_is_named_by_the_variable(folder: Path) -> None:
    ran = in_shell(folder, "$I signals", INFOBIP_JOURNAL_URL="sqlite:///.")

    assert ran.returncode == 3
    assert "Let INFOBIP_JOURNAL_URL name a file in it" in ran.stderr


def test_a_host_whose_journal_option_is_wrong_names_the_option(folder: Path) -> None:
    (folder / "r.py").write_text("")
    account = {"INFOBIP_BASE_URL": "http://127.0.0.1:9", "INFOBIP_API_KEY": "key", "INFOBIP_PHONE_NUMBER": "4474911634"}
    ran = in_shell(folder, "$I run r.py --port 0 --journal mysql://x", **account)

    assert ran.returncode == 3
    assert "--journal does not begin with sqlite:///." in ran.stderr
    assert ".env" not in ran.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--host nonsense.invalid", "'nonsense.invalid' is no address of this machine. Give --host 127.0.0.1"),
        ("--host 'a b'", "'a b' is no address of this machine."),
        ("--host 203.0.113.9", "'203.0.113.9' is no address of this machine."),
    ],
)
def test_a_host_that_is_no_address_is_told_with_what_to_give(folder: Path, options: str, said: str) -> None:
    (folder / "r.py").write_text("")
    ran = in_shell(folder, f"$I dev r.py --port 0 {options}")

    assert ran.returncode == 2
    assert said in ran.stderr
