"""Printer of patterns and constraints in the Python rule language."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import BaseModel

from infobip_rules.rulefiles.drl.body.scope import BoundName, Scope
from infobip_rules.rulefiles.drl.conversion.python_names import NoPythonError, quoted, variable_name
from infobip_rules.rulefiles.drl.java import regex
from infobip_rules.rulefiles.drl.java.failures import JavaFailure
from infobip_rules.rulefiles.drl.java.kinds import NUMERIC, Kind, unboxed
from infobip_rules.rulefiles.drl.java.models import field_of, getter_of, snake
from infobip_rules.rulefiles.drl.java.values import text_of
from infobip_rules.rulefiles.drl.syntax.printer import expression_text
from infobip_rules.rulefiles.drl.syntax.syntax import (
    Binary,
    BindingNode,
    Call,
    ConditionNode,
    EntryPoint,
    Expression,
    GroupNode,
    ListLiteral,
    Literal,
    Member,
    Name,
    PatternNode,
    Relation,
    Unary,
)
from infobip_rules.rulefiles.python.compiler import RESERVED
from infobip_rules.signals import Signal

_TURNED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass
class ConditionPrinter:
    """Writes the conditions of one rule; `scope` and `aliases` fill up with what they bind."""

    scope: Scope
    #: Types whose names the Python file has to import.
    types: set[type[BaseModel]] = field(default_factory=set)
    #: What a binding of a whole pattern is called in Python.
    aliases: dict[str, str] = field(default_factory=dict)
    #: Bindings of fields and expressions: the alias of their pattern, and the expression.
    values: dict[str, tuple[str, Expression]] = field(default_factory=dict)

    def term(self, node: ConditionNode) -> str:
        """Writes one condition as an argument of `when_all`; NoPythonError if there is no such form."""
        if isinstance(node, PatternNode):
            return self._pattern(node, named=True)
        if isinstance(node, GroupNode) and node.word in ("not", "exists") and isinstance(node.items[0], PatternNode):
            word = {"not": "none", "exists": "exists"}[node.word]
            return f"{word}({self._pattern(node.items[0], named=False)})"
        what = node.word if isinstance(node, GroupNode) else type(node).__name__.removesuffix("Condition").lower()
        raise NoPythonError(node, f"`{what}`")

    def _pattern(self, node: PatternNode, *, named: bool) -> str:
        model = self.scope.types.get(node.type.name.rpartition(".")[2])
        if model is None or node.window is not None:
            raise NoPythonError(node, "a window" if node.window is not None else f"the type {node.type.name}")
        self.types.add(model)
        point = self._entry_point(node, model)
        kind = Kind(model.__name__, model=model)
        inner = replace(self.scope, this=kind)
        tests = [test for constraint in node.constraints for test in self._tests(constraint)]
        parts = [model.__name__, *(ConstraintPrinter(self, inner).text(test) for test in tests), *point]
        made = f"{'signal' if issubclass(model, Signal) else 'fact'}({', '.join(parts)})"
        if not named:
            return made
        alias = self._named(node, model)
        position = len({bound_name.position for bound_name in self.scope.bindings.values()})
        bound = dict(self.scope.bindings)
        bound[node.binding or f" {position}"] = BoundName(position=position, kind=kind)
        for constraint in node.constraints:
            if isinstance(constraint, BindingNode):
                bound[constraint.name] = BoundName(position=position, kind=kind, expression=constraint.expression)
                self.values[constraint.name] = (alias, constraint.expression)
        self.scope = replace(self.scope, bindings=bound)
        return f"c.{alias} << {made}"

    def _named(self, node: PatternNode, model: type[BaseModel]) -> str:
        alias = variable_name(node.binding or snake(model.__name__))
        alias = alias.lstrip("_") or "it"
        while alias in self.aliases.values() or alias in ("s", *RESERVED):
            alias += "_"
        self.aliases[node.binding or alias] = alias
        return alias

    def _entry_point(self, node: PatternNode, model: type[BaseModel]) -> list[str]:
        if node.source is None and not issubclass(model, Signal):
            return []
        if not isinstance(node.source, EntryPoint) or not issubclass(model, Signal):
            raise NoPythonError(node, f"where {node.type.name} comes from")
        return [] if node.source.name == model.entry_point else [f"entry_point={quoted(node.source.name)}"]

    def _tests(self, node: BindingNode | Expression) -> list[Expression]:
        if isinstance(node, BindingNode):
            return [] if node.test is None else self._tests(node.test)
        if isinstance(node, Binary) and node.operator == "&&":
            return [*self._tests(node.left), *self._tests(node.right)]
        return [node]


class ConstraintPrinter:
    """Writes the constraints of one pattern."""

    def __init__(self, rule: ConditionPrinter, scope: Scope) -> None:
        self.rule = rule
        self.scope = scope
        assert scope.this is not None and scope.this.model is not None  # noqa: S101, PT018 - a pattern has a type
        self.model: type[BaseModel] = scope.this.model

    def text(self, node: Expression) -> str:
        """Writes the constraint; NoPythonError if there is no such form."""
        if isinstance(node, Binary) and node.operator in ("&&", "||"):
            return f"({self.text(node.left)}) {'&' if node.operator == '&&' else '|'} ({self.text(node.right)})"
        if isinstance(node, Binary) and node.operator in _TURNED:
            return self._comparison(node)
        if isinstance(node, Relation) and not node.negated:
            return self._relation(node)
        path = self._path(node)
        if path is not None and unboxed(path[1]).name == "boolean":
            return f"m.{path[0]} == True"
        if isinstance(node, Unary) and node.operator == "!":
            inside = self._path(node.operand)
            if inside is not None and unboxed(inside[1]).name == "boolean":
                return f"m.{inside[0]} == False"
        raise NoPythonError(node, f"`{expression_text(node)}`")

    def _comparison(self, node: Binary) -> str:
        for own, sign, other in (
            (node.left, node.operator, node.right),
            (node.right, _TURNED[node.operator], node.left),
        ):
            path = self._path(own)
            if path is None:
                continue
            if isinstance(other, Literal) and other.value is None:
                return f"{'-' if sign == '==' else '+'}m.{path[0]}"
            right = self._value(other, path[1], node)
            return f"m.{path[0]} {sign} {right}"
        raise NoPythonError(node, f"`{expression_text(node)}`")

    def _path(self, node: Expression) -> tuple[str, Kind] | None:
        """Returns the fields that an expression reads from the element itself, `status.groupName`; None for anything else."""
        if isinstance(node, Name):
            return field_of(self.model, node.name)
        if isinstance(node, Call) and node.target is None and not node.arguments:
            return getter_of(self.model, node.name)
        if isinstance(node, Member) and isinstance(node.target, Name) and node.target.name == "this":
            return field_of(self.model, node.name)
        return self._longer(node)

    def _longer(self, node: Expression) -> tuple[str, Kind] | None:
        if not isinstance(node, Member | Call) or node.target is None or (isinstance(node, Call) and node.arguments):
            return None
        before = self._path(node.target)
        if before is None or before[1].model is None:
            return None
        found = (field_of if isinstance(node, Member) else getter_of)(before[1].model, node.name)
        return (f"{before[0]}.{found[0]}", found[1]) if found is not None else None

    def _value(self, node: Expression, kind: Kind, whole: Expression) -> str:
        if isinstance(node, Literal):
            return quoted(_coerced(node, kind, whole))
        if isinstance(node, Unary) and node.operator == "-" and isinstance(node.operand, Literal):
            return f"-{node.operand.value!r}"
        other = self._other(node)
        if other is None or _family(other[1]) != _family(kind):
            raise NoPythonError(whole, f"`{expression_text(whole)}`")
        return other[0]

    def _other(self, node: Expression) -> tuple[str, Kind] | None:
        """Writes a field of an element that was matched before."""
        if isinstance(node, Name) and node.name in self.rule.values:
            alias, expression = self.rule.values[node.name]
            bound = self.scope.bindings[node.name]
            path = ConstraintPrinter(self.rule, replace(self.scope, this=bound.kind))._path(expression)
            return (f"c.{alias}.{path[0]}", path[1]) if path is not None else None
        if not isinstance(node, Member | Call) or not isinstance(node.target, Name):
            return None
        bound_to = self.scope.bindings.get(node.target.name)
        if bound_to is None or bound_to.expression is not None or node.target.name not in self.rule.aliases:
            return None
        own: Expression = replace(node, target=None) if isinstance(node, Call) else Name(at=node.at, name=node.name)
        path = ConstraintPrinter(self.rule, replace(self.scope, this=bound_to.kind))._path(own)
        return (f"c.{self.rule.aliases[node.target.name]}.{path[0]}", path[1]) if path is not None else None

    def _relation(self, node: Relation) -> str:
        path = self._path(node.left)
        if path is None:
            return self._in_capitals(node)
        if node.operator == "in" and isinstance(node.right, ListLiteral):
            values = [self._value(item, path[1], node) for item in node.right.items]
            return " | ".join(f"(m.{path[0]} == {value})" for value in values)
        wanted = node.right.value if isinstance(node.right, Literal) else None
        if not isinstance(wanted, str):
            raise NoPythonError(node, f"`{expression_text(node)}`")
        if path[1].name == "List" and node.operator == "contains":
            return f"m.{path[0]}.anyItem(item == {quoted(wanted)})"
        return f"m.{path[0]}.matches({quoted(self._pattern(node, path[1], wanted))})"

    def _in_capitals(self, node: Relation) -> str:
        """Writes `text.toUpperCase() matches "STOP.*"` asks for the letters in any case."""
        left, right = node.left, node.right
        if (
            isinstance(left, Call)
            and left.name == "toUpperCase"
            and left.target is not None
            and isinstance(right, Literal)
        ):
            path = self._path(left.target)
            letters = re.sub(r"\\.", "", str(right.value))
            if path is not None and node.operator == "matches" and letters.upper() == letters and letters.isascii():
                return f"m.{path[0]}.imatches({quoted(self._pattern(node, path[1], str(right.value)))})"
        raise NoPythonError(node, f"`{expression_text(node)}`")

    def _pattern(self, node: Relation, kind: Kind, wanted: str) -> str:
        part = "".join(node.parameters)
        forms = {"contains": ".*{}.*", "startsWith": "{}.*", "endsWith": ".*{}"}
        if kind.name != "String":
            raise NoPythonError(node, f"`{expression_text(node)}`")
        if node.operator == "matches":
            try:
                pattern = regex.translated(wanted)
            except JavaFailure as problem:
                raise NoPythonError(node, f"`{expression_text(node)}` ({problem.fact})") from None
            return pattern.replace("%", "%%")
        form = forms.get(part if node.operator == "str" else node.operator)
        if form is None:
            raise NoPythonError(node, f"`{expression_text(node)}`")
        return form.format(re.escape(wanted).replace("%", "%%"))


def _family(kind: Kind) -> str:
    name = unboxed(kind).name
    return "number" if name in NUMERIC else name


def _coerced(node: Literal, kind: Kind, whole: Expression) -> Any:
    """Returns the literal as the field's type, which is how Drools compares it."""
    value: Any = node.value
    family, given = _family(kind), _family(Kind(node.kind))
    if family in (given, "Object"):
        return value
    if family == "String":
        return text_of(value)
    if family == "number" and isinstance(value, str):
        try:
            return float(value) if unboxed(kind).name in ("double", "float") else int(value)
        except ValueError:
            raise NoPythonError(whole, f"`{expression_text(whole)}`") from None
    if family == "boolean" and isinstance(value, str):
        return value == "true"
    raise NoPythonError(whole, f"`{expression_text(whole)}`")
