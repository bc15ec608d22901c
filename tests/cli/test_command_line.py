"""The command line as a whole: help, version, wrong use, and the commands of plugins."""

from __future__ import annotations

from typing import Any

import pytest
import typer

from infobip_rules import __version__
from infobip_rules.cli.command_line import program
from infobip_rules.plugins.manager import Plugins
from tests.plugins.test_manager import plugin

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


def group(*names: str, of: str | None = None) -> typer.Typer:
    """A group of that name, or none, with these commands."""
    made = typer.Typer(name=of) if of else typer.Typer()
    for name in names:
        made.command(name)(lambda: None)
    return made


def commands(plugins: Plugins) -> list[str]:
    whole: Any = typer.main.get_command(program(plugins))
    return list(whole.commands)


OWN = commands(Plugins())


def test_those_of_plugins_stand_beside_those_that_are_built_in() -> None:
    plugins = Plugins.of(acme=plugin(commands=lambda: [group("one"), group("two", of="acme")]))

    assert set(commands(plugins)) == {*OWN, "one", "acme"}
    assert plugins.problems == []


@pytest.mark.parametrize(
    ("groups", "said"),
    [
        ([group("run")], "adds run, which is also added by infobip_rules.cli.own_commands (built in)."),
        ([group("x", of="simulate")], "adds simulate, which is also added by"),
        ([group("one"), group("one")], "adds one, which is also added by itself."),
        (["one"], "gave a str."),
        (None, "returned None"),
    ],
)
def test_one_that_can_not_be_used_is_left_out_whole(groups: Any, said: str) -> None:
    plugins = Plugins.of(acme=plugin(commands=lambda: groups), sound=plugin(commands=lambda: [group("sound")]))

    assert set(commands(plugins)) == {*OWN, "sound"}
    (problem,) = plugins.problems
    assert said in problem.fact
    assert problem.context["plugin"] == "acme"


def test_a_command_that_typer_can_not_read_is_its_plugins() -> None:
    odd = typer.Typer()

    @odd.command()
    def read(given: int | str) -> None:
        """Takes what no command line gives."""

    plugins = Plugins.of(acme=plugin(commands=lambda: [odd]))

    assert set(commands(plugins)) == set(OWN)
    assert "gave commands that Typer can't read" in plugins.problems[0].fact
