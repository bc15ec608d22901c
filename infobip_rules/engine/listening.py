"""Which changes of the element that a rule begins with reach the rule, as in Drools."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from infobip_rules.engine.model import Accumulate, Existential, From, Pattern, Rule, Term, Test, every_field


def sharing_inputs(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """The rules, in their order, what each begins with listening to all that reaches it.

    What follows the element asks for changes: a join for those that the pattern listens to, what computes (`eval`, `from`,
    a query) for every change. Rules that begin alike share one input, and it gives what the first of them asks for. A rule
    of one pattern has an input of its own.
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
    asked = every_field(first.type) if _computes(others[0]) else first.listens
    key = (first.type, first.entry_point, tuple(one.text for one in first.constraints), first.watched)
    given = inputs.setdefault(key, asked)
    return terms if given == first.listens else (replace(first, listens=given), *others)


def _computes(term: Term) -> bool:
    """Whether the first thing that is done with an element before a term is to compute."""
    if isinstance(term, Existential | Accumulate):
        return _computes(term.terms[0])
    return isinstance(term, Test | From) or (isinstance(term, Pattern) and term.queried)
