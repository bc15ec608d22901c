"""Hazards in the conditions of rules: what is known to end a process in durable-rules' engine, and what to write instead."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

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
_LAST = (
    "it compares with another message among conditions joined by `&` or `|`, which ends the process at times if that does "
    "not hold. Let the comparison stand alone in its pattern, or keep in every message a property that is always the same, and "
    "compare it last: `& (m.k == c.first.k)`."
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
    patterns = list(_patterns(definition))
    if patterns and all(_is_absence(name, pattern) for name, pattern in patterns):
        yield _ABSENCE
    reasons = dict.fromkeys(reason for _, pattern in patterns for reason in _in_pattern(pattern))
    yield from reasons


def _in_pattern(pattern: Any) -> Iterator[str]:
    if isinstance(pattern, Mapping) and ("$and" in pattern or "$or" in pattern):
        parts = pattern.get("$and") or pattern.get("$or") or []
        if any(_refers(part) for part in parts) and not ("$and" in pattern and _is_sentinel(parts)):
            yield _LAST
    for reference in _references(pattern):
        if any(name in {"id", "sid"} for name in reference.values()):
            yield _OWN_NAMES
    if any(_refers(divided.get("$r"), value=True) for divided in _under(pattern, "$div")):
        yield _DIVISION


def _in_all(conditions: Mapping[str, Any]) -> Iterator[Hazard]:
    firsts = {rule: repr(next(iter(_patterns(definition)), ("", None))[1]) for rule, definition in conditions.items()}
    counts = Counter(firsts.values())
    crowded = next((rule for rule, first in firsts.items() if counts[first] > MOST_SHARED), None)
    if crowded is not None:
        yield Hazard(crowded, _SHARED)
    if len(counts) > MOST_CONDITIONS:
        yield Hazard(next(iter(conditions)), _MANY)


def _patterns(definition: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yields the patterns of a rule with their names, those of groups inside it too."""
    for word in ("all", "any"):
        for part in definition.get(word, ()):
            for name, pattern in part.items():
                if name.endswith(("$all", "$any")):
                    yield from _patterns({"all": pattern})
                else:
                    yield name, pattern


def _is_absence(name: str, pattern: Any) -> bool:
    if name.endswith("$not"):
        return True
    if not isinstance(pattern, Mapping):
        return False
    if set(pattern) == {"$nex"}:
        return True
    return bool(pattern.get("$and")) and all(_is_absence("", part) for part in pattern["$and"])


def _is_sentinel(parts: Sequence[Any]) -> bool:
    """Whether comparisons with another message end with one that its author means to hold always, such as `k == c.a.k`."""
    if any(isinstance(part, Mapping) and ("$and" in part or "$or" in part) for part in parts):
        return False
    last = parts[-1]
    if not isinstance(last, Mapping) or len(last) != 1:
        return False
    ((name, value),) = last.items()
    return isinstance(value, Mapping) and list(value.values()) == [name]


def _refers(part: Any, *, value: bool = False) -> bool:
    return next(_references(part, value=value), None) is not None


def _references(part: Any, *, value: bool = False) -> Iterator[Mapping[str, str]]:
    """Yields what refers to another message: `{name: property}` where a value is expected."""
    if isinstance(part, list):
        for inner in part:
            yield from _references(inner)
    if not isinstance(part, Mapping):
        return
    if value and len(part) == 1 and not next(iter(part)).startswith("$"):
        yield part
        return
    for name, inner in part.items():
        if name in {"$iall", "$iany", "$nex", "$ex"}:
            continue
        if name in {"$and", "$or"} or (name.startswith("$") and name not in _ARITHMETIC and name not in {"$l", "$r"}):
            yield from _references(inner)
        else:
            yield from _references(inner, value=True)


def _under(part: Any, name: str) -> Iterator[Mapping[str, Any]]:
    if isinstance(part, list):
        for inner in part:
            yield from _under(inner, name)
    if isinstance(part, Mapping):
        for own, inner in part.items():
            if own == name and isinstance(inner, Mapping):
                yield inner
            yield from _under(inner, name)


_ARITHMETIC = frozenset({"$add", "$sub", "$mul", "$div"})
