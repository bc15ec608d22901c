"""Alternatives of conditions: `or` multiplied out, `forall` as two `not`s, queries in line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product
from math import prod

from infobip_rules.rulefiles.drl.compiling.names import RuleScope
from infobip_rules.rulefiles.drl.compiling.reactivity import asks_for, mentions
from infobip_rules.rulefiles.drl.compiling.syntax_trees import names_bound, names_in, renamed
from infobip_rules.rulefiles.drl.syntax.syntax import (
    AccumulateCondition,
    Annotation,
    Binary,
    BindingNode,
    ConditionNode,
    Expression,
    FoldNode,
    FromAccumulate,
    FromCollect,
    FromExpression,
    GroupNode,
    Name,
    PatternNode,
    QueryCall,
    QueryNode,
    SyntaxNode,
)

#: One way: conditions without alternatives, all of which must hold.
Way = tuple[ConditionNode, ...]
MOST_WAYS = 64
_DEEPEST_QUERY = 8
#: What gives a pattern its elements, if not working memory.
_SOURCES = (FromExpression, FromAccumulate, FromCollect)


class Alternatives:
    """Multiplies out the conditions of one rule."""

    def __init__(self, queries: Mapping[str, QueryNode], around: RuleScope, *, within: str = "") -> None:
        self._queries = queries
        self._around = around
        #: Queries in each other; `within` is the one whose own conditions these are.
        self._asked = [within] if within else []
        self._number = 0
        #: What the patterns of the queries asked are seen to read of each other.
        self.mentions: dict[str, frozenset[str]] = {}

    def ways(self, conditions: Sequence[ConditionNode], at: SyntaxNode) -> list[Way]:
        """Returns all ways in which the conditions hold together."""
        parts = [self._read(condition) for condition in conditions]
        self._check(prod(map(len, parts)), at)
        return [_joined(ways) for ways in product(*parts)]

    def _read(self, condition: ConditionNode) -> list[Way]:
        """Returns the ways of one condition; one that is wrong is left out, and what it binds is not looked for."""
        with self._around.mistakes:
            return self._of(condition)
        self._around.mistakes.unreadable |= names_bound(condition) | names_in(condition)
        return [()]

    def _of(self, condition: ConditionNode) -> list[Way]:
        if isinstance(condition, GroupNode):
            return self._group(condition)
        if isinstance(condition, QueryCall):
            return self._query(condition)
        if isinstance(condition, PatternNode):
            return self._pattern(condition)
        if isinstance(condition, AccumulateCondition):
            return [(replace(condition, source=self._single(condition.source, "accumulate")),)]
        return [(condition,)]

    def _group(self, group: GroupNode) -> list[Way]:
        if group.word == "or":
            found = [way for item in group.items for way in self._of(item)]
            self._check(len(found), group)
            return found
        if group.word == "and":
            return self.ways(group.items, group)
        if group.word == "forall":
            return self._of(self._forall(group))
        inner = [_one(way, group) for way in self._of(group.items[0])]
        if group.word == "not":
            return [tuple(replace(group, items=(part,)) for part in inner)]
        if len(inner) == 1:
            return [(replace(group, items=(inner[0],)),)]
        # As in Drools, it holds once however many of them do.
        neither = tuple(GroupNode(at=group.at, word="not", items=(part,)) for part in inner)
        return [(GroupNode(at=group.at, word="not", items=(GroupNode(at=group.at, word="and", items=neither),)),)]

    def _forall(self, group: GroupNode) -> GroupNode:
        """Rewrites `forall(A B)`: there is no A without a B; `forall(A(test))`: there is no A for which the test fails.

        `forall($a: A() A(this == $a, test))` asks for an A besides, in Drools: it does not hold if there is none.
        """
        first, *rest = group.items
        if not isinstance(first, PatternNode):
            raise self._around.error(first, "forall begins with a pattern.", "Write forall($a: A() B(this == $a)).")
        if not rest:
            name = first.binding or self._fresh("each")
            same = Binary(
                at=first.at, operator="==", left=Name(at=first.at, name="this"), right=Name(at=first.at, name=name)
            )
            rest = [replace(first, binding=None, constraints=(same, *first.constraints))]
            first = replace(first, binding=name, constraints=())
        failing = GroupNode(at=group.at, word="not", items=(_one(tuple(rest), group),))
        none = GroupNode(at=group.at, word="not", items=(GroupNode(at=group.at, word="and", items=(first, failing)),))
        if len(group.items) < 2 or not _tests_itself(first, rest):
            return none
        return GroupNode(at=group.at, word="and", items=(GroupNode(at=group.at, word="exists", items=(first,)), none))

    def _pattern(self, node: PatternNode) -> list[Way]:
        if node.type.name in self._queries and node.source is None:
            if node.binding is not None:
                raise self._around.error(node, "A query has no label.", "Write query(argument, $x;).")
            given = (
                *node.positional,
                *(constraint for constraint in node.constraints if not isinstance(constraint, BindingNode)),
            )
            return self._query(QueryCall(at=node.at, name=node.type.name, arguments=given))
        if isinstance(node.source, FromCollect | FromAccumulate):
            word = "collect" if isinstance(node.source, FromCollect) else "accumulate"
            single = self._single(node.source.source, word)
            return [(replace(node, source=replace(node.source, source=single)),)]
        return [(node,)]

    def _single(self, source: ConditionNode, word: str) -> ConditionNode:
        ways = self._of(source)
        if len(ways) != 1:
            raise self._around.error(source, f"`or` can't stand inside {word}.", "Write a rule for each.")
        return _one(ways[0], source)

    def _query(self, call: QueryCall) -> list[Way]:
        query = None if call.name in self._around.mistakes.unreadable else self._queries.get(call.name)
        if query is None:
            known = (
                f"There are: {', '.join(sorted(self._queries))}."
                if self._queries
                else "Declare it: query name(...) ... end."
            )
            raise self._around.unknown(call, f"There is no query {call.name}.", call.name, known)
        if len(call.arguments) != len(query.parameters):
            raise self._around.error(
                call, f"{call.name} has {len(query.parameters)} parameters.", f"It is given {len(call.arguments)}."
            )
        if len(self._asked) >= _DEEPEST_QUERY and call.name not in self._asked:
            fact = f"More than {_DEEPEST_QUERY} queries ask each other."
            raise self._around.error(call, fact, "Ask one of them in the rule itself.")
        if call.name in self._asked:
            raise self._around.error(
                call, f"The query {call.name} asks itself.", "Recursive queries are not supported."
            )
        self._asked.append(call.name)
        try:
            conditions = self._in_line(query, call)
            self.mentions |= {name: reads for name, reads in mentions(conditions).items() if name.startswith("?")}
            return self.ways(conditions, call)
        finally:
            self._asked.pop()

    def _in_line(self, query: QueryNode, call: QueryCall) -> Way:
        """Returns the query's conditions with the arguments in them, its own names made unlike all others: they begin
        with `?`.
        """
        own = names_bound(query.conditions) - {parameter.name for parameter in query.parameters}
        arguments = {parameter.name: given for parameter, given in zip(query.parameters, call.arguments, strict=True)}
        suffix = self._fresh("")

        def change(node: SyntaxNode) -> SyntaxNode | None:
            if isinstance(node, Name):
                if node.name in arguments:
                    return arguments[node.name]
                return Name(at=node.at, name=f"?{node.name}{suffix}") if node.name in own else None
            if isinstance(node, BindingNode):
                return _bound(node, arguments, own, suffix, change)
            if isinstance(node, PatternNode) and node.binding is None and node.type.name not in self._queries:
                return renamed(replace(node, binding=f"?{self._fresh('')}"), change)
            if isinstance(node, PatternNode | FoldNode) and node.binding is not None and node.binding in own:
                return renamed(replace(node, binding=f"?{node.binding}{suffix}"), change)
            return None

        def widened(node: SyntaxNode) -> SyntaxNode | None:
            if (
                isinstance(node, PatternNode)
                and not isinstance(node.source, _SOURCES)
                and asks_for(node, arguments, own)
            ):
                return replace(node, annotations=(*node.annotations, Annotation(at=node.at, name="watch", text="*")))
            return None

        return renamed(renamed(query.conditions, widened), change)

    def _fresh(self, name: str) -> str:
        self._number += 1
        return f"{name}~{self._number}"

    def _check(self, number: int, at: SyntaxNode) -> None:
        if number > MOST_WAYS:
            raise self._around.error(at, f"The rule has {number} alternatives.", f"At most {MOST_WAYS}: split it.")


def _bound(
    node: BindingNode, arguments: Mapping[str, Expression], own: set[str], suffix: str, change: object
) -> SyntaxNode | None:
    if node.name in arguments:
        argument = arguments[node.name]
        expression = renamed(node.expression, change)  # type: ignore[arg-type]  # the function above
        if isinstance(argument, Name):
            return BindingNode(at=node.at, name=argument.name, expression=expression, test=node.test, unifies=True)
        return Binary(at=node.at, operator="==", left=expression, right=argument)
    if node.name in own:
        fresh = f"?{node.name}{suffix}"
        return replace(
            node,
            name=fresh,
            expression=renamed(node.expression, change),  # type: ignore[arg-type]  # the function above
            test=renamed(node.test, change),  # type: ignore[arg-type]  # the function above
        )
    return None


def _joined(ways: Sequence[Way]) -> Way:
    return tuple(condition for way in ways for condition in way)


def _one(way: Way, at: SyntaxNode) -> ConditionNode:
    return way[0] if len(way) == 1 else GroupNode(at=at.at, word="and", items=way)


def _tests_itself(first: PatternNode, rest: Sequence[ConditionNode]) -> bool:
    """Returns whether `forall(first rest)` tests the elements of its first pattern once more: `A(this == $a, test)`."""
    match rest:
        case [PatternNode(constraints=constraints, positional=())]:
            tests = [
                constraint.test if isinstance(constraint, BindingNode) else constraint for constraint in constraints
            ]
            asked = [test for test in tests if test is not None]
            return len(asked) > 1 and any(_is_same(test, first.binding) for test in asked)
    return False


def _is_same(test: Expression, binding: str | None) -> bool:
    match test:
        case Binary(operator="==", left=Name(name="this"), right=Name(name=name)):
            return name == binding
    return False
