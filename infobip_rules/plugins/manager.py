"""The plugins of this process: what is built in and what is installed, behind the same hooks."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from traceback import walk_tb
from typing import Any, Self

from pluggy import PluginManager

from infobip_rules.errors import PluginError, PluginsNotLoadedError
from infobip_rules.plugins import specs
from infobip_rules.plugins.entry_points import named, read_entry_points, spare_pydantic
from infobip_rules.plugins.implementation import Implementation, Plugin, place_of, shown, signature, without
from infobip_rules.plugins.markers import GROUP

#: Which plugins are loaded: `all` (also if it is not set), `off`, or their names, separated by commas.
VARIABLE = "INFOBIP_PLUGINS"
ALL, OFF = "all", "off"
_PACKAGE = "Fix the package."

#: The modules that implement hooks for what is built in; each is imported when one of its hooks is first called.
BUILT_IN: Mapping[str, tuple[str, ...]] = {
    "infobip_rules.plugins.own_types": ("signal_types", "fact_types"),
    "infobip_rules.channels.builtin": ("channels",),
    "infobip_rules.delivery.policies": ("delivery_policies",),
    "infobip_rules.checks.registry": ("checks",),
    "infobip_rules.checks.catalogue": ("findings",),
    "infobip_rules.pages.rendering": ("template_filters",),
    "infobip_rules.cli.own_commands": ("commands",),
}


class Plugins:
    """Plugins by their hooks; those that can't be used are left out, and `problems` says why."""

    def __init__(self, built_in: Mapping[str, tuple[str, ...]] = BUILT_IN) -> None:
        self.problems: list[PluginError] = []
        self._manager = PluginManager(GROUP)
        self._manager.add_hookspecs(specs)
        self._plugins = {
            name: Plugin(name=name, module=name, hooks=hooks, built_in=True) for name, hooks in built_in.items()
        }
        self._not_imported = set(built_in)

    @classmethod
    def of(cls, /, **plugins: object) -> Self:
        """Makes plugins of what is built in and of these objects or modules, by name. Raises PluginError."""
        made = cls()
        for name, plugin in reversed(plugins.items()):
            made._register(name, plugin)
        made.raise_problems()
        return made

    @classmethod
    def installed(cls, choice: str = ALL) -> Self:
        """Loads what is built in, and what distributions name in the group `infobip_rules` of their entry points, as chosen."""
        made = cls()
        if choice == OFF:
            spare_pydantic()  # it is what is set if entry points can't be read
            return made
        found, unreadable = read_entry_points()
        made.problems += [_not_readable(name, reason) for name, reason in unreadable]
        chosen = None if choice == ALL else {name.strip() for name in choice.split(",")} - {""}
        names = {point.name for point in found}
        made.problems += [_not_there(name, names) for name in sorted((chosen or set()) - names)]
        # What is registered last is called first.
        for point in reversed(found):
            if chosen is not None and point.name not in chosen:
                continue
            distribution, version = named(point.dist)
            broken = Plugin(name=point.name, module=point.value, hooks=(), distribution=distribution, version=version)
            if not point.pattern.match(point.value):
                made._refuse(
                    broken, f"can't be imported: {point.value!r} is not `module` or `module:object`.", _PACKAGE
                )
                continue
            try:
                plugin = point.load()
            except KeyboardInterrupt:
                raise
            except BaseException as problem:
                remedy = f"{_PACKAGE.rstrip('.')}{place_of(problem)}."
                made._refuse(broken, f"can't be imported: {point.value} raised {shown(problem)}.", remedy)
            else:
                made._register(point.name, plugin, distribution=distribution, version=version)
        return made

    def __iter__(self) -> Iterator[Plugin]:
        """Yields what is built in, then all others by name."""
        return iter(sorted(self._plugins.values(), key=lambda plugin: (not plugin.built_in, plugin.name)))

    def raise_problems(self) -> None:
        """Raises PluginError with everything that is wrong, if anything is."""
        # Made anew: meanwhile it may be known what is secret.
        again = [PluginError(known.fact, known.remedy, **known.context) for known in self.problems]
        if again:
            raise again[0] if len(again) == 1 else PluginsNotLoadedError(again)

    def implementing(self, hook: str) -> Iterator[Implementation]:
        """Yields every implementation of a hook, in the order in which they are asked: what is built in first."""
        self._import_built_in(hook)
        for found in reversed(getattr(self._manager.hook, hook).get_hookimpls()):
            yield Implementation(
                plugin=self._plugins[found.plugin_name],
                hook=hook,
                function=found.function,
                arguments=tuple(found.argnames),
            )

    def items(self, hook: str, what: str, fits: Callable[[Any], bool], **given: object) -> list[Any]:
        """Returns all that plugins add by a hook; `what` names the kind for errors, `fits` decides. Raises PluginError."""
        return [
            item for implementation in self.implementing(hook) for item in implementation.items(what, fits, **given)
        ]

    def named(
        self, hook: str, what: str, fits: Callable[[Any], bool], name_of: Callable[[Any], str], **given: object
    ) -> dict[str, Any]:
        """Returns the same by their names. Raises PluginError, also for two of one name."""
        names = Names()
        for implementation in self.implementing(hook):
            for item in implementation.items(what, fits, **given):
                names.add(name_of(item), item, implementation)
        return names.items

    def behind(self, problem: BaseException) -> Plugin | None:
        """Returns the plugin from outside whose code raised an exception, or called what did; None if there is none."""
        names = [str(frame.f_globals.get("__name__", "")) for frame, _ in walk_tb(problem.__traceback__)]
        packages = {name.partition(".")[0] for name in names}
        outside = (plugin for plugin in self if not plugin.built_in)
        return next((plugin for plugin in outside if plugin.module.partition(".")[0] in packages), None)

    def _import_built_in(self, hook: str) -> None:
        wanted = [name for name in self._not_imported if hook in self._plugins[name].hooks]
        for name in sorted(wanted, reverse=True):
            self._not_imported.discard(name)
            self._manager.register(import_module(name), name)

    def _register(self, name: str, plugin: object, *, distribution: str = "", version: str = "") -> None:
        found = {attribute: options for attribute in dir(plugin) if (options := self._options(plugin, attribute))}
        hooks = {options["specname"] or attribute: attribute for attribute, options in found.items()}
        module = (
            plugin.__name__ if inspect.ismodule(plugin) else f"{type(plugin).__module__}.{type(plugin).__qualname__}"
        )
        shape = Plugin(name=name, module=module, hooks=tuple(sorted(hooks)), distribution=distribution, version=version)
        if name in self._plugins:
            other = self._plugins[name]
            return self._refuse(shape, f"has the name of another one ({other.source}).", "Rename its entry point.")
        if (same := self._manager.get_name(plugin)) is not None:
            return self._refuse(shape, f"is the same module as the plugin {same}.", "Name it in one entry point.")
        if not hooks:
            return self._refuse(
                shape,
                f"implements no hook: nothing in {module} is marked with @hookimpl.",
                "Mark its hooks with infobip_rules.plugins.hookimpl.",
            )
        for hook, attribute in hooks.items():
            if (mistake := _mistake(hook, getattr(plugin, attribute), found[attribute])) is not None:
                fact, remedy = mistake
                return self._refuse(
                    shape,
                    f"its hook {hook} {fact}",
                    remedy,
                    hook=hook,
                    signature=signature(hook) if hook in HOOKS else "",
                )
        self._plugins[name] = shape
        self._manager.register(plugin, name)
        return None

    def _options(self, plugin: object, attribute: str) -> Any:
        return self._manager.parse_hookimpl_opts(plugin, attribute)

    def _refuse(self, plugin: Plugin, fact: str, remedy: str, **context: object) -> None:
        said = f" {fact}" if not context else f": {fact}"
        self.problems.append(
            PluginError(
                f"The plugin {plugin.name} ({plugin.source}){said}",
                f"{remedy} {without(plugin)}".rstrip(),
                plugin=plugin.name,
                refused=plugin,
                **context,
            )
        )


class Names:
    """Things that plugins add, by names of which no two are the same."""

    def __init__(self) -> None:
        self.items: dict[str, Any] = {}
        self._owners: dict[str, Implementation] = {}

    def add(self, name: str, item: Any, by: Implementation) -> None:
        """Takes in what an implementation adds. Raises PluginError if the name is taken."""
        owner = self._owners.setdefault(name, by)
        if name in self.items:
            whose = "itself" if owner.plugin == by.plugin else f"{owner.plugin.name} ({owner.plugin.source})"
            raise by.error(f"adds {name}, which is also added by {whose}.", "Give it another name")
        self.items[name] = item


def _mistake(hook: str, function: Any, options: Any) -> tuple[str, str] | None:
    """Returns what is wrong with an implementation, and what to do; None if it is as specified."""
    if hook not in HOOKS:
        near = get_close_matches(hook, HOOKS, n=1)
        there = f"Did you mean {signature(near[0])}?" if near else f"There are: {', '.join(sorted(HOOKS))}."
        return "is none that there is.", there
    if options["wrapper"] or options["hookwrapper"]:
        return "is a wrapper.", f"Only add to what others give: write {signature(hook)}."
    known = inspect.signature(getattr(specs, hook)).parameters
    by_keyword = [
        name for name, taken in inspect.signature(function).parameters.items() if taken.kind is taken.KEYWORD_ONLY
    ]
    if by_keyword:
        return f"takes {', '.join(by_keyword)} by keyword only.", f"Write {signature(hook)}."
    strange = [name for name in inspect.signature(function).parameters if name not in known]
    if strange:
        return f"takes {', '.join(strange)}, which it is not given.", f"Write {signature(hook)}."
    return None


def _not_readable(distribution: str, reason: str) -> PluginError:
    broken = Plugin(name=distribution, module="", hooks=(), distribution=distribution)
    return PluginError(
        f"The entry_points.txt of {distribution} can't be read: {reason}.",
        f"{_PACKAGE} {without(broken)}",
        plugin=distribution,
        refused=broken,
    )


def _not_there(name: str, names: Iterable[str]) -> PluginError:
    near = get_close_matches(name, list(names), n=1)
    there = f"Did you mean {near[0]}?" if near else f"Installed are: {', '.join(sorted(names)) or 'none'}."
    return PluginError(f"{VARIABLE} names the plugin {name}, which is not installed.", there, plugin=name)


#: The names of all hooks.
HOOKS = frozenset(name for name, value in vars(specs).items() if hasattr(value, f"{GROUP}_spec"))


@cache
def installed_plugins() -> Plugins:
    """Returns the plugins of this process, as the environment chooses them, with or without problems; loads them once."""
    return Plugins.installed(os.environ.get(VARIABLE, "").strip() or ALL)


def loaded_plugins() -> Plugins:
    """Returns the same. Raises PluginError if one of them can't be used."""
    found = installed_plugins()
    found.raise_problems()
    return found
