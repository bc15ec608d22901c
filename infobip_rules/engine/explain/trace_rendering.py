"""The rendering of elements, values and conditions in a trace: by name, as JSON, with what each constraint read."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from pydantic import BaseModel

from infobip_rules.engine.explain.search import ABSENT, Candidate
from infobip_rules.engine.explain.trace import Shown, TracedCondition
from infobip_rules.engine.network.elements import Derived, Element
from infobip_rules.engine.rules.model import Accumulate, Constraint, Existential, From, ValueTerm, names_of


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


def conditions(path: Sequence[Candidate], gone: Container[Element | None]) -> tuple[TracedCondition, ...]:
    """The lines of a rule's condition, each with the candidate for it; an element that is `gone` counts as not there."""
    return tuple(line for candidate in path for line in _lines(candidate, gone, 0, _aliases(path)))


def _aliases(path: Iterable[Candidate]) -> tuple[str, ...]:
    return names_of(candidate.term for candidate in path)


def first_failed(lines: Sequence[TracedCondition]) -> int | None:
    """The place of the first line that does not hold; lines that could not be judged don't count."""
    return next((place for place, line in enumerate(lines) if line.held is False), None)


def _lines(
    candidate: Candidate, gone: Container[Element | None], depth: int, aliases: tuple[str, ...]
) -> Iterator[TracedCondition]:
    term = candidate.term
    if isinstance(term, Existential):
        yield TracedCondition(text=term.heading, held=candidate.kind is None, depth=depth, seen={})
        inner_aliases = (*aliases[: len(candidate.before)], *_aliases(candidate.inner))
        for inner in candidate.inner:
            yield from _lines(inner, gone, depth + 1, inner_aliases)
        return
    if isinstance(term, ValueTerm):
        yield _heading(term, candidate, gone, depth)
        depth += 1
    for constraint, held in zip(term.conditions, candidate.held, strict=True):
        yield _line(constraint, candidate, held, depth, aliases)


def _heading(term: ValueTerm, candidate: Candidate, gone: Container[Element | None], depth: int) -> TracedCondition:
    found = candidate.value is not ABSENT and candidate.element not in gone
    return TracedCondition(
        text=term.heading,
        held=None if candidate.kind == "unknown" else found,
        depth=depth,
        element=_element(candidate),
        seen={},
    )


def _element(candidate: Candidate) -> str:
    return name_of(candidate.element) if candidate.element is not None else ""


def _line(
    constraint: Constraint, candidate: Candidate, held: bool | None, depth: int, aliases: Sequence[str]
) -> TracedCondition:
    seen = {} if candidate.value is ABSENT else _seen(constraint, candidate)
    seen |= dict(_others(constraint, candidate.before, aliases))
    return TracedCondition(text=constraint.text, held=held, depth=depth, element=_element(candidate), seen=seen)


def _seen(constraint: Constraint, candidate: Candidate) -> dict[str, Shown]:
    """What a constraint read of the candidate: its fields, or the value as it is if it has none."""
    term, value = candidate.term, candidate.value
    if isinstance(term, Accumulate):
        return {term.given_name or "result": shown(value[0] if len(value) == 1 else value)}
    if isinstance(term, From) and not constraint.fields:
        return {term.given_name or "value": shown(value)}
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
    """The paths below a field that a condition's text reads: `status.groupName`; the field itself if it names none."""
    found = re.findall(rf"(?<![\w.]){re.escape(owner)}\.({re.escape(name)}(?:\.\w+)*)(?![\w(])", text)
    return sorted(set(found)) or [name]


def _read(value: Any, path: str) -> Any:
    """The value at a path, or the last value along it that is there."""
    for name in path.split("."):
        following = value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)
        if following is None or callable(following):
            return following if following is None else value
        value = following
    return value
