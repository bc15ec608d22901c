"""The command line as a whole: help, version, wrong use."""

from __future__ import annotations

import pytest

from infobip_rules import __version__

from .conftest import Start
from .program import COMMAND


@pytest.mark.parametrize(
    "command",
    [
        *("new", "setup", "run", "dev", "check", "explain", "doctor", "plugins", "send", "simulate"),
        *("signals", "asides", "outbox", "sessions", "show", "replay", "discard", "resend"),
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
