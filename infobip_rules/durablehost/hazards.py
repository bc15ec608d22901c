"""Hazards in the conditions of rules: what is known to end a process in durable-rules' engine, and what to write instead."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from infobip_rules.durablehost.safe_conditions import patterns, references

#: Rules that may share a pattern: with 256 the engine writes beyond its memory.
MOST_SHARED = 255
#: Different conditions under one: with 512 it never ends to register them.
MOST_CONDITIONS = 511

_SHARED = (
    f"its first pattern is shared by more than {MOST_SHARED} rules, which ends the process. Tell the rules apart in their "
    "first patterns, or in their actions."
)
_MANY = f"the ruleset has more than {MOST_CONDITIONS} different first conditions, which hangs. Split the ruleset."
_ABSENCE = (
    "it only asks what is not there, so that it fires without end. Let it begin with a message that must be there."
)
_OWN_NAMES = (
    "it compares with the `id` or `sid` of another message, which reads freed memory. Keep it under another name too."
)
_DIVISION = "it divides by a property of another message: 0 ends the process. Compare with a product instead."
_MIXED = (
    "it compares with another message by conditions that `&` joins inside `|`, which durable-rules judges wrongly. Write a rule "
    "for each of the alternatives, or `when_any`."
)


class Hazard(NamedTuple):
    """Something in a rule's conditions that may end the process or hang it."""

    #: The rule's name in its ruleset.
    rule: str
    reason: str


def hazards(conditions: Mapping[str, Any]) -> list[Hazard]:
    """Returns what is dangerous in a ruleset's conditions, as durable-rules' engine takes them."""
    found = [Hazard(rule, reason) for rule, definition in conditions.items() for reason in _in_rule(definition)]
    return found + list(_in_all(conditions))


def _in_rule(definition: Mapping[str, Any]) -> Iterator[str]:
    found = list(patterns(definition))
    if found and all(_is_absence(name, pattern) for name, pattern in found):
        yield _ABSENCE
    reasons = dict.fromkeys(reason for _, pattern in found for reason in _in_pattern(pattern))
    yield from reasons


def _in_pattern(pattern: Any) -> Iterator[str]:
    if any(next(references(part), None) for part in _under(pattern, "$or") if next(_under(part, "$and"), None)):
        yield _MIXED
    for reference in references(pattern):
        if any(name in {"id", "sid"} for name in reference.values()):
            yield _OWN_NAMES
    if any(next(references(divided["$r"], value=True), None) for divided in _under(pattern, "$div")):
        yield _DIVISION


def _in_all(conditions: Mapping[str, Any]) -> Iterator[Hazard]:
    firsts = {rule: repr(next(iter(patterns(definition)), ("", None))[1]) for rule, definition in conditions.items()}
    counts = Counter(firsts.values())
    crowded = next((rule for rule, first in firsts.items() if counts[first] > MOST_SHARED), None)
    if crowded is not None:
        yield Hazard(crowded, _SHARED)
    if len(counts) > MOST_CONDITIONS:
        yield Hazard(next(iter(conditions)), _MANY)


def _is_absence(name: str, pattern: Any) -> bool:
    if name.endswith("$not"):
        return True
    if not isinstance(pattern, Mapping):
        return False
    if set(pattern) == {"$nex"}:
        return True
    return bool(pattern.get("$and")) and all(_is_absence("", part) for part in pattern["$and"])


def _under(part: Any, name: str) -> Iterator[Any]:
    """Yields everything that stands below a name in a condition."""
    if isinstance(part, list):
        for inner in part:
            yield from _under(inner, name)
    if isinstance(part, Mapping):
        for own, inner in part.items():
            if own == name:
                yield inner
            yield from _under(inner, name)
