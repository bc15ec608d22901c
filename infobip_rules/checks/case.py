"""The subject of checks: the rules, the effects of their bodies, and the files that they stand in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from infobip_rules.checks.bodies import OPAQUE, BodyEffects
from infobip_rules.checks.drl_bodies import read_drl_body
from infobip_rules.checks.finding import Finding
from infobip_rules.checks.python_bodies import read_python_body
from infobip_rules.checks.source import SourceFiles, read_sources
from infobip_rules.engine.network.rulebook import Rulebook
from infobip_rules.engine.rules.model import Rule, patterns_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A rulebook with everything that is read off its files."""

    rulebook: Rulebook
    sources: SourceFiles
    bodies: Mapping[str, BodyEffects]

    def body(self, rule: Rule) -> BodyEffects:
        """Returns what the rule does."""
        return self.bodies[rule.id]


#: A check: all that it finds, in any order.
Check: TypeAlias = Callable[[Case], Iterator[Finding]]


def case_of(rulebook: Rulebook) -> Case:
    """Returns the case of a rulebook; reads its files."""
    sources = read_sources(rulebook.sources)
    bodies = {rule.id: _read_body(rule, sources) for rule in rulebook.rules}
    return Case(rulebook=rulebook, sources=sources, bodies=bodies)


def _read_body(rule: Rule, sources: SourceFiles) -> BodyEffects:
    source = sources.holding(rule.where)
    if source is None or source.unit is None:
        return read_python_body(rule.action, sources)
    node = next((rule_node for rule_node in source.unit.rules if rule_node.name == rule.name), None)
    if node is None:
        return OPAQUE
    aliases = {pattern.alias for branch in rule.branches for pattern in patterns_of(branch)}
    return read_drl_body(node, source.file, aliases=aliases)
