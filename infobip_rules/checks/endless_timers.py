"""RULE015: timers that go on for ever, because nothing ends the wait of a signal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from infobip_rules.checks.bodies import MemoryChange
from infobip_rules.checks.case import Case
from infobip_rules.checks.finding import Finding
from infobip_rules.checks.terms import Branch, may_share, positive, signals_of
from infobip_rules.engine.network.expiry import lifetime_of
from infobip_rules.engine.rules.model import Pattern, Rule, RuleTimer

#: The last year of a calendar without end.
_ENDLESS = 2099


def endless_timers(case: Case) -> Iterator[Finding]:
    """Yields rules that fire at each moment of a timer without end, for every signal that ever matched: only what is certain."""
    for rule in case.rulebook.rules:
        if not rule.enabled or rule.expires is not None or not _goes_on(rule.timer) or _silences_itself(rule, case):
            continue
        signal = next((pattern for branch in rule.branches for pattern in _kept_for_good(branch, case)), None)
        if signal is not None:
            yield _finding(rule, signal)


def _finding(rule: Rule, signal: Pattern) -> Finding:
    which = "each" if signal.window is None else "the latest"
    return Finding(
        id="RULE015",
        where=rule.where,
        reason=f"{rule.id} fires for {which} {signal.type.__name__} again and again, for ever: "
        "its timer has no end, and no rule deletes the signal.",
        remedy="Delete the signal in the rule when all is done, let the timer end (repeat-limit=3, end=24-Dec-2026), "
        "or let a not(...) end the wait.",
        rule=rule.id,
    )


def _goes_on(timer: RuleTimer | None) -> bool:
    if timer is None or timer.firings is not None or timer.end is not None:
        return False
    return bool(timer.every) if timer.cron is None else _ENDLESS in timer.cron.years


def _silences_itself(rule: Rule, case: Case) -> bool:
    """Returns whether with no-loop its own change may keep a match from firing again."""
    return rule.no_loop and bool(case.body(rule).changes)


def _kept_for_good(branch: Branch, case: Case) -> Iterator[Pattern]:
    """Yields the signals that wait with a branch, if no known rule ends a match of it."""
    patterns = positive(branch)
    # What `not`, `exists`, `accumulate`, `from` and `eval` say may change without any rule of the file.
    if len(patterns) < len(branch) or any(
        pattern.window is not None and pattern.window.kind == "time" for pattern in patterns
    ):
        return
    asks = any(pattern.constraints or pattern.joins for pattern in patterns)
    if not any(_may_end(other, pattern, asks, case) for other in case.rulebook.rules for pattern in patterns):
        yield from (pattern for pattern in patterns if pattern.entry_point is not None)


def _may_end(other: Rule, pattern: Pattern, asks: bool, case: Case) -> bool:
    """Returns whether a rule may take away what a pattern matches, or change it so that it matches no more."""
    if not other.enabled:
        return False
    body = case.body(other)
    if pattern.entry_point is None:
        fading = body.opaque or lifetime_of(pattern.type) is not None
        return fading or any(_reaches_fact(change, other, pattern, asks, case) for change in body.changes)
    if not any(may_share(pattern, signal) for signal in signals_of(other.branches)):
        return False
    return body.opaque or any(
        (change.kind == "delete" or (change.kind == "modify" and asks))
        and _is_met(_targets(change, other), lambda target: may_share(pattern, target))
        for change in body.changes
    )


def _reaches_fact(change: MemoryChange, other: Rule, pattern: Pattern, asks: bool, case: Case) -> bool:
    if change.kind == "insert":  # a logically inserted fact is retracted with its justification
        kind = case.rulebook.fact_types.get(change.type)
        return kind is None or issubclass(kind, pattern.type)
    if change.kind == "modify" and not asks:
        return False
    return _is_met(
        _targets(change, other),
        lambda target: issubclass(target.type, pattern.type) or issubclass(pattern.type, target.type),
    )


def _is_met(targets: Sequence[Pattern], test: Callable[[Pattern], bool]) -> bool:
    """Returns whether the element that is changed may be the one that is asked about; also if it is not known which it is."""
    return not targets or any(map(test, targets))


def _targets(change: MemoryChange, rule: Rule) -> list[Pattern]:
    """Returns the patterns of the element that is changed: none if it is not known which."""
    return [pattern for branch in rule.branches for pattern in positive(branch) if pattern.alias == change.alias]
