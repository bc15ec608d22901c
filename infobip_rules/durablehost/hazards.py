"""Hazards in the conditions of rules: what may end a process in durable-rules' engine, or is judged wrongly; what to write."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import dropwhile
from typing import Any, NamedTuple

from infobip_rules.durablehost.safe_conditions import patterns, references
from infobip_rules.signals import SIGNAL_TYPES

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
_ABSENCE_FIRST = (
    "`none(...)` stands before another pattern, where it can hold although the message is there. Write it at the end."
)
_TWO_EVENTS = (
    "two of its patterns are events, each of which may read freed memory when both go out of one match. Let another rule keep "
    "the first as a fact."
)
_CHART = (
    "it is part of a statechart or flowchart, each step of which takes two events, which may read freed memory. Write a "
    "ruleset, with the step as state: `if c.s.step == ...`."
)
#: The name of the pattern that durable-rules adds to a chart's rules.
_CHART_CONTEXT = "chart_context"
#: The types that are signals, which are posted as events.
_EVENTS = frozenset(SIGNAL_TYPES)

_Pattern = tuple[str, Any]


class Hazard(NamedTuple):
    """Something in a rule's conditions that may end the process or hang it, or that is judged wrongly."""

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
    groups = list(_groups(definition))
    if any(map(_begins_with_absence, groups)):
        yield _ABSENCE_FIRST
    if any(sum(map(_is_event, group)) > 1 for group in groups):
        yield _TWO_EVENTS
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


def _groups(definition: Mapping[str, Any]) -> Iterator[list[_Pattern]]:
    """Yields the patterns that have to match together, with their names: of a rule, or of each alternative in it."""
    if "all" in definition:
        yield list(_together(definition["all"]))
    for word in ("all", "any"):
        for part in definition.get(word, ()):
            for name, pattern in part.items():
                if name.endswith(("$all", "$any")):
                    yield from _groups({name.rpartition("$")[2]: pattern})


def _together(group: Iterable[Mapping[str, Any]]) -> Iterator[_Pattern]:
    """Yields the patterns of a group in their order, without alternatives and what durable-rules adds for charts."""
    for part in group:
        for name, pattern in part.items():
            if name.endswith("$all"):
                yield from _together(pattern)
            elif not name.endswith("$any") and name != _CHART_CONTEXT:
                yield name, pattern


def _begins_with_absence(group: Iterable[_Pattern]) -> bool:
    """Whether a pattern that some message must match stands behind a `none(...)`; the state of the session may."""
    behind = dropwhile(lambda named: not named[0].endswith("$not"), group)
    return any(not name.endswith("$not") and next(_under(pattern, "$s"), None) is None for name, pattern in behind)


def _is_event(named: _Pattern) -> bool:
    """Whether only signals match a pattern: it names the type of one, and is no `none(...)`."""
    name, pattern = named
    if name.endswith("$not") or not isinstance(pattern, Mapping):
        return False
    return any(
        isinstance(part, Mapping) and part.get("type") in _EVENTS for part in (pattern, *pattern.get("$and", ()))
    )


def _in_all(conditions: Mapping[str, Any]) -> Iterator[Hazard]:
    firsts = {rule: repr(next(iter(patterns(definition)), ("", None))[1]) for rule, definition in conditions.items()}
    counts = Counter(firsts.values())
    charted = (rule for rule in conditions if any(name == _CHART_CONTEXT for name, _ in patterns(conditions[rule])))
    if (first_charted := next(charted, None)) is not None:
        yield Hazard(first_charted, _CHART)
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
