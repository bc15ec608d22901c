"""The signal and fact types that the package brings, by the hooks for them."""

from __future__ import annotations

from infobip_rules.facts import ClientAgent, Fact
from infobip_rules.plugins.markers import hookimpl
from infobip_rules.signals import SIGNAL_TYPES, Signal


@hookimpl
def signal_types() -> tuple[type[Signal], ...]:
    """Messages that people send, what becomes of ours, and heartbeats."""
    return tuple(SIGNAL_TYPES.values())


@hookimpl
def fact_types() -> tuple[type[Fact], ...]:
    """The agent that a session starts with."""
    return (ClientAgent,)
