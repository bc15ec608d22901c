"""RULE013: rules that are never reached, as another one always takes the signal before."""

from __future__ import annotations

from collections.abc import Iterator

from infobip_rules.checks.case import Case
from infobip_rules.checks.finding import Finding
from infobip_rules.checks.terms import Branch, covers, forbidden, is_plain, positive, signals_of
from infobip_rules.engine.network.rulebook import open_session
from infobip_rules.engine.rules.model import Pattern, Rule, Term
from infobip_rules.facts import ClientAgent


def unreachable(case: Case) -> Iterator[Finding]:
    """Yields rules whose signal is deleted, always and before, by one that matches wherever they do."""
    rules = sorted((rule for rule in case.rulebook.rules if is_plain(rule)), key=_turn)
    taking: list[Rule] = []
    for late in rules:
        early = next((rule for rule in taking if _takes_all(rule, late, case)), None)
        if any(case.body(late).deletes(pattern.alias, always=True) for pattern in signals_of(late.branches)):
            taking.append(late)
        if early is not None:
            yield Finding(
                id="RULE013",
                where=late.where,
                reason=f"{late.id} is never reached: {early.id} ({early.where}) fires before it, and deletes the signal.",
                remedy="Give it a higher salience than that rule has, or narrow what that rule asks for.",
                rule=late.id,
            )


def _turn(rule: Rule) -> tuple[int, int]:
    return (-rule.salience if isinstance(rule.salience, int) else 0, rule.order)


def _takes_all(early: Rule, late: Rule, case: Case) -> bool:
    # With no-loop it does not see what its own firing brings about, which the late one does.
    return (
        bool(late.branches)
        and not early.no_loop
        and all(any(_takes(branch, other, early, case) for branch in early.branches) for other in late.branches)
    )


def _takes(first: Branch, second: Branch, early: Rule, case: Case) -> bool:
    """Returns whether the early rule matches wherever the late one does, and then deletes the late one's signal."""
    body = case.body(early)
    taken = [
        pattern
        for pattern in positive(first)
        if pattern.entry_point is not None
        and body.deletes(pattern.alias, always=True)
        and any(covers(pattern, theirs) for theirs in positive(second))
    ]
    if not taken:
        return False
    return all(_is_met(term, second, case) for term in first)


def _is_met(term: Term, other: Branch, case: Case) -> bool:
    """Returns whether what a term of the early rule asks for holds wherever the late rule matches."""
    if isinstance(term, Pattern):
        return any(covers(term, theirs) for theirs in positive(other)) or _is_always_there(term, case)
    pattern = term.lone_pattern
    if pattern is None:
        return False
    if term.blocker is not None:
        return any(theirs.key == pattern.key for theirs in forbidden(other))
    return any(covers(pattern, theirs) for theirs in positive(other))


def _is_always_there(pattern: Pattern, case: Case) -> bool:
    """Returns whether it is the agent that every session starts with."""
    plain = pattern.type is ClientAgent and not (pattern.constraints or pattern.joins)
    return plain and case.rulebook.first_contact is open_session
