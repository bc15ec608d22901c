"""Conditions that do not end the process, in the place of those that may: the same for every message.

durable-rules reads beyond its memory when a comparison with another message does not hold and is the last of several that
`&` or `|` joins (`c.second << (m.type == "B") & (m.x > c.first.x)`, an ordinary rule), and judges wrongly where `&` stands
in parentheses behind `&`. So a comparison that always holds is put behind them, of a property that every message has in
the plugin's engine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

#: The property that every message has in the plugin's engine, 1.
MARK = "infobip_rules_mark"
_ARITHMETIC = frozenset({"$add", "$sub", "$mul", "$div", "$l", "$r"})
_OTHER_ITEMS = frozenset({"$iall", "$iany", "$nex", "$ex"})


def safe_conditions(conditions: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a ruleset's conditions, as durable-rules' engine takes them, with such comparisons where they are needed."""
    return {rule: _safe_rule(definition) for rule, definition in conditions.items()}


def references(part: Any, *, value: bool = False) -> Iterator[Mapping[str, Any]]:
    """Yields what refers to another message in a condition: `{name: property}`, where a `value` is expected."""
    if isinstance(part, list):
        for inner in part:
            yield from references(inner)
    if not isinstance(part, Mapping):
        return
    if value and len(part) == 1 and not next(iter(part)).startswith("$"):
        yield part
        return
    for name, inner in part.items():
        if name in _OTHER_ITEMS:
            continue
        is_operator = name.startswith("$") and name not in _ARITHMETIC
        yield from references(inner, value=not is_operator)


def patterns(definition: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yields the patterns of a rule with their names, those of groups inside it too."""
    for word in ("all", "any"):
        for part in definition.get(word, ()):
            for name, pattern in part.items():
                if name.endswith(("$all", "$any")):
                    yield from patterns({"all": pattern})
                else:
                    yield name, pattern


def _safe_rule(definition: Mapping[str, Any]) -> dict[str, Any]:
    return {
        word: [_safe_patterns(part) for part in inner] if word in {"all", "any"} else inner
        for word, inner in definition.items()
    }


def _safe_patterns(part: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: [_safe_patterns(inner) for inner in pattern]
        if name.endswith(("$all", "$any"))
        else _safe_pattern(pattern)
        for name, pattern in part.items()
    }


def _safe_pattern(pattern: Any) -> Any:
    reference = next(references(pattern), None)
    if reference is None or not isinstance(pattern, Mapping) or not ("$and" in pattern or "$or" in pattern):
        return pattern
    always = {MARK: {next(iter(reference)): MARK}}
    return {"$and": [*_flat(pattern), always]}


def _flat(pattern: Any) -> list[Any]:
    """Returns what `&` joins, in parentheses too."""
    if isinstance(pattern, Mapping) and "$and" in pattern:
        return [part for inner in pattern["$and"] for part in _flat(inner)]
    return [pattern]
