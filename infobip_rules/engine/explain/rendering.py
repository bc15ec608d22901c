"""How elements, values and conditions stand in a trace: by name, as JSON has them, with what each constraint saw."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from pydantic import BaseModel

from infobip_rules.engine.explain.search import ABSENT, Look
from infobip_rules.engine.explain.trace import Condition, Shown
from infobip_rules.engine.network.elements import Derived, Element
from infobip_rules.engine.rules.model import Accumulate, Constraint, Existential, From, Pattern, Test, given_name


def name_of(element: Element) -> str:
    """`Type#number` for a fact, `Type` for a signal, which has no number; empty for a value that a rule computed."""
    if isinstance(element, Derived):
        return ""
    name = type(element.value).__name__
    return name if element.entry_point is not None else f"{name}#{element.id}"


def shown(value: Any) -> Shown:
    """A value as JSON has it: a model as its fields that are not at their defaults, what JSON lacks as text."""
    if isinstance(value, BaseModel):
        return value.__pydantic_serializer__.to_python(
            value, mode="json", exclude_defaults=True, warnings=False, fallback=repr
        )
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(name): shown(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [shown(inner) for inner in value]
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def conditions(looks: Iterable[Look], gone: Container[Element | None]) -> tuple[Condition, ...]:
    """The lines of a rule's condition, each with what was looked at; what is `gone` counts as not there."""
    return tuple(line for look in looks for line in _lines(look, gone, 0, _aliases(looks)))


def _aliases(looks: Iterable[Look]) -> tuple[str, ...]:
    return tuple(look.term.alias for look in looks if not isinstance(look.term, Existential | Test))


def first_failed(lines: Sequence[Condition]) -> int | None:
    """The place of the first line that does not hold; of a pattern without element rather than of what it could not judge."""
    return next((place for place, line in enumerate(lines) if line.held is False), None)


def _lines(look: Look, gone: Container[Element | None], depth: int, aliases: tuple[str, ...]) -> Iterator[Condition]:
    term = look.term
    if isinstance(term, Existential):
        yield Condition(text="not" if term.negated else "exists", held=look.kind is None, depth=depth, seen={})
        inner = (*aliases[: len(look.before)], *_aliases(look.inner))
        for one in look.inner:
            yield from _lines(one, gone, depth + 1, inner)
        return
    if isinstance(term, Test):
        yield _line(term.constraint, look, look.held[0], depth, aliases)
        return
    there = look.value is not ABSENT and look.element not in gone
    unjudged = look.kind == "unknown"
    name = name_of(look.element) if look.element is not None else ""
    yield Condition(text=_asked(term), held=None if unjudged else there, depth=depth, element=name, seen={})
    for constraint, held in zip((*term.constraints, *term.joins), look.held, strict=True):
        yield _line(constraint, look, held, depth + 1, aliases)


def _asked(term: Pattern | From | Accumulate) -> str:
    name = given_name(term.alias)
    match term:
        case Pattern():
            return f"{name}: {term.type.__name__}" if name else term.type.__name__
        case From():
            return f"{name} from {term.text}".lstrip()
        case Accumulate():
            folds = f"accumulate({', '.join(fold.text for fold in term.folds)})"
            return f"{name}: {folds}" if name else folds


def _line(constraint: Constraint, look: Look, held: bool | None, depth: int, aliases: Sequence[str]) -> Condition:
    name = name_of(look.element) if look.element is not None else ""
    seen = {} if look.value is ABSENT else _seen(constraint, look)
    seen |= dict(_others(constraint, look.before, aliases))
    return Condition(text=constraint.text, held=held, depth=depth, element=name, seen=seen)


def _seen(constraint: Constraint, look: Look) -> dict[str, Shown]:
    """What a constraint read of the value looked at: its fields, or the value as it is where it has none."""
    term, value = look.term, look.value
    if isinstance(term, Accumulate):
        return {given_name(term.alias) or "result": shown(value[0] if len(value) == 1 else value)}
    if isinstance(term, From) and not constraint.fields:
        return {given_name(term.alias) or "value": shown(value)}
    return dict(_own(constraint, value))


def _own(constraint: Constraint, value: Any) -> Iterator[tuple[str, Shown]]:
    for name in sorted(constraint.fields):
        for path in _paths(constraint.text, name, "m"):
            yield path, shown(_read(value, path))


def _others(constraint: Constraint, before: Sequence[Any], aliases: Sequence[str]) -> Iterator[tuple[str, Shown]]:
    for position, names in sorted(constraint.joins.items()):
        if position < len(before) and before[position] is not ABSENT:
            alias = aliases[position] if position < len(aliases) else f"[{position}]"
            for name in sorted(names):
                for path in _paths(constraint.text, name, f"c.{alias}"):
                    yield f"{alias}.{path}", shown(_read(before[position], path))


@lru_cache(maxsize=10_000)
def _paths(text: str, name: str, owner: str) -> Sequence[str]:
    """The paths below a field that a condition's text reads: `status.groupName`; the field itself where it names none."""
    found = re.findall(rf"(?<![\w.]){re.escape(owner)}\.({re.escape(name)}(?:\.\w+)*)(?![\w(])", text)
    return sorted(set(found)) or [name]


def _read(value: Any, path: str) -> Any:
    """The value at a path, or as far along it as there is one."""
    for name in path.split("."):
        following = value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)
        if following is None or callable(following):
            return following if following is None else value
        value = following
    return value
