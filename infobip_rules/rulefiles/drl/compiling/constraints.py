"""Compiler of one test of a pattern to one constraint of the model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from infobip_rules.engine.rules.model import Constraint
from infobip_rules.errors import EvaluationError
from infobip_rules.rulefiles.drl.body.interpreter import compile_test as decision
from infobip_rules.rulefiles.drl.body.scope import Scope
from infobip_rules.rulefiles.drl.compiling.syntax_trees import nodes_in, renamed
from infobip_rules.rulefiles.drl.java.failures import BodyError
from infobip_rules.rulefiles.drl.java.kinds import INTEGRAL, UNBOXED, Kind
from infobip_rules.rulefiles.drl.java.models import field_of
from infobip_rules.rulefiles.drl.syntax.printer import expression_text
from infobip_rules.rulefiles.drl.syntax.syntax import (
    Binary,
    Call,
    Expression,
    Literal,
    Member,
    Name,
    Relation,
    SyntaxNode,
)

#: Kinds of fields found through an index, each with the literals that equal values of it by hash.
_INDEXED = {
    "String": ("String",),
    "boolean": ("boolean",),
    **dict.fromkeys((*INTEGRAL, "float", "double"), ("int", "long", "double")),
}


def tests_of(expression: Expression) -> Iterator[Expression]:
    """Yields the parts joined by `&&`, which count as constraints of their own."""
    if isinstance(expression, Binary) and expression.operator == "&&":
        yield from tests_of(expression.left)
        yield from tests_of(expression.right)
    else:
        yield expression


def hides_reads(expression: Expression) -> bool:
    """Returns whether Drools makes constraints of it that read no field in its eyes.

    That is so for what is read null-safely (unless after `||`), and for half constraints at the end (`x > 1 && < 5`).
    """
    return _ends_in_half(expression) or any(_is_null_safe(part) for part in tests_of(expression))


def _ends_in_half(expression: Expression) -> bool:
    if not isinstance(expression, Binary) or expression.operator != "&&" or not isinstance(expression.right, Binary):
        return False
    *_, before = tests_of(expression.left)
    # Only a half constraint has the very node of the comparison before it.
    return isinstance(before, Binary | Relation) and expression.right.left is before.left


def _is_null_safe(part: Expression) -> bool:
    optional = isinstance(part, Binary) and part.operator == "||"
    return not optional and any(isinstance(node, Member | Call) and node.null_safe for node in nodes_in(part))


def compile_test(expression: Expression, scope: Scope, *, result: int | None = None) -> Constraint:
    """Compiles `expression` to a constraint, with names as `scope` has them.

    With `result` the element is the tuple of an accumulate's results, and `this` that one of them. What is read is
    noted in `scope`, which has to be a new one for each constraint.
    """
    run = decision(expression, scope)
    return Constraint(
        text=identity(expression, scope),
        predicate=_predicate(run, result, scope.rule),
        fields=frozenset(scope.read),
        joins={position: frozenset(names) for position, names in scope.joins.items()},
        equals=_equality(expression, scope) if result is None else None,
    )


def _predicate(run: Callable[[Any], Any], result: int | None, rule: str) -> Callable[[Any, tuple[Any, ...]], bool]:
    def holds(value: Any, before: tuple[Any, ...]) -> bool:
        try:
            return run((value, before)) is True
        except BodyError as problem:
            raise failed(rule, problem) from None

    return holds if result is None else (lambda results, before: holds(results[result], before))


def failed(rule: str, problem: BodyError) -> EvaluationError:
    """Returns what ends an evaluation in which a condition of `rule` could not be judged."""
    fact = f"A condition of the rule {rule} failed: {problem.fact}"
    return EvaluationError(fact, f"{problem.remedy} Nothing of this evaluation was kept.".lstrip(), rule=rule)


def identity(expression: Expression, scope: Scope) -> str:
    """Returns the text of an expression in which every name says what it stands for, so that equal texts mean the same."""
    return expression_text(renamed(expression, lambda node: _full_name(node, scope)))


def _full_name(node: SyntaxNode, scope: Scope) -> SyntaxNode | None:
    if isinstance(node, Name) and node.name in scope.bindings:
        binding = scope.bindings[node.name]
        place = "" if binding.position is None else f"{node.name}@{binding.position}"
        result = "" if binding.result is None else f"#{binding.result}"
        inner = "" if binding.expression is None else f"({expression_text(binding.expression)})"
        return Name(at=node.at, name=f"{place}{result}{inner}")
    if isinstance(node, Name) and node.name in scope.globals:
        return Name(at=node.at, name=f"{node.name}@{scope.file}")
    if isinstance(node, Call) and node.target is None and node.name in scope.functions:
        arguments = renamed(node.arguments, lambda inner: _full_name(inner, scope))
        return Call(at=node.at, name=f"{node.name}@{scope.file}", arguments=arguments)
    if isinstance(node, Call) and node.target is None and node.name in scope.imported:
        arguments = renamed(node.arguments, lambda inner: _full_name(inner, scope))
        return Call(at=node.at, name=f"{scope.imported[node.name]}.{node.name}", arguments=arguments)
    return None


def _equality(expression: Expression, scope: Scope) -> tuple[str, Any] | None:
    """Returns field and value of `field == literal` if an index finds it, which must compare as Drools would."""
    if not isinstance(expression, Binary) or expression.operator != "==":
        return None
    for field, value in ((expression.left, expression.right), (expression.right, expression.left)):
        if isinstance(field, Name) and isinstance(value, Literal) and field.name not in scope.bindings:
            return _indexed(field.name, value, scope.this)
    return None


def _indexed(name: str, value: Literal, this: Kind | None) -> tuple[str, Any] | None:
    found = field_of(this.model, name) if this is not None and this.model is not None else None
    if found is None or value.value is None:
        return None
    field, kind = found
    return (field, value.value) if value.kind in _INDEXED.get(UNBOXED.get(kind.name, kind.name), ()) else None
