"""How the patterns of rules relate: which cover each other, and which can match one element together."""

from __future__ import annotations

from collections.abc import Sequence

from infobip_rules.checks.atoms import exclusion, implies, patterns_matched
from infobip_rules.engine.rules.model import Existential, Pattern, Rule, Term

Branch = tuple[Term, ...]


def positive(branch: Branch) -> list[Pattern]:
    """The patterns that match an element each."""
    return [term for term in branch if isinstance(term, Pattern)]


def single(term: Term) -> Pattern | None:
    """The one pattern of a `not` or `exists` that asks nothing of other elements."""
    if not isinstance(term, Existential):
        return None
    inner: tuple[Term, ...] = getattr(term, "terms", getattr(term, "patterns", ()))
    match inner:
        case (Pattern(joins=()) as pattern,):
            return pattern
    return None


def forbidden(branch: Branch) -> list[Pattern]:
    """The patterns that must match nothing, as far as each stands alone."""
    found = [single(term) for term in branch if isinstance(term, Existential) and term.negated]
    return [pattern for pattern in found if pattern is not None]


def covers(weaker: Pattern, stronger: Pattern) -> bool:
    """Whether every element that `stronger` matches satisfies `weaker`."""
    return (
        issubclass(stronger.type, weaker.type)
        and weaker.entry_point == stronger.entry_point
        and not weaker.joins
        and getattr(weaker, "window", None) is None
        and all(implies(stronger.constraints, constraint) for constraint in weaker.constraints)
    )


def may_share(first: Pattern, second: Pattern) -> bool:
    """Whether one element may match both. Two different regular expressions on one field count as telling apart."""
    related = issubclass(first.type, second.type) or issubclass(second.type, first.type)
    if not related or first.entry_point != second.entry_point:
        return False
    ours, theirs = patterns_matched(first.constraints), patterns_matched(second.constraints)
    if ours != theirs and {path for path, *_ in ours} & {path for path, *_ in theirs}:
        return False
    return exclusion((*first.constraints, *second.constraints)) is None


def exclude(first: Branch, second: Branch) -> bool:
    """Whether two branches can't both match at one time: what one asks for, the other forbids, or has differently."""
    for mine, theirs in ((first, second), (second, first)):
        if any(covers(none, pattern) for none in forbidden(mine) for pattern in positive(theirs)):
            return True
    # A session has one fact of a type as a rule: what is asked of it differently tells rules apart.
    facts = [(a, b) for a in positive(first) for b in positive(second) if a.entry_point is None and a.type is b.type]
    return any(not may_share(a, b) for a, b in facts)


def is_plain(rule: Rule) -> bool:
    """Whether nothing but salience and order says when the rule fires; the attributes of DRL say more."""
    usual = {
        "agenda_group": "MAIN",
        "activation_group": None,
        "lock_on_active": False,
        "effective": None,
        "expires": None,
        "timer": None,
    }
    return rule.enabled and isinstance(rule.salience, int) and all(
        getattr(rule, name, value) == value for name, value in usual.items()
    )  # fmt: skip


def signals_of(branches: Sequence[Branch]) -> list[Pattern]:
    """The signal patterns of all branches."""
    return [pattern for branch in branches for pattern in positive(branch) if pattern.entry_point is not None]
