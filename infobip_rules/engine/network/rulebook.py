"""The rulebook: all rules that a host runs, with the types they know and the ways signals find their session."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

from infobip_rules.engine.network.alpha import AlphaNetwork
from infobip_rules.engine.network.expiry import lifetime_of
from infobip_rules.engine.network.listening import sharing_inputs
from infobip_rules.engine.rules.model import Rule, patterns_of
from infobip_rules.errors import RuleError
from infobip_rules.facts import ClientAgent, Fact
from infobip_rules.signals import SIGNAL_TYPES, Heartbeat, MomentCame, Signal

#: Says which session a signal belongs to; None: to the one it would go to anyway.
Route: TypeAlias = Callable[[Signal], str | None]
#: The facts that a session starts with.
FirstContact: TypeAlias = Callable[[str], Sequence[Fact]]


def open_session(address: str) -> Sequence[Fact]:
    """Returns what a session starts with unless the rules say otherwise: the agent of the person behind `address`."""
    return (ClientAgent(connections={"phone": address}),)


class Rulebook:
    """The rules, ready to be evaluated; immutable, shared by all sessions."""

    def __init__(
        self,
        rules: Iterable[Rule],
        *,
        fact_types: Iterable[type[Fact]] = (),
        signal_types: Iterable[type[Signal]] = (),
        route: Route | None = None,
        first_contact: FirstContact = open_session,
        sources: Sequence[str] = (),
        warnings: Sequence[str] = (),
    ) -> None:
        self.rules = sharing_inputs(rules)
        self.route = route
        self.first_contact = first_contact
        self.sources = tuple(sources)
        #: What rule files ask for and is ignored, each with its place.
        self.warnings = tuple(warnings)
        used = [pattern for rule in self.rules for branch in rule.branches for pattern in patterns_of(branch)]
        self.fact_types = _named(
            [ClientAgent, *fact_types, *(pattern.type for pattern in used if issubclass(pattern.type, Fact))], "fact"
        )
        self.signal_types = _named(
            [
                *SIGNAL_TYPES.values(),
                MomentCame,
                *signal_types,
                *(pattern.type for pattern in used if issubclass(pattern.type, Signal)),
            ],
            "signal",
        )
        self.alphas = AlphaNetwork(self.rules)
        #: Whether some rule can match without any signal, so that every signal is evaluated.
        self.standing = bool(self.alphas.standing)
        #: Whether the rules say themselves which session a signal belongs to.
        self.routes = route is not None
        #: Whether facts of some type go by themselves.
        self.expiring = any(lifetime_of(kind) is not None for kind in self.fact_types.values())
        #: Whether sessions may have open work although nothing waits: what was evaluated, windows, facts that go.
        self.open_ended = bool(self.alphas.with_history or self.alphas.windows or self.expiring)
        #: Whether some rule names Heartbeat; a rule for signals of any type does not ask for heartbeats.
        self.wants_heartbeats = any(alpha.pattern.type is Heartbeat for alpha in self.alphas.alphas)

    def listens_to(self, kind: type[Signal]) -> bool:
        """Returns whether any rule has a pattern for signals of this type."""
        return self.alphas.listens_to(kind)


def _named(kinds: Iterable[type], word: str) -> Mapping[str, type]:
    named: dict[str, type] = {}
    for kind in kinds:
        other = named.setdefault(kind.__name__, kind)
        if other is not kind:
            raise RuleError(
                f"Two {word} types are called {kind.__name__}: in {other.__module__} and in {kind.__module__}.",
                "Journals keep types by name: give one of them another.",
                same_as=other.__name__,
            )
    return named
