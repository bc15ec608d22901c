"""Rulesets in the language of durable-rules for tests, and hosts that have them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from durable import engine, lang

from infobip_rules.durablehost.registered_rules import RegisteredRules, registered_rules


class QuietHost(engine.Host):  # type: ignore[misc]  # durable is untyped
    """A Host without its timer threads, which can't be stopped."""

    def _run(self) -> None:
        """No timers."""


def declared(declare: Callable[[Any], object], name: str = "client", *, kind: Any = lang.ruleset) -> dict[str, Any]:
    """What `declare` declares with `durable.lang`, as a host registers it; a new definition at each call."""
    rules = kind(name)
    with rules:
        declare(lang)
    full, definition = rules.define()
    lang._rulesets.pop(name, None)
    return {full: definition}


def host_of(declare: Callable[[Any], object], name: str = "client", *, kind: Any = lang.ruleset) -> QuietHost:
    """A quiet host with one ruleset."""
    host = QuietHost()
    host.register_rulesets(declared(declare, name, kind=kind))
    return host


def rules_of(declare: Callable[[Any], object], *, kind: Any = lang.ruleset) -> RegisteredRules:
    """One ruleset, as the plugin sees it."""
    return registered_rules(host_of(declare, kind=kind), "client")
