"""Operator precedence, and completion of half constraints (`age > 30 && < 40`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lark import Token

from infobip_rules.rulefiles.drl.syntax.building import literals
from infobip_rules.rulefiles.drl.syntax.building.source import UnsupportedError
from infobip_rules.rulefiles.drl.syntax.syntax import Binary, Expression, InstanceOf, ListLiteral, Name, Place, Relation

_RELATION = re.compile(r"(not\s+)?(\w+)\s*(?:\[(.*)\])?\s*", re.DOTALL)
#: Java's; what continues a comparison binds tighter than what joins several.
_BINDING = {
    "PIPES": 1,
    "AMPS": 2,
    "PIPE": 3,
    "CARET": 4,
    "AMP": 5,
    "HALF_OR": 6,
    "HALF_AND": 7,
    "EQUALITY": 8,
    "RELATIONAL": 9,
    "OPERATOR": 9,
    "IN": 9,
    "INSTANCEOF": 9,
    "GROUP": 9,
    "SHIFT": 10,
    "SIGN": 11,
    "FACTOR": 12,
}
_HALVES = ("HALF_AND", "HALF_OR")


@dataclass(frozen=True, slots=True)
class HalfConstraints:
    """Half constraints in parentheses, with holes for the value."""

    tests: Expression


def hole(at: Place) -> Name:
    """Stands for the value that a half constraint leaves out."""
    return Name(at=at, name="")


def operation(parts: Sequence[object], at: Callable[[Token], Place]) -> Expression:
    """Returns the tree of values with operators between them, as the grammar hands them over."""
    sorting = _Sorting(at)
    waiting = iter(parts)
    sorting.values.append(next(waiting))
    for part in waiting:
        if isinstance(part, HalfConstraints):
            sorting.operator("GROUP", None)
            sorting.values.append(part.tests)
            continue
        assert isinstance(part, Token)  # noqa: S101 - by the grammar
        sorting.operator(part.type, part)
        if part.type in _HALVES:
            sorting.values.append(hole(at(part)))
        elif part.type == "INSTANCEOF":
            sorting.values.append(literals.type_name(part[len("instanceof") :].strip(), at(part)))
        elif part.type == "IN":
            sorting.values.append(ListLiteral(at=at(part), items=next(waiting)))  # type: ignore[arg-type]  # by the grammar
        else:
            sorting.values.append(next(waiting))
    return sorting.finish()


class _Sorting:
    """Dijkstra's shunting yard."""

    def __init__(self, at: Callable[[Token], Place]) -> None:
        self._at = at
        self.values: list[Any] = []
        self._operators: list[tuple[str, Token | None]] = []

    def operator(self, kind: str, token: Token | None) -> None:
        """Takes an operator, after what binds as tight before it."""
        while self._operators and _BINDING[self._operators[-1][0]] >= _BINDING[kind]:
            self._apply()
        self._operators.append((kind, token))

    def finish(self) -> Expression:
        """Builds the whole expression."""
        while self._operators:
            self._apply()
        whole: Expression = self.values.pop()
        return whole

    def _apply(self) -> None:
        kind, token = self._operators.pop()
        right, left = self.values.pop(), self.values.pop()
        self.values.append(self._applied(kind, token, left, right))

    def _applied(self, kind: str, token: Token | None, left: Any, right: Any) -> Expression:
        if token is None:
            return _filled(right, left)
        if kind in _HALVES:
            if not _is_open(left):
                right = _filled(right, _value_compared(left, self._at(token)))
            return Binary(at=left.at, operator=str(token), left=left, right=right)
        if kind == "INSTANCEOF":
            return InstanceOf(at=left.at, operand=left, type=right)
        if kind in ("OPERATOR", "IN"):
            return _relation(left, token, right, self._at(token))
        return Binary(at=left.at, operator=str(token), left=left, right=right)


def _relation(left: Expression, token: Token, right: Expression, at: Place) -> Relation:
    found = _RELATION.fullmatch(token)
    assert found, token  # noqa: S101 - the grammar's own pattern is narrower
    negation, operator, inside = found.groups()
    if operator == "soundslike":
        raise UnsupportedError(at, "soundslike is not supported.", "Use matches, with the spellings joined by |.")
    if operator == "excludes":
        operator, negation = "contains", None if negation else "not"
    parameters = tuple(part.strip() for part in inside.split(",")) if inside else ()
    return Relation(
        at=left.at, operator=operator, left=left, right=right, negated=bool(negation), parameters=parameters
    )


def _is_open(expression: Expression) -> bool:
    """Returns whether it still has holes."""
    while isinstance(expression, Binary | Relation):
        expression = expression.left
    return isinstance(expression, Name) and not expression.name


def _filled(expression: Expression, value: Expression) -> Expression:
    """Fills the holes of half constraints with the value."""
    if isinstance(expression, Name) and not expression.name:
        return value
    if isinstance(expression, Binary) and expression.operator in ("&&", "||"):
        left, right = _filled(expression.left, value), _filled(expression.right, value)
        return replace(expression, at=value.at, left=left, right=right)
    if isinstance(expression, Binary | Relation):
        return replace(expression, at=value.at, left=_filled(expression.left, value))
    return expression


def _value_compared(comparison: Expression, at: Place) -> Expression:
    """Returns the left side of the last comparison in it."""
    while isinstance(comparison, Binary) and comparison.operator in ("&&", "||"):
        comparison = comparison.right
    if isinstance(comparison, Binary | Relation):
        return comparison.left
    raise UnsupportedError(at, "There is no comparison before it.", "Write the value again: age > 30 && age < 40.")
