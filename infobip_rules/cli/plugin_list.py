"""`plugins`: which plugins there are, where they come from, and what is wrong with them."""

from __future__ import annotations

from infobip_rules.channels.builtin import BUILT_IN
from infobip_rules.channels.installed import channels_of
from infobip_rules.checks.catalogue import entries_of
from infobip_rules.checks.registry import checks_of
from infobip_rules.cli.exits import PROBLEMS, say
from infobip_rules.cli.printing import print_records
from infobip_rules.delivery.outside_policies import all_policies
from infobip_rules.errors import PluginError
from infobip_rules.limits import Limits
from infobip_rules.pages.rendering import filters_of
from infobip_rules.plugins.listing import records_of, rows_of
from infobip_rules.plugins.manager import Plugins, installed_plugins
from infobip_rules.plugins.types import fact_types, signal_types


def list_plugins(*, as_json: bool) -> int:
    """Prints the plugins of this process to stdout, and what is wrong with them to stderr; returns the exit code."""
    plugins = installed_plugins()
    _call_hooks(plugins)
    print_records(records_of(plugins) if as_json else rows_of(plugins), as_json=as_json)
    for problem in plugins.problems:
        say(str(problem))
    return PROBLEMS if plugins.problems else 0


def _call_hooks(plugins: Plugins) -> None:
    """Calls every hook that adds something, so that what is wrong with it comes up; that for commands was called already."""
    defaults = Limits.model_construct()
    for call in (
        lambda _: fact_types(plugins, signal_types(plugins)),
        channels_of,
        entries_of,
        checks_of,
        filters_of,
        lambda _: all_policies(defaults, BUILT_IN, plugins=plugins),
    ):
        try:
            call(plugins)
        except PluginError as problem:
            plugins.problems.append(problem)
