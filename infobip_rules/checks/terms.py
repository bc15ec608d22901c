"""Relations between the patterns of rules: which cover each other, and which can match one element together."""

from __future__ import annotations

from collections.abc import Sequence

from infobip_rules.checks.atoms import exclusion, implies, patterns_matched
from infobip_rules.engine.rules.model import MAIN, Pattern, Rule, Term

Branch = tuple[Term, ...]


def positive(branch: Branch) -> list[Pattern]:
    """Returns the patterns that match an element each."""
    return [term for term in branch if isinstance(term, Pattern)]


def forbidden(branch: Branch) -> list[Pattern]:
    """Returns the patterns that must match nothing, as far as each stands alone."""
    blockers = [term.blocker for term in branch]
    return [pattern for pattern in blockers if pattern is not None]


def covers(weaker: Pattern, stronger: Pattern) -> bool:
    """Returns whether every element that `stronger` matches satisfies `weaker`."""
    return (
        issubclass(stronger.type, weaker.type)
        and weaker.entry_point == stronger.entry_point
        and not weaker.joins
        and weaker.window is None
        and all(implies(stronger.constraints, constraint) for constraint in weaker.constraints)
    )


def may_share(first: Pattern, second: Pattern) -> bool:
    """Returns whether one element may match both. Two different regular expressions on one field count as distinguishing."""
    related = issubclass(first.type, second.type) or issubclass(second.type, first.type)
    if not related or first.entry_point != second.entry_point:
        return False
    ours, theirs = patterns_matched(first.constraints), patterns_matched(second.constraints)
    if ours != theirs and {path for path, *_ in ours} & {path for path, *_ in theirs}:
        return False
    return exclusion((*first.constraints, *second.constraints)) is None


def exclude(first: Branch, second: Branch) -> bool:
    """Returns whether two branches can't both match at one time: what one asks for, the other forbids, or has differently."""
    for mine, theirs in ((first, second), (second, first)):
        if any(covers(none, pattern) for none in forbidden(mine) for pattern in positive(theirs)):
            return True
    # A session usually has one fact of a type: rules that ask different things of it do not match together.
    facts = [(a, b) for a in positive(first) for b in positive(second) if a.entry_point is None and a.type is b.type]
    return any(not may_share(a, b) for a, b in facts)


def is_plain(rule: Rule) -> bool:
    """Returns whether nothing but salience and order says when the rule fires; the attributes of DRL say more."""
    return (
        rule.enabled
        and isinstance(rule.salience, int)
        and (rule.agenda_group, rule.activation_group, rule.lock_on_active) == (MAIN, None, False)
        and (rule.effective, rule.expires, rule.timer) == (None, None, None)
    )


def signals_of(branches: Sequence[Branch]) -> list[Pattern]:
    """Returns the signal patterns of all branches."""
    return [pattern for branch in branches for pattern in positive(branch) if pattern.entry_point is not None]
