"""Shared inputs of rules: which changes of the element that a rule begins with reach the rule, as in Drools."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from infobip_rules.engine.rules.model import Pattern, Rule, Term


def sharing_inputs(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Returns the rules, in their order, with a first pattern that listens to all that reaches the rule.

    What follows the first element asks for changes: a join for those that the pattern listens to, what computes (`eval`,
    `from`, a query) for every change, a pattern `from` the element itself for those of fields that one of the two reads.
    Rules that begin alike share one input, and it gives what the first of them asks for. A rule of one pattern has an
    input to itself.
    """
    inputs: dict[tuple[object, ...], frozenset[str]] = {}
    return tuple(_sharing(rule, inputs) for rule in rules)


def _sharing(rule: Rule, inputs: dict[tuple[object, ...], frozenset[str]]) -> Rule:
    if not rule.enabled:
        return rule
    branches = tuple(_listening(terms, inputs) for terms in rule.branches)
    same = all(new is old for new, old in zip(branches, rule.branches, strict=True))
    return rule if same else replace(rule, branches=branches)


def _listening(terms: tuple[Term, ...], inputs: dict[tuple[object, ...], frozenset[str]]) -> tuple[Term, ...]:
    first, *others = terms
    if not isinstance(first, Pattern) or first.window is not None or not others:
        return terms
    asked = others[0].requested_changes(first)
    constraints = tuple(constraint.text for constraint in first.constraints)
    key = (first.type, first.entry_point, constraints, first.watched)
    given = inputs.setdefault(key, asked)
    return terms if given == first.listens else (replace(first, listens=given), *others)
