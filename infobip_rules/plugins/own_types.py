"""The signal and fact types that the package brings, by the hooks for them."""

from __future__ import annotations

from infobip_rules.facts import ClientAgent, Fact
from infobip_rules.plugins.markers import hookimpl
from infobip_rules.signals import SIGNAL_TYPES, Signal


@hookimpl
def signal_types() -> tuple[type[Signal], ...]:
    """Returns the types for messages that people send, for what becomes of ours, and for heartbeats."""
    return tuple(SIGNAL_TYPES.values())


@hookimpl
def fact_types() -> tuple[type[Fact], ...]:
    """Returns the type of the agent that a session starts with."""
    return (ClientAgent,)
