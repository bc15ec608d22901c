"""Which changes of the element that a rule begins with reach the rule, as in Drools."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from infobip_rules.engine.rules.model import Accumulate, Existential, From, Pattern, Rule, Term, Test, every_field


def sharing_inputs(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """The rules, in their order, what each begins with listening to all that reaches it.

    What follows the element asks for changes: a join for those that the pattern listens to, what computes (`eval`, `from`,
    a query) for every change, a pattern `from` the element itself for those of fields that one of the two looks at. Rules
    that begin alike share one input, and it gives what the first of them asks for. A rule of one pattern has an input of
    its own.
    """
    inputs: dict[tuple[object, ...], frozenset[str]] = {}
    return tuple(_sharing(rule, inputs) for rule in rules)


def _sharing(rule: Rule, inputs: dict[tuple[object, ...], frozenset[str]]) -> Rule:
    if not rule.enabled:
        return rule
    branches = tuple(_heard(terms, inputs) for terms in rule.branches)
    same = all(new is old for new, old in zip(branches, rule.branches, strict=True))
    return rule if same else replace(rule, branches=branches)


def _heard(terms: tuple[Term, ...], inputs: dict[tuple[object, ...], frozenset[str]]) -> tuple[Term, ...]:
    first, *others = terms
    if not isinstance(first, Pattern) or first.window is not None or not others:
        return terms
    asked = _asked(others[0], first)
    key = (first.type, first.entry_point, tuple(one.text for one in first.constraints), first.watched)
    given = inputs.setdefault(key, asked)
    return terms if given == first.listens else (replace(first, listens=given), *others)


def _asked(term: Term, first: Pattern) -> frozenset[str]:
    """The changes that the first thing that is done with an element before a term asks for."""
    match term:
        case Existential(terms=terms) | Accumulate(terms=terms):
            return _asked(terms[0], first)
        case From(listens=frozenset() as listens):
            return first.listens | listens
        case Test() | From() | Pattern(queried=True):
            return every_field(first.type)
    return first.listens
