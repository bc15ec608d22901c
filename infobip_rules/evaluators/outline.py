"""Outline of rules that are evaluated elsewhere: data, of which nothing can be run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from infobip_rules.engine.network.rulebook import Rulebook
from infobip_rules.signals import Signal


class NamedRule(Protocol):
    """A rule as it is shown to people."""

    @property
    def id(self) -> str:
        """The id in journals."""
        ...

    @property
    def title(self) -> str:
        """The first line of its docstring, or its name."""
        ...

    @property
    def where(self) -> str:
        """File and line."""
        ...


class KnownRules(Protocol):
    """The rules as a host sees them: a `Rulebook`, or the outline of one."""

    @property
    def rules(self) -> Sequence[NamedRule]:
        """All of them, in their order."""
        ...

    @property
    def sources(self) -> Sequence[str]:
        """The files they are from."""
        ...

    @property
    def warnings(self) -> Sequence[str]:
        """What rule files ask for and is ignored, each with its place."""
        ...

    @property
    def standing(self) -> bool:
        """Whether some rule holds of nothing, so that every signal is evaluated."""
        ...

    @property
    def routes(self) -> bool:
        """Whether they say themselves which session a signal belongs to."""
        ...

    @property
    def wants_heartbeats(self) -> bool:
        """Whether some rule names Heartbeat."""
        ...

    def listens_to(self, kind: type[Signal]) -> bool:
        """Returns whether any rule looks for signals of this type."""
        ...


class RuleLine(NamedTuple):
    """A rule in an outline."""

    id: str
    title: str
    where: str


class RulesOutline(NamedTuple):
    """The outline of a rulebook, as a worker sends it."""

    rules: tuple[RuleLine, ...] = ()
    sources: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    standing: bool = False
    routes: bool = False
    wants_heartbeats: bool = False
    #: The names of the types of signals that some rule looks for.
    listened: tuple[str, ...] = ()

    @classmethod
    def of(cls, rulebook: Rulebook) -> RulesOutline:
        """Returns the outline of a rulebook."""
        return cls(
            rules=tuple(RuleLine(rule.id, rule.title, rule.where) for rule in rulebook.rules),
            sources=rulebook.sources,
            warnings=rulebook.warnings,
            standing=rulebook.standing,
            routes=rulebook.routes,
            wants_heartbeats=rulebook.wants_heartbeats,
            listened=tuple(name for name, kind in rulebook.signal_types.items() if rulebook.listens_to(kind)),
        )

    def listens_to(self, kind: type[Signal]) -> bool:
        """Returns whether any rule looks for signals of this type."""
        return kind.__name__ in self.listened
