"""The command line with the commands of plugins."""

from __future__ import annotations

from typing import Any

import pytest
import typer

from infobip_rules.cli.program import program
from infobip_rules.plugins.manager import Plugins
from tests.plugins.test_manager import plugin


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
