"""RULE012: rules that can run in circles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from infobip_rules.checks.atoms import Atom, ways
from infobip_rules.checks.bodies import BodyEffects, GrownField, MemoryChange
from infobip_rules.checks.case import Case
from infobip_rules.checks.finding import Finding, remedy_for
from infobip_rules.checks.terms import Branch, forbidden, is_plain, positive
from infobip_rules.engine.rules.model import Pattern, Rule


def loops(case: Case) -> Iterator[Finding]:
    """Yields rules whose body always makes them match again: only what is certain, as most changes end a rule's match."""
    for rule in case.rulebook.rules:
        body = case.body(rule)
        if rule.no_loop or not is_plain(rule) or body.opaque:
            continue
        for branch in rule.branches:
            change = next((change for change in body.changes if _goes_on(change, branch, body)), None)
            if change is not None:
                yield _finding(rule, change)
                break


def _finding(rule: Rule, change: MemoryChange) -> Finding:
    changed = remedy_for(change.where, python=f"c.{change.alias}", drl=change.alias)
    what = f"inserts a {change.type}" if change.kind == "insert" else f"modifies {changed}"
    return Finding(
        id="RULE012",
        where=change.where,
        reason=f"{rule.id} {what}, which makes it match again, and again.",
        remedy=remedy_for(
            change.where,
            python="Add no_loop(), or a condition that no longer holds afterwards, such as none(fact(...)).",
            drl="Add no-loop, or a condition that no longer holds afterwards, such as not Fact(...).",
        ),
        rule=rule.id,
    )


def _goes_on(change: MemoryChange, branch: Branch, body: BodyEffects) -> bool:
    patterns = positive(branch)
    if change.conditional or any(body.deletes(pattern.alias) for pattern in patterns):
        return False
    if change.kind == "insert":
        return _inserts_what_matches(change, branch, patterns)
    if change.kind == "modify":
        return any(_stays(change, pattern, patterns) for pattern in patterns if pattern.alias == change.alias)
    return False


def _inserts_what_matches(change: MemoryChange, branch: Branch, patterns: Sequence[Pattern]) -> bool:
    if any(_is_type(change.type, none) for none in forbidden(branch)) or any(pattern.joins for pattern in patterns):
        return False
    return any(
        _is_type(change.type, pattern)
        and (change.found or pattern.entry_point is None)
        and _holds_after(pattern, _values(change, pattern))
        for pattern in patterns
    )


def _is_type(name: str, pattern: Pattern) -> bool:
    return pattern.type.__name__ == name


def _values(change: MemoryChange, pattern: Pattern) -> Mapping[str, object]:
    """Returns the fields of what is inserted, as far as they are known."""
    if "**" in change.values:
        return {}
    fields = pattern.type.model_fields.items()
    return {name: info.default for name, info in fields if not info.is_required()} | dict(change.values)


def _stays(change: MemoryChange, pattern: Pattern, patterns: Sequence[Pattern]) -> bool:
    """Returns whether a modified element still matches, and is examined again."""
    changed = set(change.values)
    read_elsewhere = any(join.joins for pattern in patterns for join in pattern.joins)
    if not changed & pattern.listens or read_elsewhere:
        return False
    return _holds_after(pattern, change.values, only=changed)


def _holds_after(pattern: Pattern, values: Mapping[str, object], *, only: set[str] | None = None) -> bool:
    """Returns whether the pattern certainly holds with these values.

    With `only`, of constraints that read other fields nothing is asked, as they held before.
    """
    asked = [constraint for constraint in pattern.constraints if only is None or constraint.fields & only]
    return not pattern.joins and all(
        any(way and all(_holds(atom, values) for atom in way) for way in ways(test)) for test in asked
    )


def _holds(atom: Atom, values: Mapping[str, object]) -> bool:
    if atom.path not in values:
        return False
    value = values[atom.path]
    if isinstance(value, GrownField):
        if value.field != atom.path:
            return False
        return (
            value.by == 0 or (atom.sign in (">", ">=") and value.by > 0) or (atom.sign in ("<", "<=") and value.by < 0)
        )
    known = value is None or isinstance(value, str | int | float)
    return known and atom.holds(value)
