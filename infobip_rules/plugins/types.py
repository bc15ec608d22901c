"""The signal and fact types that rules may name besides those of their own files, by their class's name."""

from __future__ import annotations

from collections.abc import Mapping

from infobip_rules.facts import Fact
from infobip_rules.plugins.manager import Plugins
from infobip_rules.signals import Signal


def signal_types(plugins: Plugins) -> Mapping[str, type[Signal]]:
    """Returns every signal type that plugins add, what is built in among them. Raises PluginError."""
    return plugins.named("signal_types", "subclasses of infobip_rules.Signal", _is_signal_type, _name_of)


def fact_types(plugins: Plugins) -> Mapping[str, type[Fact]]:
    """Returns every fact type that plugins add, what is built in among them. Raises PluginError."""
    return plugins.named("fact_types", "subclasses of infobip_rules.Fact", _is_fact_type, _name_of)


def _is_signal_type(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, Signal) and kind is not Signal


def _is_fact_type(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, Fact) and kind is not Fact


def _name_of(kind: type) -> str:
    return kind.__name__
