"""The built-in commands, by the hook for commands."""

from __future__ import annotations

from typer import Typer

from infobip_rules.cli import journal_commands, main_commands, watch_commands
from infobip_rules.plugins.markers import hookimpl


@hookimpl
def commands() -> tuple[Typer, ...]:
    """Returns those for rules and hosts, for journals, and for what rules do; without names, so that all stand side by side."""
    return (main_commands.commands, journal_commands.commands, watch_commands.commands)
