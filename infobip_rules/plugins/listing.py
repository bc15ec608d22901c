"""Plugins as records for people and programs: what is loaded, from where, with which hooks, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from infobip_rules.errors import PluginError
from infobip_rules.plugins.implementation import Plugin
from infobip_rules.plugins.manager import Plugins


def rows_of(plugins: Plugins) -> list[dict[str, Any]]:
    """Returns what people are shown of each plugin, what is built in first: its name, where it is from, its hooks."""
    return [{"name": plugin.name, "from": plugin.source, "hooks": list(plugin.hooks)} for plugin in _all(plugins)]


def records_of(plugins: Plugins) -> list[dict[str, Any]]:
    """Returns all that is known of each plugin, for programs; those that can't be loaded are in it too."""
    problems = _problems(plugins)
    return [
        {
            "name": plugin.name,
            "built_in": plugin.built_in,
            "distribution": plugin.distribution or None,
            "version": plugin.version or None,
            "module": plugin.module or None,
            "hooks": list(plugin.hooks),
            "problems": [str(problem) for problem in problems.get(plugin.name, ())],
        }
        for plugin in _all(plugins)
    ]


def _all(plugins: Plugins) -> list[Plugin]:
    loaded = list(plugins)
    names = {plugin.name for plugin in loaded}
    return loaded + [_refused(name, found[0]) for name, found in _problems(plugins).items() if name not in names]


def _problems(plugins: Plugins) -> Mapping[str, Sequence[PluginError]]:
    found: dict[str, list[PluginError]] = {}
    for problem in plugins.problems:
        found.setdefault(str(problem.context["plugin"]), []).append(problem)
    return dict(sorted(found.items()))


def _refused(name: str, problem: PluginError) -> Plugin:
    known = problem.context.get("refused")
    return known if isinstance(known, Plugin) else Plugin(name=name, module="", hooks=())
