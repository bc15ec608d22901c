"""Conditions: patterns, and what joins them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TypeAlias

from lark import Token, v_args

from infobip_rules.rulefiles.drl.syntax.building import literals
from infobip_rules.rulefiles.drl.syntax.building.expressions import ExpressionBuilder
from infobip_rules.rulefiles.drl.syntax.building.source import UnsupportedError
from infobip_rules.rulefiles.drl.syntax.printer import expression_text
from infobip_rules.rulefiles.drl.syntax.syntax import (
    AccumulateCondition,
    Annotation,
    Binary,
    BindingNode,
    Call,
    ConditionNode,
    EntryPoint,
    Eval,
    Expression,
    FoldNode,
    FromAccumulate,
    FromCollect,
    FromExpression,
    GroupNode,
    Literal,
    PatternNode,
    QueryCall,
    Relation,
    WindowNode,
)

_Source: TypeAlias = EntryPoint | FromExpression | FromAccumulate | FromCollect
_Constraint: TypeAlias = BindingNode | Expression
_Arguments: TypeAlias = "tuple[tuple[Expression, ...], tuple[_Constraint, ...]]"
_WINDOW = re.compile(r"window\s*:\s*(\w+)\s*\(\s*([^()]*?)\s*\)")


@v_args(inline=True)
class ConditionBuilder(ExpressionBuilder):
    """Builder of the grammar's section of conditions."""

    def conditions(self, *items: ConditionNode) -> tuple[ConditionNode, ...]:
        """Builds the conditions of a rule, one below the other."""
        return items

    def condition_or(self, *parts: ConditionNode | Token) -> GroupNode:
        """Builds the `or` of conditions."""
        return _group("or", parts)

    def condition_and(self, *parts: ConditionNode | Token) -> GroupNode:
        """Builds the `and` of conditions."""
        return _group("and", parts)

    def prefixed(self, word: Token, *items: ConditionNode) -> GroupNode:
        """Builds `(or A() B())`."""
        return GroupNode(at=self.at(word), word=str(word), items=items)

    def run(self, *items: ConditionNode) -> GroupNode:
        """Builds `(A() B())`."""
        return GroupNode(at=items[0].at, word="and", items=items)

    def negation(self, word: Token, item: ConditionNode) -> GroupNode:
        """Builds `not`."""
        return GroupNode(at=self.at(word), word="not", items=(item,))

    def existence(self, word: Token, item: ConditionNode) -> GroupNode:
        """Builds `exists`."""
        return GroupNode(at=self.at(word), word="exists", items=(item,))

    def forall(self, word: Token, *items: ConditionNode) -> GroupNode:
        """Builds `forall`."""
        return GroupNode(at=self.at(word), word="forall", items=items)

    def eval(self, word: Token, expression: Expression) -> Eval:
        """Builds `eval`."""
        return Eval(at=self.at(word), expression=expression)

    def query_call(self, question: Token, pattern: PatternNode) -> QueryCall:
        """Builds `?name(...)`."""
        at = self.at(question)
        if pattern.binding or pattern.source or pattern.window:
            raise UnsupportedError(at, "A query is asked by its name and arguments.", "Write ?name(argument, $x;).")
        named = [constraint for constraint in pattern.constraints if isinstance(constraint, BindingNode)]
        if named:
            raise UnsupportedError(named[0].at, "Arguments of a query go by place.", "Write ?name(argument, $x;).")
        given = (
            *pattern.positional,
            *(constraint for constraint in pattern.constraints if not isinstance(constraint, BindingNode)),
        )
        return QueryCall(at=at, name=pattern.type.name, arguments=given)

    def bound_group(self, label: Token, *parts: PatternNode | Token) -> GroupNode:
        """Builds `$x: (A() or B())`."""
        name = _label(label)
        patterns = (part for part in parts if not isinstance(part, Token))
        return GroupNode(
            at=self.at(label), word="or", items=tuple(replace(pattern, binding=name) for pattern in patterns)
        )

    def accumulate(
        self, word: Token, source: ConditionNode, folds: tuple[FoldNode, ...], tests: tuple[Expression, ...] | None
    ) -> AccumulateCondition:
        """Builds `accumulate(source; folds; tests)`."""
        return AccumulateCondition(at=self.at(word), source=source, folds=folds, constraints=tests or ())

    def source(self, *items: ConditionNode) -> ConditionNode:
        """Builds the source of an accumulate."""
        return items[0] if len(items) == 1 else GroupNode(at=items[0].at, word="and", items=items)

    def folds(self, *folds: FoldNode) -> tuple[FoldNode, ...]:
        """Builds the functions of an accumulate."""
        return folds

    def fold(self, *parts: Token | tuple[Expression, ...] | None) -> FoldNode:
        """Builds one function."""
        *labels, name, arguments = parts
        assert isinstance(name, Token)  # noqa: S101 - by the grammar
        label = labels[0] if labels and isinstance(labels[0], Token) else None
        return FoldNode(
            at=self.at(label or name),
            binding=_label(label) if label else None,
            function=str(name),
            arguments=arguments if isinstance(arguments, tuple) else (),
        )

    def tests(self, *tests: Expression) -> tuple[Expression, ...]:
        """Builds the conditions on the results."""
        return tests

    def pattern(self, *parts: Token | _Arguments | tuple[Annotation, ...] | WindowNode | _Source) -> PatternNode:
        """Builds `binding: Type(...) over window from source`."""
        label = parts[0] if isinstance(parts[0], Token) and parts[0].type == "BIND" else None
        kind, arguments, annotations, *rest = parts[1:] if label else parts
        assert isinstance(kind, Token)  # noqa: S101 - by the grammar
        assert isinstance(arguments, tuple)  # noqa: S101 - by the grammar
        positional, constraints = arguments
        at = self.at(kind)
        return PatternNode(
            at=self.at(label or kind),
            type=literals.type_name("".join(kind.split()), at),
            binding=_label(label) if label else None,
            constraints=constraints,  # type: ignore[arg-type]  # by the grammar
            window=next((part for part in rest if isinstance(part, WindowNode)), None),
            source=next(
                (part for part in rest if isinstance(part, EntryPoint | FromExpression | FromAccumulate | FromCollect)),
                None,
            ),
            positional=positional,  # type: ignore[arg-type]  # by the grammar
            annotations=annotations,  # type: ignore[arg-type]  # by the grammar
        )

    def pattern_arguments(self, *constraints: tuple[_Constraint, ...]) -> _Arguments:
        """Builds the arguments of a pattern."""
        return (), constraints[0] if constraints else ()

    def positional(self, places: tuple[_Constraint, ...], *rest: tuple[_Constraint, ...]) -> _Arguments:
        """Builds the arguments of a pattern, some of them by position."""
        for place in places:
            if isinstance(place, BindingNode):
                raise UnsupportedError(place.at, "What stands before `;` goes by place.", "Write $x, not name: $x.")
        return places, rest[0] if rest else ()  # type: ignore[return-value]  # as checked above

    def constraints(self, *constraints: _Constraint) -> tuple[_Constraint, ...]:
        """Builds the constraints that commas join."""
        return constraints

    def constraint(self, *parts: Token | Expression) -> _Constraint:
        """Builds a binding, a test, or both."""
        expression = parts[-1]
        assert not isinstance(expression, Token)  # noqa: S101 - by the grammar
        label = parts[0]
        if not isinstance(label, Token):
            return _evaluated(expression)
        bound, test = _bound(expression)
        if id(expression) not in self.in_brackets:
            bound = self._named_part(label, bound)
        return BindingNode(
            at=self.at(label), name=_label(label), expression=bound, test=test, unifies=label.endswith("=")
        )

    def _named_part(self, label: Token, expression: Expression) -> Expression:
        """Builds what Drools names where a label stands before arithmetic: its first operand, unless all of it is in brackets."""
        first = expression
        while isinstance(first, Binary) and first.operator not in ("&&", "||"):
            first = first.left
        if first is expression:
            return expression
        remedy = f"Put it in brackets: {_label(label)}: ({expression_text(expression)})."
        if isinstance(first, Literal):
            raise UnsupportedError(first.at, "A label names a field, and this begins with a value.", remedy)
        fact = f"{_label(label)} stands for {expression_text(first)} alone, as in Drools. {remedy}"
        self.warnings.append((self.at(label), fact))
        return first

    def window(self, _over: Token, token: Token) -> WindowNode:
        """Builds `over window:time(1m)`."""
        found = _WINDOW.fullmatch(token)
        assert found  # noqa: S101 - the grammar's own pattern is narrower
        return WindowNode(at=self.at(token), kind=found[1], size=found[2])

    def from_entry_point(self, word: Token, _entry: Token, name: Token) -> EntryPoint:
        """Builds `from entry-point "signals"`."""
        expression_text = literals.text(str(name), self.at(name)) if name.type == "STRING" else str(name)
        return EntryPoint(at=self.at(word), name=expression_text)

    def from_collect(self, word: Token, _collect: Token, source: ConditionNode) -> FromCollect:
        """Builds `from collect(...)`."""
        return FromCollect(at=self.at(word), source=source)

    def from_accumulate(self, word: Token, _accumulate: Token, source: ConditionNode, fold: FoldNode) -> FromAccumulate:
        """Builds `from accumulate(...)`."""
        return FromAccumulate(at=self.at(word), source=source, fold=fold)

    def from_expression(self, word: Token, expression: Expression) -> FromExpression:
        """Builds `from expression`."""
        return FromExpression(at=self.at(word), expression=expression)

    def annotations(self, *tokens: Token) -> tuple[Annotation, ...]:
        """Builds `@name(text)`, any number of them."""
        return tuple(self._annotation(token) for token in tokens)

    def _annotation(self, token: Token) -> Annotation:
        name, _, inside = token[1:].partition("(")
        return Annotation(at=self.at(token), name=name.strip(), text=inside.rpartition(")")[0].strip())


def _label(token: Token) -> str:
    return token.rstrip("=").rstrip().removesuffix(":").rstrip()


def _group(word: str, parts: tuple[ConditionNode | Token, ...]) -> GroupNode:
    items = tuple(part for part in parts if not isinstance(part, Token))
    return GroupNode(at=items[0].at, word=word, items=items)


def _evaluated(expression: Expression) -> Expression:
    """Returns the test of `eval(test)` among constraints."""
    if isinstance(expression, Call) and expression.name == "eval" and not expression.target:
        return expression.arguments[0] if len(expression.arguments) == 1 else expression
    return expression


def _bound(expression: Expression) -> tuple[Expression, Expression | None]:
    """Returns what a label in front of a comparison names, and the comparison."""
    first = expression
    while isinstance(first, Binary) and first.operator in ("&&", "||"):
        first = first.left
    if isinstance(first, Relation) or (isinstance(first, Binary) and first.operator in _COMPARISONS):
        return first.left, expression
    if first is not expression:
        raise UnsupportedError(first.at, "What the label names is no comparison.", "Write x: field == value.")
    return expression, None


_COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
