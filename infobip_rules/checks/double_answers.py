"""RULE011: two rules that answer one signal."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from infobip_rules.checks.bodies import BodyEffects
from infobip_rules.checks.case import Case
from infobip_rules.checks.finding import Finding
from infobip_rules.checks.terms import Branch, exclude, is_plain, may_share, positive, signals_of
from infobip_rules.engine.rules.model import Rule, patterns_of
from infobip_rules.signals import Heartbeat


def double_answers(case: Case) -> Iterator[Finding]:
    """Yields pairs of rules of one salience that match one signal and both send, the first of which leaves it in place."""
    sending = [rule for rule in case.rulebook.rules if is_plain(rule) and _always_sends(case.body(rule))]
    leaving = {rule.id for rule in sending if _leaves_a_signal(rule, case.body(rule))}
    for first, second in combinations(sorted(sending, key=lambda rule: rule.order), 2):
        if first.id in leaving and first.salience == second.salience and _both_answer(first, second, case.body(first)):
            yield Finding(
                id="RULE011",
                where=second.where,
                reason=f"{second.id} answers the same signal as {first.id} ({first.where}), at the same salience.",
                remedy="Give the one that is to answer a higher salience, and let it delete the signal.",
                rule=second.id,
            )


def _always_sends(body: BodyEffects) -> bool:
    return not body.opaque and any(not send.conditional for send in body.sends)


def _leaves_a_signal(rule: Rule, body: BodyEffects) -> bool:
    return any(not body.deletes(pattern.alias) for pattern in signals_of(rule.branches))


def _both_answer(first: Rule, second: Rule, body: BodyEffects) -> bool:
    return any(
        _share_a_signal(branch, other, body) and not exclude(branch, other) and not _keeps_out(body, branch, other)
        for branch in first.branches
        for other in second.branches
    )


def _share_a_signal(first: Branch, second: Branch, body: BodyEffects) -> bool:
    return any(
        a.entry_point is not None and a.type is not Heartbeat and not body.deletes(a.alias) and may_share(a, b)
        for a in positive(first)
        for b in positive(second)
    )


def _keeps_out(body: BodyEffects, first: Branch, second: Branch) -> bool:
    """Returns whether what the first rule changes may keep the second from matching: then nothing is said."""
    types = {pattern.alias: pattern.type.__name__ for pattern in positive(first)}
    changed = {change.type if change.kind == "insert" else types.get(change.alias, "") for change in body.changes}
    looked_for = {kind.__name__ for pattern in patterns_of(second) for kind in pattern.type.__mro__}
    return "" in changed or bool(changed & looked_for)
