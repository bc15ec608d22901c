"""Compiler of conditions, in their order, to terms of the model with their positions."""

from __future__ import annotations

from collections.abc import Sequence

from infobip_rules.engine.rules import model
from infobip_rules.rulefiles.drl.body.interpreter import compile_expression
from infobip_rules.rulefiles.drl.compiling.accumulates import compile_accumulate, compile_result
from infobip_rules.rulefiles.drl.compiling.constraints import compile_test, identity
from infobip_rules.rulefiles.drl.compiling.names import BoundNames, RuleScope
from infobip_rules.rulefiles.drl.compiling.patterns import PatternCompiler, alias_of, compile_pattern
from infobip_rules.rulefiles.drl.compiling.syntax_trees import names_bound
from infobip_rules.rulefiles.drl.syntax.syntax import (
    AccumulateCondition,
    ConditionNode,
    EntryPoint,
    Eval,
    FromAccumulate,
    FromCollect,
    FromExpression,
    GroupNode,
    Name,
    PatternNode,
)


class TermCompiler:
    """Compiles what stands on one level; what stands inside `not` and the like is a level of its own."""

    def __init__(self, names: BoundNames, around: RuleScope) -> None:
        self.names = names
        self._around = around
        self._made: list[model.Term] = []

    def add(self, conditions: Sequence[ConditionNode]) -> None:
        """Takes in conditions, none of which has alternatives."""
        for condition in conditions:
            if isinstance(condition, GroupNode) and condition.word == "and":
                self.add(condition.items)
            else:
                self._add(condition)

    def finish(self) -> tuple[model.Term, ...]:
        """Returns the terms."""
        return tuple(self._made)

    def _add(self, condition: ConditionNode) -> None:
        term: model.Term | None = None
        with self._around.mistakes:
            term = self._term(condition)
        if term is None:
            lost = names_bound(condition) | _names_by_place(condition)
            self._around.mistakes.unreadable |= lost - set(self.names.bindings)
            return
        self._made.append(term)

    def _term(self, condition: ConditionNode) -> model.Term:
        if isinstance(condition, PatternNode):
            return self._pattern(condition)
        if isinstance(condition, Eval):
            return model.Test(constraint=compile_test(condition.expression, self._around.scope(self.names.bindings)))
        if isinstance(condition, AccumulateCondition):
            return compile_accumulate(condition, self.names, self._around, self._inside)
        assert isinstance(condition, GroupNode)  # noqa: S101 - queries are in line by now
        terms = self._inside(condition.items[0], self.names.inner())
        return model.Existential(terms=terms, negated=condition.word == "not")

    def _inside(self, condition: ConditionNode, names: BoundNames) -> tuple[model.Term, ...]:
        inner = TermCompiler(names, self._around)
        inner.add((condition,))
        return inner.finish()

    def _pattern(self, node: PatternNode) -> model.Term:
        if node.source is None or isinstance(node.source, EntryPoint):
            return compile_pattern(node, self.names, self._around)
        for wrong in (node.window, *node.annotations):
            if wrong is not None:
                raise self._around.error(wrong, "This stands only on what is in working memory.", "Leave it out.")
        if isinstance(node.source, FromAccumulate | FromCollect):
            return compile_result(node, self.names, self._around, self._inside)
        return self._from(node, node.source)

    def _from(self, node: PatternNode, source: FromExpression) -> model.From:
        scope = self._around.scope(self.names.bindings)
        run = compile_expression(source.expression, scope)
        kind_wanted, kind = self._around.value(node.type)
        compiled = PatternCompiler(names=self.names, around=self._around, kind=kind).take(node)
        position = self.names.take_position(compiled.bindings)
        return model.From(
            alias=alias_of(node.binding, position),
            type=kind_wanted,
            source=lambda before: run((None, before)),
            text=identity(source.expression, scope),
            reads={place: frozenset(names) for place, names in scope.joins.items()},
            constraints=compiled.alone,
            joins=compiled.joined,
            where=self._around.where(node),
            listens=frozenset(compiled.read | compiled.named) if kind.model and self._is_element(source) else None,
        )

    def _is_element(self, source: FromExpression) -> bool:
        """Returns whether it is the name of an element matched before, as in `Order(total > 5) from $order`."""
        named = source.expression
        bound = self.names.bindings.get(named.name) if isinstance(named, Name) else None
        return bound is not None and bound.expression is None and bound.result is None


def _names_by_place(condition: ConditionNode) -> set[str]:
    """Returns what may be bound before a `;`."""
    given = condition.positional if isinstance(condition, PatternNode) else ()
    return {argument.name for argument in given if isinstance(argument, Name)}
