"""Compiler of one rule of a file to one rule of the model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from infobip_rules.engine.rules.model import Constraint, Pattern, Rule, Term, Test, ValueTerm, names_of
from infobip_rules.engine.session.context import names_matched
from infobip_rules.rulefiles.drl.body.interpreter import compile_body
from infobip_rules.rulefiles.drl.body.scope import BoundName
from infobip_rules.rulefiles.drl.compiling.alternatives import Alternatives, Way
from infobip_rules.rulefiles.drl.compiling.attributes import compiled_attributes
from infobip_rules.rulefiles.drl.compiling.names import BoundNames, RuleScope
from infobip_rules.rulefiles.drl.compiling.reactivity import mentions
from infobip_rules.rulefiles.drl.compiling.syntax_trees import nodes_in, renamed
from infobip_rules.rulefiles.drl.compiling.terms import TermCompiler
from infobip_rules.rulefiles.drl.java.kinds import OBJECT, kind_named
from infobip_rules.rulefiles.drl.syntax.printer import expression_text
from infobip_rules.rulefiles.drl.syntax.syntax import (
    Attribute,
    BindingNode,
    ConditionNode,
    GroupNode,
    PatternNode,
    Place,
    QueryNode,
    RuleNode,
    SyntaxNode,
)

_LONGEST_RULE = 32
_MOST_EXTENDED = 32
#: What a rule without conditions asks for: it holds once.
_ALWAYS: tuple[Term, ...] = (
    Test(constraint=Constraint(text="true", predicate=lambda _value, _before: True, fields=frozenset())),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Package:
    """The declarations that the files of one package share."""

    name: str
    rules: Mapping[str, RuleNode]
    queries: Mapping[str, QueryNode]


def compile_rule(
    node: RuleNode, package: Package, around: RuleScope, shared: Sequence[Attribute], *, order: int
) -> Rule:
    """Compiles the rule, of use if `around.mistakes` has taken in none. `shared` are the attributes of the whole file."""
    around = replace(around, rule=f"{package.name}/{node.name}")
    conditions = _conditions(node, package, around, ())
    _check_names(conditions, around)
    alternatives = Alternatives(package.queries, around)
    ways = alternatives.ways(conditions, node)
    read = mentions(conditions) | alternatives.mentions
    branches: list[tuple[Term, ...]] = []
    bindings: list[dict[str, BoundName]] = []
    for way in ways:
        if len(way) > _LONGEST_RULE:
            raise around.error(node, f"The rule has {len(way)} conditions.", f"At most {_LONGEST_RULE}: split it.")
        names = BoundNames(mentions=read)
        terms = TermCompiler(names, around)
        terms.add(way)
        branches.append(_beginning(terms.finish()))
        bindings.append(names.bindings)
    if any(binding != bindings[0] for binding in bindings[1:]):
        branches = [_numbered(terms, number) for number, terms in enumerate(branches)]
    return Rule(
        ruleset=package.name,
        name=node.name,
        title=node.name,
        order=order,
        branches=tuple(branches),
        action=_action(node, bindings, branches, around),
        where=around.where(node),
        **{"salience": 0, **compiled_attributes((*shared, *node.attributes), bindings[0], around)},
    )


def _beginning(terms: tuple[Term, ...]) -> tuple[Term, ...]:
    """Returns the terms; where they begin with a query, it is asked once, not for each element."""
    first = terms[0] if terms else None
    return (*_ALWAYS, *terms) if first is None or (isinstance(first, Pattern) and first.queried) else terms


def _check_names(conditions: tuple[ConditionNode, ...], around: RuleScope) -> None:
    """Notes names that Drools reads otherwise than they are meant: `:=` outside of a query, one name for several types."""
    for node in nodes_in(conditions):
        if isinstance(node, BindingNode) and node.unifies:
            with around.mistakes:
                raise around.error(
                    node,
                    f"`{node.name} :=` is understood in queries only, of their parameters.",
                    f"Write {node.name}: {expression_text(node.expression)} first, "
                    f"and == {node.name} where it is to be the same.",
                )
    for node, first in _of_two_types(conditions):
        with around.mistakes:
            raise around.error(
                node,
                f"{node.binding} is {first.type.name} already, and Drools would look for that here, too.",
                f"Write a rule for each, or leave {node.binding} out.",
            )


def _of_two_types(conditions: tuple[ConditionNode, ...]) -> Iterable[tuple[PatternNode, PatternNode]]:
    """Yields patterns in an `or` whose label stands for another type in an earlier alternative, with the pattern there."""
    found: dict[Place, tuple[PatternNode, PatternNode]] = {}
    for group in nodes_in(conditions):
        if isinstance(group, GroupNode) and group.word == "or":
            types: dict[str | None, PatternNode] = {}
            for node in _labelled(group):
                first = types.setdefault(node.binding, node)
                if first.type.name != node.type.name:
                    found.setdefault(node.at, (node, first))
    return found.values()


def _labelled(condition: ConditionNode) -> Iterator[PatternNode]:
    """Yields the labelled patterns that later conditions see: none of those inside `not`, `exists` or `accumulate`."""
    if isinstance(condition, PatternNode) and condition.binding is not None:
        yield condition
    elif isinstance(condition, GroupNode) and condition.word in ("and", "or"):
        for item in condition.items:
            yield from _labelled(item)


def check_query(node: QueryNode, package: Package, around: RuleScope) -> None:
    """Notes in `around.mistakes` what is wrong with a query, whether or not a rule asks it."""
    given = {
        parameter.name: BoundName(
            position=0, kind=kind_named(parameter.type, around.types.models) if parameter.type else OBJECT
        )
        for parameter in node.parameters
    }

    def unifying(inner: SyntaxNode) -> SyntaxNode | None:
        return replace(inner, unifies=True) if isinstance(inner, BindingNode) and inner.name in given else None

    ways: list[Way] = []
    with around.mistakes:
        ways = Alternatives(package.queries, around, within=node.name).ways(renamed(node.conditions, unifying), node)
    for way in ways:
        TermCompiler(BoundNames(bindings=dict(given), positions=1), around).add(way)


def _numbered(terms: tuple[Term, ...], number: int) -> tuple[Term, ...]:
    """Returns the terms, with a first name that distinguishes this alternative from the others."""
    made = list(terms)
    for place, term in enumerate(made):
        if isinstance(term, ValueTerm):
            made[place] = replace(term, alias=f"{term.alias}~{number}")
            break
    return tuple(made)


def _conditions(
    node: RuleNode, package: Package, around: RuleScope, below: tuple[str, ...]
) -> tuple[ConditionNode, ...]:
    """Returns those of the rules it extends first."""
    if node.extends is None:
        return node.conditions
    parent = package.rules.get(node.extends)
    if parent is None or node.extends in (*below, node.name):
        fact = f"There is no rule {node.extends!r} to extend." if parent is None else "The rule extends itself."
        raise around.unknown(node, fact, node.extends, "Name a rule of the same package.")
    if len(below) >= _MOST_EXTENDED:
        fact = f"More than {_MOST_EXTENDED} rules extend each other."
        raise around.error(node, fact, "Extend one that stands further up.")
    return (*_conditions(parent, package, around, (*below, node.name)), *node.conditions)


def _action(
    node: RuleNode,
    bindings: Sequence[Mapping[str, BoundName]],
    branches: Sequence[tuple[Term, ...]],
    around: RuleScope,
) -> Callable[[Any], object]:
    """Returns the body; where names stand at other positions in another way of matching, one for each."""
    if all(binding == bindings[0] for binding in bindings[1:]):
        return _body(node, around, bindings[0])
    bodies: dict[tuple[str, ...], Callable[[Any], None]] = {}
    for names, terms in zip(bindings, branches, strict=True):
        bodies.setdefault(names_of(terms), _body(node, around, names))
    return lambda context: bodies[tuple(names_matched(context))](context)


def _body(node: RuleNode, around: RuleScope, names: Mapping[str, BoundName]) -> Callable[[Any], None]:
    """Compiles the body, with mistakes of its own: another way of matching may have names that this one lacks."""
    mistakes = around.mistakes.inner()
    action = None
    try:
        with mistakes:
            action = compile_body(node.body, replace(around, mistakes=mistakes).scope(names))
    finally:
        around.mistakes.found += mistakes.found
    return action or _nothing


def _nothing(_: Any) -> None:
    """Stands for a body that could not be compiled, in a rule that is not to be used."""
