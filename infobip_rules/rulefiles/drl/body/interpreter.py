"""Interpreter of `.drl` expressions and bodies: each is compiled to a closure once, which runs when a rule is matched or fires.

Nothing of the text ever reaches Python's own interpreter. Methods are looked up in the tables of `library`, on facts only
those that their classes define below pydantic's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from infobip_rules.rulefiles.drl.body import comparison
from infobip_rules.rulefiles.drl.body.closures import FIRST_LOCAL, RESULT, Body, Closure, Compiler
from infobip_rules.rulefiles.drl.body.expressions import compiler_of
from infobip_rules.rulefiles.drl.body.scope import Frame, Function, Scope
from infobip_rules.rulefiles.drl.body.statements import block
from infobip_rules.rulefiles.drl.java.drafts import FiringWork
from infobip_rules.rulefiles.drl.java.kinds import VOID, Kind
from infobip_rules.rulefiles.drl.syntax.syntax import Expression, FunctionNode, Statement


class MatchedValues:
    """The values that a firing matched, by position, each in its present version."""

    __slots__ = ("_at",)

    def __init__(self, at: Callable[[int], Any]) -> None:
        self._at = at

    def __getitem__(self, position: int) -> Any:
        return self._at(position)


def compile_with_kind(expression: Expression, scope: Scope) -> tuple[Callable[[Frame], Any], Kind]:
    """Compiles as `compile_expression` does, and returns the kind of the value too."""
    typed: Closure = compiler_of(scope).value(expression)
    return typed.run, typed.kind


def compile_expression(expression: Expression, scope: Scope) -> Callable[[Frame], Any]:
    """Compiles `expression` to a closure that computes it: of a constraint, `from`, `eval`, accumulate, salience and the like.

    It is given `(value, before)`. All operators of Drools are understood (`Relation`), comparisons are null-safe and
    coerce as Drools' do. What is read is noted in `scope.read` and `scope.joins`.

    >>> matches = compile_expression(constraint, scope)
    >>> Constraint(..., predicate=lambda value, before: matches((value, before)) is True, fields=frozenset(scope.read))

    Raises RuleError for what can't be understood; the closure raises BodyError.
    """
    return compile_with_kind(expression, scope)[0]


def compile_test(expression: Expression, scope: Scope) -> Callable[[Frame], bool]:
    """Compiles a constraint or `eval`: RuleError unless it is true or false; a null fails."""
    return comparison.truth(compiler_of(scope), expression)


def compile_body(statements: Sequence[Statement], scope: Scope) -> Callable[[Any], None]:
    """Compiles a rule's action: a closure that is given the `engine.context.Context` of a firing.

    Bindings are read by `context.at(position)`. Raises RuleError for what can't be understood; the closure raises
    BodyError, which names line and column.
    """
    body = Body()
    step = block(compiler_of(scope, body), statements)
    scope.mistakes.raise_first()
    locals_of = [None] * (body.size - FIRST_LOCAL)
    kept = [(local.place, run) for local, run in body.kept.values()]

    def act(context: Any) -> None:
        frame = [None, MatchedValues(context.at), FiringWork(context), None, *locals_of]
        for place, run in kept:
            frame[place] = run(frame)
        step(frame)

    return act


def compile_functions(functions: Sequence[FunctionNode], scope: Scope) -> dict[str, Function]:
    """Compiles the functions of a file by name, to be put into `Scope.functions`; they may call one another and themselves.

    What is wrong with them goes to `scope.mistakes`.
    """
    compiler, mistakes = compiler_of(scope), scope.mistakes
    made: dict[str, Function] = dict(scope.functions)
    for node in functions:
        mistakes.unreadable.add(node.name)
        with mistakes:
            made[node.name] = _declared(compiler, node)
            mistakes.unreadable.discard(node.name)
    for node in functions:
        if node.name in made:
            own = mistakes.inner()
            own.unreadable |= node.lost or frozenset()
            with mistakes, own:
                _compile_into(made[node.name], node, replace(scope, functions=made, mistakes=own))
            mistakes.found += own.found
    return {node.name: made[node.name] for node in functions if node.name in made}


def _declared(compiler: Compiler, node: FunctionNode) -> Function:
    kinds = tuple(compiler.kind(parameter.type) for parameter in node.parameters)
    result = VOID if node.type.name == "void" else compiler.kind(node.type)
    return Function(name=node.name, parameters=kinds, result=result)


def _compile_into(function: Function, node: FunctionNode, scope: Scope) -> None:
    body = Body(result=function.result)
    for parameter, kind in zip(node.parameters, function.parameters, strict=True):
        body.add(parameter.name, kind)
    step = block(compiler_of(scope, body), node.body)
    empty = body.size - FIRST_LOCAL - len(function.parameters)

    def call(work: FiringWork, arguments: list[Any]) -> Any:
        frame = [None, (), work, None, *arguments, *[None] * empty]
        step(frame)
        return frame[RESULT]

    function.call = call


def compile_function(function: FunctionNode, scope: Scope) -> Function:
    """Compiles one function, as `compile_functions` makes it."""
    return compile_functions([function], scope)[function.name]
