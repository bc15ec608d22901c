"""Mistakes in the bodies of rules in Python: fields that a type does not have, values that are changed in place, and calls.

Only what fails for certain is found: a variable counts where it stands for one expression, a value of any type, one
whose type is asked about and whatever stands in a `try` are ignored.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator

from infobip_rules.checks.body_names import Elements
from infobip_rules.checks.body_reader import Around, BodyReader
from infobip_rules.checks.case import Case
from infobip_rules.checks.finding import Finding
from infobip_rules.checks.mistakes import Findings
from infobip_rules.checks.source import SourceFiles
from infobip_rules.checks.typed_values import ContextValue
from infobip_rules.engine.rules.model import Rule, ValueTerm


def body_mistakes(case: Case) -> Iterator[Finding]:
    """Yields everything in the bodies of rules in Python that fails when the rule fires."""
    findings = Findings()
    for rule in case.rulebook.rules:
        findings.rule = rule.id
        around = Around(rule.id, case.sources, findings, _elements(rule))
        _read(rule.action, around, with_context=True)
    yield from findings


def read_function(function: Callable[..., object], sources: SourceFiles, findings: Findings) -> bool:
    """Reads any function of the files for what is wrong in it, whatever it is given; whether it could be read."""
    return _read(function, Around("", sources, findings, ({}, frozenset())), with_context=False)


def _read(function: Callable[..., object], rule: Around, *, with_context: bool) -> bool:
    definition = rule.sources.function(function)
    if definition is None or not isinstance(function, types.FunctionType):
        return False
    given: dict[str, object] = {}
    if with_context and definition.args.args:
        given[definition.args.args[0].arg] = ContextValue()
    BodyReader(function, definition, given, rule, 0, conditional=False).read()
    return True


def _elements(rule: Rule) -> tuple[Elements, frozenset[str]]:
    """Returns the types of each named element, and the names that not every way of matching gives."""
    found: dict[str, dict[type, None]] = {}
    ways = []
    for branch in rule.branches:
        terms = [term for term in branch if isinstance(term, ValueTerm)]
        ways.append({term.alias for term in terms})
        for term in terms:
            kind = getattr(term, "type", None)
            found.setdefault(term.alias, {}).update({kind: None} if kind else {})
    always = set.intersection(*ways) if ways else set()
    return {name: tuple(kinds) for name, kinds in found.items()}, frozenset(found) - always
