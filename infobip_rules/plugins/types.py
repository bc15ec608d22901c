"""The signal and fact types that rules may name besides those of their own files, by their class's name."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from keyword import iskeyword
from typing import Any

from infobip_rules.facts import Fact
from infobip_rules.plugins.manager import Names, Plugins
from infobip_rules.signals import Signal

_RESERVED = """
Agenda AgendaGroup ArrayList BigDecimal BigInteger Boolean Byte CharSequence Character Collection Double EntryPoint Fact
Float HashMap HashSet Integer Iterable KieRuntime KnowledgeHelper LinkedHashMap LinkedHashSet LinkedList List Long Map
MessageMedia Number Object ReportError ReportStatus Rule Set Short Signal SmsReceivedMessage SmsReceivedReport String
TreeMap TreeSet
"""
#: Names of classes that rules in DRL know besides the types that plugins add.
RESERVED = frozenset(_RESERVED.split())


def signal_types(plugins: Plugins) -> Mapping[str, type[Signal]]:
    """Returns every signal type that plugins add, what is built in among them. Raises PluginError."""
    return _types("signal_types", "subclasses of infobip_rules.Signal", _is_signal_type, plugins)


def fact_types(plugins: Plugins, signals: Container[str] = ()) -> Mapping[str, type[Fact]]:
    """Returns every fact type that plugins add, what is built in among them. Raises PluginError.

    None may have a name of `signals`, those of signal types: rules could not tell the two apart.
    """
    return _types("fact_types", "subclasses of infobip_rules.Fact", _is_fact_type, plugins, signals)


def _types(
    hook: str, what: str, fits: Callable[[Any], bool], plugins: Plugins, taken: Container[str] = ()
) -> dict[str, Any]:
    names = Names()
    for implementation in plugins.implementing(hook):
        for kind in implementation.items(what, fits):
            name = kind.__name__
            if not name.isidentifier() or iskeyword(name):
                raise implementation.error(f"adds {name!r}, which no rule can name.", "Give it the name of a class")
            names.add(name, kind, implementation)
            if name in RESERVED:
                raise implementation.error(
                    f"adds {name}, which is a class of the rule languages.", "Give it another name"
                )
            if name in taken:
                raise implementation.error(f"adds {name}, which is a signal type as well.", "Give it another name")
    return names.items


def _is_signal_type(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, Signal) and kind is not Signal


def _is_fact_type(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, Fact) and kind is not Fact
