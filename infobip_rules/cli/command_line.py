"""The command line as a whole: the options that all commands share, and the commands of all plugins."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from infobip_rules import __version__
from infobip_rules.cli.log_events import LogFormat
from infobip_rules.cli.options import FILE
from infobip_rules.cli.output import put
from infobip_rules.errors import PluginError
from infobip_rules.plugins.implementation import Implementation, shown
from infobip_rules.plugins.manager import Names, Plugins, installed_plugins, loaded_plugins

#: The command that tells what is wrong with plugins, so that it runs whatever that is.
PLUGINS = "plugins"


def program(plugins: Plugins | None = None) -> typer.Typer:
    """Makes the command line, with the commands of these plugins; those of one that can't be used are left out of it."""
    plugins = plugins or installed_plugins()
    made = typer.Typer(
        help="Answer text messages by rule: Infobip SMS as signals of a rules engine.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,  # tracebacks with local variables would show keys
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    made.callback()(every_command)
    names = Names()
    for implementation in plugins.implementing("commands"):
        try:
            groups = _groups(implementation, names)
        except PluginError as problem:
            plugins.problems.append(problem)
        else:
            for group in groups:
                made.add_typer(group)  # without a name its commands stand beside the others
    return made


def _print_version(wanted: bool) -> None:
    if wanted:
        put(f"infobip-rules {__version__}")
        raise typer.Exit


def every_command(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Log everything, to stderr.")] = False,
    log_format: Annotated[LogFormat, typer.Option("--log-format", help="How log lines are written.")] = LogFormat.TEXT,
) -> None:
    """Holds the options that all commands share."""
    import logging

    from infobip_rules.cli.environment import conceal_secrets
    from infobip_rules.cli.logs import configure_logging

    context.obj = verbose
    configure_logging(logging.DEBUG if verbose else logging.WARNING, log_format)
    conceal_secrets(FILE)
    if context.invoked_subcommand != PLUGINS:
        loaded_plugins()


def _groups(by: Implementation, names: Names) -> list[typer.Typer]:
    """Returns the groups that a plugin adds. Raises PluginError, also if the name of a command is taken."""
    groups = list(by.items("a typer.Typer", lambda group: isinstance(group, typer.Typer)))
    if not by.plugin.built_in:
        _try(groups, by)
    for group in groups:
        for name in _names(group):
            names.add(name, group, by)
    return groups


def _try(groups: list[typer.Typer], by: Implementation) -> None:
    """Has Typer read the commands, which it may not be able to. Raises PluginError."""
    trial = typer.Typer()
    trial.callback()(lambda: None)
    for group in groups:
        trial.add_typer(group)
    try:
        typer.main.get_command(trial)
    except KeyboardInterrupt:
        raise
    except BaseException as problem:  # such as SystemExit, of what the plugin gave
        raise by.error(f"gave commands that Typer can't read: {shown(problem)}.", "Fix their signatures") from problem


def _names(group: typer.Typer, name: object = None) -> Iterator[str]:
    """Yields the names that a group brings to the program: its own, or those of its commands if it has none."""
    own = name if isinstance(name, str) else group.info.name
    if isinstance(own, str):
        yield own
        return
    for command in group.registered_commands:
        if command.callback is not None:
            yield command.name or typer.main.get_command_name(command.callback.__name__)
    for inner in group.registered_groups:
        if inner.typer_instance is not None:
            yield from _names(inner.typer_instance, inner.name)
