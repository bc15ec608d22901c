"""Options that several commands take."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from infobip_rules.cli.options import LARGEST, signal_id

from .program import COMMAND, Program

#: What keeps root, too, from reading what a file's mode forbids.
AS_NOBODY_SPECIAL = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()


def signals(folder: Path, *arguments: str) -> Program:
    return Program(("signals", *arguments), cwd=folder, variables={}, command=(*AS_NOBODY_SPECIAL, COMMAND))


@pytest.fixture
def unreadable(tmp_path: Path) -> Path:
    file = tmp_path / ".env"
    file.write_text("INFOBIP_JOURNAL_URL=sqlite:///of-the-file.db\n")
    file.chmod(0)
    return file


def test_a_default_env_file_that_can_not_be_read_is_named_and_ignored(unreadable: Path) -> None:
    with signals(unreadable.parent) as command:
        assert command.wait() == 3
        assert command.err[0].startswith("WARNING: .env is not readable for the user of this process")
        assert "EnvironmentFile=" in command.err[0]
        assert "infobip-rules.db" in command.said
        assert "of-the-file.db" not in command.said


def test_a_host_runs_beside_an_env_file_that_it_can_not_read(
    unreadable: Path, variables: dict[str, str], rules: Path
) -> None:
    with Program(
        ("run", rules, "--port", "0", "--journal", f"sqlite:///{unreadable.parent}/journal.db"),
        cwd=unreadable.parent,
        variables=variables,
        command=(*AS_NOBODY_SPECIAL, COMMAND),
    ) as command:
        command.wait_for_line("Listening at ")
        assert command.end() == 0
        assert len([line for line in command.err if ".env is not readable" in line]) == 1


def test_an_env_file_that_is_given_has_to_be_readable(unreadable: Path) -> None:
    with signals(unreadable.parent, "--env-file", ".env") as command:
        assert command.wait() == 2
        assert "Invalid value for '--env-file'" in command.said
        assert "path '.env' is not readable." in command.said


@pytest.mark.parametrize(
    ("name", "id_"),
    [
        ("7", 7),
        ("0", 0),
        (str(LARGEST), LARGEST),
        (str(LARGEST + 1), None),
        ("9" * 5_000, None),
        ("-1", None),
        ("7a", None),
        ("", None),
    ],
)
def test_the_id_of_a_signal_is_a_number_that_sqlite_holds(name: str, id_: int | None) -> None:
    assert signal_id(name) == id_
