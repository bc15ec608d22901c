"""What checks look at: the rules, what their bodies do, and the files that they stand in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from infobip_rules.checks.bodies import Body
from infobip_rules.checks.finding import Finding
from infobip_rules.checks.python_bodies import read_python_body
from infobip_rules.checks.source import Sources, read_sources
from infobip_rules.engine.model import Rule
from infobip_rules.engine.rulebook import Rulebook


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A rulebook with everything that is read off its files."""

    rulebook: Rulebook
    sources: Sources
    bodies: Mapping[str, Body]

    def body(self, rule: Rule) -> Body:
        """What the rule does."""
        return self.bodies[rule.id]


#: A check: all that it finds, in any order.
Check: TypeAlias = Callable[[Case], Iterator[Finding]]


def case_of(rulebook: Rulebook) -> Case:
    """The case of a rulebook; reads its files."""
    sources = read_sources(rulebook.sources)
    bodies = {rule.id: read_python_body(rule.action, sources) for rule in rulebook.rules}
    return Case(rulebook=rulebook, sources=sources, bodies=bodies)
