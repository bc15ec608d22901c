"""A plugin and its implementation of a hook, whose errors name plugin, hook, signature and remedy."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Coroutine, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from traceback import walk_tb
from typing import Any

from infobip_rules.errors import PluginError
from infobip_rules.infobip.phone import mask_numbers
from infobip_rules.plugins import specs

#: Modules on the way to a plugin: ours, and those that import one.
_OWN = re.compile(r"(infobip_rules|importlib|_frozen_importlib|_frozen_importlib_external)(\.|$)")
#: More is not taken from a hook, nor from what a hook gave: it may have no end.
MOST_ITEMS = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Plugin:
    """A plugin, as it is shown."""

    #: That of its entry point; of what is built in, the module's.
    name: str
    #: Where its hooks are.
    module: str
    #: The hooks that it implements.
    hooks: tuple[str, ...]
    #: The distribution that it comes with; empty for what is built in, or was given as an object.
    distribution: str = ""
    version: str = ""
    built_in: bool = False

    @property
    def source(self) -> str:
        """Where it comes from."""
        if self.built_in:
            return "built in"
        return f"{self.distribution} {self.version}".strip() or self.module


@dataclass(frozen=True, kw_only=True, slots=True)
class Implementation:
    """The function of a plugin behind a hook."""

    plugin: Plugin
    hook: str
    function: Callable[..., Any]
    #: The arguments of the hook that it takes.
    arguments: tuple[str, ...]

    def __call__(self, **given: object) -> Any:
        """Calls it with the arguments that it takes. Raises PluginError if it raises."""
        try:
            returned = self.function(*(given[name] for name in self.arguments))
        except KeyboardInterrupt:
            raise
        except BaseException as problem:  # such as SystemExit: it is not the plugin's to end the program
            raise self.error(f"raised {shown(problem)}.", f"Fix it{place_of(problem)}") from problem
        if isinstance(returned, Coroutine):
            returned.close()  # nobody awaits it; whoever asked judges what it is
        return returned

    def items(self, what: str, fits: Callable[[Any], bool], **given: object) -> Iterator[Any]:
        """Calls it and yields each item of its result. Raises PluginError if it raises, or for an item that does not fit."""
        returned = first_of(self(**given))
        try:
            found = list(returned) if isinstance(returned, Iterable) and not isinstance(returned, str | bytes) else None
        except KeyboardInterrupt:
            raise
        except BaseException as problem:  # of a generator, which runs only now
            raise self.error(f"raised {shown(problem)}.", f"Fix it{place_of(problem)}") from problem
        if found is None:
            raise self.error(f"returned {_kind(returned)}, and no list of what it adds.", f"Return a list of {what}")
        if len(found) > MOST_ITEMS:
            raise self.error(f"gave more than {MOST_ITEMS:,}, maybe without end.", f"Give fewer {what}")
        for item in found:
            if not fits(item):
                raise self.error(f"gave {_kind(item)}.", f"Give {what}")
            yield item

    def error(self, fact: str, remedy: str) -> PluginError:
        """Returns the error for what it did wrong, with what to do about it; `fact` goes on after the name of the hook."""
        return PluginError(
            f"The plugin {self.plugin.name} ({self.plugin.source}): its hook {self.hook} {fact}",
            f"{remedy}; the hook is {signature(self.hook)}. {without(self.plugin)}",
            plugin=self.plugin.name,
            hook=self.hook,
            signature=signature(self.hook),
        )


def without(plugin: Plugin) -> str:
    """Returns how to go on without a plugin; empty for what can't be uninstalled."""
    if plugin.built_in or not plugin.distribution:
        return ""
    return f"Until then uninstall {plugin.distribution}, or set INFOBIP_PLUGINS=off."


def signature(hook: str) -> str:
    """Returns a hook as its specification has it, such as `route(signal: Signal) -> str | None`."""
    return f"{hook}{inspect.signature(getattr(specs, hook))}".replace("'", "")


def shown(problem: BaseException) -> str:
    """Returns an exception of a plugin's in one line, without phone numbers."""
    try:
        text = " ".join(str(problem).split())
    except KeyboardInterrupt:
        raise
    except BaseException:  # its words are the plugin's code too
        text = ""
    return mask_numbers(f"{type(problem).__name__}: {text}" if text else type(problem).__name__).rstrip(".")


def place_of(problem: BaseException) -> str:
    """Returns ` at file:line` for the line of a package from outside that an exception came through last; else nothing.

    What that package called, such as a library, is not where it is fixed.
    """
    lines = [(str(frame.f_globals.get("__name__", "")), frame, line) for frame, line in walk_tb(problem.__traceback__)]
    outside = [(name.partition(".")[0], frame, line) for name, frame, line in lines if not _OWN.match(name)]
    for package, frame, line in reversed(outside):
        if package == outside[0][0]:
            return f" at {frame.f_code.co_filename}:{line}"
    return ""


def first_of(found: Any) -> Any:
    """Returns what is iterable as an iterator that ends behind one item too many; anything else as it is."""
    return _first(found) if isinstance(found, Iterable) and not isinstance(found, str | bytes) else found


def _first(found: Iterable[Any]) -> Iterator[Any]:
    # Whatever iterating raises comes up where this is iterated.
    yield from islice(found, MOST_ITEMS + 1)


def _kind(value: object) -> str:
    return "None" if value is None else f"{value.__name__}" if isinstance(value, type) else f"a {type(value).__name__}"
