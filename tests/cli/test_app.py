"""The command line as a whole: help, version, wrong use, and rules checked."""

from __future__ import annotations

from pathlib import Path

import pytest

from infobip_rules import __version__

from .conftest import Start
from .program import COMMAND


@pytest.mark.parametrize(
    "command",
    [
        *("setup", "run", "dev", "check", "send", "simulate"),
        *("signals", "outbox", "sessions", "show", "replay", "discard", "resend"),
    ],
)
def test_help_has_every_command(bare: Start, command: str) -> None:
    assert f" {command} " in bare("--help").wait_for_line(f" {command} ")


def test_the_version_is_data(bare: Start) -> None:
    command = bare("--version")

    assert command.wait() == 0
    assert command.out == [f"infobip-rules {__version__}"]


def test_the_documented_name_is_the_same_program() -> None:
    other = COMMAND.with_name("infobip-adapter")

    assert other.read_text() == COMMAND.read_text()


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["run"], ["send", "385981234567"], ["run", "rules.py", "--port", "99999"]]
)
def test_wrong_use_ends_with_2(bare: Start, arguments: list[str]) -> None:
    assert bare(*arguments).wait() == 2


def test_rules_that_load_are_counted(bare: Start, rules: Path) -> None:
    command = bare("check", rules)

    assert command.wait() == 0
    assert command.out == ["1 rule in 1 file."]


def test_every_problem_of_every_file_is_told_with_its_line(bare: Start, tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("x = 1\nraise LookupError('first')\n")
    (tmp_path / "two.py").write_text("\n\ndef (:\n")

    command = bare("check", tmp_path)

    assert command.wait() == 3
    assert command.out == []
    assert [line.split(": ")[0] for line in command.err] == [f"{tmp_path}/one.py:2", f"{tmp_path}/two.py:3"]
