"""Expressions and bodies of rules made into closures, once: what `.drl` text means when a rule is matched and fires.

Nothing of the text ever reaches Python's own interpreter. Methods are looked up in the tables of `library`, on facts only
those that their classes define below pydantic's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from infobip_rules.drl.scope import Frame, Function, Scope
from infobip_rules.drl.syntax import Expression, FunctionNode, Statement


def compile_expression(expression: Expression, scope: Scope) -> Callable[[Frame], Any]:
    """A closure that computes `expression`, of a constraint, `from`, `eval`, accumulate, salience and the like.

    It is given `(value, before)`. All operators of Drools are understood (`Relation`), comparisons are null-safe and coerce
    as Drools' do. What is read is noted in `scope.read` and `scope.joins`.

    >>> matches = compile_expression(constraint, scope)
    >>> Constraint(..., predicate=lambda value, before: matches((value, before)) is True, fields=frozenset(scope.read))

    Raises RuleError for what can't be understood; the closure raises BodyError.
    """
    raise NotImplementedError


def compile_body(statements: Sequence[Statement], scope: Scope) -> Callable[[Any], None]:
    """A rule's action: a closure that is given the `engine.context.Context` of a firing.

    Bindings are read by `context.at(position)`. Raises RuleError for what can't be understood; the closure raises
    BodyError, which names line and column.
    """
    raise NotImplementedError


def compile_functions(functions: Sequence[FunctionNode], scope: Scope) -> dict[str, Function]:
    """The functions of a file by name, to be put into `Scope.functions`; they may call one another and themselves."""
    raise NotImplementedError


def compile_function(function: FunctionNode, scope: Scope) -> Function:
    """One function, as `compile_functions` makes it."""
    return compile_functions([function], scope)[function.name]
