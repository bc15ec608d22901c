"""RULE010: rules that can never match."""

from __future__ import annotations

from collections.abc import Iterator

from infobip_rules.checks.atoms import exclusion
from infobip_rules.checks.case import Case
from infobip_rules.checks.finding import Finding, remedy_for
from infobip_rules.checks.terms import Branch, covers, forbidden, positive
from infobip_rules.engine.rules.model import Pattern, Rule


def contradictions(case: Case) -> Iterator[Finding]:
    """Yields patterns whose conditions exclude each other, and rules whose every alternative asks for what it forbids."""
    for rule in case.rulebook.rules:
        found = {finding.where: finding for branch in rule.branches for finding in _in_patterns(rule, branch)}
        yield from found.values()
        if not found:
            yield from _in_nots(rule)


def _in_patterns(rule: Rule, branch: Branch) -> Iterator[Finding]:
    for pattern in positive(branch):
        pair = exclusion(pattern.constraints)
        if pair is not None:
            yield Finding(
                id="RULE010",
                where=pattern.where or rule.where,
                reason=f"{rule.id} never matches: {pair[0]} and {pair[1]} exclude each other.",
                remedy=remedy_for(
                    pattern.where or rule.where,
                    python="Join them with | if either is enough, or take one out.",
                    drl="Join them with || if either is enough, or take one out.",
                ),
                rule=rule.id,
            )


def _in_nots(rule: Rule) -> Iterator[Finding]:
    pairs = [_forbidden_pair(branch) for branch in rule.branches]
    if pairs and all(pairs) and pairs[0]:
        none, pattern = pairs[0]
        yield Finding(
            id="RULE010",
            where=none.where or rule.where,
            reason=f"{rule.id} never matches: it asks for {_named(pattern)}, and that there is no {none.type.__name__} like it.",
            remedy=remedy_for(
                none.where or rule.where,
                python="Take one of the two out, or narrow what none(...) asks for.",
                drl="Take one of the two out, or narrow what `not` asks for.",
            ),
            rule=rule.id,
        )


def _forbidden_pair(branch: Branch) -> tuple[Pattern, Pattern] | None:
    for none in forbidden(branch):
        for pattern in positive(branch):
            if covers(none, pattern):
                return none, pattern
    return None


def _named(pattern: Pattern) -> str:
    name = pattern.type.__name__
    return f"{'an' if name[0] in 'AEIOU' else 'a'} {name}"
