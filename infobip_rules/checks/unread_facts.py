"""RULE030: facts that no rule reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from infobip_rules.checks.case import Case
from infobip_rules.checks.finding import Finding, remedy_for
from infobip_rules.engine.rules.model import patterns_of
from infobip_rules.facts import ClientAgent, Fact


def unread_facts(case: Case) -> Iterator[Finding]:
    """Yields fact types, declared in the files or inserted by a rule, that no pattern of any rule looks for."""
    declared = _declared(case)
    for name, kind in case.rulebook.fact_types.items():
        where = declared.get(name, _inserted(case).get(name, ""))
        if where and kind is not ClientAgent and not _is_read(kind, case):
            yield Finding(
                id="RULE030",
                where=where,
                reason=f"No rule reads the fact {name}.",
                remedy=remedy_for(
                    where,
                    python=f"Look for it with fact({name}), or take it out.",
                    drl=f"Look for it with {name}(), or take it out.",
                ),
            )


def _is_read(kind: type, case: Case) -> bool:
    for rule in case.rulebook.rules:
        for branch in rule.branches:
            for pattern in patterns_of(branch):
                # `fact(Fact)` is about any fact at all, and reads none in particular.
                if pattern.type is not Fact and (issubclass(kind, pattern.type) or issubclass(pattern.type, kind)):
                    return True
    return False


def _declared(case: Case) -> Mapping[str, str]:
    return {name: source.at(line) for source in case.sources for name, line in source.types()}


def _inserted(case: Case) -> Mapping[str, str]:
    changes = [change for body in case.bodies.values() for change in body.changes]
    return {change.type: change.where for change in changes if change.kind == "insert"}
